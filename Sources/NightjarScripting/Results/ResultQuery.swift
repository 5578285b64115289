import Foundation
import NightjarProcess
import NightjarRuns

/// Which runs a script means, and where they lie.
struct ResultQuery {
    private let store: RunStore
    private let names: [String]
    private let condition: String?
    private let sort: [String]
    private let limit: Int?

    /// Reads a query that the Lua side has checked: `dir`, `runs`, `where`, `sort`, `limit`.
    /// - Throws: ``ArgumentError`` for a folder that scripts may not read.
    init(_ call: Call, _ index: Int) throws {
        let table = try call.value(index).asTable ?? ScriptTable()
        store = try ResultQuery.store(call, table["dir"]?.asString)
        names = table["runs"]?.asTable?.array.compactMap(\.asString) ?? []
        condition = table["where"]?.asString
        sort = table["sort"]?.asTable?.array.compactMap(\.asString) ?? []
        if let limit = table["limit"]?.asNumber {
            guard let whole = Int(exactly: limit), whole >= 0 else {
                throw ArgumentError(
                    "'limit' of nj.runs is a whole number of at least 0, got \(NumberText.shortest(limit))")
            }
            self.limit = whole
        } else {
            limit = nil
        }
    }

    private init(_ store: RunStore) {
        self.store = store
        (names, condition, sort, limit) = ([], nil, [], nil)
    }

    /// The runs directory of the program, or one that scripts may read.
    private static func store(_ call: Call, _ folder: String?) throws -> RunStore {
        let path = folder ?? call.host.options.writableFolders.first ?? "runs"
        let url = try call.host.files.folder(readAt: path, askedBy: call.script)
        return try saying {
            // Before the first run there is no folder, and there are no runs.
            if folder == nil, !FileManager.default.fileExists(atPath: url.path) { return try RunStore(without: url) }
            return try RunStore(reading: url)
        }
    }

    /// The run of a name or of a folder, and a query of the directory that it lies in.
    static func run(_ call: Call, _ text: String) throws -> (ResultQuery, RunRecord) {
        // A folder that holds a run lies two levels below its runs directory.
        let url = try? call.host.files.folder(readAt: text, askedBy: call.script)
        if let url, FileManager.default.fileExists(atPath: url.appendingPathComponent("config.json").path) {
            let directory = url.deletingLastPathComponent().deletingLastPathComponent()
            let query = ResultQuery(try store(call, directory.path))
            return (query, try saying { try RunFinder(try query.store.runs(), in: directory).one(url.path) })
        }
        let query = ResultQuery(try store(call, nil))
        return (query, try saying { try RunFinder(try query.store.runs(), in: query.store.runsDirectory).one(text) })
    }

    /// The folder that the first argument names.
    static func folder(_ call: Call) throws -> RunFolder {
        let url = try call.host.files.folder(readAt: try call.string(0), askedBy: call.script)
        return try saying { try RunFolder.open(url) }
    }

    /// Messages of the runs' room as those of an argument.
    static func saying<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as RunError { throw ArgumentError(error.description) }
    }

    func list() throws -> [RunRecord] {
        try ResultQuery.saying {
            let records = try selected()
            guard !sort.isEmpty || limit != nil else { return records }
            return try RunList(records, in: store, .init(columns: ["run"], sort: sort, limit: limit)).records
        }
    }

    private func selected() throws -> [RunRecord] {
        let matching = try store.runs(RunQuery(filter: try condition.map { try RunFilter($0) }))
        guard !names.isEmpty else { return matching }
        let named = Set(try RunFinder(try store.runs(), in: store.runsDirectory).all(names).map(\.id))
        return matching.filter { named.contains($0.id) }
    }

    func set() throws -> RunSet { try RunSet(try selected(), in: store) }

    /// A run as a script sees it.
    func facts(_ record: RunRecord) throws -> ScriptValue {
        var fields: [(key: String, value: ScriptValue)] = [
            ("cell", .table(ScriptTable(fields: record.cell.map { ($0.name, ScriptValue($0.value)) }))),
            ("epochs", .integer(record.epochs)),
            ("experiment", .string(record.experiment)),
            ("folder", .string(store.folder(of: record.id).path)),
            (
                "metrics",
                .table(
                    ScriptTable(fields: record.metrics.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) }))
            ),
            ("name", .string(record.id)),
            ("status", .string(record.status.rawValue)),
        ]
        if let message = record.message { fields.append(("message", .string(message))) }
        if let seconds = record.seconds { fields.append(("seconds", .number(seconds))) }
        return .table(ScriptTable(fields: fields))
    }
}

extension ScriptValue {
    /// What a file says, as a script sees it: `null` is nil.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .nil
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let items): self = .table(ScriptTable(array: items.map { ScriptValue($0) }))
        case .object(let entries):
            self = .table(
                ScriptTable(fields: entries.sorted { $0.key < $1.key }.map { ($0.key, ScriptValue($0.value)) }))
        }
    }
}

extension TableSpec {
    /// Reads a description that `nj.table` has checked.
    package init(_ table: ScriptTable) throws {
        self.init()
        func names(_ field: String) -> [String]? { table[field]?.asTable?.array.compactMap(\.asString) }
        rows = names("rows")
        columns = names("columns")
        metrics = names("metrics")
        over = names("over")
        if let stats = names("stats") {
            statistics = try stats.map { name in
                guard let statistic = Statistic(rawValue: name) else {
                    throw RunError(
                        "there is no statistic '\(name)': statistics are "
                            + Statistic.allCases.map(\.rawValue).joined(separator: ", "))
                }
                return statistic
            }
        }
        if let at = table["at"]?.asString { moment = try RunMoment(at) }
        if let against = table["against"]?.asTable, let axis = against["axis"]?.asString,
            let value = against["value"]?.json
        {
            baseline = Report.Baseline(axis: axis, value: value)
        }
    }
}

extension FigureSpec {
    /// Reads a description that `nj.figure` has checked.
    package init(_ table: ScriptTable) throws {
        func names(_ field: String) -> [String]? { table[field]?.asTable?.array.compactMap(\.asString) }
        self.init(
            x: table["x"]?.asString ?? FigureSpec.epochs, y: names("y") ?? [], by: names("by"),
            facet: names("facet") ?? [])
        over = names("over")
        title = table["title"]?.asString
        if let name = table["band"]?.asString {
            guard let band = Band(rawValue: name) else {
                throw RunError(
                    "there is no band '\(name)': bands are \(Band.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.band = band
        }
        overlay = (table["overlay"]?.asTable?.array ?? []).compactMap(\.asTable).map { entry in
            Overlay(
                label: entry["label"]?.asString ?? "",
                points: (entry["points"]?.asTable?.array ?? []).compactMap(\.asTable).compactMap { point in
                    guard point.array.count == 2, let x = point.array[0].json, let y = point.array[1].asNumber else {
                        return nil
                    }
                    return Overlay.Point(x, y)
                },
                level: entry["level"]?.asNumber,
                cell: (entry["cell"]?.asTable?.array ?? []).compactMap(\.asTable).compactMap { setting in
                    guard let axis = setting["axis"]?.asString, let value = setting["value"]?.json else { return nil }
                    return CellSetting(axis, value)
                })
        }
    }
}
