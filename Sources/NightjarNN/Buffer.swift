import NightjarTensor

/// A tensor of a module that is saved with it but not trained: a running mean, a counter.
///
/// A module changes it with ``ForwardContext/update(_:_:named:)``.
public final class Buffer {
    /// The values; the engine writes new ones into the same storage at the end of a step.
    public let tensor: Tensor

    /// - Parameter tensor: the first values; the buffer takes the tensor over.
    public init(_ tensor: Tensor) {
        self.tensor = tensor
    }
}
