import CLuaShim

/// A Lua function, or a table (a loss, a schedule), that Swift keeps and calls.
///
/// Held through the Lua registry and given back when the last Swift reference goes. Belongs to one host and its thread.
public final class ScriptFunction {
    private(set) weak var host: ScriptHost?
    let reference: Int32
    /// What a profile calls it: `loss 'rll'`.
    var role = "script"

    init(host: ScriptHost, reference: Int32) {
        self.host = host
        self.reference = reference
    }

    deinit {
        if let host { njl_unreference(host.state, reference) }
    }

    private func living() throws -> ScriptHost {
        guard let host else { throw ScriptError("the script that this function belongs to is gone") }
        return host
    }

    /// Calls it, under protection.
    /// - Throws: ``ScriptError`` with the script's line.
    public func call(_ arguments: [ScriptValue] = []) throws -> [ScriptValue] {
        try living().call(self, arguments, raw: false)
    }

    /// Calls it and leaves tables among the results unread: each becomes a `.function` that can be called or indexed.
    public func callForReferences(_ arguments: [ScriptValue] = []) throws -> [ScriptValue] {
        try living().call(self, arguments, raw: true)
    }

    /// A field of the table (metamethods run); tables come back read.
    public func field(_ name: String) throws -> ScriptValue {
        try living().field(of: self, name, raw: false)
    }

    /// A field of the table; functions and tables come back as references.
    public func member(_ name: String) throws -> ScriptFunction? {
        try living().field(of: self, name, raw: true).asFunction
    }

    /// Calls the method `name` with the table itself as its first argument.
    public func callMethod(_ name: String, _ arguments: [ScriptValue] = []) throws -> [ScriptValue] {
        guard let method = try member(name) else { throw ScriptError("there is no method '\(name)'") }
        method.role = role
        return try method.call([.function(self)] + arguments)
    }
}
