// A finished run that makes room for its repetition.

import Foundation

/// Where a finished run lies while it is made anew: `runs/.aside/<experiment>/<identifier>`. It goes when the new run stands,
/// and comes back where the new one was given up before it could go on.
public struct RunAside: Sendable {
    private let place: URL
    private let aside: URL
    /// Those that hold what lies aside, from the outside in.
    private let folders: [URL]

    /// - Parameter place: the run's folder.
    public init(_ place: URL, in runsDirectory: URL) {
        self.place = place
        let all = runsDirectory.appendingPathComponent(".aside", isDirectory: true)
        let experiment = all.appendingPathComponent(
            place.deletingLastPathComponent().lastPathComponent, isDirectory: true)
        folders = [all, experiment]
        aside = experiment.appendingPathComponent(place.lastPathComponent, isDirectory: true)
    }

    public var isThere: Bool {
        isOwn && FileManager.default.fileExists(atPath: aside.appendingPathComponent("config.json").path)
    }

    /// Whether what lies there was put there: a link leads to what is another's.
    private var isOwn: Bool { folders.allSatisfy(OwnFile.isFolder) }

    /// Moves the run aside. Its lock, which this process holds, goes with it: the caller locks the new folder.
    public func moveOut() throws {
        try move(place, to: aside) { for folder in folders { try OwnFile.makeFolder(folder) } }
    }

    /// Puts the run back in the place of what a repetition left that has not ended.
    public func moveBack() throws {
        try move(aside, to: place) { try FileReason.makeFolder(place.deletingLastPathComponent()) }
    }

    private func move(_ from: URL, to: URL, making makeFolders: () throws -> Void) throws {
        // Another process may take the folder of its last run away meanwhile: then again.
        var attempts = 20
        while true {
            do {
                try makeFolders()
                if OwnFile.isThere(to) { try FileManager.default.removeItem(at: to) }
            } catch {
                attempts -= 1
                if attempts > 0 { continue }
                throw RunError("\(to.path): could not make room for \(from.path) (\(FileReason.of(error)))")
            }
            if rename(from.path, to.path) == 0 { break }
            attempts -= 1
            guard errno == ENOENT, attempts > 0 else {
                throw RunError(
                    "\(from.path): could not be moved to \(to.path) (\(String(cString: strerror(errno)).lowercased()))")
            }
        }
        RunLock.removeFiles(in: to)
        AtomicFile.flush(folder: to.deletingLastPathComponent())
        removeEmpty()
    }

    /// The new run stands: the old one goes.
    public func remove() {
        guard isOwn, OwnFile.isThere(aside) else { return }
        // What cannot be removed is hidden and harms nobody.
        try? FileManager.default.removeItem(at: aside)
        removeEmpty()
    }

    private func removeEmpty() {
        // Folders that are not empty stay.
        for folder in folders.reversed() { rmdir(folder.path) }
    }
}
