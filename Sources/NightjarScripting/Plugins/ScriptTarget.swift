/// What a command was given to work on: a .lua file, or the name of what a plugin provides.
struct ScriptTarget {
    /// `mine.lua`, `rll`, or with its kind in front: `optimizers/adam`.
    let text: String
    /// Where a name is looked up; nil: in all of `kinds`.
    let kind: String?
    /// What the command can work on, as plugins name kinds.
    let kinds: [String]

    init(_ text: String, kind: String? = nil, among kinds: [String]) {
        (self.text, self.kind, self.kinds) = (text, kind, kinds)
    }

    /// The file that is meant.
    /// - Throws: ``ScriptError`` for a name that no plugin provides, and for one that means several things.
    func path(_ host: ScriptHost) throws -> String {
        if text.hasSuffix(".lua") { return text }
        var (kind, name) = (kind, text)
        if let slash = text.firstIndex(of: "/") {
            (kind, name) = (String(text[..<slash]), String(text[text.index(after: slash)...]))
        }
        if let kind, !kinds.contains(kind) {
            let hint = host.nearest(kind, kinds).map { ": did you mean '\($0)'?" } ?? ""
            throw ScriptError("there is no kind '\(kind)'\(hint)\n  kinds are \(kinds.joined(separator: ", "))")
        }
        let asked = kind.map { [$0] } ?? kinds
        let found = asked.compactMap { kind in host.plugins.file(kind, name).map { (kind: kind, path: $0) } }
        if found.count > 1 {
            let ways = found.map { "\($0.kind)/\(name)" }.joined(separator: " or ")
            throw ScriptError("'\(name)' names several things: say which, \(ways)")
        }
        guard let only = found.first else {
            let hint =
                host.nearest(name, asked.flatMap { host.plugins.names($0) }).map { ": did you mean '\($0)'?" } ?? ""
            let (front, last) = (asked.dropLast().joined(separator: ", "), asked.last ?? "")
            throw ScriptError(
                "no plugin provides '\(name)' among its \(front.isEmpty ? last : front + " or " + last)\(hint)\n"
                    + "  a path to a .lua file works as well")
        }
        return only.path
    }
}
