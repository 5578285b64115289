import NightjarGraph

/// Layers one after another. The path of the first is `layers.1`.
public final class Sequential: Module {
    public let layers: [any Module]

    public init(_ layers: [any Module]) {
        self.layers = layers
    }

    public var kind: String { "sequential" }

    public var children: [(name: String, module: any Module)] {
        layers.enumerated().map { ("layers.\($0.offset + 1)", $0.element) }
    }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        var value = input
        for (name, layer) in children { value = try context.call(layer, named: name, value) }
        return value
    }

    /// Those of the last layer.
    public func outputs(_ context: ForwardContext, _ input: NodeID) throws -> [NodeID] {
        guard let last = children.last else { return [input] }
        var value = input
        for (name, layer) in children.dropLast() { value = try context.call(layer, named: name, value) }
        return try context.outputs(last.module, named: last.name, value)
    }
}
