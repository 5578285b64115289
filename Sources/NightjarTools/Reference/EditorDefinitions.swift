import NightjarScripting
import NightjarTensor

/// The definitions that editors read (LuaLS): names, types and one line for everything that scripts can call.
struct EditorDefinitions {
    let reference: Reference
    private let mark = "-- Made by `make docs` from the binding table: do not edit.\n"

    /// `lua/meta/nightjar.lua`
    var library: String {
        let declared = reference.declarations
        let tests = testClasses
        var text = "---@meta nightjar\n" + mark + "\n"
        text += "---@alias nightjar.DType " + DType.allCases.map { "\"\($0.name)\"" }.joined(separator: "|") + "\n\n"
        text += tensorClass
        for type in NativeTypes.all where !declared.classes.contains(where: { $0.name == type.annotation }) {
            text += self.class(type.annotation, "A \(type.name) that the host holds.", [], nil, []) + "\n"
        }
        for item in declared.classes where !tests.contains(item.name) {
            text += self.class(item.name, item.doc, item.fields, item.call, item.operators) + "\n"
        }
        for registry in declared.registries { text += registryClass(registry) }
        let namespaces = [
            "nn": "Layers.", "data": "Data sets.", "native": "Native libraries of plugins, by the plugin.",
        ]
        for (name, doc) in namespaces.sorted(by: { $0.key < $1.key })
        where !declared.classes.contains(where: { $0.name == "nightjar.\(name)" }) {
            text += self.class("nightjar.\(name)", doc, [], nil, []) + "\n"
        }
        text += "---The library: local nj = require \"nightjar\".\n---@class nightjar\n"
        for registry in declared.registries {
            text += "---@field \(registry.name) nightjar.\(registry.name) # \(registry.doc)\n"
        }
        for (name, doc) in namespaces.sorted(by: { $0.key < $1.key }) {
            text += "---@field \(name) nightjar.\(name) # \(doc)\n"
        }
        text += "local nj = {}\n\n"
        for call in reference.calls where call.path.contains(where: { $0 == "." || $0 == ":" }) {
            if let owner = call.owner, tests.contains(owner) { continue }
            text += function(call)
        }
        return text + "return nj\n"
    }

    /// `lua/meta/nightjar/test.lua`
    var tests: String {
        let names = testClasses
        var text = "---@meta nightjar.test\n" + mark + "\n"
        for item in reference.declarations.classes where names.contains(item.name) {
            text += self.class(item.name, item.doc, item.fields, item.call, item.operators) + "\n"
        }
        for call in reference.calls where call.owner.map(names.contains) == true { text += function(call) }
        for call in reference.calls where call.path == "test" { text += function(call) + "return test\n" }
        return text
    }

    private var testClasses: [String] {
        reference.declarations.classes.filter { $0.group == "Tests of scripts" }.map(\.name)
    }

    // MARK: Classes

    private var tensorClass: String {
        let signs = reference.calls.compactMap { $0.sign?.definition }
        return self.class(
            "nightjar.Tensor", "A dense array of numbers. It never changes; operations make new ones.", [], nil, signs)
            + "\n"
    }

    /// The name of the table that holds a class's functions.
    private func local(_ name: String) -> String { String(name.split(separator: ".").last ?? "") }

    private func `class`(
        _ name: String, _ doc: String, _ fields: [ReferenceCall.Argument], _ call: String?, _ operators: [String]
    ) -> String {
        var text = "---\(doc)\n---@class \(name)\n"
        for field in fields { text += self.field(field) }
        for sign in operators { text += "---@operator \(sign)\n" }
        if let call { text += "---@overload \(call)\n" }
        return text + "local \(local(name)) = {}\n"
    }

    private func field(_ field: ReferenceCall.Argument) -> String {
        "---@field \(field.name)\(field.isOptional ? "?" : "") \(field.annotation)\(remark(field))\n"
    }

    private func remark(_ argument: ReferenceCall.Argument) -> String {
        let standard = argument.standard.map { "(default: \($0))" } ?? ""
        let text = [argument.doc, standard].filter { !$0.isEmpty }.joined(separator: " ")
        // After a sign, so that no word of it is taken for a part of the type.
        return text.isEmpty ? "" : " # " + text
    }

    private func registryClass(_ registry: LuaDeclarations.Registry) -> String {
        let name = "nightjar.\(registry.name)"
        var text = ""
        var fields = ""
        for definition in registry.definitions {
            let isIdentifier = definition.name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
            let key = isIdentifier ? definition.name : "[\"\(definition.name)\"]"
            if definition.parameters.isEmpty {
                fields += "---@field \(key) fun(): \(registry.product) # \(definition.doc)\n"
                continue
            }
            let parameters = "\(name).\(definition.name)"
            text += "---@class \(parameters)\n" + definition.parameters.map(field).joined() + "\n"
            let mark = definition.parameters.allSatisfy(\.isOptional) ? "?" : ""
            fields +=
                "---@field \(key) fun(parameters\(mark): \(parameters)): \(registry.product) # \(definition.doc)\n"
        }
        text += "---\(registry.doc)\n---@class \(name)\n" + fields
        text += "---@field [string] fun(parameters?: table<string, any>): \(registry.product)\n"
        if let call = registry.call { text += "---@overload \(call)\n" }
        return text + "local \(registry.name) = {}\n\n"
    }

    // MARK: Functions

    /// A function with its options, and once more under `nj` where it is found there as well.
    private func function(_ call: ReferenceCall) -> String {
        var text = ""
        let options = "nightjar.\(call.owner.map { local($0) + "." } ?? "")\(call.name).Options"
        if !call.options.isEmpty {
            text += "---@class \(options)\n" + call.options.map(field).joined() + "\n"
        }
        let isMethod = call.path.contains(":") || call.owner != nil
        let isStatic = call.owner != nil && !call.path.contains(":")
        let table = call.owner.map(local) ?? String(call.path.dropLast(call.name.count + 1))
        let place = table.hasPrefix("nj.") ? String(table.dropFirst(3)) : table
        let front =
            call.path == call.name
            ? "local function \(call.name)" : "function \(place)\(isMethod && !isStatic ? ":" : ".")\(call.name)"
        text += signature(call, options: options, isMethod: isMethod && !isStatic)
        text += "\(front)(\(names(call).joined(separator: ", "))) end\n\n"
        if call.alias != nil {
            text += signature(call, options: options, isMethod: false, hasFront: true)
            text += "function nj.\(call.name)(\((["t"] + names(call)).joined(separator: ", "))) end\n\n"
        }
        return text
    }

    private func names(_ call: ReferenceCall) -> [String] {
        var names = call.arguments.map(\.name)
        if call.isVariadic {
            names.append("...")
        } else if !call.options.isEmpty {
            names.append("options")
        }
        return names
    }

    private func signature(
        _ call: ReferenceCall, options: String, isMethod: Bool, hasFront: Bool = false
    ) -> String {
        var text = "---\(call.doc)\n"
        if hasFront { text += "---@param t nightjar.Tensor\n" }
        for argument in call.arguments {
            text +=
                "---@param \(argument.name)\(argument.isOptional ? "?" : "") \(argument.annotation)\(remark(argument))\n"
        }
        let mark = call.options.allSatisfy(\.isOptional) ? "?" : ""
        if call.isVariadic {
            let more =
                call.arguments.last.map { $0.annotation == "integer|integer[]" ? "integer" : $0.annotation } ?? "any"
            text += "---@param ... \(more)\(call.options.isEmpty ? "" : "|\(options)")\n"
        } else if !call.options.isEmpty {
            text += "---@param options\(mark) \(options)\n"
        }
        for type in call.returns { text += type == "..." ? "---@return any ...\n" : "---@return \(type)\n" }
        // Options may come where an optional argument was to come.
        if !call.options.isEmpty, !call.isVariadic, call.arguments.contains(where: \.isOptional) {
            let needed = call.arguments.prefix { !$0.isOptional }.map { "\($0.name): \($0.annotation)" }
            let front = isMethod ? ["self: \(call.owner ?? "any")"] : hasFront ? ["t: nightjar.Tensor"] : []
            let list = (front + needed + ["options: \(options)"]).joined(separator: ", ")
            text += "---@overload fun(\(list)): \(call.returns.joined(separator: ", "))\n"
        }
        return text
    }
}
