import NightjarData
import NightjarTensor

/// Labels and positions of samples, int32, 0-based: those whose losses go into one mean.
struct SampleList {
    let labels: Tensor
    let indices: Tensor

    /// The samples of a step.
    init(_ batches: [Batch]) throws {
        if batches.count == 1, let only = batches.first {
            labels = only.labels
            indices = only.indices
        } else {
            labels = try Tensor(batches.flatMap { try $0.labels.elements(of: Int32.self) })
            indices = try Tensor(batches.flatMap { try $0.indices.elements(of: Int32.self) })
        }
    }

    /// All samples of a data set.
    init(_ data: LabelledDataset) throws {
        labels = try Tensor(data.givenLabels)
        indices = try Tensor([Int32](0..<Int32(clamping: data.count)))
    }
}
