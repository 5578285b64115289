// `summary.csv`: a row a run, for people with a spreadsheet and for programs.

import Foundation

/// Writes and reads `summary.csv`: a column an axis, then `status`, `epochs`, and a column a metric.
///
/// It holds no clock values: the same runs give the same bytes, whatever happened on the way.
public enum SummaryFile {
    /// The names of the columns between axes and metrics.
    static let middle = ["status", "epochs"]

    /// The file's text. Undefined metrics are empty fields.
    public static func text(_ set: RunSet) -> String {
        var text = CSV.line(set.axes.map(\.name) + middle + set.metrics.map(\.name))
        for row in set.rows {
            let cell = set.axes.map { row.cell[axis: $0.name]?.plainText ?? "" }
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
        guard let header = records.first, let place = header.firstIndex(of: middle[0]), place + 1 < header.count,
            header[place + 1] == middle[1]
        else {
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
