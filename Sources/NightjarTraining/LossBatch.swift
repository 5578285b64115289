import NightjarData
import NightjarGraph
import NightjarNN
import NightjarTensor

/// What a loss may know about a batch besides the logits. The true labels are never part of it.
public struct LossBatch {
    /// What kind of labels these are.
    public let form: LabelForm
    /// The class of each place, `[batch]` where a sample has one label, int32, 0-based; -1 where it is left out.
    public let labels: NodeID
    /// The labels as they were given; see ``BatchLabels``.
    public let targets: BatchLabels
    /// Where the samples stand in the data set, `[batch]`, int32, 0-based.
    public let indices: NodeID
    /// What the model was given, `[batch, ...]`.
    public let inputs: NodeID
    /// The number of samples.
    public let count: Int
    /// Counted from 1.
    public let epoch: Int
    /// Counted from 1 over the whole run. In evaluation, the last step before it.
    public let step: Int
    public let mode: ForwardContext.Mode
    /// Samples drawn from the training set, as many times as ``LossNeeds/draws`` says.
    public let draws: [Draw]
    /// Further views of ``inputs``, as many as ``LossNeeds/views`` says; in evaluation the inputs as they are.
    public let views: [NodeID]
    /// All that the model gives, the logits included, in its order.
    public let outputs: [NodeID]
    /// The labels of the data set's label sets.
    public var labelSets: [BatchLabelSet] = []
    /// Every sample whose value goes into the same mean: those of all batches of a step, in evaluation those of the data
    /// set. What is divided by a sum over samples is divided by that over these, so that the value is that of the one
    /// large batch however it is cut. nil unless ``LossNeeds/whole``.
    public let whole: Whole?
    /// Records the model for other inputs, `[samples, ...]`, in the mode of the batch; gives `[samples, classes]`.
    public let model: (_ inputs: NodeID) throws -> NodeID

    /// Labels of all places that are not left out, and where their samples stand in the data set: `[places]`, int32,
    /// 0-based; soft labels are `[places, classes]`, binary ones numbers.
    public struct Whole {
        public let labels: NodeID
        public let indices: NodeID
    }

    /// As many samples as the batch has, drawn independently of it from those of the training set that have a label.
    public struct Draw {
        /// `[batch, ...]`.
        public let inputs: NodeID
        /// The labels given for training.
        public let targets: BatchLabels
        /// `[batch]`, int32, 0-based.
        public let indices: NodeID
    }

    /// The shape of the values of a loss: one a place.
    public var valueShape: Shape { targets.labels.shape }

    /// The same batch with what the model gives now.
    func with(outputs: [NodeID], model: @escaping (NodeID) throws -> NodeID) -> LossBatch {
        LossBatch(
            form: form, labels: labels, targets: targets, indices: indices, inputs: inputs, count: count, epoch: epoch,
            step: step, mode: mode, draws: draws, views: views, outputs: outputs, labelSets: labelSets,
            whole: whole, model: model)
    }
}
