import Foundation
import NightjarEngine
import NightjarRuns

/// What `config.lua` in the user's configuration folder says: which plugin is meant where several provide a name, and whose
/// folders are trusted, and profiles of clusters. It is read like a manifest, with limits, and can do nothing.
///
/// ```lua
/// return {
///   prefer = { ["losses/rll"] = "mine" },
///   trust = { "/home/me/experiments" },
///   clusters = { slurm = { partition = "cpu", time = "4:00:00" } },
/// }
/// ```
package struct UserConfiguration {
    var preferred: [String: String] = [:]
    var trusted: [String] = []
    var clusters: [String: ClusterWish] = [:]

    static let fields = ["prefer", "trust", "clusters"]
    package static var path: String { PluginPlaces.configurationFolder() + "/config.lua" }

    init() {}

    init(_ table: ScriptTable, nearest: (String, [String]) -> String?) throws {
        for (key, _) in table.fields where !UserConfiguration.fields.contains(key) {
            let hint = nearest(key, UserConfiguration.fields).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError("an unknown field '\(key)'\(hint)")
        }
        if let given = table["prefer"] {
            let shape = "'prefer' says which plugin is meant, such as { [\"losses/rll\"] = \"mine\" }"
            guard let list = given.asTable, list.array.isEmpty else { throw ArgumentError(shape) }
            for (name, plugin) in list.fields {
                guard let plugin = plugin.asString, name.contains("/") else { throw ArgumentError(shape) }
                preferred[name] = plugin
            }
        }
        if let given = table["trust"] {
            let shape = "'trust' lists folders by their whole paths, such as { \"/home/me/experiments\" }"
            guard let list = given.asTable, list.fields.isEmpty else { throw ArgumentError(shape) }
            trusted = try list.array.map { entry in
                guard let folder = entry.asString, folder.hasPrefix("/") else { throw ArgumentError(shape) }
                return folder
            }
        }
        if let given = table["clusters"] { clusters = try ClusterProfile.read(given, nearest: nearest) }
    }
}

/// Folders that the user's configuration trusts: what lies below them needs no sandbox and may load native code.
struct TrustedFolders {
    private let folders: [String]

    init(_ folders: [String] = []) { self.folders = folders.map(ScriptFiles.resolved) }

    /// Whether a path lies below one of them, links resolved.
    func cover(_ path: String) -> Bool {
        guard !folders.isEmpty else { return false }
        let full = ScriptFiles.resolved(path)
        return folders.contains { ScriptFiles.lies(full, below: $0) }
    }
}

extension UserConfiguration {
    /// Whether the user's configuration trusts what lies at a path, asked before there is a host.
    package static func trusts(_ path: String) -> Bool {
        guard let text = try? ScriptFiles.read(self.path), text.contains("trust") else { return false }
        let bare = ScriptOptions(pluginRoots: [])
        guard let host = try? ScriptHost(session: Session(threads: 1), options: bare) else { return false }
        return TrustedFolders(current(host).trusted).cover(path)
    }

    /// What the file says; nothing where there is none. What is wrong with it is a note, and nothing of it holds then.
    package static func current(_ host: ScriptHost) -> UserConfiguration {
        guard FileManager.default.fileExists(atPath: path) else { return UserConfiguration() }
        do {
            guard let answer = try host.declaration(ScriptFiles.read(path), named: path) else {
                throw ArgumentError("it must return a table such as { prefer = { ... } }")
            }
            return try UserConfiguration(answer, nearest: host.nearest)
        } catch {
            host.say(note: "\(path) is not used: \((error as? ScriptError)?.message ?? "\(error)")")
            return UserConfiguration()
        }
    }
}
