// Whether a table that stands on disk is what the runs say.

import Foundation

/// Compares `summary.csv` with the runs that it was made from.
public enum TableCheck {
    /// What is wrong, a line each; empty where every number is that of a run.
    /// - Throws: `RunError` for a table that cannot be read.
    public static func faults(in url: URL, of runs: [RunFolder]) throws -> [String] {
        let table = try SummaryFile.read(url)
        let known = runs.compactMap { run in
            (try? run.readSummary()).flatMap { $0 }.map { (run, $0) }
        }
        return table.rows.enumerated().compactMap { number, row in
            guard row.state == .finished else { return nil }
            let own = known.filter { run, summary in
                summary.status == .finished
                    && row.cell.allSatisfy { axis in
                        run.configuration.cell[axis: axis.name].map { $0.plainText == axis.value.plainText } ?? true
                    }
            }
            let place = "\(url.path), record \(number + 1)"
            guard !own.isEmpty else { return "\(place): there is no such run" }
            let faults = own.map { difference(row, $1) }
            // Several runs of one cell: one of them it must be.
            guard !faults.contains(nil), let fault = faults[0] else { return nil }
            return "\(place): \(fault)"
        }
    }

    private static func difference(_ row: RunRow, _ summary: RunSummary) -> String? {
        if row.epochs != summary.epochs { return "epochs is \(row.epochs), and the run has \(summary.epochs)" }
        let prefix = "metric_"
        for (name, value) in row.metrics.sorted(by: { $0.key < $1.key }) {
            let plain = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            guard let known = summary.values[name] ?? summary.values[plain] else { continue }
            if known != value {
                return "\(name) is \(NumberText.shortest(value)), and the run has \(NumberText.shortest(known))"
            }
        }
        return nil
    }
}
