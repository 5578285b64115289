// The tables of the store.

import Foundation
import GRDB

enum RunStoreSchema {
    /// Raised when the tables change. The store is made from files, so an old one is rebuilt, not migrated.
    static let version = 1

    static let statements = """
        CREATE TABLE run (
            id TEXT PRIMARY KEY,
            experiment TEXT NOT NULL, data TEXT NOT NULL, model TEXT NOT NULL, loss TEXT NOT NULL,
            rate REAL NOT NULL, seed INTEGER NOT NULL,
            config TEXT NOT NULL, config_hash TEXT NOT NULL,
            status TEXT NOT NULL, message TEXT, epochs INTEGER NOT NULL,
            seconds REAL, started TEXT, ended TEXT
        );
        CREATE INDEX run_by_setting ON run (experiment, loss, rate, seed);
        CREATE TABLE final_metric (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            name TEXT NOT NULL, value REAL,
            PRIMARY KEY (run, name)
        ) WITHOUT ROWID;
        CREATE TABLE epoch_metric (
            run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL, name TEXT NOT NULL, value REAL,
            PRIMARY KEY (run, epoch, name)
        ) WITHOUT ROWID;
        """

    /// Opens the database for use by several processes at once and makes the tables where they are missing.
    static func open(_ url: URL) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(20)
        configuration.foreignKeysEnabled = true
        configuration.label = "nightjar runs"
        let queue = try DatabaseQueue(path: url.path, configuration: configuration)
        try switchToWriteAheadLog(queue)
        try queue.write { database in
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            if found == version { return }
            guard found == 0 else {
                throw RunError(
                    "\(url.path): the store has version \(found), this program knows \(version); "
                        + "delete the file and rebuild it from the runs")
            }
            try database.execute(sql: statements)
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
        return queue
    }

    /// SQLite does not wait for others when it changes the journal's mode, so this does. The mode is kept in the
    /// file: after the first time there is nothing to change.
    private static func switchToWriteAheadLog(_ queue: DatabaseQueue) throws {
        var attempts = 0
        while true {
            do {
                try queue.writeWithoutTransaction { database in
                    try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
                }
                return
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && attempts < 200 {
                attempts += 1
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }
}
