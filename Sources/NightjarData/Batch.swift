import NightjarTensor

/// Some samples of a data set, ready for a training step. It holds the given labels only, never the true ones.
public struct Batch: Sendable {
    /// `[count, ...inputShape]`, normalised, float32 or float64.
    public let inputs: Tensor
    /// The labels given for training.
    public let targets: BatchLabels
    /// `[count]`, int32, 0-based: where the samples stand in the data set.
    public let indices: Tensor

    /// Those given in the data set's label sets.
    public let labelSets: [BatchLabelSet]

    public init(inputs: Tensor, targets: BatchLabels, indices: Tensor, labelSets: [BatchLabelSet] = []) {
        self.labelSets = labelSets
        self.inputs = inputs
        self.targets = targets
        self.indices = indices
    }

    /// The class of each place, `[count]` where a sample has one label, int32, 0-based; see ``BatchLabels/labels``.
    public var labels: Tensor { targets.labels }
    /// The number of samples.
    public var count: Int { indices.count }
}
