// Questions across runs: a SQLite database beside the run folders.

import Foundation
import GRDB
import NightjarProcess
import NightjarTensor

/// The store `runs.sqlite`: an index of the run folders. It holds nothing that they do not, follows them (``refresh()``),
/// and can be made anew from them (``rebuild()``).
///
/// Several processes may write at once: a writer waits up to 20 s for others. On a disk of the machine the database uses
/// a write-ahead log, on a network file system a rollback journal. Safe to share between threads.
public final class RunStore: Sendable {
    /// The directory that holds the experiments' folders and the store.
    public let runsDirectory: URL
    public var url: URL { runsDirectory.appendingPathComponent(RunStore.fileName) }
    private let queue: DatabaseQueue

    public static let fileName = "runs.sqlite"

    /// Opens the store of a runs directory; makes both where they are missing.
    public init(runsDirectory: URL) throws {
        self.runsDirectory = runsDirectory
        let url = runsDirectory.appendingPathComponent(RunStore.fileName)
        do {
            try FileManager.default.createDirectory(at: runsDirectory, withIntermediateDirectories: true)
            queue = try RunStoreSchema.open(url)
        } catch {
            throw RunStore.failure(error, url)
        }
    }

    /// Opens the store of a runs directory that is there, and takes over what has changed in its folders. Where the
    /// directory cannot be written, the index is made in memory.
    /// - Throws: `RunError`, also where there is no such directory.
    public convenience init(reading runsDirectory: URL) throws {
        try self.init(reading: runsDirectory, isFollowing: true)
    }

    /// A store of no runs, for a directory that is not there yet.
    public init(without runsDirectory: URL) throws {
        self.runsDirectory = runsDirectory
        do { queue = try RunStoreSchema.openInMemory() } catch { throw RunStore.failure(error, runsDirectory) }
    }

    private init(reading runsDirectory: URL, isFollowing: Bool) throws {
        self.runsDirectory = runsDirectory
        let url = runsDirectory.appendingPathComponent(RunStore.fileName)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: runsDirectory.path, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw RunError(
                "there is no folder of runs at \(ShownText.line(runsDirectory.path, most: .max)): runs land in runs/ below the "
                    + "folder where nightjar run was called; --runs-dir names another one")
        }
        do {
            let isWritable = access(runsDirectory.path, W_OK) == 0
            queue = isWritable ? try RunStoreSchema.open(url) : try RunStoreSchema.openInMemory()
        } catch {
            throw RunStore.failure(error, url)
        }
        if isFollowing { try refresh() }
    }

    /// Makes the index of a runs directory anew: from nothing where the file is no database any more.
    /// - Returns: how many runs there are, and the folders that could not be read, with reasons.
    public static func remake(_ runsDirectory: URL) throws -> (runs: Int, unreadable: [ExperimentFolder.Unreadable]) {
        let url = runsDirectory.appendingPathComponent(fileName)
        if FileManager.default.fileExists(atPath: runsDirectory.path), (try? RunStoreSchema.open(url)) == nil {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(url.path + suffix) }
        }
        return try RunStore(reading: runsDirectory, isFollowing: false).rebuild()
    }

    /// The key of a run: the last two parts of its folder's path.
    public static func identifier(of folder: RunFolder) -> String {
        folder.url.pathComponents.suffix(2).joined(separator: "/")
    }

    /// The folder of a run.
    public func folder(of id: String) -> URL { runsDirectory.appendingPathComponent(id, isDirectory: true) }

    /// Takes runs over from their folders, whole: configuration, summary. The last thing a run does. Runs beside them whose
    /// folders are gone, such as that of a cell that failed before, are forgotten.
    public func record(_ folders: [RunFolder]) throws {
        let experiments = Set(folders.map { $0.url.deletingLastPathComponent() })
        try write { database in
            for experiment in experiments { try RunStore.forgetGone(in: experiment, database) }
            let words = StoreWords(database)
            for folder in folders {
                let stamp = RunFolderScan.stamp(folder.url.path) ?? 0
                try RunStore.insert(folder, stamp: stamp, words, database)
            }
        }
    }

    // MARK: The folders

    /// What a look at the folders found.
    public struct Changes: Sendable, Equatable {
        public var added = 0
        public var changed = 0
        public var removed = 0

        public init(added: Int = 0, changed: Int = 0, removed: Int = 0) {
            (self.added, self.changed, self.removed) = (added, changed, removed)
        }
    }

    /// Takes over what is new or changed in the folders, and forgets runs whose folders are gone. Costs a look at the
    /// sizes and times of each run's files.
    @discardableResult
    public func refresh() throws -> Changes { try take(try RunFolderScan(runsDirectory)) }

    /// The same, for who looks again and again.
    /// - Returns: a number that is another where a run has changed, or a sweep has told of itself.
    package func follow() throws -> Int {
        let scan = try RunFolderScan(runsDirectory)
        _ = try take(scan)
        return scan.sum
    }

    private func take(_ scan: RunFolderScan) throws -> Changes {
        let stood = try read { database in
            var stood: [RunFolderScan.Found] = []
            let rows = try Row.fetchCursor(
                database, sql: "SELECT id, stamp FROM run UNION ALL SELECT id, stamp FROM unreadable")
            while let row = try rows.next() { stood.append(RunFolderScan.Found(id: row[0], stamp: row[1])) }
            return stood
        }
        // Mostly nothing has changed, and all stand in the order of their folders.
        if stood == scan.found { return Changes() }
        let known = Dictionary(stood.map { ($0.id, $0.stamp) }) { first, _ in first }
        let news = scan.found.filter { known[$0.id] != $0.stamp }
        let gone =
            known.count == scan.found.count && news.isEmpty ? [] : Set(known.keys).subtracting(scan.found.map(\.id))
        guard !news.isEmpty || !gone.isEmpty else { return Changes() }
        var changes = Changes(
            added: news.count { known[$0.id] == nil }, changed: news.count { known[$0.id] != nil }, removed: gone.count)
        try write { database in
            for id in gone { try RunStore.forget(id, database) }
            changes.added -= try take(news, database)
        }
        return changes
    }

    /// Empties the store and fills it from all run folders below the runs directory.
    /// - Returns: how many runs there are, and the folders that could not be read, with reasons.
    @discardableResult
    public func rebuild() throws -> (runs: Int, unreadable: [ExperimentFolder.Unreadable]) {
        let scan = try RunFolderScan(runsDirectory)
        try write { database in
            for table in ["run", "unreadable", "word", "name"] { try database.execute(sql: "DELETE FROM \(table)") }
            _ = try take(scan.found, database)
        }
        let unreadable = try unreadable()
        return (scan.found.count - unreadable.count, unreadable)
    }

    /// Run folders that could not be read, and why.
    public func unreadable() throws -> [ExperimentFolder.Unreadable] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT id, reason FROM unreadable ORDER BY id").map {
                ExperimentFolder.Unreadable(url: folder(of: $0[0]), reason: $0[1])
            }
        }
    }

    /// Reads folders and puts them in. Reading and parsing takes most of the time and is spread over cores.
    /// - Returns: how many could not be read.
    private func take(_ found: [RunFolderScan.Found], _ database: Database) throws -> Int {
        let words = StoreWords(database)
        var failed = 0
        for start in stride(from: 0, to: found.count, by: 256) {
            let part = Array(found[start..<min(start + 256, found.count)])
            for (place, result) in zip(
                part, Concurrent.map(part) { [self] one in Result { try RunStore.read(folder(of: one.id)) } })
            {
                switch result {
                case .success(let content):
                    try RunStore.insert(content, id: place.id, stamp: place.stamp, words, database)
                case .failure(let error):
                    failed += 1
                    try RunStore.forget(place.id, database)
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO unreadable (id, stamp, reason) VALUES (?, ?, ?)",
                        arguments: [place.id, place.stamp, "\(error)"])
                }
            }
        }
        return failed
    }

    /// Removes a run for good: its folder, then its record.
    /// - Throws: `RunError` where another process writes the run, or a file cannot be removed.
    public func delete(_ record: RunRecord) throws {
        let folder = folder(of: record.id)
        let isThere = FileManager.default.fileExists(atPath: folder.path)
        // Nobody begins to write it while it goes.
        let lock = isThere ? try RunLock(folder) : nil
        defer { lock?.release() }
        // Under a hidden name it is no run any more, however far the removal gets.
        let hidden = folder.deletingLastPathComponent().appendingPathComponent(".\(folder.lastPathComponent).removed")
        do {
            if isThere {
                if FileManager.default.fileExists(atPath: hidden.path) {
                    try FileManager.default.removeItem(at: hidden)
                }
                try FileManager.default.moveItem(at: folder, to: hidden)
                try FileManager.default.removeItem(at: hidden)
            }
        } catch {
            throw RunError("\(folder.path): could not remove the run (\(FileReason.of(error)))")
        }
        try write { try RunStore.forget(record.id, $0) }
    }

    // MARK: Questions

    /// All runs that match, by the names of their folders.
    /// - Throws: `RunError`, also for a condition on a name that no run has.
    public func runs(_ query: RunQuery = RunQuery()) throws -> [RunRecord] {
        var found: MomentValues = [:]
        let unknown = try query.filter.map { filter in try read { try RunStore.unknownMoments(filter, $0) } } ?? []
        if !unknown.isEmpty {
            let records = try runs()
            for name in unknown { found[name] = try values(name, of: records).values }
        }
        return try read { database in
            try query.filter.map { try RunStore.check($0, except: unknown, database) }
            let (condition, arguments) = RunStore.condition(query, found)
            return try RunStore.records(condition, arguments, database)
        }
    }

    /// Values at moments that no summary has, by their names and by the identifiers of runs.
    typealias MomentValues = [String: [String: Double]]

    /// A metric at another moment than the end, as ``MetricReference`` reads it, from the files of the runs.
    /// - Throws: `RunError` for a metric that no run has.
    func values(_ name: String, of records: [RunRecord]) throws -> (info: MetricInfo, values: [String: Double]) {
        let (set, shown) = try RunSet(records, in: self, keepingAll: true).resolving([name])
        guard let info = shown.first else { return (MetricInfo(name), [:]) }
        var values: [String: Double] = [:]
        for (folder, row) in zip(set.folders, set.rows) {
            guard let folder else { continue }
            values[folder.pathComponents.suffix(2).joined(separator: "/")] = row.metrics[info.name]
        }
        return (info, values)
    }

    /// The names that conditions and columns may have, beside those of ``RunStore/ownNames``.
    public func names() throws -> [String] {
        try read { try String.fetchAll($0, sql: "SELECT text FROM name ORDER BY text") }
    }

    /// What runs have under a name, by their identifiers: axes, settings, components and their parameters, metrics.
    public func texts(_ name: String, of records: [RunRecord]) throws -> [String: String] {
        let wanted = Set(records.map(\.id))
        return try read { database in
            var texts: [String: String] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: "SELECT run.id, value.text FROM value JOIN run ON run.number = value.run "
                    + "WHERE value.name = (SELECT id FROM name WHERE text = ?)", arguments: [name])
            while let row = try rows.next() {
                let id: String = row[0]
                guard wanted.contains(id) else { continue }
                let text: String = row[1]
                // A component with parameters stands there by its name alone as well.
                if text.count > texts[id]?.count ?? -1 { texts[id] = text }
            }
            return texts
        }
    }

    private func write(_ body: (Database) throws -> Void) throws {
        do { try queue.write(body) } catch { throw RunStore.failure(error, url) }
    }

    private func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do { return try queue.read(body) } catch { throw RunStore.failure(error, url) }
    }

    private static func failure(_ error: any Error, _ url: URL) -> RunError {
        if let error = error as? RunError { return error }
        let known = error as? DatabaseError
        let advice =
            switch known?.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CORRUPT: "\n  delete the file: it is made anew from the runs"
            case .SQLITE_BUSY: "\n  another process has held it for 20 s: it is brought up to date when that has ended"
            default: ""
            }
        return RunError("\(url.path): the run store failed (\(known?.message ?? FileReason.of(error)))\(advice)")
    }
}

/// Work on the elements of a list, spread over the cores.
enum Concurrent {
    static func map<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ body: @Sendable (Element) -> Result
    ) -> [Result] {
        var results = [Result?](repeating: nil, count: elements.count)
        results.withUnsafeMutableBufferPointer { places in
            // Each call writes a place of its own.
            nonisolated(unsafe) let places = places
            DispatchQueue.concurrentPerform(iterations: elements.count) { places[$0] = body(elements[$0]) }
        }
        return results.compactMap { $0 }
    }
}
