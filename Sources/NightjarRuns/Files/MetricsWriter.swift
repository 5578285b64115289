// `metrics.csv` while it grows: one whole line an epoch, handed to the system at once.

import Foundation

/// Appends a row an epoch. Each row goes out in one write, so a process that is killed loses no finished row.
///
/// Not for sharing between threads. Rows hold no clock values: the same run gives the same bytes.
public final class MetricsWriter {
    /// Names of the values after `epoch`, in order.
    public let columns: [String]
    private let url: URL
    private let handle: FileHandle

    init(to url: URL, columns: [String], keepingEpochs: Int?) throws {
        self.columns = columns
        self.url = url
        var kept = CSV.line(["epoch"] + columns)
        if let keepingEpochs, FileManager.default.fileExists(atPath: url.path) {
            let table = try MetricsTable(contentsOf: url)
            guard table.columns == columns else {
                throw RunError(
                    "\(url.path): cannot go on with other metrics; the file has \(table.columns.joined(separator: ",")), "
                        + "the run has \(columns.joined(separator: ","))")
            }
            for row in table.rows where row.epoch <= keepingEpochs { kept += MetricsWriter.line(row) }
        }
        try AtomicFile.write(kept, to: url)
        do {
            handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
        } catch {
            throw RunError("\(url.path): could not open the file for writing (\(FileReason.of(error)))")
        }
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
        do {
            try handle.write(contentsOf: Data(MetricsWriter.line(MetricsRow(epoch: epoch, values: values)).utf8))
        } catch {
            throw RunError("\(url.path): could not write epoch \(epoch) (\(FileReason.of(error)))")
        }
    }

    private static func line(_ row: MetricsRow) -> String {
        CSV.line([String(row.epoch)] + row.values.map { $0.map(NumberText.shortest) ?? "" })
    }
}
