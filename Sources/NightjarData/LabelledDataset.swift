/// A data set together with the labels that training is given, which may be wrong, and the true ones beside them.
///
/// The data set itself is shared, never copied or changed: many noisy versions of it cost their labels alone.
public struct LabelledDataset: Sendable {
    /// The samples and their true labels.
    public let dataset: Dataset
    /// The label each sample is trained on, 0 ..< classes.
    public let givenLabels: [Int32]

    /// The true label of each sample.
    public var trueLabels: [Int32] { dataset.labels }
    /// The number of samples.
    public var count: Int { givenLabels.count }

    /// A data set with its true labels given.
    public init(_ dataset: Dataset) {
        self.dataset = dataset
        givenLabels = dataset.labels
    }

    /// A data set with other labels given.
    /// - Throws: ``DataError`` when their number or a label does not fit.
    public init(_ dataset: Dataset, givenLabels: [Int32]) throws {
        guard givenLabels.count == dataset.count else {
            throw DataError(
                "data set '\(dataset.name)' has \(dataset.count) samples but \(givenLabels.count) labels were given")
        }
        try checkLabels(givenLabels, classes: dataset.classes, of: "labels given for data set '\(dataset.name)'")
        self.dataset = dataset
        self.givenLabels = givenLabels
    }

    /// For each sample whether its given label differs from its true one.
    public var isMislabelled: [Bool] { zip(givenLabels, trueLabels).map { $0 != $1 } }

    /// The share of samples whose given label differs from the true one, 0 to 1.
    public var noiseRate: Double { Double(zip(givenLabels, trueLabels).count { $0 != $1 }) / Double(count) }

    /// The samples at `indices` (0-based), with both kinds of labels.
    /// - Throws: ``DataError`` when there are none, or one is outside.
    public func subset(_ indices: [Int]) throws -> LabelledDataset {
        let rows = try dataset.subset(indices)
        return try LabelledDataset(rows, givenLabels: indices.map { givenLabels[$0] })
    }
}

extension Dataset {
    /// This data set with other labels given for training; it stays as it is.
    /// - Throws: ``DataError`` when their number or a label does not fit.
    public func given(labels: [Int32]) throws -> LabelledDataset {
        try LabelledDataset(self, givenLabels: labels)
    }
}
