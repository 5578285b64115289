import NightjarTensor

/// Some samples of a data set, ready for a training step. It holds the given labels only, never the true ones.
public struct Batch: Sendable {
    /// `[count, ...inputShape]`, normalised, float32 or float64.
    public let inputs: Tensor
    /// `[count]`, int32, 0-based: the labels given for training.
    public let labels: Tensor
    /// `[count]`, int32, 0-based: where the samples stand in the data set.
    public let indices: Tensor

    /// The number of samples.
    public var count: Int { indices.count }
}
