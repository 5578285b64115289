import NightjarGraph

/// A part of a model: a layer, or a container of layers.
///
/// A module records operations; it computes nothing. It names its parts, and the tree of names gives every parameter a
/// path such as `layers.1.weight`, by which messages, optimizers' groups and files know it. Parts are counted from 1.
public protocol Module: AnyObject {
    /// What the module is, as messages show it: `linear`, `dropout`.
    var kind: String { get }
    /// The modules inside, in the order of their paths. A name may hold a dot, as `layers.1` does.
    var children: [(name: String, module: any Module)] { get }
    /// Parameters of the module itself, those of children left out.
    var ownParameters: [(name: String, parameter: Parameter)] { get }
    /// Buffers of the module itself, those of children left out.
    var ownBuffers: [(name: String, buffer: Buffer)] { get }

    /// Records the module on the tape of `context`.
    ///
    /// Children are entered with ``ForwardContext/call(_:named:_:)``, parameters read with
    /// ``ForwardContext/node(_:)-(Parameter)``.
    func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID

    /// Records the module and gives all that comes out of it, at least one tensor; only what ``forward(_:_:)`` gives unless
    /// a module says otherwise.
    func outputs(_ context: ForwardContext, _ input: NodeID) throws -> [NodeID]
}

extension Module {
    public var children: [(name: String, module: any Module)] { [] }
    public var ownParameters: [(name: String, parameter: Parameter)] { [] }
    public var ownBuffers: [(name: String, buffer: Buffer)] { [] }
    public func outputs(_ context: ForwardContext, _ input: NodeID) throws -> [NodeID] {
        [try forward(context, input)]
    }
}
