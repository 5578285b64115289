// Questions across runs: a SQLite database beside the run folders.

import Foundation
import GRDB

/// The store `runs.sqlite`. It holds nothing that the run folders do not, and can be rebuilt from them.
///
/// Several processes may write at once: a writer waits up to 20 s for others. On a disk of the machine the database uses
/// a write-ahead log, on a network file system a rollback journal. Safe to share between threads.
public final class RunStore: Sendable {
    /// The directory that holds the experiments' folders and the store.
    public let runsDirectory: URL
    public var url: URL { runsDirectory.appendingPathComponent(RunStore.fileName) }
    private let queue: DatabaseQueue
    /// Whether it was made when it was opened; then it has taken over all runs that there were.
    public let isNew: Bool

    public static let fileName = "runs.sqlite"

    /// Opens the store of a runs directory; makes both where they are missing.
    public init(runsDirectory: URL) throws {
        self.runsDirectory = runsDirectory
        let url = runsDirectory.appendingPathComponent(RunStore.fileName)
        do {
            try FileManager.default.createDirectory(at: runsDirectory, withIntermediateDirectories: true)
            (queue, isNew) = try RunStoreSchema.open(url)
        } catch {
            throw RunStore.failure(error, url)
        }
        if isNew { try fill(emptying: false) }
    }

    /// The key of a run: the last two parts of its folder's path.
    public static func identifier(of folder: RunFolder) -> String {
        folder.url.pathComponents.suffix(2).joined(separator: "/")
    }

    /// Records that a run has begun; an older record of the same run is replaced.
    public func begin(_ folder: RunFolder, started: Date = Date()) throws {
        try write { try RunStore.insert(folder, summary: nil, rows: [], columns: [], started: started, $0) }
    }

    /// Records the metrics of one epoch, those that are defined.
    public func record(_ folder: RunFolder, epoch: Int, columns: [String], values: [Double?]) throws {
        let id = RunStore.identifier(of: folder)
        try write { database in
            let row = MetricsRow(epoch: epoch, values: values)
            try RunStore.insert([row], columns: columns, of: id, database)
            try database.execute(
                sql: "UPDATE run SET epochs = max(epochs, ?) WHERE id = ?", arguments: [epoch, id])
        }
    }

    /// Takes a run over from its folder, whole: configuration, metrics, summary. The last thing a run does.
    public func record(_ folder: RunFolder) throws {
        try write { try RunStore.insert(folder, $0) }
    }

    private static func insert(_ folder: RunFolder, _ database: Database) throws {
        let summary = try folder.readSummary()
        let metrics =
            FileManager.default.fileExists(atPath: folder.metricsURL.path) ? try folder.readMetrics() : nil
        try insert(
            folder, summary: summary, rows: metrics?.rows ?? [], columns: metrics?.columns ?? [],
            started: summary?.started, database)
    }

    /// Empties the store and fills it from all run folders below the runs directory.
    /// - Returns: how many runs there are, and the folders that could not be read, with reasons.
    @discardableResult
    public func rebuild() throws -> (runs: Int, unreadable: [ExperimentFolder.Unreadable]) {
        try fill(emptying: true)
    }

    /// - Parameter emptying: false keeps what others have written since the store was made.
    @discardableResult
    private func fill(emptying: Bool) throws -> (runs: Int, unreadable: [ExperimentFolder.Unreadable]) {
        var unreadable: [ExperimentFolder.Unreadable] = []
        var count = 0
        let experiments = try ExperimentFolder.folders(in: runsDirectory)
        try write { database in
            if emptying { try database.execute(sql: "DELETE FROM run") }
            let known = Set(try String.fetchAll(database, sql: "SELECT id FROM run"))
            for experiment in experiments {
                let found = try ExperimentFolder(experiment).runs()
                unreadable += found.unreadable
                for run in found.runs where !known.contains(RunStore.identifier(of: run)) {
                    do {
                        try RunStore.insert(run, database)
                        count += 1
                    } catch let error as RunError {
                        unreadable.append(ExperimentFolder.Unreadable(url: run.url, reason: "\(error)"))
                    }
                }
            }
        }
        return (count, unreadable)
    }

    /// Forgets a run; its folder stays.
    public func remove(_ id: String) throws {
        try write { try $0.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [id]) }
    }

    /// All runs that match, by the names of their folders.
    public func runs(_ query: RunQuery = RunQuery()) throws -> [RunRecord] {
        try read { database in
            let (condition, arguments) = RunStore.condition(query)
            let rows = try Row.fetchAll(
                database, sql: "SELECT run.* FROM run WHERE \(condition) ORDER BY experiment, id", arguments: arguments)
            return try RunStore.records(rows, database)
        }
    }

    /// A metric of one run by epoch.
    public func series(_ metric: String, of run: RunRecord) throws -> [(epoch: Int, value: Double)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT epoch, value FROM epoch_metric WHERE run = ? AND name = ? AND value IS NOT NULL "
                    + "ORDER BY epoch",
                arguments: [run.id, metric]
            ).map { ($0["epoch"], $0["value"]) }
        }
    }

    /// The finished run with the highest (or lowest) final value of a metric; nil where none has it.
    public func best(_ metric: String, _ query: RunQuery = RunQuery(), lowest: Bool = false) throws -> RunRecord? {
        var query = query
        query.status = query.status ?? .finished
        return try read { database in
            let (condition, arguments) = RunStore.condition(query)
            let row = try Row.fetchOne(
                database,
                sql: "SELECT run.* FROM run JOIN final_metric ON final_metric.run = run.id AND name = ? "
                    + "WHERE \(condition) AND value IS NOT NULL ORDER BY value \(lowest ? "ASC" : "DESC"), id LIMIT 1",
                arguments: [metric] + arguments)
            return try row.flatMap { try RunStore.records([$0], database).first }
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
        let reason = (error as? DatabaseError)?.message ?? FileReason.of(error)
        return RunError("\(url.path): the run store failed (\(reason))")
    }
}
