// Between the store's rows and the values of this room.

import Foundation
import GRDB

extension RunStore {
    static func insert(
        _ folder: RunFolder, summary: RunSummary?, rows: [MetricsRow], columns: [String], started: Date?,
        _ database: Database
    ) throws {
        let id = identifier(of: folder)
        let configuration = folder.configuration
        try database.execute(sql: "DELETE FROM run WHERE id = ?", arguments: [id])
        try database.execute(
            sql: "INSERT INTO run (id, experiment, data, model, loss, rate, seed, config, config_hash, status, "
                + "message, epochs, seconds, started, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, configuration.experiment, configuration.data, configuration.model, configuration.loss,
                configuration.rate, configuration.seed, configuration.canonicalText, configuration.hash,
                (summary?.status ?? .running).rawValue, summary?.message,
                summary?.epochs ?? rows.last?.epoch ?? 0, summary?.seconds, started.map(RunSummary.stamp),
                summary?.ended.map(RunSummary.stamp),
            ])
        for (name, value) in summary?.metrics ?? [:] {
            // SQLite has no not-a-number: it is kept as NULL, and read back as one.
            try database.execute(
                sql: "INSERT INTO final_metric (run, name, value) VALUES (?, ?, ?)",
                arguments: [id, name, value.isNaN ? nil : value])
        }
        try insert(rows, columns: columns, of: id, database)
    }

    static func insert(_ rows: [MetricsRow], columns: [String], of id: String, _ database: Database) throws {
        let statement = try database.makeStatement(
            sql: "INSERT OR REPLACE INTO epoch_metric (run, epoch, name, value) VALUES (?, ?, ?, ?)")
        for row in rows {
            for (name, value) in zip(columns, row.values) {
                guard let value else { continue }
                try statement.execute(arguments: [id, row.epoch, name, value.isNaN ? nil : value])
            }
        }
    }

    static func condition(_ query: RunQuery) -> (sql: String, arguments: StatementArguments) {
        var parts = ["1"]
        var arguments = StatementArguments()
        func add(_ column: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            parts.append("\(column) = ?")
            arguments += [value]
        }
        add("experiment", query.experiment)
        add("data", query.data)
        add("model", query.model)
        add("loss", query.loss)
        add("rate", query.rate)
        add("seed", query.seed)
        add("status", query.status?.rawValue)
        return (parts.joined(separator: " AND "), arguments)
    }

    static func record(_ row: Row, _ database: Database) throws -> RunRecord {
        let id: String = row["id"]
        let text: String = row["config"]
        let json = try JSONValue(parsing: Data(text.utf8), source: "run \(id)")
        var metrics: [String: Double] = [:]
        let values = try Row.fetchAll(
            database, sql: "SELECT name, value FROM final_metric WHERE run = ?", arguments: [id])
        for value in values { metrics[value["name"]] = (value["value"] as Double?) ?? .nan }
        return RunRecord(
            id: id, configuration: try RunConfiguration(parsing: json, source: "run \(id)"),
            configurationHash: row["config_hash"], status: RunStatus(rawValue: row["status"]) ?? .running,
            message: row["message"], epochs: row["epochs"], seconds: row["seconds"],
            started: (row["started"] as String?).flatMap(RunSummary.date),
            ended: (row["ended"] as String?).flatMap(RunSummary.date), metrics: metrics)
    }
}
