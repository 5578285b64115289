// Between the store's rows and the values of this room.

import Foundation
import GRDB
import NightjarTensor

/// Texts that many runs share, by number; remembered for the time of one transaction.
final class StoreWords {
    private let database: Database
    private var words: [String: Int64] = [:]
    private var names: [String: Int64] = [:]

    init(_ database: Database) { self.database = database }

    func word(_ text: String) throws -> Int64 { try number(text, "word", &words) }

    func name(_ text: String) throws -> Int64 { try number(text, "name", &names) }

    private func number(_ text: String, _ table: String, _ known: inout [String: Int64]) throws -> Int64 {
        if let number = known[text] { return number }
        let found = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM \(table) WHERE text = ?"), arguments: [text])
        if let found {
            known[text] = found
            return found
        }
        try database.cachedStatement(sql: "INSERT INTO \(table) (text) VALUES (?)").execute(arguments: [text])
        known[text] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }
}

extension RunStore {
    /// A run as it is read from its folder.
    struct Content: Sendable {
        let configuration: RunConfiguration
        let hash: String
        let summary: RunSummary?
        /// Epochs of a run that has not ended.
        let epochs: Int
    }

    static func read(_ url: URL) throws -> Content { try content(try RunFolder.open(url)) }

    private static func content(_ folder: RunFolder) throws -> Content {
        let summary = try folder.readSummary()
        var epochs = 0
        if summary == nil, FileManager.default.fileExists(atPath: folder.metricsURL.path) {
            epochs = try folder.readMetrics().rows.last?.epoch ?? 0
        }
        return Content(
            configuration: folder.configuration, hash: folder.configuration.hash, summary: summary, epochs: epochs)
    }

    static func insert(_ folder: RunFolder, stamp: Int64, _ words: StoreWords, _ database: Database) throws {
        try insert(try content(folder), id: identifier(of: folder), stamp: stamp, words, database)
    }

    static func forget(_ id: String, _ database: Database) throws {
        try database.cachedStatement(sql: "DELETE FROM run WHERE id = ?").execute(arguments: [id])
        try database.cachedStatement(sql: "DELETE FROM unreadable WHERE id = ?").execute(arguments: [id])
    }

    /// Forgets the runs of an experiment's folder that lie in it no more.
    static func forgetGone(in experiment: URL, _ database: Database) throws {
        guard let names = RunFolderScan.names(in: experiment.path).map(Set.init) else { return }
        let prefix = experiment.lastPathComponent + "/"
        // The character behind the stroke ends what begins with it.
        let known = try String.fetchAll(
            database, sql: "SELECT id FROM run WHERE id >= ? AND id < ?",
            arguments: [prefix, experiment.lastPathComponent + "0"])
        for id in known where !names.contains(String(id.dropFirst(prefix.count))) { try forget(id, database) }
    }

    static func insert(
        _ content: Content, id: String, stamp: Int64, _ words: StoreWords, _ database: Database
    ) throws {
        try forget(id, database)
        let configuration = content.configuration
        let summary = content.summary
        let cell = try configuration.cell.map { String(try words.word($0.json.text(pretty: false))) }
        let declared: JSONValue = .array(configuration.metrics.map(\.json))
        let metrics = (summary?.values ?? [:]).sorted { $0.key < $1.key }
        let columns = JSONValue.array(metrics.map { .string($0.key) })
        let replicates = JSONValue.array(configuration.replicates.map { .string($0) })
        let texts = JSONValue.object(configuration.texts.hashes.mapValues { .string($0) })
        let finals = metrics.map(\.value).withUnsafeBytes { Data($0) }
        try database.cachedStatement(
            sql:
                "INSERT INTO run (id, experiment, config_hash, status, message, epochs, seconds, started, ended, cell, "
                + "replicates, declared, columns, texts, orders, finals, stamp) "
                + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            id, configuration.experiment, content.hash, (summary?.status ?? .running).rawValue, summary?.message,
            summary?.epochs ?? content.epochs, summary?.seconds, summary?.started.map(RunSummary.stamp),
            summary?.ended.map(RunSummary.stamp), cell.joined(separator: ","),
            try words.word(replicates.text(pretty: false)), try words.word(declared.text(pretty: false)),
            try words.word(columns.text(pretty: false)), try words.word(texts.text(pretty: false)),
            try words.word(configuration.axisOrder.json.text(pretty: false)), finals, stamp,
        ])
        let run = database.lastInsertedRowID
        let statement = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO value (run, name, text, number) VALUES (?, ?, ?, ?)")
        func add(_ name: String, _ text: String, _ number: Double?) throws {
            try statement.execute(arguments: [run, try words.name(name), text, number.flatMap { $0.isNaN ? nil : $0 }])
        }
        var seen: Set<String> = []
        for (name, value) in configuration.namedValues where seen.insert(name).inserted {
            try add(name, value.plainText, value.stringValue == nil ? value.doubleValue : nil)
            // rll{alpha=0.45} is an rll.
            if let component = value["name"]?.stringValue { try add(name, component, nil) }
        }
        for (name, value) in metrics { try add(name, NumberText.shortest(value), value) }
    }

    static func condition(
        _ query: RunQuery, _ found: MomentValues = [:]
    ) -> (sql: String, arguments: StatementArguments) {
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
            let (sql, values) = condition(filter, found)
            parts.append(sql)
            arguments += values
        }
        return (parts.isEmpty ? "1" : parts.joined(separator: " AND "), arguments)
    }

    /// Columns of the table of runs that conditions may name, and what they are called there.
    private static let columns = [
        "experiment": "experiment", "status": "status", "epochs": "epochs", "seconds": "seconds",
        "hash": "config_hash", "started": "started", "ended": "ended", "message": "message", "run": "id",
    ]

    /// Names that every run has. An axis may have one of them; `run_status` is the run's own in any case.
    public static let ownNames = columns.keys.sorted()

    /// The column of the table of runs that a name always means: `status` for `run_status`.
    static func ownName(_ name: String) -> String? {
        guard name.hasPrefix("run_"), columns[String(name.dropFirst(4))] != nil else { return nil }
        return String(name.dropFirst(4))
    }

    private static func isKnown(_ name: String, _ database: Database) throws -> Bool {
        try columns[name] != nil || ownName(name) != nil
            || Int.fetchOne(database, sql: "SELECT 1 FROM name WHERE text = ?", arguments: [name]) != nil
    }

    /// The names of a condition that mean a metric at a moment, or an entry of a matrix, which summaries do not have.
    static func unknownMoments(_ filter: RunFilter, _ database: Database) throws -> Set<String> {
        Set(try filter.names.filter { try MetricReference($0).isOfFiles && !isKnown($0, database) })
    }

    /// Refuses names that no run has; a store without runs takes any.
    static func check(_ filter: RunFilter, except moments: Set<String>, _ database: Database) throws {
        for name in filter.names where !moments.contains(name) {
            if try isKnown(name, database) { continue }
            let known = try String.fetchAll(database, sql: "SELECT text FROM name")
            if known.isEmpty { continue }
            throw RunError(unknownName(name, "no run here has a value named", known + ownNames))
        }
    }

    /// What a message says of a name that is not known: the nearest one, or where all of them are shown.
    public static func unknownName(_ name: String, _ what: String, _ known: [String]) -> String {
        let near = nearestName(to: name, in: known).map { ": did you mean '\($0)'?" } ?? ""
        return "\(what) '\(name)'\(near)\n  names are \(shortList(known))"
    }

    static func shortList(_ names: [String]) -> String {
        let sorted = Array(Set(names)).sorted()
        return sorted.prefix(40).joined(separator: ", ") + (sorted.count > 40 ? " and \(sorted.count - 40) more" : "")
    }

    private static func condition(
        _ filter: RunFilter, _ found: MomentValues
    ) -> (sql: String, arguments: StatementArguments) {
        switch filter {
        case .and(let left, let right): return joined(left, "AND", right, found)
        case .or(let left, let right): return joined(left, "OR", right, found)
        case .not(let inner):
            let (sql, arguments) = condition(inner, found)
            return ("NOT (\(sql))", arguments)
        case .comparison(let name, let comparison, let value):
            if let values = found[name] { return condition(values, comparison, value) }
            // A run whose value is none of several names of one thing differs from all of them.
            if comparison == .notEqual {
                let (sql, arguments) = condition(.comparison(name: name, .equal, value), found)
                var there = "EXISTS (\(named))"
                if let own = columns[ownName(name) ?? name] { there += " OR run.\(own) IS NOT NULL" }
                return ("((\(there)) AND NOT \(sql))", [name] + arguments)
            }
            let sign = comparison == .like ? "LIKE" : comparison.rawValue
            let isNumber: Bool
            let bound: any DatabaseValueConvertible
            switch value {
            case .number(let number): (isNumber, bound) = (comparison != .like, number)
            case .text(let text): (isNumber, bound) = (false, text)
            }
            var sql = "EXISTS (\(named) AND \(isNumber ? "number" : "text") \(sign) ?)"
            var arguments: StatementArguments = [name, bound]
            if let own = columns[ownName(name) ?? name] {
                // An axis of that name is meant where a run has one.
                sql += " OR NOT EXISTS (\(named)) AND coalesce(run.\(own) \(sign) ?, 0)"
                arguments += [name, bound]
            }
            return ("(\(sql))", arguments)
        }
    }

    /// The runs whose value fulfils a comparison; those without a value fulfil none.
    private static func condition(
        _ values: [String: Double], _ comparison: RunFilter.Comparison, _ value: RunFilter.Value
    ) -> (sql: String, arguments: StatementArguments) {
        guard case .number(let number) = value else { return ("0", []) }
        let ids = values.filter { _, own in
            switch comparison {
            case .equal: own == number
            case .notEqual: own != number
            case .less: own < number
            case .lessOrEqual: own <= number
            case .greater: own > number
            case .greaterOrEqual: own >= number
            case .like: false
            }
        }
        let list = JSONValue.array(ids.keys.sorted().map { .string($0) }).text(pretty: false)
        return ("run.id IN (SELECT value FROM json_each(?))", [list])
    }

    private static let named =
        "SELECT 1 FROM value WHERE value.run = run.number AND value.name = (SELECT id FROM name WHERE text = ?)"

    private static func joined(
        _ left: RunFilter, _ word: String, _ right: RunFilter, _ found: MomentValues
    ) -> (sql: String, arguments: StatementArguments) {
        let (first, second) = (condition(left, found), condition(right, found))
        return ("(\(first.sql) \(word) \(second.sql))", first.arguments + second.arguments)
    }

    /// The records that a condition selects. Shared texts are looked up and read once.
    static func records(
        _ condition: String, _ arguments: StatementArguments, _ database: Database
    ) throws -> [RunRecord] {
        var reader = WordReader(database)
        var records: [RunRecord] = []
        let rows = try Row.fetchCursor(
            database,
            sql:
                "SELECT id, experiment, config_hash, status, message, epochs, seconds, started, ended, cell, replicates, "
                + "declared, columns, finals, texts, orders FROM run WHERE \(condition)",
            arguments: arguments)
        while let row = try rows.next() {
            let cell: String = row[9]
            let columns = try reader.columns(row[12])
            let finals = try row.withUnsafeData(atIndex: 13) { data -> [Double] in
                guard let data, !data.isEmpty else { return [] }
                return data.withUnsafeBytes { bytes in
                    [Double](unsafeUninitializedCapacity: bytes.count / 8) { numbers, count in
                        count = bytes.count / 8
                        let whole = UnsafeRawBufferPointer(rebasing: bytes[..<(count * 8)])
                        UnsafeMutableRawBufferPointer(numbers).copyMemory(from: whole)
                    }
                }
            }
            records.append(
                RunRecord(
                    id: row[0], experiment: row[1], configurationHash: row[2],
                    cell: try reader.cell(cell), replicates: try reader.names(row[10]),
                    declared: try reader.metrics(row[11]), status: RunStatus(rawValue: row[3]) ?? .running,
                    message: row[4], epochs: row[5], seconds: row[6], started: row[7], ended: row[8],
                    metrics: MetricValues(columns, finals), cellKey: cell,
                    texts: try reader.texts(row[14]), order: try reader.order(row[15])))
        }
        // Mostly they stand so: sorting all in the database costs more than reading them.
        func precedes(_ left: Int, _ right: Int) -> Bool {
            records[left].experiment == records[right].experiment
                ? records[left].id < records[right].id : records[left].experiment < records[right].experiment
        }
        let isSorted = records.indices.dropFirst().allSatisfy { !precedes($0, $0 - 1) }
        return isSorted ? records : records.indices.sorted(by: precedes).map { records[$0] }
    }
}

/// Shared texts by their numbers, each parsed once.
private struct WordReader {
    private let database: Database
    /// By their numbers, which begin at 1; those that are too large for a list are not kept.
    private var settings: [CellSetting?] = []
    private var columns: [Int64: MetricValues.Names] = [:]
    private var lists: [Int64: [String]] = [:]
    private var declared: [Int64: [MetricInfo]] = [:]
    private var texts: [Int64: RunTexts] = [:]
    private var orders: [Int64: AxisOrder] = [:]

    init(_ database: Database) { self.database = database }

    mutating func cell(_ numbers: String) throws -> [CellSetting] {
        var cell: [CellSetting] = []
        var number: Int64 = 0
        func add() throws {
            cell.append(try setting(number))
            number = 0
        }
        for byte in numbers.utf8 {
            if byte == UInt8(ascii: ",") {
                try add()
            } else if (48...57).contains(byte) {
                number = number &* 10 &+ Int64(byte - 48)
            }
        }
        if !numbers.isEmpty { try add() }
        return cell
    }

    private static let mostSettings = 1 << 20

    private mutating func setting(_ number: Int64) throws -> CellSetting {
        let place = Int(truncatingIfNeeded: number)
        if settings.indices.contains(place), let known = settings[place] { return known }
        let setting = try CellSetting(parsing: try value(number), source: "run store")
        if (0..<WordReader.mostSettings).contains(place) {
            if place >= settings.count {
                settings += [CellSetting?](repeating: nil, count: place + 1 - settings.count)
            }
            settings[place] = setting
        }
        return setting
    }

    /// The names of metrics that a run has.
    mutating func columns(_ number: Int64) throws -> MetricValues.Names {
        if let known = columns[number] { return known }
        let shared = MetricValues.Names(try names(number))
        columns[number] = shared
        return shared
    }

    mutating func names(_ number: Int64) throws -> [String] {
        if let known = lists[number] { return known }
        var names: [String] = []
        if case .array(let items) = try value(number) { names = items.compactMap(\.stringValue) }
        lists[number] = names
        return names
    }

    mutating func metrics(_ number: Int64) throws -> [MetricInfo] {
        if let known = declared[number] { return known }
        var metrics: [MetricInfo] = []
        if case .array(let items) = try value(number) { metrics = items.compactMap(MetricInfo.init) }
        declared[number] = metrics
        return metrics
    }

    mutating func texts(_ number: Int64) throws -> RunTexts {
        if let known = texts[number] { return known }
        var hashes: [String: String] = [:]
        if case .object(let entries) = try value(number) { hashes = entries.compactMapValues(\.stringValue) }
        let shared = RunTexts(hashes)
        texts[number] = shared
        return shared
    }

    mutating func order(_ number: Int64) throws -> AxisOrder {
        if let known = orders[number] { return known }
        let shared = AxisOrder(try value(number))
        orders[number] = shared
        return shared
    }

    private func value(_ number: Int64) throws -> JSONValue {
        let text = try String.fetchOne(database, sql: "SELECT text FROM word WHERE id = ?", arguments: [number])
        return try JSONValue(parsing: Data((text ?? "null").utf8), source: "run store")
    }
}

extension RunConfiguration {
    /// Values by the names that conditions and columns know them by: axes first, then components with their parameters,
    /// then settings. The first of equal names counts.
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
        return result.filter { _, value in
            switch value {
            case .object(let entries): entries["name"] != nil
            // A matrix is nothing that one asks for by its value.
            case .array(let items): !items.contains { if case .array = $0 { true } else { false } }
            default: true
            }
        }
    }
}
