import Foundation
import NightjarProcess

/// The wall for scripts of strangers: what a run or a check reads and writes, and nothing else.
extension Wall {
    /// What every host reads: the library, the plugins, the data sets.
    ///
    /// - Parameters:
    ///   - scripts: files of scripts; their folders may be read. A folder stays as it is.
    ///   - dataFolder: where data sets lie: `--data-dir`.
    public static func forScripts(_ scripts: [String], dataFolder: String? = nil) -> Wall {
        var readable = ["lua", "plugins"].compactMap(NightjarHome.folder)
        // Texts that are found by what lies beside them. A plugin of the user's own may be a link to where it is worked on.
        let roots = PluginPlaces.standard().roots
        readable += roots.map(ScriptFiles.resolved) + roots.flatMap(links)
        readable += [PluginPlaces.configurationFolder(), PluginPlaces.stateFolder()]
        readable += LuaPackages.shared
        let variables = ProcessInfo.processInfo.environment
        readable += [dataFolder ?? variables["NIGHTJAR_DATA"] ?? ""].filter { !$0.isEmpty }
        for script in scripts {
            var isFolder: ObjCBool = false
            let path = ScriptFiles.resolved(script)
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            readable.append(isFolder.boolValue ? path : (path as NSString).deletingLastPathComponent)
        }
        return Wall(readable: readable)
    }

    /// Where the links in a folder lead.
    private static func links(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { "\(folder)/\($0)" }.filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: $0)) != nil
        }.map(ScriptFiles.resolved)
    }
}
