// `summary.csv`: a row a run, for people with a spreadsheet and for programs.

import Foundation

/// Writes and reads `summary.csv`.
public enum SummaryFile {
    /// The header, fixed: other programs read it.
    public static let header = [
        "data", "model", "loss", "rate", "seed", "epochs", "j1", "j2", "memorized", "corrected", "test_accuracy",
        "seconds",
    ]

    /// The file's text, rows in the order given (see `GridOrder`). Undefined metrics are empty fields.
    public static func text(_ rows: [SummaryRow]) -> String {
        var text = CSV.line(header)
        for row in rows {
            let metrics = SummaryMetric.allCases.map { row.value($0).map(NumberText.shortest) ?? "" }
            let setting = [
                row.data, row.model, row.loss, NumberText.shortest(row.rate), "\(row.seed)", "\(row.epochs)",
            ]
            text += CSV.line(setting + metrics + [NumberText.shortest(row.seconds)])
        }
        return text
    }

    public static func write(_ rows: [SummaryRow], to url: URL) throws {
        try AtomicFile.write(text(rows), to: url)
    }

    /// - Throws: `RunError` with the file, the line and the column of a field that is not what it must be.
    public static func read(_ url: URL) throws -> [SummaryRow] {
        let records = try CSV.parse(try FileReason.readText(url), source: url.path)
        guard records.first == header else {
            throw RunError("\(url.path), line 1: expected the header \(header.joined(separator: ","))")
        }
        return try records.dropFirst().enumerated().map { index, record in
            let place = "\(url.path), record \(index + 1)"
            guard record.count == header.count else {
                throw RunError("\(place): expected \(header.count) fields, got \(record.count)")
            }
            func number(_ column: Int) throws -> Double {
                guard let value = NumberText.number(record[column]) else {
                    throw RunError("\(place): \(header[column]) is not a number: \(record[column])")
                }
                return value
            }
            func whole(_ column: Int) throws -> Int {
                guard let value = Int(record[column]) else {
                    throw RunError("\(place): \(header[column]) is not a whole number: \(record[column])")
                }
                return value
            }
            func optional(_ column: Int) throws -> Double? { record[column].isEmpty ? nil : try number(column) }
            return SummaryRow(
                data: record[0], model: record[1], loss: record[2], rate: try number(3), seed: try whole(4),
                epochs: try whole(5), j1: try optional(6), j2: try optional(7), memorized: try optional(8),
                corrected: try optional(9), testAccuracy: try optional(10), seconds: try number(11))
        }
    }
}
