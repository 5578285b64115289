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
        var given: [String: Tensor] = [:]
        for (path, tensor) in state {
            guard given.updateValue(tensor, forKey: path) == nil else {
                throw ModelError("the weights hold '\(path)' twice")
            }
        }
        let own = self.state
        let known = Set(own.map(\.path))
        if let unknown = state.first(where: { !known.contains($0.path) }) {
            let hint = nearestName(to: unknown.path, in: known).map { ": did you mean '\($0)'?" } ?? ""
            throw ModelError("the weights hold '\(unknown.path)', which the model does not have\(hint)")
        }
        for (path, tensor) in own {
            guard let value = given[path] else { throw ModelError("the weights lack '\(path)' \(tensor.shape)") }
            guard value.shape == tensor.shape, value.dtype == tensor.dtype else {
                throw ModelError(
                    "'\(path)' is \(tensor.shape) of \(tensor.dtype) in the model, "
                        + "but \(value.shape) of \(value.dtype) in the weights")
            }
        }
        for (path, tensor) in own {
            guard let value = given[path], value !== tensor else { continue }
            tensor.pointer.copyMemory(from: value.pointer, byteCount: tensor.byteCount)
        }
        for (_, parameter) in parameters { parameter.isInitialized = true }
    }
}
