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

extension RunRequest {
    /// The wall around a run of a stranger's script: besides what scripts read, the folder of the runs, which is made, may
    /// be written. What needs files for a while makes them there.
    public func raiseWall() throws -> Wall.Report {
        try FileManager.default.createDirectory(at: runsDirectory, withIntermediateDirectories: true)
        let runs = ScriptFiles.resolved(runsDirectory.path)
        for name in ["TMPDIR", "SQLITE_TMPDIR"] { setenv(name, runs, 1) }
        var wall = Wall.forScripts([script] + namedFolders, dataFolder: dataFolder)
        wall.writable = [runs]
        // A worker has a wall of its own inside of this one, in which nothing may be started.
        wall.startsWorkers = cell == nil
        return wall.raise()
    }
}
