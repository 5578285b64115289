import Foundation
import NightjarProcess

/// Where the Lua packages lie that plugins declare: in the plugin's own folder `packages`, in the user's LuaRocks tree, and
/// where the system keeps them.
struct LuaPackages {
    /// The plugin's folder.
    let plugin: String

    /// In the order in which they are looked into.
    var folders: [String] { [plugin + "/packages"] + LuaPackages.shared }

    /// Folders that plugins have in common. Debian has some packages, such as lua-inspect, for Lua 5.3 alone.
    static var shared: [String] {
        let home = EnvironmentVariable.value("HOME") ?? ""
        let own = home.hasPrefix("/") ? [home + "/.luarocks/share/lua/5.4"] : []
        return own + ["/usr/local/share/lua/5.4", "/usr/share/lua/5.4", "/usr/share/lua/5.3"]
    }

    /// The file of a module such as `pl.List`; nil where there is none. Links that lead out of the folder lead to nothing.
    func file(of module: String, isThere: (String) -> Bool) -> String? {
        guard LuaPackages.isName(module) else { return nil }
        let path = module.replacing(".", with: "/")
        for folder in folders {
            for candidate in ["\(folder)/\(path).lua", "\(folder)/\(path)/init.lua"] where isThere(candidate) {
                let full = ScriptFiles.resolved(candidate)
                // Packages of the system may be links to where they are kept.
                if folder != plugin + "/packages" || ScriptFiles.lies(full, below: ScriptFiles.resolved(plugin)) {
                    return full
                }
            }
        }
        return nil
    }

    /// Whether something of this package is there, also one that is written in C, or has parts only.
    func contain(_ package: String) -> Bool {
        let manager = FileManager.default
        return folders.contains {
            manager.fileExists(atPath: "\($0)/\(package).lua") || manager.fileExists(atPath: "\($0)/\(package)")
        } || LuaPackages.libraries.contains { manager.fileExists(atPath: "\($0)/\(package).so") }
    }

    /// Where Debian and LuaRocks keep packages that are written in C.
    private static let libraries =
        ["/usr/local/lib/lua/5.4", "/usr/lib/lua/5.4"]
        + ["x86_64", "aarch64", "riscv64"].map { "/usr/lib/\($0)-linux-gnu/lua/5.4" }

    /// Names with points between: letters, digits, `_` and `-`.
    static func isName(_ module: String) -> Bool {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        return module.utf8.count <= 200 && parts.allSatisfy(PluginManifest.isPackageName)
    }

    /// What is said to a script that asks for a package which no plugin of its declares.
    static func hint(_ path: String) -> String {
        let first = String(path.prefix { $0 != "/" && $0 != "." })
        guard PluginManifest.isPackageName(first[...]), LuaPackages(plugin: "/nonexistent").contain(first) else {
            return ""
        }
        return
            "\n  '\(first)' is a Lua package: the scripts of a plugin can require it whose plugin.lua says packages = "
            + "{ \"\(first)\" }"
    }
}

/// What `globals.lua` and `packages.lua` ask.
let packageBindings: [Binding] = [
    Binding(
        "packages_of", .library, [Parameter("script", .string, default: "nil")], returns: "table",
        "The plugin of a script, and the packages that it declares; nil for a script of none."
    ) { call in
        // Of nearly all scripts no plugin declares any.
        guard call.host.plugins.entries.contains(where: { !$0.packages.isEmpty }), call.has(0),
            case let script = try call.string(0),
            let entry = call.host.plugins.owner(of: ScriptFiles.resolved(script)), !entry.packages.isEmpty
        else { return call.answer(values: [.nil]) }
        call.answer(values: [
            .table(
                ScriptTable(fields: [
                    (
                        "declared",
                        .table(ScriptTable(fields: entry.packages.map { ($0, .boolean(true)) }))
                    ), ("folder", .string(entry.folder)), ("plugin", .string(entry.name)),
                    ("trusted", .boolean(call.host.options.isTrusted || call.host.files.isTrusted(script))),
                ]))
        ])
    },
    Binding(
        "package_file", .library, [Parameter("plugin", .string), Parameter("module", .string)],
        returns: "function, string", "Compiles a module of a package of a plugin; nil where there is no such file."
    ) { call in
        let files = call.host.files
        let packages = LuaPackages(plugin: try call.string(0))
        guard let path = packages.file(of: try call.string(1), isThere: files.exists) else {
            return call.answer(values: [.nil])
        }
        let file = ScriptFiles.File(path: path, displayName: ScriptFiles.display(path), text: try files.text(path))
        files.note(file)
        let function = try call.host.load(file.text, chunkName: "@" + file.displayName)
        call.answer(values: [.function(function), .string(path)])
    },
    Binding(
        "package_folders", .library, [Parameter("plugin", .string)], returns: "table",
        "Where the packages of a plugin are looked for."
    ) { call in
        let folders = LuaPackages(plugin: try call.string(0)).folders.map {
            ScriptValue.string(ScriptFiles.display($0))
        }
        call.answer(values: [.table(ScriptTable(array: folders))])
    },
]
