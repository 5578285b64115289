import NightjarGraph

/// What went wrong while a plan was made or run: a sentence, and the place in a script or model it is about.
public struct EngineError: Error, CustomStringConvertible, Sendable {
    public let message: String
    /// Where the operation was recorded, if known.
    public let place: ProvenanceTable.Place?

    public init(_ message: String, place: ProvenanceTable.Place? = nil) {
        self.message = message
        self.place = place
    }

    public var description: String {
        guard let place else { return message }
        return "\(place.description): \(message)"
    }
}
