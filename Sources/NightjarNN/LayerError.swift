import NightjarGraph

/// What went wrong while a layer was recorded, and in which layer.
public struct LayerError: Error, CustomStringConvertible, Sendable {
    /// The layer as people read it: `model.layers.2 (linear)`.
    public let layer: String
    public let message: String
    /// Operands on the tape that refused, for showing how they came about.
    public let operands: [NodeID]

    public init(layer: String, _ message: String, _ operands: [NodeID] = []) {
        self.layer = layer
        self.message = message
        self.operands = operands
    }

    public var description: String { "\(layer): \(message)" }
}
