import Foundation

/// What a command was given to work on: a .lua file, or the name of what a plugin provides; with parameters, as `--set`
/// takes a component: `rll{alpha=0.45}`.
package struct ScriptTarget {
    /// `mine.lua`, `rll`, or with its kind in front: `optimizers/adam`.
    package let text: String
    /// Its parameters as they were written, `{alpha=0.45}`; empty: none.
    package let parameters: String
    /// Where a name is looked up; nil: in all of `kinds`.
    let kind: String?
    /// What the command can work on, as plugins name kinds.
    let kinds: [String]

    package init(_ text: String, kind: String? = nil, among kinds: [String]) {
        let brace = text.hasSuffix("}") ? text.firstIndex(of: "{") ?? text.endIndex : text.endIndex
        (self.text, parameters) = (String(text[..<brace]), String(text[brace...]))
        (self.kind, self.kinds) = (kind, kinds)
    }

    /// Whether it is a file, and no name.
    package var isPath: Bool { text.hasSuffix(".lua") }

    /// The parameters one by one, each as `--set` takes it.
    /// - Throws: ``ScriptError`` for what is not name=value.
    package func settings() throws -> [(name: String, value: String)] {
        var (items, depth) = ([""], 0)
        for character in parameters.dropFirst().dropLast() {
            depth += character == "{" ? 1 : character == "}" ? -1 : 0
            if character == ",", depth == 0 { items.append("") } else { items[items.count - 1].append(character) }
        }
        return try items.filter { !$0.allSatisfy(\.isWhitespace) }.map { item in
            guard let sign = item.firstIndex(of: "="), sign != item.startIndex, depth == 0 else {
                throw ScriptError(
                    "'\(text)\(parameters)': parameters are written as {name=value,...}, as in rll{alpha=0.45}")
            }
            func trimmed(_ part: Substring) -> String { part.trimmingCharacters(in: .whitespaces) }
            return (trimmed(item[..<sign]), trimmed(item[item.index(after: sign)...]))
        }
    }

    /// The file that is meant.
    /// - Throws: ``ScriptError`` for a name that no plugin provides, and for one that means several things.
    package func path(_ host: ScriptHost) throws -> String {
        if isPath { return text }
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

extension ScriptHost {
    /// The object that a definition makes of its example's parameters, and over them `settings`, each of which becomes what
    /// its declaration says.
    /// - Throws: ``ScriptError`` for parameters that do not fit.
    package func made(_ definition: ScriptValue, _ settings: [(name: String, value: String)]) throws -> ScriptValue {
        try library?.callForReferences([.string("made"), definition, .settings(settings)]).first ?? .nil
    }
}

extension ScriptValue {
    /// As the library takes them: a list of { name, text }.
    package static func settings(_ settings: [(name: String, value: String)]) -> ScriptValue {
        .table(ScriptTable(array: settings.map { .table(ScriptTable(array: [.string($0.name), .string($0.value)])) }))
    }
}
