import NightjarGraph
import NightjarTensor

/// A tensor that takes the value of a node when the step is committed. Shapes and element types are equal.
public struct StateUpdate {
    public let tensor: Tensor
    public let node: NodeID

    public init(_ tensor: Tensor, _ node: NodeID) {
        self.tensor = tensor
        self.node = node
    }
}
