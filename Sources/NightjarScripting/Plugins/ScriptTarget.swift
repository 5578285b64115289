import Foundation

/// What a command was given to work on: a .lua file, or the name of what a plugin provides.
package struct ScriptTarget {
    /// `mine.lua`, `rll`, or with its kind in front: `optimizers/adam`.
    let text: String
    /// Where a name is looked up; nil: in all of `kinds`.
    let kind: String?
    /// What the command can work on, as plugins name kinds.
    let kinds: [String]

    package init(_ text: String, kind: String? = nil, among kinds: [String]) {
        (self.text, self.kind, self.kinds) = (text, kind, kinds)
    }

    /// The file that is meant.
    /// - Throws: ``ScriptError`` for a name that no plugin provides, and for one that means several things.
    package func path(_ host: ScriptHost) throws -> String {
        if text.hasSuffix(".lua") { return text }
        if text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../") {
            throw ScriptError(
                "\(text) is no .lua file: this takes the path of one, or the name of what a plugin provides"
                    + (FileManager.default.fileExists(atPath: text + "/plugin.lua")
                        ? "\n  nightjar plugins check \(text) checks a plugin" : ""))
        }
        var (kind, name) = (kind, text)
        // mine/rll is plugin mine's; losses/rll says the kind, and losses/mine/rll both.
        if let slash = text.firstIndex(of: "/"), case let front = String(text[..<slash]),
            kinds.contains(front) || !host.plugins.knows(front)
        {
            (kind, name) = (front, String(text[text.index(after: slash)...]))
        }
        if let kind, !kinds.contains(kind) {
            let hint = host.nearest(kind, kinds).map { ": did you mean '\($0)'?" } ?? ""
            throw ScriptError("there is no kind '\(kind)'\(hint)\n  kinds are \(kinds.joined(separator: ", "))")
        }
        let asked = kind.map { [$0] } ?? kinds
        let answers = asked.map { (kind: $0, finding: host.plugins.find($0, name)) }
        let found = answers.compactMap { answer -> (kind: String, path: String)? in
            if case .one(let file, _, _) = answer.finding { (answer.kind, file) } else { nil }
        }
        for answer in answers {
            guard case .several(let places) = answer.finding, let last = places.last else { continue }
            throw ScriptError(
                "several plugins provide '\(name)' among their \(answer.kind):"
                    + places.map { "\n  plugin '\($0.owner)' in \($0.file)" }.joined()
                    + "\n  say which, \(last.owner)/\(name)")
        }
        if found.count > 1 {
            let ways = found.map { "\($0.kind)/\(name)" }.joined(separator: " or ")
            throw ScriptError("'\(name)' names several things: say which, \(ways)")
        }
        guard let only = found.first else {
            let hint =
                host.nearest(name, asked.flatMap { host.plugins.names($0) }).map { ": did you mean '\($0)'?" } ?? ""
            let reasons = answers.flatMap { answer -> [String] in
                if case .none(let reasons) = answer.finding { reasons } else { [] }
            }
            let (front, last) = (asked.dropLast().joined(separator: ", "), asked.last ?? "")
            throw ScriptError(
                "no plugin provides '\(name)' among its \(front.isEmpty ? last : front + " or " + last)"
                    + (reasons.isEmpty ? hint : reasons.map { "\n  " + $0 }.joined())
                    + "\n  a path to a .lua file works as well")
        }
        return only.path
    }
}
