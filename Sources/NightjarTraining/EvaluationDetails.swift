import NightjarData
import NightjarTensor

/// A set of samples that an evaluation looks at.
public enum EvaluationSet: String, Sendable, CaseIterable {
    case train, validation, test
}

/// Whether evaluation passes keep logits: from the moment on when somebody asks for them.
public final class LogitsWish {
    public var isKept = false

    public init() {}
}

/// What an evaluation saw, set by set; what passes did not keep is computed when it is asked for.
///
/// Ask while the weights are those of the evaluation. Not for sharing between threads.
public final class EvaluationDetails: @unchecked Sendable {
    public let epoch: Int
    public let step: Int
    private let evaluator: Evaluator
    private let sets: [EvaluationSet: LabelledDataset]
    private var results: [EvaluationSet: EvaluationPass.Result]

    init(
        _ evaluator: Evaluator, _ sets: [EvaluationSet: LabelledDataset], epoch: Int, step: Int,
        results: [EvaluationSet: EvaluationPass.Result]
    ) {
        self.evaluator = evaluator
        self.sets = sets
        self.epoch = epoch
        self.step = step
        self.results = results
    }

    /// The samples of a set, without the labels that the loss leaves out; nil where training has none of that kind.
    public func data(_ set: EvaluationSet) -> LabelledDataset? { sets[set] }

    /// The classes that were predicted, 0-based.
    public func predictions(_ set: EvaluationSet) -> [Int32]? { results[set]?.predictions }

    /// What the model gives for every sample, `samples x classes`; nil where there is no such set.
    public func logits(_ set: EvaluationSet) throws -> Tensor? {
        if let known = results[set]?.logits { return known }
        guard let data = data(set), var result = results[set] else { return nil }
        evaluator.wish.isKept = true
        let logits = try evaluator.pass(keepsLogits: true).run(data, epoch: epoch, step: step).logits
        result.logits = logits
        results[set] = result
        return logits
    }

    /// The loss of each sample: against the given labels of the training set, the labels of the others. Nil where the loss
    /// gives one value a batch, or is about the samples of the training set in particular.
    public func losses(_ set: EvaluationSet) throws -> [Double]? {
        if let known = results[set]?.sampleLosses { return known }
        guard set != .train, evaluator.loss.reduction == .sample, evaluator.loss.state.isEmpty,
            evaluator.loss.needs == LossNeeds(), let data = data(set), var result = results[set]
        else { return nil }
        let losses = try evaluator.pass(loss: evaluator.loss).run(data, epoch: epoch, step: step).sampleLosses
        result.sampleLosses = losses
        results[set] = result
        return losses
    }
}
