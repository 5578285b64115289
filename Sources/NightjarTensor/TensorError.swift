/// What is wrong with a tensor, a shape or an element type, in a sentence for the person who wrote the script.
public struct TensorError: Error, Hashable, CustomStringConvertible, Sendable {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
