// `metrics.csv` read back.

import Foundation

/// The metrics of one epoch.
public struct MetricsRow: Sendable, Equatable {
    /// Counted from 1; 0 is before training.
    public let epoch: Int
    /// One value a column; nil where the metric is not defined.
    public let values: [Double?]

    public init(epoch: Int, values: [Double?]) {
        self.epoch = epoch
        self.values = values
    }
}

/// All rows of a `metrics.csv`.
public struct MetricsTable: Sendable, Equatable {
    /// Names of the values after `epoch`.
    public let columns: [String]
    public let rows: [MetricsRow]

    /// Reads the file; a last line without its newline was cut by a kill and is left out.
    public init(contentsOf url: URL) throws {
        var text = try FileReason.readText(url)
        if let end = text.utf8.lastIndex(of: UInt8(ascii: "\n")) {
            text = String(text[...end])
        } else {
            text = ""
        }
        let records = try CSV.parse(text, source: url.path)
        guard let header = records.first, header.first == "epoch" else {
            throw RunError("\(url.path), line 1: expected a header that begins with epoch")
        }
        columns = Array(header.dropFirst())
        rows = try records.dropFirst().enumerated().map { index, record in
            guard record.count == header.count, let epoch = Int(record[0]), RunFolder.possibleEpochs.contains(epoch)
            else {
                throw RunError(
                    "\(url.path), line \(index + 2): expected an epoch and \(header.count - 1) values, "
                        + "got \(record.joined(separator: ","))")
            }
            let values = try zip(header, record).dropFirst().map { name, field -> Double? in
                if field.isEmpty { return nil }
                guard let value = NumberText.number(field) else {
                    throw RunError("\(url.path), line \(index + 2): \(name) is not a number: \(field)")
                }
                return value
            }
            return MetricsRow(epoch: epoch, values: values)
        }
    }

    private init(columns: [String], rows: [MetricsRow]) {
        self.columns = columns
        self.rows = rows
    }

    /// The same rows without some columns.
    public func without(_ names: Set<String>) -> MetricsTable {
        let kept = columns.indices.filter { !names.contains(columns[$0]) }
        return MetricsTable(
            columns: kept.map { columns[$0] },
            rows: rows.map { row in MetricsRow(epoch: row.epoch, values: kept.map { row.values[$0] }) })
    }

    /// As the file has it.
    public var text: String { MetricsWriter.header(columns) + rows.map(MetricsWriter.line).joined() }

    /// The sum of the rows up to an epoch in the first so many columns, as ``MetricsWriter/checksum`` had it then. Columns
    /// that came later play no part.
    func checksum(columns count: Int, through epoch: Int) -> String {
        var sum = Checksum()
        sum.add(MetricsWriter.header(Array(columns.prefix(count))))
        for row in rows where row.epoch <= epoch {
            sum.add(MetricsWriter.line(MetricsRow(epoch: row.epoch, values: Array(row.values.prefix(count)))))
        }
        return sum.text
    }

    /// The values of one column by epoch, without the undefined ones; empty where there is no such column.
    public func series(_ name: String) -> [(epoch: Int, value: Double)] {
        guard let column = columns.firstIndex(of: name) else { return [] }
        return rows.compactMap { row in row.values[column].map { (row.epoch, $0) } }
    }

    /// The epoch at which a metric was best, the first of equals, with all that was measured then.
    /// - Returns: nil where there is no such column, or no number in it.
    public func best(by metric: String, _ direction: MetricInfo.Direction) -> RunSummary.Best? {
        let values = series(metric).filter { $0.value.isFinite }
        let best =
            direction == .lower
            ? values.min { $0.value < $1.value }
            : values.max { $0.value < $1.value || $0.value == $1.value && $0.epoch > $1.epoch }
        guard let best, let row = rows.first(where: { $0.epoch == best.epoch }) else { return nil }
        let measured = zip(columns, row.values).compactMap { name, value in value.map { (name, $0) } }
        return RunSummary.Best(
            by: metric, epoch: best.epoch, metrics: Dictionary(measured) { first, _ in first })
    }
}
