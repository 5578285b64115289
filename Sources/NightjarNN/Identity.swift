import NightjarGraph

/// Gives back what it gets: a place holder in a model that is put together by a rule.
public final class Identity: Module {
    public init() {}

    public var kind: String { "identity" }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID { input }
}
