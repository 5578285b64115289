import NightjarTensor

/// Copies named tensors into others of the same names, all or none.
package struct StateCopy {
    /// Where the values come from and whose they are to be, as messages say it: "the weights", "the model".
    let source: String
    let owner: String

    package init(source: String, owner: String) {
        self.source = source
        self.owner = owner
    }

    /// - Parameters:
    ///   - state: in any order.
    ///   - targets: exactly the names, shapes and types that `state` must have.
    /// - Throws: ``ModelError`` that names what is missing, unknown or of another shape; then nothing is written.
    package func copy(
        _ state: [(path: String, tensor: Tensor)], into targets: [(path: String, tensor: Tensor)]
    ) throws {
        var given: [String: Tensor] = [:]
        for (path, tensor) in state {
            guard given.updateValue(tensor, forKey: path) == nil else {
                throw ModelError("\(source) hold '\(path)' twice")
            }
        }
        let known = Set(targets.map(\.path))
        if let unknown = state.first(where: { !known.contains($0.path) }) {
            let hint = nearestName(to: unknown.path, in: known).map { ": did you mean '\($0)'?" } ?? ""
            throw ModelError("\(source) hold '\(unknown.path)', which \(owner) does not have\(hint)")
        }
        for (path, tensor) in targets {
            guard let value = given[path] else { throw ModelError("\(source) lack '\(path)' \(tensor.shape)") }
            guard value.shape == tensor.shape, value.dtype == tensor.dtype else {
                throw ModelError(
                    "'\(path)' is \(tensor.shape) of \(tensor.dtype) in \(owner), "
                        + "but \(value.shape) of \(value.dtype) in \(source)")
            }
        }
        for (path, tensor) in targets {
            guard let value = given[path], value !== tensor else { continue }
            tensor.pointer.copyMemory(from: value.pointer, byteCount: tensor.byteCount)
        }
    }
}
