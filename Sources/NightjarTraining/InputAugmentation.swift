import NightjarGraph

/// Changes inputs of the training set at random, each time they are used.
public protocol InputAugmentation: AnyObject {
    /// Records another look at a batch.
    /// - Parameter inputs: `[batch, ...]`.
    /// - Returns: inputs of the same shape and element type.
    func record(_ tape: Tape, inputs: NodeID) throws -> NodeID
}
