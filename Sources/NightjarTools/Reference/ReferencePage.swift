import NightjarScripting

/// `docs/reference.md`: every function, under headings.
struct ReferencePage {
    let reference: Reference

    var text: String {
        var text = """
            # Reference

            Made by `make docs` from the binding table and the declarations beside the Lua functions: do not edit.

            `t` is a tensor, `nj` is `require "nightjar"`. Arguments in brackets may be left out; arguments in braces are
            named and come in a table at the end. Dimensions, positions and labels count from 1; dimension -1 is the last.
            In examples, what follows `-->` is the value of the line, tensors written as the numbers in them; every example
            is run by the tests.


            """
        let groups = reference.groups
        for group in groups { text += "- [\(group)](#\(anchor(group)))\n" }
        for group in groups { text += section(group) }
        return text
    }

    private func anchor(_ title: String) -> String { title.lowercased().replacing(" ", with: "-") }

    private func section(_ group: String) -> String {
        var text = "\n## \(group)\n"
        for call in reference.calls where call.group == group { text += entry(call) }
        for item in reference.declarations.registries where item.group == group { text += registry(item) }
        for item in reference.declarations.classes where item.group == group && !item.fields.isEmpty {
            text += "\n### \(item.name)\n\n\(item.doc)\n\n" + table(item.fields, title: "field")
        }
        return text
    }

    private func entry(_ call: ReferenceCall) -> String {
        var text = "\n### \(call.path)\n\n"
        var usage = "`\(call.usage)`"
        if let sign = call.sign?.usage { usage += ", `\(sign)`" }
        if let alias = call.alias { usage += ", `\(alias)(t\(call.usage.hasSuffix("()") ? "" : ", ..."))`" }
        let results = call.returns.map { "`\($0)`" }.joined(separator: ", ")
        text += usage + (results.isEmpty ? "" : " → \(results)") + "\n\n\(call.doc)\n"
        if !call.arguments.isEmpty { text += "\n" + table(call.arguments, title: "argument") }
        if !call.options.isEmpty { text += "\n" + table(call.options, title: "option") }
        if let example = call.example { text += "\n```lua\n\(example)\n```\n" }
        return text
    }

    private func table(_ arguments: [ReferenceCall.Argument], title: String) -> String {
        var text = "| \(title) | what | default | |\n|---|---|---|---|\n"
        for argument in arguments {
            let standard = argument.standard.map { "`\($0)`" } ?? (argument.isOptional ? "none" : "")
            let words = argument.words.replacing("|", with: "\\|")
            text += "| `\(argument.name)` | \(words) | \(standard.replacing("|", with: "\\|")) | \(argument.doc) |\n"
        }
        return text
    }

    private func registry(_ registry: LuaDeclarations.Registry) -> String {
        var text = "\n### nj.\(registry.name)\n\n\(registry.doc)\n"
        guard !registry.definitions.isEmpty else { return text }
        text += "\n| name | parameters | |\n|---|---|---|\n"
        for definition in registry.definitions {
            let parameters = definition.parameters.map { "`\($0.name)`" + ($0.standard.map { " (\($0))" } ?? "") }
            text +=
                "| `\(definition.name)` | \(parameters.joined(separator: ", ").replacing("|", with: "\\|")) | "
                + "\(definition.doc) |\n"
        }
        return text
    }
}
