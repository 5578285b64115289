import NightjarGraph
import NightjarTensor

/// Turns `(batch, ...)` into `(batch, features)`.
public final class Flatten: Module {
    public init() {}

    public var kind: String { "flatten" }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        let shape = context.tape.shape(input)
        guard shape.rank >= 1 else {
            throw context.error("expected a batch, as in (batch, ...), got \(shape)", [input])
        }
        let features = shape.dimensions.dropFirst().reduce(1, *)
        return try context.tape.reshape(input, Shape([shape[0], features]))
    }
}
