import Foundation
import NightjarData

/// What a `plugin.lua` says, checked.
struct PluginManifest {
    var name = ""
    var version = ""
    /// Kind ("losses") to names ("rll") to files.
    var provides: [String: [String: String]] = [:]
    /// Other plugins that must be there, with ranges of their versions.
    var depends: [(plugin: String, range: VersionRange)] = []
    /// Pure-Lua packages that its scripts `require`.
    var packages: [String] = []
    /// The shared library with its native code.
    var native: String?
    /// The file with rules in Lua for the gradients of what the library has.
    var gradients: String?
    /// What is no longer to be used: kind, name, and what replaces it.
    var deprecations: [PluginRegistry.Deprecation] = []
    var license = ""
    var description = ""
    var homepage = ""

    static let fields = [
        "name", "version", "api", "provides", "native", "gradients", "depends", "packages", "deprecations", "license",
        "description", "homepage",
    ]

    /// - Parameters:
    ///   - kinds: what plugins may provide.
    ///   - isThere: whether a file that is listed may be counted on.
    init(
        _ table: ScriptTable, folder: String, kinds: [String], nearest: (String, [String]) -> String?,
        isThere: (String) -> Bool, skipsMissing: Bool
    ) throws {
        for (key, _) in table.fields where !PluginManifest.fields.contains(key) {
            let hint = nearest(key, PluginManifest.fields).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError(
                "plugin.lua has an unknown field '\(key)'\(hint)\n  fields are "
                    + PluginManifest.fields.joined(separator: ", "))
        }
        name = try PluginManifest.text(table, "name", required: true)
        guard PluginManifest.isName(name) else {
            throw ArgumentError(
                "plugin.lua: 'name' is letters, digits, _ and -, beginning with a letter, at most 64 of them; got "
                    + "\"\(name)\"")
        }
        version = try PluginManifest.text(table, "version", required: true)
        guard PluginVersion(version) != nil else {
            throw ArgumentError("plugin.lua: 'version' is one to three numbers, such as \"1.2.0\"; got \"\(version)\"")
        }
        if let api = table["api"] {
            guard let text = api.asString else {
                throw ArgumentError("plugin.lua: 'api' is a string such as \">= 1.0\", got \(api.phrase)")
            }
            if let reason = PluginLoader.refusal(of: text) { throw ArgumentError(reason) }
        }
        license = try PluginManifest.text(table, "license")
        description = try PluginManifest.text(table, "description")
        homepage = try PluginManifest.text(table, "homepage")
        depends = try PluginManifest.depends(table)
        packages = try PluginManifest.packages(table)
        if !skipsMissing, let missing = packages.first(where: { !LuaPackages(plugin: folder).contain($0) }) {
            throw ArgumentError(
                "it needs the Lua package '\(missing)', which is not there: install it, or put it into "
                    + "\(ScriptFiles.display(folder))/packages\n  it is looked for in "
                    + LuaPackages(plugin: folder).folders.map(ScriptFiles.display).joined(separator: ", "))
        }
        native = try PluginManifest.file(
            table, "native", in: folder, isThere: skipsMissing ? { _ in true } : isThere,
            missing: "build it first, for example with 'cc -O2 -shared -fPIC'")
        gradients = try PluginManifest.file(table, "gradients", in: folder, isThere: isThere)
        guard gradients == nil || native != nil else {
            throw ArgumentError("plugin.lua: 'gradients' has rules for what a library has, and 'native' names none")
        }
        // A library alone is something to give.
        if table["provides"] == nil, native != nil { return }
        let place = URL(fileURLWithPath: folder)
        let root = ContainedPath.resolved(folder)
        guard let given = table["provides"] else { throw ArgumentError("plugin.lua gives no 'provides'") }
        guard let list = given.asTable else {
            throw ArgumentError(
                "plugin.lua: 'provides' is a table such as { losses = { \"mine.lua\" } }, got \(given.phrase)")
        }
        guard list.array.isEmpty else {
            throw ArgumentError(
                "plugin.lua: 'provides' is a table such as { losses = { \"mine.lua\" } }, got a list: say of what kind each is"
            )
        }
        for (kind, value) in list.fields {
            guard kinds.contains(kind) else {
                let hint = nearest(kind, kinds).map { ": did you mean '\($0)'?" } ?? ""
                throw ArgumentError("a plugin cannot provide '\(kind)'\(hint)")
            }
            for file in try PluginManifest.files(value, kind: kind, folder: folder) {
                let path = try ContainedPath.resolve(file, in: place, root: root).path
                guard isThere(path) else {
                    // A run keeps the texts that it read, and this is none of them.
                    if skipsMissing { continue }
                    throw ArgumentError("'provides.\(kind)' lists \(file), which is not there")
                }
                let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
                if let first = provides[kind]?[name], first != path {
                    throw ArgumentError("'provides.\(kind)' has '\(name)' twice: in \(first) and in \(path)")
                }
                provides[kind, default: [:]][name] = path
            }
        }
        deprecations = try PluginManifest.deprecations(table, kinds: kinds)
        if !skipsMissing { for item in deprecations { try check(item, nearest) } }
    }

    /// Whoever follows the advice must find something: a name of this plugin that is not deprecated itself, or one of a plugin
    /// that it names.
    private func check(
        _ item: PluginRegistry.Deprecation, _ nearest: (String, [String]) -> String?
    ) throws {
        let words = "plugin.lua: 'deprecations' replaces \(item.kind) '\(item.name)' by '\(item.replacement)', which"
        if deprecations.contains(where: { $0.kind == item.kind && $0.name == item.replacement }) {
            throw ArgumentError(words + " is deprecated as well: name what is to be used")
        }
        let own = provides[item.kind].map { $0.keys.sorted() } ?? []
        guard !item.replacement.contains("/"), !own.contains(item.replacement) else { return }
        throw ArgumentError(
            words + " it does not provide" + (nearest(item.replacement, own).map { ": did you mean '\($0)'?" } ?? "")
                + "\n  what another plugin provides is written with its name, as in 'losses/rll'")
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
        func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
        return isLetter(first)
            && text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 95 || $0 == 45 }
    }

    private static func text(_ table: ScriptTable, _ field: String, required: Bool = false) throws -> String {
        guard let value = table[field] else {
            if required { throw ArgumentError("plugin.lua gives no \(field)") }
            return ""
        }
        guard let text = value.asString, !(required && text.isEmpty) else {
            throw ArgumentError(
                "plugin.lua: '\(field)' is a string, got \(value.asString == nil ? value.phrase : "an empty one")")
        }
        return text
    }

    /// A file of the folder that a field names; nil where the field is not there.
    private static func file(
        _ table: ScriptTable, _ field: String, in folder: String, isThere: (String) -> Bool, missing: String = ""
    ) throws -> String? {
        guard table[field] != nil else { return nil }
        let name = try text(table, field, required: true)
        let path = try ContainedPath.resolve(name, in: URL(fileURLWithPath: folder)).path
        guard isThere(path) else {
            throw ArgumentError(
                "'\(field)' names \(name), which is not there" + (missing.isEmpty ? "" : ": " + missing))
        }
        return path
    }

    /// A list of .lua files, or a folder whose .lua files are all meant.
    static func files(_ value: ScriptValue, kind: String, folder: String) throws -> [String] {
        if let name = value.asString {
            let url = try ContainedPath.resolve(name, in: URL(fileURLWithPath: folder))
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
                throw ArgumentError(
                    "'provides.\(kind)' is a list of .lua files or the name of a folder: there is no folder '\(name)'")
            }
            let found = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            return found.filter { $0.hasSuffix(".lua") && !$0.hasPrefix(".") }.sorted().map { name + "/" + $0 }
        }
        guard let list = value.asTable else {
            throw ArgumentError(
                "'provides.\(kind)' is a list of .lua files or the name of a folder, got \(value.phrase)")
        }
        if let stray = list.fields.first {
            throw ArgumentError(
                "'provides.\(kind)' is a list of .lua files: write { \"\(stray.key).lua\" } and not { \(stray.key) = ... }"
            )
        }
        return try list.array.map { entry in
            // A file `.lua` would have no name.
            guard let file = entry.asString, file.hasSuffix(".lua"), (file as NSString).lastPathComponent != ".lua"
            else {
                throw ArgumentError("'provides.\(kind)' must list .lua files of the plugin's folder")
            }
            return file
        }
    }

    private static func depends(_ table: ScriptTable) throws -> [(plugin: String, range: VersionRange)] {
        guard let given = table["depends"] else { return [] }
        let shape = "plugin.lua: 'depends' names plugins with versions, such as { losses = \">= 1.0, < 2\" }"
        guard let list = given.asTable, list.array.isEmpty else { throw ArgumentError(shape) }
        return try list.fields.map { name, value in
            guard let text = value.asString else { throw ArgumentError(shape + "; '\(name)' has \(value.phrase)") }
            guard let range = VersionRange(text) else {
                throw ArgumentError(shape + "; '\(name)' has \"\(text)\", which is not understood")
            }
            return (name, range)
        }.sorted { $0.plugin < $1.plugin }
    }

    private static func packages(_ table: ScriptTable) throws -> [String] {
        guard let given = table["packages"] else { return [] }
        let shape =
            "plugin.lua: 'packages' lists Lua packages by the first part of their names, such as { \"pl\", \"inspect\" }"
        guard let list = given.asTable, list.fields.isEmpty else {
            throw ArgumentError("\(shape), got \(given.phrase)")
        }
        return try list.array.map { entry in
            guard let name = entry.asString, isPackageName(name[...]) else {
                throw ArgumentError("\(shape); got \(entry.asString.map(ScriptText.quoted) ?? entry.phrase)")
            }
            return name
        }
    }

    /// What can stand between two points of a module's name.
    static func isPackageName(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 45
            }
    }

    private static func deprecations(_ table: ScriptTable, kinds: [String]) throws -> [PluginRegistry.Deprecation] {
        guard let given = table["deprecations"] else { return [] }
        let shape =
            "plugin.lua: 'deprecations' says by kind what replaces what, such as { losses = { old_name = \"new_name\" } }"
        guard let list = given.asTable, list.array.isEmpty else { throw ArgumentError(shape) }
        return try list.fields.flatMap { kind, names in
            guard kinds.contains(kind), let names = names.asTable, names.array.isEmpty else {
                throw ArgumentError(shape)
            }
            return try names.fields.map { old, new in
                guard let new = new.asString else { throw ArgumentError(shape) }
                return PluginRegistry.Deprecation(kind: kind, name: old, replacement: new)
            }
        }
    }
}
