import NightjarTensor

/// Weights out of a model, and into it.
extension Model {
    /// Every parameter and then every buffer by its path, in order. The tensors are the model's own: they change as
    /// training goes on, so copy what must stay.
    public var state: [(path: String, tensor: Tensor)] {
        parameters.map { ($0.path, $0.parameter.tensor) } + buffers.map { ($0.path, $0.buffer.tensor) }
    }

    /// Copies values into parameters and buffers. Either all are written or, when something does not fit, none.
    /// - Parameter state: tensors by path, in any order; exactly those that the model has, of the same shapes and types.
    /// - Throws: ``ModelError`` that names what is missing, unknown or of another shape.
    public func load(_ state: [(path: String, tensor: Tensor)]) throws {
        try StateCopy(source: "the weights", owner: "the model").copy(state, into: self.state)
        for (_, parameter) in parameters { parameter.isInitialized = true }
    }
}
