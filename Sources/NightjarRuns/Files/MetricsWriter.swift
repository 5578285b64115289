// `metrics.csv` while it grows: one whole line an epoch, handed to the system at once.

import Foundation

/// Appends a row an epoch. Each row goes out in one write, so a process that is killed loses no finished row.
///
/// Not for sharing between threads. Rows hold no clock values: the same run gives the same bytes.
public final class MetricsWriter {
    /// Names of the values after `epoch`, in order.
    public private(set) var columns: [String]
    private let url: URL
    private var handle: FileHandle
    /// Of the header and all rows.
    private var sum: Checksum

    init(to url: URL, columns: [String], keepingEpochs: Int?) throws {
        self.url = url
        var own = columns
        var kept: [MetricsRow] = []
        if let keepingEpochs, FileManager.default.fileExists(atPath: url.path) {
            let table = try MetricsTable(contentsOf: url)
            // Columns that a script added on the way are there before the script adds them again.
            guard table.columns.starts(with: columns) else {
                throw RunError(
                    "\(url.path): cannot go on with other metrics; the file has \(table.columns.joined(separator: ",")), "
                        + "the run has \(columns.joined(separator: ","))")
            }
            own = table.columns
            kept = table.rows.filter { $0.epoch <= keepingEpochs }
        }
        self.columns = own
        (handle, sum) = try MetricsWriter.write(kept, columns: own, to: url)
    }

    /// What stands in the file, for a checkpoint: the number of columns, and the sum of the header and all rows.
    public var checksum: String { "\(columns.count):\(sum.text)" }

    /// Waits until all rows are on the disk.
    /// - Throws: `RunError`, also where the file is no longer there.
    public func flush() throws {
        try OwnFile.check(url, is: handle.fileDescriptor)
        do {
            try AtomicFile.flush(handle.fileDescriptor)
        } catch {
            throw RunError("\(url.path): \(FileReason.of(error))")
        }
    }

    static func header(_ columns: [String]) -> String { CSV.line(["epoch"] + columns) }

    private static func write(_ rows: [MetricsRow], columns: [String], to url: URL) throws -> (FileHandle, Checksum) {
        let text = header(columns) + rows.map(line).joined()
        try AtomicFile.write(text, to: url, flushed: !rows.isEmpty)
        var sum = Checksum()
        sum.add(text)
        let handle = try OwnFile.handle(url, O_WRONLY)
        do {
            try handle.seekToEnd()
        } catch {
            throw RunError("\(url.path): could not open the file for writing (\(FileReason.of(error)))")
        }
        return (handle, sum)
    }

    /// Writes one row by names. A name that is new becomes a column, empty in the rows before.
    public func append(epoch: Int, _ values: [String: Double?]) throws {
        let new = values.keys.filter { !columns.contains($0) }.sorted()
        if !new.isEmpty {
            let table = try MetricsTable(contentsOf: url)
            let rows = table.rows.map { MetricsRow(epoch: $0.epoch, values: $0.values + new.map { _ in nil }) }
            try? handle.close()
            columns += new
            (handle, sum) = try MetricsWriter.write(rows, columns: columns, to: url)
        }
        try append(epoch: epoch, columns.map { values[$0] ?? nil })
    }

    deinit { try? handle.close() }

    /// Writes one row.
    /// - Parameters:
    ///   - epoch: the epoch just finished, counted from 1.
    ///   - values: one for each column; nil where a metric is not defined, which leaves the field empty.
    public func append(epoch: Int, _ values: [Double?]) throws {
        guard values.count == columns.count else {
            throw RunError("\(url.path): epoch \(epoch) has \(values.count) values for \(columns.count) columns")
        }
        let line = MetricsWriter.line(MetricsRow(epoch: epoch, values: values))
        sum.add(line)
        do {
            try handle.write(contentsOf: Data(line.utf8))
        } catch {
            throw RunError("\(url.path): could not write epoch \(epoch) (\(FileReason.of(error)))")
        }
    }

    static func line(_ row: MetricsRow) -> String {
        CSV.line([String(row.epoch)] + row.values.map { $0.map(NumberText.shortest) ?? "" })
    }
}
