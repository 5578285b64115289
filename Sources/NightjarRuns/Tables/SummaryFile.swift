// `summary.csv`: a row a run, for people with a spreadsheet and for programs.

import Foundation

/// Writes and reads `summary.csv`: a column an axis, then `status`, `epochs`, and a column a metric.
///
/// It holds no clock values: the same runs give the same bytes, whatever happened on the way. No two columns have one name:
/// where an axis is called `epochs`, the epochs that were finished are `run_epochs`, and a metric that is called like an
/// axis is `metric_NAME`.
public enum SummaryFile {
    /// The names of the columns between axes and metrics.
    static let middle = ["status", "epochs"]

    /// The heading.
    static func columns(axes: [String], metrics: [String]) -> [String] {
        var names = ColumnNames(axes)
        return axes + names.free(middle, prefix: "run_") + names.free(metrics, prefix: "metric_")
    }

    /// The file's text. Undefined metrics are empty fields.
    public static func text(_ set: RunSet) -> String {
        var text = CSV.line(columns(axes: set.axes.map(\.name), metrics: set.metrics.map(\.name)))
        for row in set.rows {
            let cell = set.axes.map { row.cell.field($0.name) }
            let metrics = set.metrics.map { row.metrics[$0.name].map(NumberText.shortest) ?? "" }
            text += CSV.line(cell + [row.state.rawValue, "\(row.epochs)"] + metrics)
        }
        return text
    }

    public static func write(_ set: RunSet, to url: URL) throws {
        try AtomicFile.write(text(set), to: url)
    }

    /// The columns of a file and its records.
    public struct Contents: Sendable, Equatable {
        public let axes: [String]
        public let metrics: [String]
        public let rows: [RunRow]
    }

    /// Reads it back: values of axes are texts, as the file has no types.
    /// - Throws: `RunError` with the file, the line and the column of a field that is not what it must be.
    public static func read(_ url: URL) throws -> Contents {
        let records = try CSV.parse(try FileReason.readText(url), source: url.path)
        // The last pair, for axes may have these names as well; a metric that has is called otherwise.
        let header = records.first ?? []
        let found = header.indices.dropLast().last { place in
            zip(middle, header[place...]).allSatisfy { name, column in
                column.hasSuffix(name) && column.dropLast(name.count).allSatisfy { "run_".contains($0) }
            }
        }
        guard let place = found else {
            throw RunError(
                "\(url.path), line 1: expected a header with the columns \(middle.joined(separator: " and "))")
        }
        let axes = Array(header[..<place])
        let metrics = Array(header[(place + 2)...])
        let rows = try records.dropFirst().enumerated().map { index, record -> RunRow in
            let where_ = "\(url.path), record \(index + 1)"
            guard record.count == header.count else {
                throw RunError("\(where_): expected \(header.count) fields, got \(record.count)")
            }
            guard let state = RunRow.State(rawValue: record[place]) else {
                throw RunError("\(where_): status is not one that a run can have: \(record[place])")
            }
            guard let epochs = Int(record[place + 1]) else {
                throw RunError("\(where_): epochs is not a whole number: \(record[place + 1])")
            }
            var values: [String: Double] = [:]
            for (name, field) in zip(metrics, record[(place + 2)...]) where !field.isEmpty {
                guard let value = NumberText.number(field) else {
                    throw RunError("\(where_): \(name) is not a number: \(field)")
                }
                values[name] = value
            }
            return RunRow(
                cell: zip(axes, record).map { CellSetting($0, .string($1)) }, state: state, epochs: epochs,
                metrics: values)
        }
        return Contents(axes: axes, metrics: metrics, rows: rows)
    }
}

/// Names of columns, none of them twice: axes keep theirs, and what stands behind them gets a prefix where it would have
/// the name of another.
struct ColumnNames {
    private var taken: Set<String>

    init(_ axes: [String]) { taken = Set(axes) }

    mutating func free(_ names: [String], prefix: String) -> [String] {
        names.map { name in
            var result = name
            while !taken.insert(result).inserted { result = prefix + result }
            return result
        }
    }
}
