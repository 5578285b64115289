/// What a script did wrong, or what went wrong while it ran, in words for the person who wrote it.
///
/// `message` starts with the script's file and line where one is known; further lines say how operands came about.
public struct ScriptError: Error, CustomStringConvertible {
    public let message: String
    /// Script frames from the inside out: `my_loss.lua:7 in function 'forward'`.
    public let traceback: [String]
    /// True while the error object waits in the Lua state to be raised again.
    let isPending: Bool
    /// True where the message starts with the line at fault: the line of a call further out is not put in front.
    let hasPlace: Bool

    public init(_ message: String, traceback: [String] = []) {
        self.init(message, traceback: traceback, isPending: false)
    }

    init(_ message: String, traceback: [String], isPending: Bool = false, hasPlace: Bool = false) {
        self.message = message
        self.traceback = traceback
        self.isPending = isPending
        self.hasPlace = hasPlace
    }

    public var description: String {
        guard traceback.count > 1 else { return message }
        return message + "\ncalled from\n" + traceback.map { "  " + $0 }.joined(separator: "\n")
    }
}

/// A script met a limit that it cannot get past.
package struct LimitError: Error, CustomStringConvertible {
    /// What the script was told, with the line where it stood.
    let message: String
    /// How far it came, and what to look for.
    package let advice: String
    package var description: String { message + "\n" + advice }
}

/// A complaint about an argument; the line of the script is put in front of it.
package struct ArgumentError: Error, CustomStringConvertible {
    let message: String
    init(_ message: String) { self.message = message }
    package var description: String { message }
}
