// The texts that runs were made of: each kept once, by its hash.

import Foundation
import NightjarTensor

/// The folder `runs/.objects`: a file for each text, named by the SHA-256 of its bytes, as in `3f/9a0c...`.
///
/// Runs name the hashes of the scripts and plugin files that they read; with the texts here a run can be made again, and
/// two runs compared, when the files have changed or are gone.
public struct TextStore: Sendable {
    public let url: URL

    public init(runsDirectory: URL) { url = runsDirectory.appendingPathComponent(".objects", isDirectory: true) }

    /// Where the text of a hash lies.
    private func file(_ hash: String) -> URL {
        url.appendingPathComponent(String(hash.prefix(2)), isDirectory: true)
            .appendingPathComponent(String(hash.dropFirst(2)))
    }

    /// Keeps a text; one that is there already, and is whole, stays.
    /// - Returns: its hash.
    @discardableResult
    public func keep(_ text: String) throws -> String {
        let hash = ContentHash.sha256(text.utf8)
        let file = file(hash)
        if let known = try? WholeFile.bytes(file.path, most: text.utf8.count), known.elementsEqual(text.utf8) {
            return hash
        }
        try makeFolder()
        try OwnFile.makeFolder(file.deletingLastPathComponent())
        try AtomicFile.write(text, to: file)
        return hash
    }

    private func makeFolder() throws {
        do {
            try FileReason.makeFolder(url.deletingLastPathComponent())
        } catch {
            throw RunError("\(url.path): could not make the folder (\(FileReason.of(error)))")
        }
        try OwnFile.makeFolder(url)
    }

    /// Holds the texts while a process keeps some that no run names yet; nil where the folder cannot be locked. Any number
    /// of processes hold them at a time, each until its end.
    public func hold() throws -> TextHold? {
        try makeFolder()
        // Whoever prunes is done in a moment.
        return TextHold(url, LOCK_SH)
    }

    /// What came of a look for texts that no run names.
    public enum Pruned: Sendable, Equatable {
        /// So many were removed.
        case removed(Int)
        /// None was: a run is going on, or one cannot be read and may name any.
        case left(String)
    }

    /// Removes the texts that no run below the runs directory names. Nothing is removed while a process keeps texts, or
    /// where the configuration of a run cannot be read.
    @discardableResult
    public func prune() throws -> Pruned {
        guard OwnFile.isThere(url) else { return .removed(0) }
        // A link may lead to the texts of other runs.
        try OwnFile.makeFolder(url)
        guard let hold = TextHold(url, LOCK_EX | LOCK_NB) else { return .left("a run is going on") }
        defer { hold.release() }
        var named: Set<String> = []
        for experiment in try ExperimentFolder.folders(in: url.deletingLastPathComponent()) {
            let folder = ExperimentFolder(experiment)
            if !CellBatch.going(in: folder).isEmpty { return .left("cells of a cluster's queue may need them") }
            let (runs, unreadable) = try folder.runs()
            if let first = unreadable.first { return .left("a run cannot be read: \(first.reason)") }
            for run in runs { named.formUnion(run.configuration.textHashes) }
        }
        var removed = 0
        for folder in try ExperimentFolder.folders(in: url) {
            let prefix = folder.lastPathComponent
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names where !named.contains(prefix + name) && TextStore.isHash(prefix + name) {
                if unlink(folder.appendingPathComponent(name).path) == 0 { removed += 1 }
            }
            // A folder that is not empty stays.
            rmdir(folder.path)
        }
        return .removed(removed)
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The text of a hash.
    /// - Throws: `RunError` where it is not there, or is not what it was.
    public func text(_ hash: String) throws -> String {
        guard TextStore.isHash(hash) else {
            throw RunError("'\(hash)' is no SHA-256 of a text")
        }
        let file = file(hash)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw RunError("\(url.path) does not hold the text \(hash.prefix(12)): it was removed, or never kept")
        }
        let text = try FileReason.readText(file)
        guard ContentHash.sha256(text.utf8) == hash else {
            throw RunError("\(file.path): this is not the text that was kept: the file was changed")
        }
        return text
    }
}

/// A lock on the texts of a runs directory, given back with ``release()`` or at the end of the process.
public final class TextHold {
    private var descriptor: Int32

    /// nil where the lock is another's, or where the folder cannot be written.
    fileprivate init?(_ folder: URL, _ kind: Int32) {
        guard let opened = try? OwnFile.open(folder.appendingPathComponent(".lock"), O_RDWR | O_CREAT) else {
            return nil
        }
        descriptor = opened
        guard flock(descriptor, kind) == 0 else {
            close(descriptor)
            descriptor = -1
            return nil
        }
    }

    public func release() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    deinit { release() }
}

extension RunConfiguration {
    /// The hashes of all texts that the run was made of.
    var textHashes: Set<String> {
        var hashes = Set(scripts.map(\.hash))
        if case .array(let sources)? = environment["sources"] {
            hashes.formUnion(sources.compactMap { $0["sha256"]?.stringValue })
        }
        return hashes
    }
}
