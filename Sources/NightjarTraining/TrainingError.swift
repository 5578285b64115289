import NightjarGraph

/// What does not fit in a training step: which loss, optimizer or model, what was expected and what came.
public struct TrainingError: Error, CustomStringConvertible, Sendable {
    public let message: String
    /// Where the value at fault was recorded, if known.
    public let place: ProvenanceTable.Place?
    /// Operands on the tape that refused, for showing how they came about.
    public let operands: [NodeID]

    public init(_ message: String, place: ProvenanceTable.Place? = nil, _ operands: [NodeID] = []) {
        self.message = message
        self.place = place
        self.operands = operands
    }

    /// `PLACE: MESSAGE`
    public var description: String {
        guard let place else { return message }
        return "\(place.description): \(message)"
    }
}
