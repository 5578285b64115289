import NightjarTensor

/// The labels of all samples of a data set, of any kind; see ``LabelForm``.
public struct Targets: Sendable {
    public let form: LabelForm
    /// The number of samples.
    public let count: Int
    /// The class of every place, row-major by sample, 0-based: of soft labels the most probable one, of binary labels 0, or
    /// 1 from 0.5 on. -1 where a place is left out.
    public let classes: [Int32]
    /// Soft and binary labels as they were given, float32 or float64, in ``LabelForm/shape(samples:)``; nil of classes.
    public let numbers: Tensor?
    /// How many places have a label.
    public let kept: Int

    /// What stands in ``classes`` for a place that is left out.
    public static let leftOut: Int32 = -1

    /// - Throws: ``DataError`` unless there is one entry a place, and numbers where the kind asks for some.
    public init(_ form: LabelForm, count: Int, classes: [Int32], numbers: Tensor? = nil) throws {
        let shape = try form.shape(samples: count)
        guard classes.count == count * form.places.count, (form.kind == .classes) == (numbers == nil),
            numbers.map({ $0.shape == shape && $0.dtype.isFloating }) ?? true
        else {
            throw DataError("labels of \(count) samples, \(form.words), have the shape \(shape)")
        }
        self.form = form
        self.count = count
        self.classes = classes
        self.numbers = numbers
        kept = classes.count { $0 != Targets.leftOut }
    }

    /// One class a sample, none left out.
    init(plain labels: [Int32], classes: Int) {
        form = .classes(classes)
        count = labels.count
        self.classes = labels
        numbers = nil
        kept = labels.count
    }

    /// Whether some place is left out.
    public var leavesOut: Bool { kept < classes.count }

    /// The samples that have a label, 0-based; nil where all have.
    public var labelled: [Int32]? {
        leavesOut ? (0..<Int32(clamping: count)).filter { kept(of: Int($0)) > 0 } : nil
    }

    /// How many places of a sample have a label.
    public func kept(of sample: Int) -> Int {
        let width = form.places.count
        return classes[sample * width..<(sample + 1) * width].count { $0 != Targets.leftOut }
    }

    /// The same without the places that have a label, as scripts write it, which a loss leaves out.
    public func leavingOut(_ label: Int?) throws -> Targets {
        guard let label else { return self }
        let rest: [Int32]
        switch form.kind {
        case .classes:
            guard let unwanted = Int32(exactly: label &- 1), unwanted != Targets.leftOut else { return self }
            rest = classes.map { $0 == unwanted ? Targets.leftOut : $0 }
        // Rows of zeros are left out already.
        case .soft: return self
        case .binary:
            guard let numbers else { return self }
            rest = classes.indices.map {
                numbers.value(at: $0) == Double(label) ? Targets.leftOut : classes[$0]
            }
        }
        let form = LabelForm(
            form.kind, classes: form.classes, places: form.places, ignore: form.ignore ?? label)
        return try Targets(form, count: count, classes: rest, numbers: numbers)
    }

    /// Those of the samples at `indices` (0-based), in that order.
    public func subset(_ indices: [Int]) throws -> Targets {
        let width = form.places.count
        let own = indices.flatMap { classes[$0 * width..<($0 + 1) * width] }
        return try Targets(form, count: indices.count, classes: own, numbers: numbers.map { try rows($0, indices) })
    }

    /// The labels of some samples for a training step.
    package func batch(_ indices: ArraySlice<Int32>) throws -> BatchLabels {
        guard !form.isPlain || leavesOut else {
            // What a step of one class a sample costs is a copy.
            return BatchLabels(
                form: form, labels: try Tensor(indices.map { classes[Int($0)] }), kept: indices.count, keep: nil)
        }
        let width = form.places.count
        let shape = try form.placeShape(samples: indices.count)
        let own = try Tensor(
            indices.flatMap { classes[Int($0) * width..<(Int($0) + 1) * width] }, shape: shape)
        let kept = try own.withElements(of: Int32.self) { $0.count { $0 != Targets.leftOut } }
        return BatchLabels(
            form: form, labels: own, numbers: try numbers.map { try rows($0, indices.map(Int.init)) }, kept: kept,
            keep: leavesOut ? try mask(own) : nil)
    }

    /// The mask of all places that have a label; nil where all have.
    public func keep() throws -> Tensor? {
        leavesOut ? try mask(Tensor(classes, shape: form.placeShape(samples: count))) : nil
    }

    private func mask(_ classes: Tensor) throws -> Tensor {
        let mask = try Tensor(uninitialized: classes.shape, dtype: .bool)
        try classes.withElements(of: Int32.self) { own in
            for (index, label) in own.enumerated() {
                mask.pointer.storeBytes(of: label == Targets.leftOut ? 0 : 1, toByteOffset: index, as: UInt8.self)
            }
        }
        return mask
    }
}

/// The labels of a batch.
public struct BatchLabels: Sendable {
    public let form: LabelForm
    /// The class of each place, `[count, places...]`, int32, 0-based, -1 where it is left out; see ``Targets/classes``.
    public let labels: Tensor
    /// Soft and binary labels as they were given; nil of classes.
    public var numbers: Tensor?
    /// How many places have a label.
    public let kept: Int
    /// The mask of these places, bool, of the shape of ``labels``; nil where all have one.
    public let keep: Tensor?

    init(form: LabelForm, labels: Tensor, numbers: Tensor? = nil, kept: Int, keep: Tensor?) {
        self.form = form
        self.labels = labels
        self.numbers = numbers
        self.kept = kept
        self.keep = keep
    }

    /// Labels as numbers that can be mixed: of classes a row with a one at the class, soft and binary ones as they were
    /// given. A place that is left out is of the first class, or 0: the mask says that it does not count.
    public func rows(_ dtype: DType) throws -> Tensor {
        let own = try labels.elements(of: Int32.self)
        let width = form.kind == .binary ? 1 : max(form.classes, 1)
        let shape = try form.mixed.shape(samples: labels.shape[0])
        if let numbers, keep == nil, numbers.dtype == dtype { return numbers }
        return try Tensor.made(shape, dtype: dtype) { index in
            let (place, entry) = (index / width, index % width)
            if let numbers, own[place] != Targets.leftOut { return numbers.value(at: index) }
            return form.kind != .binary && Int(max(own[place], 0)) == entry ? 1 : 0
        }
    }

    /// Labels that were mixed, from their numbers: the class of a place is the most probable one, the first of equals; of
    /// binary labels 1 from 0.5 on.
    public init(mixed numbers: Tensor, form: LabelForm, keep: Tensor?) throws {
        let width = form.kind == .soft ? max(form.classes, 1) : 1
        let shape = try form.placeShape(samples: numbers.shape[0])
        let classes = try [Int32](room: shape.count) { place in
            if let keep, keep.value(at: place) == 0 { return Targets.leftOut }
            guard form.kind == .soft else { return numbers.value(at: place) >= 0.5 ? 1 : 0 }
            var best = 0
            for entry in 1..<width
            where numbers.value(at: place * width + entry) > numbers.value(at: place * width + best) { best = entry }
            return Int32(truncatingIfNeeded: best)
        }
        self.init(
            form: form, labels: try Tensor(classes, shape: shape), numbers: numbers,
            kept: classes.count { $0 != Targets.leftOut }, keep: keep)
    }
}

/// Rows of a tensor, whose first dimension is that of samples.
private func rows(_ tensor: Tensor, _ indices: [Int]) throws -> Tensor {
    let shape = try Shape([indices.count] + tensor.shape.dimensions.dropFirst())
    let result = try Tensor(uninitialized: shape, dtype: tensor.dtype)
    let width = tensor.shape[0] == 0 ? 0 : tensor.byteCount / tensor.shape[0]
    for (row, index) in indices.enumerated() {
        (result.pointer + row * width).copyMemory(from: tensor.pointer + index * width, byteCount: width)
    }
    return result
}
