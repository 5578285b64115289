// The one error of this room: a sentence a person can act on.
import NightjarProcess

/// Says what was expected, what came, where, and what to do about it.
public struct RunError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The whole message, without a trailing newline.
    public let description: String

    /// - Parameter description: the message as it will be shown. Whatever names it holds, they begin no line of it
    ///   (``ShownText/message(_:)``).
    public init(_ description: String) {
        self.description = ShownText.message(description)
    }
}
