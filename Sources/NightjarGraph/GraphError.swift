import NightjarTensor

/// What is wrong with an operation that was to be recorded: a sentence, and the operands it is about.
///
/// The scripting room adds the line of the script, and where each operand was made.
public struct GraphError: Error, CustomStringConvertible, Sendable {
    public let message: String
    /// Operands on the tape that refused, for showing how they came about.
    public let operands: [NodeID]

    public init(_ message: String, _ operands: [NodeID] = []) {
        self.message = message
        self.operands = operands
    }

    public var description: String { message }
}
