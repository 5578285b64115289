import NightjarScripting

/// What the Lua side of the library declares about itself (`lua/nightjar/declare.lua`), read from a host.
struct LuaDeclarations {
    /// A kind of object or a table of fields.
    struct Class {
        let name: String
        let group: String
        let doc: String
        let fields: [ReferenceCall.Argument]
        /// What calling one does, in editor definitions.
        let call: String?
        let operators: [String]
    }

    /// A field of `nj` through which definitions are found by name.
    struct Registry {
        /// `losses` of `nj.losses`.
        let name: String
        let group: String
        let doc: String
        /// What a definition makes.
        let product: String
        let call: String?
        let definitions: [Definition]
    }

    /// What a plugin defines: a function from parameters to an object.
    struct Definition {
        let name: String
        let doc: String
        let parameters: [ReferenceCall.Argument]
    }

    let calls: [ReferenceCall]
    let classes: [Class]
    let registries: [Registry]

    init(_ host: ScriptHost) throws {
        // Kinds that plugins declare are declared where they are needed first, and are not to depend on that.
        _ = try host.kinds(withPlugins: true)
        let answer = try host.library?.call([.string("declarations")]).first?.asTable ?? ScriptTable()
        calls = (answer["calls"]?.asTable?.array ?? []).compactMap(\.asTable).map(LuaDeclarations.call)
        classes = (answer["classes"]?.asTable?.array ?? []).compactMap(\.asTable).map { table in
            Class(
                name: table.text("name"), group: table.text("group"), doc: table.text("doc"),
                fields: LuaDeclarations.arguments(table["fields"]), call: table["call"]?.asString,
                operators: table["operators"]?.asTable?.array.compactMap(\.asString) ?? [])
        }
        registries = try (answer["registries"]?.asTable?.array ?? []).compactMap(\.asTable).map { table in
            let name = table.text("name")
            let list = try host.library?.call([.string("definitions"), .string(name)]).first?.asTable
            return Registry(
                name: name, group: table.text("group"), doc: table.text("doc"), product: table.text("class"),
                call: table["call"]?.asString,
                definitions: (list?.array ?? []).compactMap(\.asTable).map(LuaDeclarations.definition))
        }
    }

    private static func call(_ table: ScriptTable) -> ReferenceCall {
        let arguments = LuaDeclarations.arguments(table["parameters"])
        return ReferenceCall(
            path: table.text("path"), group: table.text("group"), owner: table["class"]?.asString, alias: nil,
            arguments: arguments.filter { $0.name != "..." }, options: LuaDeclarations.arguments(table["options"]),
            isVariadic: arguments.contains { $0.name == "..." },
            returns: ReferenceType.list(table["returns"]?.asString ?? "nothing"), doc: table.text("doc"),
            example: table["example"]?.asString)
    }

    /// Each { name, type, doc, default = ..., optional = ..., annotation = ... }.
    private static func arguments(_ list: ScriptValue?) -> [ReferenceCall.Argument] {
        (list?.asTable?.array ?? []).compactMap(\.asTable).map { table in
            let parts = table.array.map { $0.asString ?? "" } + ["", "", ""]
            let standard = table["default_text"]?.asString ?? table["default"].map(text)
            let annotation = table["annotation"]?.asString ?? (parts[1] == "function" ? "function" : parts[1])
            return ReferenceCall.Argument(
                name: parts[0], annotation: annotation, words: parts[1],
                isOptional: standard != nil || table["optional"]?.asBoolean == true, standard: standard, doc: parts[2])
        }
    }

    private static func definition(_ table: ScriptTable) -> Definition {
        let parameters = (table["parameters"]?.asTable?.array ?? []).compactMap(\.asTable).map { parameter in
            let choices = parameter["choices"]?.asTable?.array.map(text) ?? []
            let type = parameter["type"]?.asString ?? "any"
            let known = ["nil": "any", "tensor": "nightjar.Tensor"][type] ?? type
            return ReferenceCall.Argument(
                name: parameter.text("name"), annotation: choices.isEmpty ? known : choices.joined(separator: "|"),
                words: choices.isEmpty ? known : choices.joined(separator: ", "),
                isOptional: parameter["optional"]?.asBoolean ?? false, standard: parameter["default"]?.asString,
                doc: parameter.text("doc"))
        }
        return Definition(name: table.text("name"), doc: table.text("doc"), parameters: parameters)
    }

    /// A plain value as a script would write it.
    private static func text(_ value: ScriptValue) -> String {
        switch value {
        case .string(let text): "\"\(text)\""
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): ScriptText.number(number)
        default: "nil"
        }
    }
}

extension ScriptTable {
    fileprivate func text(_ key: String) -> String { self[key]?.asString ?? "" }
}
