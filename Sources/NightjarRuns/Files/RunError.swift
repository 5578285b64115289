// The one error of this room: a sentence a person can act on.

/// Says what was expected, what came, where, and what to do about it.
public struct RunError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The whole message, without a trailing newline.
    public let description: String

    /// - Parameter description: the message as it will be shown.
    public init(_ description: String) {
        self.description = description
    }
}
