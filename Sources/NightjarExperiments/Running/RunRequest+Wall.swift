import Foundation
import NightjarProcess
import NightjarScripting

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
