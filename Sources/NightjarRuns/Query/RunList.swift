// A list of runs: chosen columns, sorted, cut.

import Foundation

/// Runs in lines, with columns of one's choice.
public struct RunList {
    /// One column.
    struct Column {
        let name: String
        let metric: MetricInfo?
        let value: (RunRecord) -> JSONValue?

        var isNumber: Bool { metric != nil || ["epochs", "seconds"].contains(RunStore.ownName(name) ?? name) }
    }

    /// What a list shows and in which order.
    public struct Choice: Sendable {
        /// Names of columns; nil: the usual ones.
        public var columns: [String]?
        /// Names to sort by, the first counting most; `-name` for the highest first.
        public var sort: [String] = []
        /// The most lines; nil: all.
        public var limit: Int?

        public init(columns: [String]? = nil, sort: [String] = [], limit: Int? = nil) {
            self.columns = columns
            self.sort = sort
            self.limit = limit
        }
    }

    /// Metrics that are shown without being asked for.
    private static let mostMetrics = 6

    public let records: [RunRecord]
    /// How many there were before the list was cut.
    public let total: Int
    private let columns: [Column]

    /// - Throws: `RunError` for a column that no run has, with the nearest name.
    public init(_ records: [RunRecord], in store: RunStore, _ choice: Choice = Choice()) throws {
        var source = ColumnSource(records: records, store: store)
        columns = try (choice.columns ?? RunList.usual(records)).map { try source.column($0) }
        var sorted = records
        for key in choice.sort.reversed() {
            let isDown = key.hasPrefix("-")
            let column = try source.column(isDown ? String(key.dropFirst()) : key)
            sorted = RunList.sort(sorted, by: column.value, isDown: isDown)
        }
        total = records.count
        self.records = choice.limit.map { Array(sorted.prefix($0)) } ?? sorted
    }

    /// The folder, how it ended, the headline metrics and the time.
    private static func usual(_ records: [RunRecord]) -> [String] {
        var metrics: [String] = []
        var recorded: Set<String> = []
        // Runs of one script share the list of names.
        var seen: Set<ObjectIdentifier> = []
        for record in records {
            for metric in record.declared where metric.isHeadline && !metrics.contains(metric.name) {
                if record.metrics[metric.name] != nil { metrics.append(metric.name) }
            }
            guard seen.insert(ObjectIdentifier(record.metrics.names)).inserted else { continue }
            // What scripts record themselves they may not have declared.
            let declared = Set(record.declared.map(\.name))
            recorded.formUnion(record.metrics.keys)
            metrics += record.metrics.keys.sorted().filter { name in
                !declared.contains(name) && !metrics.contains(name) && MetricReference(name).moment == nil
            }
        }
        // What an axis or a metric is called the run's own has another name for.
        let taken = Set(records.lazy.flatMap { $0.cell.map(\.name) }).union(recorded)
        func own(_ name: String) -> String { taken.contains(name) ? "run_" + name : name }
        return ["run", "status", "epochs"].map(own) + metrics.prefix(mostMetrics) + [own("seconds")]
    }

    /// Stable; what is not there comes last.
    private static func sort(
        _ records: [RunRecord], by value: (RunRecord) -> JSONValue?, isDown: Bool
    ) -> [RunRecord] {
        let keys = records.map { record -> (number: Double?, text: String?) in
            guard let value = value(record) else { return (nil, nil) }
            let number = value.doubleValue.flatMap { $0.isNaN ? nil : $0 }
            return (number, number == nil ? value.plainText : nil)
        }
        func precedes(_ left: Int, _ right: Int) -> Bool {
            switch (keys[left], keys[right]) {
            case ((let a?, _), (let b?, _)): a == b ? left < right : (isDown ? a > b : a < b)
            case ((_, let a?), (_, let b?)): a == b ? left < right : (isDown ? a > b : a < b)
            case ((.some, _), _): true
            case (_, (.some, _)): false
            case ((_, .some), _): true
            case (_, (_, .some)): false
            default: left < right
            }
        }
        return records.indices.sorted(by: precedes).map { records[$0] }
    }

    /// The columns: their names, and whether numbers stand in them.
    package var heads: [(name: String, isNumber: Bool)] { columns.map { ($0.name, $0.isNumber) } }

    /// What a run has in the columns, as a terminal shows it.
    package func texts(_ record: RunRecord) -> [String] { columns.map { RunList.shown($0, record) } }

    /// For a terminal; a line says how many were left out.
    public func text(colour: Bool = false) -> String {
        guard !records.isEmpty else { return "no runs\n" }
        let units = Set(columns.compactMap { $0.metric?.unit })
        var text = ColumnText(
            columns.map { column in
                // What is a percentage is to be seen beside what is none; names by themselves are what one asks for.
                let unit = units.count > 1 ? column.metric?.unit ?? "" : ""
                return (unit.isEmpty ? column.name : "\(column.name) (\(unit))", column.isNumber)
            })
        for record in records { text.add(columns.map { RunList.shown($0, record) }) }
        let note = total > records.count ? "\(records.count) of \(total) runs (--limit 0 shows all)\n" : ""
        return text.text(colour: colour) + note
    }

    private static func shown(_ column: Column, _ record: RunRecord) -> String {
        guard let value = column.value(record) else { return "-" }
        if let metric = column.metric, let number = value.doubleValue { return metric.text(number) }
        if (RunStore.ownName(column.name) ?? column.name) == "seconds", let number = value.doubleValue {
            return NumberText.fixed(number, decimals: 1)
        }
        return value.plainText.replacing("\n", with: " ")
    }

    /// Comma-separated values in full precision.
    public var csv: String {
        var text = CSV.line(columns.map(\.name))
        for record in records { text += CSV.line(columns.map { $0.value(record)?.plainText ?? "" }) }
        return text
    }

    /// A list of objects with the columns as fields; `null` where a run does not have one.
    public var json: JSONValue {
        .array(
            records.map { record in
                .object(Dictionary(columns.map { ($0.name, $0.value(record) ?? .null) }) { first, _ in first })
            })
    }
}

/// Columns by name.
struct ColumnSource {
    let records: [RunRecord]
    let store: RunStore
    private var known: [String: RunList.Column] = [:]

    init(records: [RunRecord], store: RunStore) {
        self.records = records
        self.store = store
    }

    /// - Throws: `RunError` for a name that no run has.
    mutating func column(_ name: String) throws -> RunList.Column {
        if let column = known[name] { return column }
        let column = try made(name)
        known[name] = column
        return column
    }

    private func metric(_ name: String) -> RunList.Column? {
        guard records.contains(where: { $0.metrics[name] != nil }) else { return nil }
        let declared = records.lazy.compactMap { $0.declared.first { $0.name == name } }.first
        return RunList.Column(name: name, metric: declared ?? MetricInfo(name)) { $0.metrics[name].map { .number($0) } }
    }

    private func made(_ name: String) throws -> RunList.Column {
        typealias Column = RunList.Column
        func own(_ value: @escaping (RunRecord) -> JSONValue?) -> Column {
            Column(name: name, metric: nil, value: value)
        }
        if records.contains(where: { $0.cell[axis: name] != nil }) { return own { $0.cell[axis: name] } }
        if let metric = metric(name) { return metric }
        switch RunStore.ownName(name) ?? name {
        case "run": return own { .string($0.id) }
        case "experiment": return own { .string($0.experiment) }
        case "status": return own { .string($0.status.rawValue) }
        case "epochs": return own { .integer($0.epochs) }
        case "seconds": return own { $0.seconds.map { .number($0) } }
        case "hash": return own { .string($0.configurationHash) }
        case "started": return own { $0.started.map { .string($0) } }
        case "ended": return own { $0.ended.map { .string($0) } }
        case "message": return own { $0.message.map { .string($0) } }
        default: break
        }
        if MetricReference(name).isOfFiles {
            let (info, values) = try store.values(name, of: records)
            return Column(name: name, metric: info) { values[$0.id].map { .number($0) } }
        }
        let texts = try store.texts(name, of: records)
        if !texts.isEmpty {
            return own { record in
                texts[record.id].map { text in NumberText.number(text).map { .number($0) } ?? .string(text) }
            }
        }
        if records.isEmpty { return own { _ in nil } }
        throw RunError(
            RunStore.unknownName(name, "there is no column", try store.names() + RunStore.ownNames))
    }
}
