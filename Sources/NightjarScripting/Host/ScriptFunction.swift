import CLuaShim

/// How functions find their host: the host cuts the link when it goes. A weak reference would do the same, but every
/// retain and release of an object that has one takes a slow path, and the host is retained in every call from Lua.
final class HostLink {
    fileprivate(set) unowned(unsafe) var host: ScriptHost?

    func connect(_ host: ScriptHost) { self.host = host }
    func cut() { host = nil }
}

/// A Lua function, or a table (a loss, a schedule), that Swift keeps and calls.
///
/// Held through the Lua registry and given back when the last Swift reference goes. Belongs to one host and its thread.
public final class ScriptFunction {
    private let link: HostLink
    let reference: Int32
    /// What a profile calls it: `loss 'rll'`.
    var role = "script"

    init(host: ScriptHost, reference: Int32) {
        link = host.link
        self.reference = reference
    }

    /// The host, while it lives.
    var host: ScriptHost? { link.host }

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

    /// Calls it with the `count` arguments that `fill` writes.
    func call(count: Int, _ fill: (TokenWriter) -> Void) throws -> [ScriptValue] {
        try living().call(self, count: count, raw: false, fill)
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
