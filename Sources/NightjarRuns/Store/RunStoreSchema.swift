// The tables of the store.

import Foundation
import GRDB
import NightjarProcess

enum RunStoreSchema {
    /// Raised when the tables change. The store is made from files, so an old one is made anew, not migrated.
    static let version = 6

    /// Cells, names of replicates, orders of values, declarations and columns of metrics, and hashes of texts are the same in
    /// many runs: they stand once, in `word`, and runs have their numbers. What a list of runs needs stands in `run`, so that it is read in one sweep;
    /// what conditions name stands in `value`.
    static let statements = """
        CREATE TABLE word (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE
        );
        CREATE TABLE run (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            experiment TEXT NOT NULL,
            config_hash TEXT NOT NULL,
            status TEXT NOT NULL, message TEXT, epochs INTEGER NOT NULL,
            seconds REAL, started TEXT, ended TEXT,
            cell TEXT NOT NULL, replicates INTEGER NOT NULL, declared INTEGER NOT NULL, columns INTEGER NOT NULL,
            texts INTEGER NOT NULL, orders INTEGER NOT NULL, finals BLOB NOT NULL,
            stamp INTEGER NOT NULL
        );
        CREATE INDEX run_by_experiment ON run (experiment, status);
        CREATE TABLE name (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE
        );
        CREATE TABLE value (
            run INTEGER NOT NULL REFERENCES run(number) ON DELETE CASCADE,
            name INTEGER NOT NULL, text TEXT NOT NULL, number REAL,
            PRIMARY KEY (run, name, text)
        ) WITHOUT ROWID;
        CREATE TABLE unreadable (
            id TEXT PRIMARY KEY, stamp INTEGER NOT NULL, reason TEXT NOT NULL
        ) WITHOUT ROWID;
        """

    private static let tables = [
        "epoch_metric", "final_metric", "value", "name", "unreadable", "run", "config", "word",
    ]

    /// The tables in memory, for a folder of runs that cannot be written.
    static func openInMemory() throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        try queue.write { try $0.execute(sql: statements) }
        return queue
    }

    /// Opens the database for use by several processes at once and makes the tables where they are missing.
    static func open(_ url: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(20)
        configuration.foreignKeysEnabled = true
        configuration.label = "nightjar runs"
        let queue = try DatabaseQueue(path: url.path, configuration: configuration)
        try chooseJournal(queue, isLocal: isOnLocalDisk(url))
        try queue.write { database in
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            if found == version { return }
            guard found < version else {
                throw RunError(
                    "\(url.path): the store was written by a newer Nightjar (version \(found), this program knows "
                        + "\(version)): delete the file, it is made anew from the runs")
            }
            for table in tables {
                try database.execute(sql: "DROP TABLE IF EXISTS \(table)")
            }
            try database.execute(sql: statements)
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
        return queue
    }

    /// A write-ahead log is shared memory, which a network file system does not have; there a rollback journal is kept.
    ///
    /// SQLite does not wait for others when it changes the journal's mode, so this does. The mode is kept in the file:
    /// after the first time there is nothing to change.
    private static func chooseJournal(_ queue: DatabaseQueue, isLocal: Bool) throws {
        let mode = isLocal ? "WAL" : "DELETE"
        var attempts = 0
        while true {
            do {
                try queue.writeWithoutTransaction { database in
                    let now = try String.fetchOne(database, sql: "PRAGMA journal_mode")?.uppercased()
                    if now != mode { try database.execute(sql: "PRAGMA journal_mode = \(mode)") }
                    try database.execute(sql: "PRAGMA synchronous = \(isLocal ? "NORMAL" : "FULL")")
                }
                return
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && attempts < 200 {
                attempts += 1
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    /// Whether a file lies on a disk of this machine, as far as the system tells: by the number of the file system, and
    /// by its name in the table of mounts where the number is one of many (FUSE).
    static func isOnLocalDisk(_ url: URL) -> Bool {
        let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().path
        if FileSystemKind.isRemote(folder) { return false }
        guard let mounts = try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8) else { return true }
        return isLocal(folder, mounts: mounts)
    }

    /// - Parameter mounts: lines of `/proc/self/mounts`: device, folder, file system, ...
    static func isLocal(_ path: String, mounts: String) -> Bool {
        var best = (length: -1, system: "")
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let folder = fields[1].replacing("\\040", with: " ")
            let isAbove = folder == "/" || path == folder || path.hasPrefix(folder + "/")
            if isAbove, folder.count >= best.length { best = (folder.count, String(fields[2])) }
        }
        return !best.system.hasPrefix("nfs") && !best.system.hasPrefix("fuse.") && !remote.contains(best.system)
    }

    private static let remote: Set = [
        "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "orangefs", "panfs",
        "virtiofs",
    ]
}
