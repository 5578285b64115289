import Foundation
import NightjarProcess

/// Where plugins are looked for.
public struct PluginPlaces: Sendable, Equatable {
    /// Folders of plugins, or plugins themselves, in the order in which they are looked at.
    public var roots: [String]
    /// The first of them that come with Nightjar.
    public var shipped: [String]
    /// Whether a folder `plugins` beside the script that is run counts as well.
    public var besideScripts: Bool
    /// What was asked for and is not there.
    public var notes: [String]

    /// These folders alone.
    public init(_ roots: [String]) { (self.roots, shipped, besideScripts, notes) = (roots, [], false, []) }

    /// Those that come with Nightjar; `--plugin` and `NIGHTJAR_PLUGIN_PATH`; the user's own (`nightjar plugins add`).
    /// With `NIGHTJAR_SAFE` (`--safe`) the first alone.
    public static func standard(_ environment: [String: String]? = nil) -> PluginPlaces {
        var places = PluginPlaces([])
        if let own = NightjarHome.folder("plugins") { places.shipped = [own] }
        places.roots = places.shipped
        guard (variable(PluginPlaces.safeVariable, environment) ?? "").isEmpty else { return places }
        places.besideScripts = true
        for folder in (variable(PluginPlaces.pathVariable, environment) ?? "").split(separator: ":").map(String.init) {
            guard FileManager.default.fileExists(atPath: folder) else {
                places.notes.append("\(PluginPlaces.pathVariable) names \(folder), which is not there")
                continue
            }
            places.roots.append(folder)
            if !candidates(folder).contains(where: isPlugin) {
                places.notes.append(
                    "\(PluginPlaces.pathVariable) names \(folder), which is no plugin (a folder with a plugin.lua), and no "
                        + "folder of plugins")
            }
        }
        places.roots.append(PluginPlaces.userFolder(environment))
        return places
    }

    public static let pathVariable = "NIGHTJAR_PLUGIN_PATH", safeVariable = "NIGHTJAR_SAFE"

    /// Where `nightjar plugins add` puts plugins: `$XDG_DATA_HOME/nightjar/plugins`.
    public static func userFolder(_ environment: [String: String]? = nil) -> String {
        base(environment, "XDG_DATA_HOME", ".local/share") + "/nightjar/plugins"
    }

    /// Where the user's configuration lies: `$XDG_CONFIG_HOME/nightjar`.
    static func configurationFolder(_ environment: [String: String]? = nil) -> String {
        base(environment, "XDG_CONFIG_HOME", ".config") + "/nightjar"
    }

    /// Where the program remembers what it is at: `$XDG_STATE_HOME/nightjar`.
    static func stateFolder(_ environment: [String: String]? = nil) -> String {
        base(environment, "XDG_STATE_HOME", ".local/state") + "/nightjar"
    }

    private static func base(_ environment: [String: String]?, _ name: String, _ standard: String) -> String {
        if let folder = variable(name, environment), folder.hasPrefix("/") { return folder }
        return (variable("HOME", environment) ?? "") + "/" + standard
    }

    /// A variable of the environment that is given, or else of the process.
    private static func variable(_ name: String, _ environment: [String: String]?) -> String? {
        if let environment { environment[name] } else { EnvironmentVariable.value(name) }
    }

    private static func isPlugin(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/plugin.lua") || lostLink(folder) != nil
    }

    /// Why a folder that seems to be a plugin is none: it is a link, or its manifest is, and leads to nothing. Nil for
    /// anything else.
    static func lostLink(_ folder: String) -> String? {
        if let target = brokenLink(folder) {
            return "it is a link to \(target), which is not there: 'nightjar plugins remove "
                + "\((folder as NSString).lastPathComponent)' takes the link away"
        }
        return brokenLink(folder + "/plugin.lua").map { "its plugin.lua is a link to \($0), which is not there" }
    }

    /// Where a link leads that leads to nothing; nil for anything else.
    private static func brokenLink(_ path: String) -> String? {
        guard !FileManager.default.fileExists(atPath: path) else { return nil }
        return try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    /// The folders that may be plugins below a root, in the order of their names; the root itself where it is one.
    static func candidates(_ root: String) -> [String] {
        if FileManager.default.fileExists(atPath: root + "/plugin.lua") { return [root] }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return found.filter { !$0.hasPrefix(".") }.sorted().map { root + "/" + $0 }
    }
}
