import NightjarNN
import NightjarTensor

/// Copies of a model's weights and buffers that a trainer keeps, such as those of the best epoch, by name.
public final class KeptWeights {
    /// In the order of their names.
    public var all: [(name: String, state: [(path: String, tensor: Tensor)])] {
        copies.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    private var copies: [String: [(path: String, tensor: Tensor)]] = [:]

    public subscript(name: String) -> [(path: String, tensor: Tensor)]? { copies[name] }

    /// Keeps what the model holds now under a name, in the place of what was kept there.
    public func keep(_ name: String, of model: Model) throws {
        copies[name] = try model.state.map { ($0.path, try $0.tensor.copy()) }
    }

    /// Gives the model what was kept under a name; nothing where there is nothing.
    public func restore(_ name: String, to model: Model) {
        guard let kept = copies[name] else { return }
        for (own, copy) in zip(model.state, kept) {
            own.tensor.pointer.copyMemory(from: copy.tensor.pointer, byteCount: own.tensor.byteCount)
        }
    }

    public func removeAll() { copies = [:] }
}
