import Foundation
import NightjarRuns

/// The folder of a run that this process writes: where it lies, and the lock on it.
final class RunClaim {
    let place: URL
    /// Where a finished run of the same kind lies while this one is made.
    let aside: RunAside
    private var lock: RunLock

    /// - Throws: `RunLock.Held` where another process writes the run.
    init(_ configuration: RunConfiguration, in runsDirectory: URL) throws {
        place = RunClaim.place(of: configuration, in: runsDirectory)
        aside = RunAside(place, in: runsDirectory)
        lock = try RunLock(place)
    }

    static func place(of configuration: RunConfiguration, in runsDirectory: URL) -> URL {
        runsDirectory.appendingPathComponent(configuration.experimentFolderName, isDirectory: true)
            .appendingPathComponent(configuration.identifier, isDirectory: true)
    }

    /// What is there makes room.
    func moveOut() throws {
        try aside.moveOut()
        try lockAnew()
    }

    /// What made room is there again.
    func moveBack() throws {
        try aside.moveBack()
        try lockAnew()
    }

    /// The folder of the lock is another one now.
    private func lockAnew() throws {
        lock.leave()
        lock = try RunLock(place)
    }

    func release() { lock.release() }
}
