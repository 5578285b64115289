import Foundation
import NightjarData

/// Reads the `plugin.lua` of every folder below the plugin roots.
struct PluginLoader {
    let host: ScriptHost

    /// What a plugin can provide.
    static let kinds = [
        "losses", "noise", "schedules", "optimizers", "models", "metrics", "data", "layers", "clips",
        "averages", "callbacks", "augmentations",
    ]
    /// The version of what plugins are written against.
    static let apiVersion = (major: 1, minor: 0)

    /// What a plugin.lua may use.
    static let manifestInstructions = 2_000_000, manifestBytes = 16 << 20

    func load(roots: [String]) -> PluginRegistry {
        var registry = PluginRegistry()
        var seen: [String: String] = [:]
        // The texts of a run that is made again come first, whatever is on the disk now.
        let kept = host.options.texts?.pluginFolders ?? []
        for folder in kept { add(folder, to: &registry, &seen) }
        for root in roots {
            let folders = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
            for folder in folders.sorted() {
                let path = ScriptFiles.resolved(root + "/" + folder)
                if !kept.contains(path) { add(path, to: &registry, &seen) }
            }
        }
        return registry
    }

    private func add(_ path: String, to registry: inout PluginRegistry, _ seen: inout [String: String]) {
        let manifest = path + "/plugin.lua"
        guard host.files.exists(manifest) else { return }
        var entry = read(manifest, folder: path, fallback: (path as NSString).lastPathComponent)
        if entry.status == .loaded, let first = seen[entry.name] {
            entry = entry.with(.skipped("a plugin of this name was found before, in \(first)"))
        } else if entry.status == .loaded {
            seen[entry.name] = path
            host.files.allow(path)
        }
        registry.add(entry)
    }

    private func read(_ manifest: String, folder: String, fallback: String) -> PluginRegistry.Entry {
        do {
            let text = try host.files.text(manifest)
            defer { host.limitInstructions(0) }
            // It is run whenever a state is made, also for commands that never use the plugin.
            let answer = try host.limited(
                instructions: PluginLoader.manifestInstructions, bytes: PluginLoader.manifestBytes
            ) {
                try host.load(text, chunkName: "@" + ScriptFiles.display(manifest)).call().first?.asTable
            }
            guard let table = answer else {
                throw ArgumentError("plugin.lua must return a table { name, version, api, provides }")
            }
            return try entry(table, folder: folder)
        } catch {
            let message = (error as? ScriptError)?.message ?? "\(error)"
            return .init(
                name: fallback, version: "", folder: folder, license: "", description: "", status: .failed(message),
                provides: [:])
        }
    }

    private func entry(_ table: ScriptTable, folder: String) throws -> PluginRegistry.Entry {
        let known = ["name", "version", "api", "provides", "license", "description"]
        for (key, _) in table.fields where !known.contains(key) {
            let hint = nearest(key, known).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError("plugin.lua has an unknown field '\(key)'\(hint)")
        }
        guard let name = table["name"]?.asString, !name.isEmpty else { throw ArgumentError("plugin.lua gives no name") }
        guard let version = table["version"]?.asString else { throw ArgumentError("plugin.lua gives no version") }
        if let api = table["api"]?.asString, let reason = PluginLoader.refusal(of: api) { throw ArgumentError(reason) }
        guard let provides = table["provides"]?.asTable else { throw ArgumentError("plugin.lua gives no 'provides'") }
        var files: [String: [String: String]] = [:]
        for (kind, list) in provides.fields {
            guard PluginLoader.kinds.contains(kind) else {
                let hint = nearest(kind, PluginLoader.kinds).map { ": did you mean '\($0)'?" } ?? ""
                throw ArgumentError("a plugin cannot provide '\(kind)'\(hint)")
            }
            for value in list.asTable?.array ?? [] {
                guard let file = value.asString, file.hasSuffix(".lua") else {
                    throw ArgumentError("'provides.\(kind)' must list .lua files of the plugin's folder")
                }
                let path = try ContainedPath.resolve(file, in: URL(fileURLWithPath: folder)).path
                guard host.files.exists(path) else {
                    // A run keeps the texts that it read, and this is none of them.
                    if host.options.texts?.path(folder + "/plugin.lua") != nil { continue }
                    throw ArgumentError("'provides.\(kind)' lists \(file), which is not there")
                }
                let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
                files[kind, default: [:]][name] = path
            }
        }
        return .init(
            name: name, version: version, folder: folder, license: table["license"]?.asString ?? "",
            description: table["description"]?.asString ?? "", status: .loaded, provides: files)
    }

    private func nearest(_ name: String, _ candidates: [String]) -> String? {
        host.nearest(name, candidates)
    }

    /// Why a condition such as ">= 1.0" is not met, or nil.
    static func refusal(of condition: String) -> String? {
        let parts = condition.split(separator: " ").map(String.init)
        let sign = parts.count == 2 ? parts[0] : ">="
        let numbers = (parts.last ?? "").split(separator: ".").compactMap { Int($0) }
        guard parts.count <= 2, numbers.count == 2, [">=", "=="].contains(sign) else {
            return "'api' is not understood: \"\(condition)\" (write for example \">= 1.0\")"
        }
        let asked = (numbers[0], numbers[1])
        let here = (apiVersion.major, apiVersion.minor)
        let fits = sign == "==" ? asked == here : asked.0 == here.0 && asked.1 <= here.1
        return fits ? nil : "it needs API \(condition), this is \(here.0).\(here.1)"
    }
}

extension PluginRegistry.Entry {
    func with(_ status: Status) -> PluginRegistry.Entry {
        .init(
            name: name, version: version, folder: folder, license: license, description: description, status: status,
            provides: provides)
    }
}
