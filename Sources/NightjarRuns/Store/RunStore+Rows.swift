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
            sql:
                "INSERT INTO run (id, experiment, config, config_hash, status, message, epochs, seconds, started, ended) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id, configuration.experiment, configuration.canonicalText, configuration.hash,
                (summary?.status ?? .running).rawValue, summary?.message,
                summary?.epochs ?? rows.last?.epoch ?? 0, summary?.seconds, started.map(RunSummary.stamp),
                summary?.ended.map(RunSummary.stamp),
            ])
        let statement = try database.makeStatement(
            sql: "INSERT OR IGNORE INTO value (run, name, text, number) VALUES (?, ?, ?, ?)")
        for (name, value) in configuration.namedValues {
            let number = value.stringValue == nil ? value.doubleValue : nil
            try statement.execute(arguments: [id, name, value.plainText, number.flatMap { $0.isNaN ? nil : $0 }])
        }
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
        var parts: [String] = []
        var arguments = StatementArguments()
        func add(_ column: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            parts.append("\(column) = ?")
            arguments += [value]
        }
        add("run.experiment", query.experiment)
        add("run.status", query.status?.rawValue)
        if let filter = query.filter {
            let (sql, values) = condition(filter)
            parts.append(sql)
            arguments += values
        }
        return (parts.isEmpty ? "1" : parts.joined(separator: " AND "), arguments)
    }

    /// Columns of the table of runs that conditions may name.
    private static let columns = [
        "experiment": "experiment", "status": "status", "epochs": "epochs", "seconds": "seconds",
        "hash": "config_hash", "started": "started", "folder": "id",
    ]

    private static func condition(_ filter: RunFilter) -> (sql: String, arguments: StatementArguments) {
        switch filter {
        case .and(let left, let right): return joined(left, "AND", right)
        case .or(let left, let right): return joined(left, "OR", right)
        case .not(let inner):
            let (sql, arguments) = condition(inner)
            return ("NOT (\(sql))", arguments)
        case .comparison(let name, let comparison, let value):
            let sign = comparison == .like ? "LIKE" : comparison.rawValue
            let isNumber: Bool
            let bound: any DatabaseValueConvertible
            switch value {
            case .number(let number): (isNumber, bound) = (true, number)
            case .text(let text): (isNumber, bound) = (false, text)
            }
            let column = isNumber ? "number" : "text"
            var sql = "EXISTS (SELECT 1 FROM value WHERE value.run = run.id AND name = ? AND \(column) \(sign) ?)"
            var arguments: StatementArguments = [name, bound]
            if isNumber {
                sql +=
                    " OR EXISTS (SELECT 1 FROM final_metric WHERE final_metric.run = run.id AND name = ? "
                    + "AND value \(sign) ?)"
                arguments += [name, bound]
            }
            if let own = columns[name] {
                sql += " OR run.\(own) \(sign) ?"
                arguments += [bound]
            }
            return ("(\(sql))", arguments)
        }
    }

    private static func joined(
        _ left: RunFilter, _ word: String, _ right: RunFilter
    ) -> (sql: String, arguments: StatementArguments) {
        let (first, second) = (condition(left), condition(right))
        return ("(\(first.sql) \(word) \(second.sql))", first.arguments + second.arguments)
    }

    /// The records of rows, their metrics fetched together.
    static func records(_ rows: [Row], _ database: Database) throws -> [RunRecord] {
        var metrics: [String: [String: Double]] = [:]
        let ids: [String] = rows.map { $0["id"] }
        for start in stride(from: 0, to: ids.count, by: 500) {
            let part = ids[start..<min(start + 500, ids.count)]
            let marks = part.map { _ in "?" }.joined(separator: ",")
            let values = try Row.fetchCursor(
                database, sql: "SELECT run, name, value FROM final_metric WHERE run IN (\(marks))",
                arguments: StatementArguments(Array(part)))
            while let value = try values.next() {
                metrics[value["run"], default: [:]][value["name"]] = (value["value"] as Double?) ?? .nan
            }
        }
        return try rows.map { try record($0, metrics[$0["id"]] ?? [:]) }
    }

    static func record(_ row: Row, _ metrics: [String: Double]) throws -> RunRecord {
        let id: String = row["id"]
        let text: String = row["config"]
        let json = try JSONValue(parsing: Data(text.utf8), source: "run \(id)")
        return RunRecord(
            id: id, configuration: try RunConfiguration(parsing: json, source: "run \(id)"),
            configurationHash: row["config_hash"], status: RunStatus(rawValue: row["status"]) ?? .running,
            message: row["message"], epochs: row["epochs"], seconds: row["seconds"],
            started: (row["started"] as String?).flatMap(RunSummary.date),
            ended: (row["ended"] as String?).flatMap(RunSummary.date), metrics: metrics)
    }
}

extension RunConfiguration {
    /// Values by the names that conditions know them by: axes first, then components with their parameters, then
    /// settings. The first of equal names counts.
    public var namedValues: [(name: String, value: JSONValue)] {
        var result = cell.map { (name: $0.name, value: $0.value) }
        for (key, part) in parts.sorted(by: { $0.key < $1.key }) {
            switch part {
            case .object(let entries):
                if let name = entries["name"] { result.append((key, name)) }
                for (inner, value) in entries.sorted(by: { $0.key < $1.key }) where inner != "name" {
                    if inner == "parameters", case .object(let parameters) = value {
                        for (parameter, value) in parameters.sorted(by: { $0.key < $1.key }) {
                            result.append(("\(key).\(parameter)", value))
                        }
                    } else {
                        result.append((key == "settings" ? inner : "\(key).\(inner)", value))
                    }
                }
            case .array: continue
            default: result.append((key, part))
            }
        }
        return result.filter { if case .object = $0.value { $0.value["name"] != nil } else { true } }
    }
}
