/// A data set together with the labels that training is given, which may be wrong, and the true ones beside them.
///
/// The data set itself is shared, never copied or changed: many noisy versions of it cost their labels alone.
public struct LabelledDataset: Sendable {
    /// The samples and their true labels.
    public let dataset: Dataset
    /// What each sample is trained on.
    public let given: Targets
    /// What is given in each of the data set's label sets, in their order.
    public let labelSets: [LabelSet]

    /// The class that each place of a sample is trained on, 0 ..< classes; see ``Targets/classes``.
    public var givenLabels: [Int32] { given.classes }
    /// The true class of each place of a sample.
    public var trueLabels: [Int32] { dataset.labels }
    /// What kind of labels are given.
    public var form: LabelForm { given.form }
    /// The number of samples.
    public var count: Int { given.count }

    /// A data set with its true labels given.
    public init(_ dataset: Dataset) {
        self.dataset = dataset
        given = dataset.targets
        labelSets = dataset.labelSets
    }

    /// A data set with other classes given, one a sample.
    /// - Throws: ``DataError`` when their number or a label does not fit.
    public init(_ dataset: Dataset, givenLabels: [Int32]) throws {
        try self.init(dataset, given: Targets(plain: givenLabels, classes: dataset.classes))
    }

    /// A data set with other labels given, which may be of another kind.
    /// - Parameter labelSets: those given in the data set's label sets; nil: the true ones.
    /// - Throws: ``DataError`` when their number or a label does not fit.
    public init(_ dataset: Dataset, given: Targets, labelSets: [LabelSet]? = nil) throws {
        guard given.count == dataset.count else {
            throw DataError(
                "data set '\(dataset.name)' has \(dataset.count) samples but \(given.count) labels were given")
        }
        try given.check("labels given for data set '\(dataset.name)'")
        let sets = labelSets ?? dataset.labelSets
        try LabelSet.check(sets, count: dataset.count, owner: "data set '\(dataset.name)'")
        self.dataset = dataset
        self.given = given
        self.labelSets = sets
    }

    /// Whether the true labels say what the given ones should be: they do where both are of one form.
    public var knowsTruth: Bool { form.isComparable(to: dataset.targets.form) }

    /// For each place whether its given label differs from its true one; of labels that are left out it does not.
    public var isMislabelled: [Bool] {
        guard knowsTruth else { return [Bool](repeating: false, count: givenLabels.count) }
        return zip(givenLabels, trueLabels).map { $0 != $1 && $0 != Targets.leftOut && $1 != Targets.leftOut }
    }

    /// The share of labels that differ from the true ones, 0 to 1, of those that are not left out; nil where the true ones
    /// are of another kind, or all are left out.
    public var noiseRate: Double? {
        guard knowsTruth else { return nil }
        var (known, wrong) = (0, 0)
        for (given, truth) in zip(givenLabels, trueLabels) where given != Targets.leftOut && truth != Targets.leftOut {
            known += 1
            if given != truth { wrong += 1 }
        }
        return known == 0 ? nil : Double(wrong) / Double(known)
    }

    /// The samples at `indices` (0-based), with both kinds of labels.
    /// - Throws: ``DataError`` when there are none, or one is outside.
    public func subset(_ indices: [Int]) throws -> LabelledDataset {
        try LabelledDataset(
            dataset.subset(indices), given: given.subset(indices), labelSets: labelSets.map { try $0.subset(indices) })
    }

    /// The same without the labels, as scripts write them, that a loss leaves out.
    public func leavingOut(_ label: Int?) throws -> LabelledDataset {
        label == nil ? self : try LabelledDataset(dataset, given: given.leavingOut(label), labelSets: labelSets)
    }

    /// The samples with the given labels as the true ones; shares their inputs.
    public func takenAsTrue() throws -> Dataset {
        try Dataset(
            name: dataset.name, inputs: dataset.inputs, targets: given,
            classNames: given.form.classes == dataset.classes ? dataset.classNames : nil,
            normalization: dataset.normalization, labelSets: labelSets)
    }
}

extension Dataset {
    /// This data set with other labels given for training; it stays as it is.
    /// - Throws: ``DataError`` when their number or a label does not fit.
    public func given(labels: [Int32]) throws -> LabelledDataset {
        try LabelledDataset(self, givenLabels: labels)
    }
}
