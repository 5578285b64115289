import NightjarData
import NightjarTensor

/// The labels whose losses go into one mean, those that are left out left out: see ``LossBatch/Whole``.
struct SampleList {
    let labels: Tensor
    let indices: Tensor

    /// How many there are.
    var count: Int { indices.count }

    /// The samples of a step.
    init(_ batches: [Batch]) throws {
        if batches.count == 1, let only = batches.first, only.targets.form.isPlain, only.targets.keep == nil {
            self.init(labels: only.labels, indices: only.indices)
            return
        }
        let classes = try batches.flatMap { try $0.labels.elements(of: Int32.self) }
        let samples = try batches.flatMap { batch in
            let width = batch.targets.form.places.count
            return try batch.indices.elements(of: Int32.self).flatMap { [Int32](repeating: $0, count: width) }
        }
        let numbers = batches.compactMap(\.targets.numbers)
        try self.init(classes, samples, numbers, batches.first?.targets.form.classes ?? 1)
    }

    /// All samples of a data set.
    init(_ data: LabelledDataset) throws {
        let width = data.form.places.count
        let samples = (0..<Int32(clamping: data.count)).flatMap { [Int32](repeating: $0, count: width) }
        try self.init(data.givenLabels, samples, data.given.numbers.map { [$0] } ?? [], data.form.classes)
    }

    private init(labels: Tensor, indices: Tensor) {
        self.labels = labels
        self.indices = indices
    }

    private init(_ classes: [Int32], _ samples: [Int32], _ numbers: [Tensor], _ columns: Int) throws {
        let kept = classes.indices.filter { classes[$0] != Targets.leftOut }
        indices = try Tensor(kept.map { samples[$0] })
        guard let first = numbers.first else {
            labels = try Tensor(kept.map { classes[$0] })
            return
        }
        // One number a place, or one for each of its classes.
        let width = numbers.reduce(0) { $0 + $1.count } / max(classes.count, 1)
        let all = try numbers.flatMap { try $0.doubles() }
        labels = try Tensor.from(
            kept.flatMap { all[$0 * width..<($0 + 1) * width] },
            shape: Shape([kept.count] + (first.shape.last == columns && width == columns ? [width] : [])),
            dtype: first.dtype)
    }
}
