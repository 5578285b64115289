import NightjarTensor

/// Further labels of the samples of a data set, beside those that its metrics and records are about: what a model with
/// several outputs learns as well.
public struct LabelSet: Sendable {
    /// As scripts call it: `color`.
    public let name: String
    public let targets: Targets

    public init(_ name: String, _ targets: Targets) {
        self.name = name
        self.targets = targets
    }

    func subset(_ indices: [Int]) throws -> LabelSet { LabelSet(name, try targets.subset(indices)) }

    /// - Throws: ``DataError`` unless each has a name of its own and as many labels as there are samples.
    static func check(_ sets: [LabelSet], count: Int, owner: String) throws {
        var names: Set<String> = []
        for set in sets {
            guard names.insert(set.name).inserted else {
                throw DataError("\(owner) has two label sets of the name '\(set.name)'")
            }
            guard set.targets.count == count else {
                throw DataError(
                    "\(owner) has \(count) samples but \(set.targets.count) labels in the label set '\(set.name)'")
            }
            try set.targets.check("label set '\(set.name)' of \(owner)")
        }
    }
}

/// The labels of a batch out of one label set.
public struct BatchLabelSet: Sendable {
    public let name: String
    public let labels: BatchLabels

    public init(_ name: String, _ labels: BatchLabels) {
        self.name = name
        self.labels = labels
    }
}

extension LabelledDataset {
    /// The samples with the labels of a set in the place of their own: given and true ones; nil where there is no such set.
    public func seen(by name: String) throws -> LabelledDataset? {
        guard let truth = dataset.labelSets.first(where: { $0.name == name }),
            let given = labelSets.first(where: { $0.name == name })
        else { return nil }
        let set = try Dataset(
            name: dataset.name, inputs: dataset.inputs, targets: truth.targets, normalization: dataset.normalization)
        return try LabelledDataset(set, given: given.targets)
    }

    /// The same with other labels given in one of its sets.
    /// - Throws: ``DataError`` when their number or a label does not fit.
    public func giving(_ targets: Targets, in name: String) throws -> LabelledDataset {
        try LabelledDataset(
            dataset, given: given,
            labelSets: labelSets.map { $0.name == name ? LabelSet(name, targets) : $0 })
    }
}
