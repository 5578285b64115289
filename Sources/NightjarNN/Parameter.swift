import NightjarTensor

/// A tensor that training changes: the weights or the bias of a layer.
///
/// A parameter does not know its name; the module tree gives it one (see ``Model``), and its first values depend on
/// that name, so they are drawn when the tree is complete. The engine writes new values into the same storage at the
/// end of a step.
public final class Parameter {
    /// The values. Not defined before ``isInitialized`` holds.
    public let tensor: Tensor
    /// How the first values are drawn.
    public let initializer: Initializer
    /// False for a parameter that is held fixed: it gets no gradient and no update.
    public var isTrainable: Bool
    /// True once it has values, drawn or loaded.
    public internal(set) var isInitialized = false

    /// - Throws: ``ModelError`` when `dtype` is not floating; ``TensorError`` when memory runs out.
    public init(
        _ shape: Shape, dtype: DType = .float32, initializer: Initializer, isTrainable: Bool = true
    ) throws {
        guard dtype.isFloating else { throw ModelError("parameters are float32 or float64, not \(dtype)") }
        self.tensor = try Tensor(uninitialized: shape, dtype: dtype)
        self.initializer = initializer
        self.isTrainable = isTrainable
    }

    public var shape: Shape { tensor.shape }
    public var dtype: DType { tensor.dtype }
}
