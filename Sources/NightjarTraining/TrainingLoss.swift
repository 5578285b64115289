import NightjarGraph
import NightjarNN
import NightjarTensor

/// What training makes small. A script's loss is one of these; the framework averages, reports and updates.
public protocol TrainingLoss: AnyObject {
    /// As messages and tables show it: `rll`.
    var name: String { get }
    /// What ``record(_:logits:batch:)`` returns.
    var reduction: LossReduction { get }
    /// Tensors that the loss remembers from step to step, by name; they go into checkpoints.
    var state: [(name: String, tensor: Tensor)] { get }

    /// What it wants to see of a batch beside logits and labels.
    var needs: LossNeeds { get }
    /// What labels it is for.
    var labels: LossLabels { get }

    /// Whether the loss weighs these samples, and every one of them by 0: then a step on them changes nothing.
    /// - Parameters: as ``LossBatch/Whole`` has them.
    func weighsNothing(labels: Tensor, indices: Tensor) throws -> Bool

    /// Called before the first step, and again when a model is fitted to other data.
    func prepare(_ setting: LossSetting) throws

    /// Records the loss of a batch.
    /// - Parameters:
    ///   - logits: what the model gives, `[batch, classes]`; see ``LossBatch/form`` for labels of other kinds.
    ///   - batch: the labels, and what else may be known about the batch.
    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput
}

extension TrainingLoss {
    public var reduction: LossReduction { .sample }
    public var state: [(name: String, tensor: Tensor)] { [] }
    public var needs: LossNeeds { LossNeeds() }
    public var labels: LossLabels { LossLabels() }
    public func prepare(_ setting: LossSetting) throws {}
    public func weighsNothing(labels: Tensor, indices: Tensor) throws -> Bool { false }
}

/// What a loss returns.
public enum LossReduction: String, Sendable {
    /// One value per sample, shape `[batch]`, or one per place of a sample; the framework takes the mean over those that
    /// have a label.
    case sample
    /// One number for the whole batch.
    case batch
}

/// What a loss knows before the first step.
public struct LossSetting: Hashable, Sendable {
    /// Samples in the training set: rows of a state that remembers each sample.
    public let samples: Int
    public let classes: Int
    /// The element type of the model.
    public let dtype: DType

    public init(samples: Int, classes: Int, dtype: DType) {
        self.samples = samples
        self.classes = classes
        self.dtype = dtype
    }
}

/// What a loss has recorded.
public struct LossOutput {
    /// One value per sample, or one number; see ``LossReduction``.
    public let value: NodeID
    /// What the loss remembers. Written with the weights at the end of a training step, left alone in evaluation.
    public let updates: [StateUpdate]

    public init(_ value: NodeID, updates: [StateUpdate] = []) {
        self.value = value
        self.updates = updates
    }
}
