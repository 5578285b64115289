// What a run has at any of its moments, read from its files.

import Foundation

/// The curves and arrays of one run. Files are read when they are needed, each once.
final class RunValues {
    private let folder: URL
    private let info: (String) -> MetricInfo?
    private var table: MetricsTable??
    private var run: RunFolder??
    private var arrays: [String: ArrayLogFile?] = [:]

    /// - Parameter info: declarations by name, for which way is better.
    init(_ folder: URL, info: @escaping (String) -> MetricInfo?) {
        self.folder = folder
        self.info = info
    }

    /// `metrics.csv`; nil where there is none.
    func curves() throws -> MetricsTable? {
        if let table { return table }
        let file = folder.appendingPathComponent("metrics.csv")
        let found = FileManager.default.fileExists(atPath: file.path) ? try MetricsTable(contentsOf: file) : nil
        table = .some(found)
        return found
    }

    /// A metric at a moment; nil where the run has none, or has no such moment.
    /// - Throws: `RunError` for a best epoch by a metric that does not say which way is better.
    func value(_ reference: MetricReference, at usual: RunMoment) throws -> Double? {
        let moment = reference.moment ?? usual
        if let entry = reference.entry, matrices().contains(where: { $0.name == entry.matrix }) {
            return try value(entry, at: moment)
        }
        guard let row = try row(moment, own: reference.metric), let table = try curves() else { return nil }
        if reference.metric == "epoch" { return Double(row.epoch) }
        guard let place = table.columns.firstIndex(of: reference.metric) else { return nil }
        return row.values[place]
    }

    /// The row of `metrics.csv` that a moment means.
    private func row(_ moment: RunMoment, own: String) throws -> MetricsRow? {
        guard let table = try curves() else { return nil }
        switch moment {
        case .final: return table.rows.last
        case .epoch(let epoch): return table.rows.first { $0.epoch == epoch }
        case .best(let name):
            let metric = info(name ?? own) ?? MetricInfo(name ?? own)
            _ = try RunSet.direction(metric)
            guard let best = table.best(by: metric.name, metric.direction) else { return nil }
            return table.rows.first { $0.epoch == best.epoch }
        }
    }

    private func value(_ entry: (matrix: String, row: String, column: String), at moment: RunMoment) throws -> Double? {
        guard let array = try matrix(entry.matrix) else { return nil }
        let names = array.rowNames(classNames())
        guard let row = names.rows.firstIndex(of: entry.row), let column = names.columns.firstIndex(of: entry.column)
        else {
            throw RunError(
                "the matrix '\(entry.matrix)' has no entry [\(entry.row),\(entry.column)]\n"
                    + "  rows are \(RunStore.shortList(names.rows)); columns are \(RunStore.shortList(names.columns))")
        }
        guard let place = try place(moment, in: array, of: entry.matrix) else { return nil }
        let value = try array.row(place)[row * array.shape[1] + column]
        return value.isNaN ? nil : value
    }

    /// Which row of an array belongs to a moment.
    private func place(_ moment: RunMoment, in array: ArrayLogFile, of name: String) throws -> Int? {
        guard array.rows > 0 else { return nil }
        if moment == .final { return array.rows - 1 }
        guard let first = try curves()?.rows.first?.epoch, let row = try row(moment, own: name) else { return nil }
        let (place, overflow) = row.epoch.subtractingReportingOverflow(first)
        return !overflow && (0..<array.rows).contains(place) ? place : nil
    }

    // MARK: Arrays

    /// The run with its configuration; nil where it cannot be read.
    func opened() -> RunFolder? {
        if let run { return run }
        let found = try? RunFolder.open(folder)
        run = .some(found)
        return found
    }

    /// The matrices that the run has kept, as they were declared.
    func matrices() -> [MetricInfo] {
        guard case .array(let list)? = opened()?.configuration.parts["arrays"] else { return [] }
        return list.compactMap(MetricInfo.init).filter { $0.kind == .matrix }
    }

    /// A matrix by its name; nil where the run has kept none.
    func matrix(_ name: String) throws -> ArrayLogFile? {
        guard matrices().contains(where: { $0.name == name }), let array = try array(name), array.shape.count == 2
        else { return nil }
        return array
    }

    private func array(_ name: String) throws -> ArrayLogFile? {
        if let known = arrays[name] { return known }
        let file = RunFolder.arrayURL(name, in: folder)
        let found = FileManager.default.fileExists(atPath: file.path) ? try ArrayLogFile(file) : nil
        arrays[name] = .some(found)
        return found
    }

    /// The names of the classes, where the run tells them.
    func classNames() -> [String] {
        guard case .array(let names)? = opened()?.configuration.parts["class_names"] else { return [] }
        return names.compactMap(\.stringValue)
    }

    /// A metric by sample at the end, from the ledger or an array of its own; nil where the run has kept none.
    func samples(_ name: String) throws -> [Double]? {
        if let run = opened(), let column = run.ledgerColumns.firstIndex(of: name),
            FileManager.default.fileExists(atPath: run.ledgerURL.path)
        {
            let ledger = try ArrayLogFile(run.ledgerURL)
            guard ledger.rows > 0, ledger.shape.count == 2, column < ledger.shape[1] else { return nil }
            let row = try ledger.row(ledger.rows - 1)
            return stride(from: column, to: row.count, by: ledger.shape[1]).map { row[$0] }
        }
        guard let array = try array(name), array.rows > 0, array.shape.count == 1 else { return nil }
        return try array.row(array.rows - 1)
    }
}

extension ArrayLogFile {
    /// What rows and columns of a matrix are called: the classes where it has as many, else numbers from 1.
    func rowNames(_ classNames: [String]) -> (rows: [String], columns: [String]) {
        func names(_ count: Int) -> [String] {
            count == classNames.count ? classNames : (0..<count).map { "\($0 + 1)" }
        }
        return shape.count == 2 ? (names(shape[0]), names(shape[1])) : ([], [])
    }
}
