import NightjarData

/// What labels a loss is for, and which it leaves out.
public struct LossLabels: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// One of so many classes, or a probability for each.
        case classes
        /// 0 to 1 for every logit.
        case binary
        /// The loss looks at them itself.
        case any
    }

    public var kind: Kind
    /// The label that it leaves out, as scripts write it.
    public var ignore: Int?

    public init(_ kind: Kind = .classes, ignore: Int? = nil) {
        self.kind = kind
        self.ignore = ignore
    }

    /// What a loss is trained and judged with: a data set without the labels that the loss leaves out.
    /// - Throws: ``TrainingError`` where the loss is for labels of another kind, or no label is left.
    func fitted(_ data: LabelledDataset, loss name: String) throws -> LabelledDataset {
        let set = "data set '\(data.dataset.name)'"
        switch (kind, data.form.kind) {
        case (.classes, .binary):
            throw TrainingError(
                "loss '\(name)' is for labels of classes, and \(set) has \(data.form.words): take a loss for these, such as "
                    + "nj.losses.bce {}, or give classes from 1 to their number")
        case (.binary, .classes), (.binary, .soft):
            throw TrainingError(
                "loss '\(name)' is for labels 0 and 1 of every logit, and \(set) has \(data.form.words): give it such labels "
                    + "with data:with_labels(labels, { kind = \"binary\" })")
        default: break
        }
        let fitted = try data.leavingOut(ignore)
        guard fitted.given.kept > 0 else {
            throw TrainingError("\(set) has no label to train on: all \(data.given.classes.count) are left out")
        }
        return fitted
    }
}
