/// What is wrong with a model, a layer's settings or the weights that were to be loaded.
public struct ModelError: Error, Hashable, CustomStringConvertible, Sendable {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
