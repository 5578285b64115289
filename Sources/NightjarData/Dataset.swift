import NightjarTensor
import Synchronization

/// Inputs and their true labels, as stored; nothing in it changes after it was made.
///
/// Inputs stay in the type they are stored in (bytes for images) until a batch is made of them: see ``BatchLoader``.
public final class Dataset: Sendable {
    /// As messages and file names show it, for example `digits/train`.
    public let name: String
    /// `[count, ...]`, uint8 or float32; images are `[count, height, width, channels]`. Large ones may lie in a file.
    public let inputs: Tensor
    /// The true labels.
    public let targets: Targets
    /// Further true labels of the same samples, in the order of their names.
    public let labelSets: [LabelSet]
    /// The true class of each sample, 0 ..< ``classes``; see ``Targets/classes`` for labels of other kinds.
    public var labels: [Int32] { targets.classes }
    /// The number of classes; see ``LabelForm/classes``.
    public var classes: Int { targets.form.classes }
    /// How many classes a data set may have; each has a name and counts of its own.
    public static let classRange = 2...(1 << 24)
    /// One name a class.
    public let classNames: [String]
    /// How stored values become numbers for a model.
    public let normalization: Normalization

    /// The normalised inputs as far as they were asked for.
    let cache = Mutex<[DType: Tensor]>([:])

    /// Checks and builds a data set with one class a sample.
    /// - Throws: ``DataError`` when the parts do not fit together.
    public convenience init(
        name: String, inputs: Tensor, labels: [Int32], classes: Int, classNames: [String]? = nil,
        normalization: Normalization
    ) throws {
        try self.init(
            name: name, inputs: inputs, targets: Targets(plain: labels, classes: classes), classNames: classNames,
            normalization: normalization)
    }

    /// Checks and builds a data set with labels of any kind.
    /// - Throws: ``DataError`` when the parts do not fit together.
    public init(
        name: String, inputs: Tensor, targets: Targets, classNames: [String]? = nil, normalization: Normalization,
        labelSets: [LabelSet] = []
    ) throws {
        let classes = targets.form.classes
        guard classes >= (targets.form.kind == .binary ? 1 : 2) else {
            throw DataError("data set '\(name)' needs at least 2 classes, got \(classes)")
        }
        guard classes <= Dataset.classRange.upperBound else {
            throw DataError(
                "data set '\(name)' may have at most \(Dataset.classRange.upperBound) classes, got \(classes)")
        }
        let names = try classNames ?? [String](room: classes) { String($0) }
        guard names.count == classes else {
            throw DataError("data set '\(name)' has \(classes) classes but \(names.count) class names")
        }
        guard inputs.dtype == .uint8 || inputs.dtype == .float32 else {
            throw DataError("data set '\(name)' has inputs of \(inputs.dtype), expected uint8 or float32")
        }
        guard inputs.shape.rank >= 2, inputs.count > 0 else {
            throw DataError(
                "data set '\(name)' has inputs of shape \(inputs.shape), expected one row a sample: (count, ...)")
        }
        guard targets.count == inputs.shape[0] else {
            throw DataError("data set '\(name)' has \(inputs.shape[0]) inputs but \(targets.count) labels")
        }
        try targets.check("data set '\(name)'")
        try LabelSet.check(labelSets, count: targets.count, owner: "data set '\(name)'")
        guard [1, inputs.shape.last].contains(normalization.mean.count) else {
            throw DataError(
                "data set '\(name)' has \(inputs.shape.last) channels but \(normalization.mean.count) means")
        }
        self.name = name
        self.inputs = inputs
        self.targets = targets
        self.labelSets = labelSets.sorted { $0.name < $1.name }
        self.classNames = names
        self.normalization = normalization
    }

    /// The number of samples, at least 1.
    public var count: Int { targets.count }

    /// The shape of one sample, for example `(28, 28, 1)`.
    public var inputShape: Shape {
        var extents = SIMD8<Int32>(repeating: 0)
        for dimension in 1..<inputs.shape.rank { extents[dimension - 1] = inputs.shape.extents[dimension] }
        return Shape(uncheckedExtents: extents, rank: inputs.shape.rank - 1)
    }

    /// The numbers in one sample.
    public var featureCount: Int { inputShape.count }

    /// How many places each class has, which is as many samples where each has one label; of binary labels, 0 and 1.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: targets.classRange.count)
        for label in labels where label != Targets.leftOut { counts[Int(label)] += 1 }
        return counts
    }

    /// A note where classes have no sample at all.
    var emptyClassNotes: [String] {
        let counts = classCounts
        let empty = counts.indices.filter { counts[$0] == 0 }
        guard !empty.isEmpty else { return [] }
        let shown = empty.prefix(5).map { "'\(classNames[$0])'" }.joined(separator: ", ")
        return [
            "\(empty.count) of \(classes) classes of '\(name)' have no sample: \(shown)\(empty.count > 5 ? ", ..." : "")"
        ]
    }

    /// A data set of the samples at `indices` (0-based, in that order; repeats are allowed), with its own memory.
    /// - Throws: ``DataError`` when there are none, or one is outside.
    public func subset(_ indices: [Int], name: String? = nil) throws -> Dataset {
        guard !indices.isEmpty else { throw DataError("a subset of data set '\(self.name)' needs at least one sample") }
        if let outside = indices.first(where: { $0 < 0 || $0 >= count }) {
            throw DataError("sample \(outside) is not in data set '\(self.name)': it has 0 to \(count - 1)")
        }
        // Positions and labels beside the rows themselves.
        try Room.check(indices.count, of: 16)
        let rows = try Tensor(
            uninitialized: Shape([indices.count] + inputShape.dimensions), dtype: inputs.dtype)
        let width = featureCount * inputs.dtype.byteWidth
        for (row, index) in indices.enumerated() {
            (rows.pointer + row * width).copyMemory(from: inputs.pointer + index * width, byteCount: width)
        }
        return try Dataset(
            name: name ?? self.name, inputs: rows, targets: targets.subset(indices), classNames: classNames,
            normalization: normalization, labelSets: labelSets.map { try $0.subset(indices) })
    }

    /// The first `limit` samples, or the data set itself where it has no more.
    /// - Throws: ``DataError`` when `limit` is less than 1.
    public func limited(to limit: Int) throws -> Dataset {
        limit >= count ? self : try subset([Int](room: limit) { $0 })
    }
}

extension Targets {
    /// What ``classes`` may be.
    var classRange: Range<Int32> { 0..<(form.kind == .binary ? 2 : Int32(clamping: form.classes)) }

    /// - Throws: ``DataError`` that names the first label outside 0 ..< classes.
    func check(_ owner: String) throws {
        let range = classRange
        guard let position = classes.firstIndex(where: { !range.contains($0) && ($0 != Targets.leftOut || allCount) })
        else { return }
        throw DataError(
            "\(owner): label \(classes[position]) at position \(position) (counted from 0) is not a class: "
                + "labels are 0 to \(range.upperBound - 1)")
    }

    /// Whether nothing stands for no label.
    private var allCount: Bool { form.ignore == nil }
}
