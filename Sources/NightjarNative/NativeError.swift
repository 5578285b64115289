/// What is wrong with a native library, or with a call of something in it, in words.
public struct NativeError: Error, CustomStringConvertible, Sendable, Equatable {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
