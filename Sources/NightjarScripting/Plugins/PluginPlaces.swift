import Foundation

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
    public static func standard(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> PluginPlaces {
        var places = PluginPlaces([])
        if let own = NightjarHome.folder("plugins") { places.shipped = [own] }
        places.roots = places.shipped
        guard environment[PluginPlaces.safeVariable, default: ""].isEmpty else { return places }
        places.besideScripts = true
        for folder in (environment[PluginPlaces.pathVariable] ?? "").split(separator: ":").map(String.init) {
            if FileManager.default.fileExists(atPath: folder) {
                places.roots.append(folder)
            } else {
                places.notes.append("\(PluginPlaces.pathVariable) names \(folder), which is not there")
            }
        }
        places.roots.append(PluginPlaces.userFolder(environment))
        return places
    }

    public static let pathVariable = "NIGHTJAR_PLUGIN_PATH", safeVariable = "NIGHTJAR_SAFE"

    /// Where `nightjar plugins add` puts plugins: `$XDG_DATA_HOME/nightjar/plugins`.
    public static func userFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        base(environment, "XDG_DATA_HOME", ".local/share") + "/nightjar/plugins"
    }

    /// Where the user's configuration lies: `$XDG_CONFIG_HOME/nightjar`.
    static func configurationFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        base(environment, "XDG_CONFIG_HOME", ".config") + "/nightjar"
    }

    /// Where the program remembers what it is at: `$XDG_STATE_HOME/nightjar`.
    static func stateFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        base(environment, "XDG_STATE_HOME", ".local/state") + "/nightjar"
    }

    private static func base(_ environment: [String: String], _ variable: String, _ standard: String) -> String {
        if let folder = environment[variable], folder.hasPrefix("/") { return folder }
        return (environment["HOME"] ?? "") + "/" + standard
    }

    /// The folders that may be plugins below a root, in the order of their names; the root itself where it is one.
    static func candidates(_ root: String) -> [String] {
        if FileManager.default.fileExists(atPath: root + "/plugin.lua") { return [root] }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return found.filter { !$0.hasPrefix(".") }.sorted().map { root + "/" + $0 }
    }
}
