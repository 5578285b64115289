import NightjarScripting
import NightjarTensor

/// What the reference says of a name, as text.
struct NameHelp {
    private let reference: Reference

    init(_ reference: Reference) { self.reference = reference }

    /// - Parameters:
    ///   - name: `nj.zeros`, `sum`, `x:sum`, `nj.losses.rll`, `rll`, or a name of a session.
    ///   - value: what the name stands for now; nil where for nothing.
    ///   - class: the class of that value, as editor definitions call it.
    /// - Returns: nil where nothing is known.
    func text(about name: String, value: String?, class kind: String?) -> String? {
        var parts: [String] = []
        if let value { parts.append("\(name) is \(value)") }
        let found = calls(name).map(text) + definitions(name).map(text) + registries(name).map(text)
        parts += found
        if found.isEmpty, let name = kind ?? classes(name).first { parts.append(text(class: name)) }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }

    /// What is said of a name of which nothing is known.
    func nothing(about name: String) -> String {
        let near = nearestName(to: short(name), in: names).map { ": did you mean '\($0)'?" } ?? ""
        return "nothing is known of '\(name)'\(near)"
    }

    /// Names of what can stand in the braces of a call, in the order of the reference.
    func parameters(of path: String) -> [String] {
        if let definition = definitions(path).first { return definition.definition.parameters.map(\.name) }
        guard let call = calls(path).first else { return [] }
        if !call.options.isEmpty { return call.options.map(\.name) }
        let types = call.arguments.map(\.annotation)
        return reference.declarations.classes.first { types.contains($0.name) }?.fields.map(\.name) ?? []
    }

    // MARK: Finding

    private func short(_ name: String) -> String {
        String(name.split(whereSeparator: { $0 == "." || $0 == ":" }).last ?? "")
    }

    /// Functions: by their whole name; a method also behind any object; else all that end so.
    private func calls(_ name: String) -> [ReferenceCall] {
        let exact = reference.calls.filter { $0.path == name || $0.alias == name }
        if !exact.isEmpty { return exact }
        if name.contains(":") { return reference.calls.filter { $0.path.contains(":") && $0.name == short(name) } }
        return name.contains(".") ? [] : reference.calls.filter { $0.name == name }
    }

    private typealias Found = (path: String, definition: LuaDeclarations.Definition)

    private func definitions(_ name: String) -> [Found] {
        reference.declarations.registries.flatMap { registry in
            registry.definitions.map { (path: "nj.\(registry.name).\($0.name)", definition: $0) }
        }.filter { $0.path == name || $0.definition.name == name }
    }

    private func registries(_ name: String) -> [LuaDeclarations.Registry] {
        reference.declarations.registries.filter { "nj.\($0.name)" == name || $0.name == name }
    }

    private func classes(_ name: String) -> [String] {
        let all = reference.declarations.classes.map(\.name) + ["nightjar.Tensor"]
        return all.filter { $0 == name || short($0).lowercased() == name.lowercased() }
    }

    private var names: [String] {
        reference.calls.map(\.name)
            + reference.declarations.registries.flatMap { [$0.name] + $0.definitions.map(\.name) }
    }

    // MARK: Text

    private func text(_ call: ReferenceCall) -> String {
        var text = call.usage
        if let sign = call.sign?.usage { text += ", \(sign)" }
        if let alias = call.alias { text += ", \(alias)(t\(call.usage.hasSuffix("()") ? "" : ", ..."))" }
        if !call.returns.isEmpty { text += " -> \(call.returns.joined(separator: ", "))" }
        text += "\n" + wrapped(call.doc)
        text += list(call.arguments + call.options)
        if let example = call.example {
            text += "\n  example\n" + example.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        }
        return text
    }

    private func text(_ found: Found) -> String {
        let names = found.definition.parameters.map(\.name).joined(separator: ", ")
        return "\(found.path) {\(names.isEmpty ? "" : " \(names) ")}\n" + wrapped(found.definition.doc)
            + list(found.definition.parameters)
    }

    private func text(_ registry: LuaDeclarations.Registry) -> String {
        "nj.\(registry.name)\n" + wrapped(registry.doc)
            + rows(registry.definitions.map { ($0.name, $0.doc) })
    }

    private func text(class name: String) -> String {
        let declared = reference.declarations.classes.first { $0.name == name }
        let methods = reference.calls.filter { $0.owner == name }
        return "\(name)\n" + wrapped(declared?.doc ?? "A dense array of numbers.")
            + list(declared?.fields ?? []) + rows(methods.map { ($0.usage, $0.doc) })
    }

    private func list(_ arguments: [ReferenceCall.Argument]) -> String {
        rows(
            arguments.map { argument in
                let standard =
                    argument.standard.map { " (default \($0))" } ?? (argument.isOptional ? " (optional)" : "")
                let doc = argument.doc.isEmpty ? "" : ": \(argument.doc)"
                return (argument.name, argument.words + standard + doc)
            })
    }

    /// Names with a line about each; long names have it on a line of its own.
    private func rows(_ entries: [(name: String, doc: String)]) -> String {
        let width = entries.map(\.name.count).filter { $0 <= 24 }.max() ?? 0
        return entries.map { name, doc in
            let front = "  " + name + String(repeating: " ", count: max(0, width - name.count))
            let indent = String(repeating: " ", count: width + 4)
            let isShort = name.count <= 24
            return "\n" + (isShort ? front + "  " : front + "\n" + indent)
                + wrapped(doc, indent: indent).drop { $0 == " " }
        }.joined()
    }

    /// Lines of at most 100 characters.
    private func wrapped(_ text: String, indent: String = "  ") -> String {
        var lines = [indent]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.count + word.count + 1 > 100, last.count > indent.count { lines.append(indent) }
            let line = lines[lines.count - 1]
            lines[lines.count - 1] = line + (line.count == indent.count ? "" : " ") + word
        }
        return lines.joined(separator: "\n")
    }
}
