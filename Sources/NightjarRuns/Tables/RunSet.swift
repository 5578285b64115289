// A set of runs that belong together, with all that tells them apart.

import Foundation

/// Runs of an experiment as a table: axes, metrics, and a row for each run and for each cell that has none.
///
/// Nothing is known by name: axes come from the cells, titles and units from the runs' declarations. Settings and
/// components in which runs of one and the same cell differ become axes as well, so that no row hides another.
public struct RunSet: Sendable {
    /// What tells runs apart, and the values that occur.
    public struct Axis: Sendable, Equatable {
        public let name: String
        /// In the experiment's order; numbers that it does not list are in ascending order behind those it does.
        public let values: [JSONValue]
        public let isReplicate: Bool
    }

    public let axes: [Axis]
    /// In the order in which they were declared.
    public let metrics: [MetricInfo]
    /// By axes, the first changing slowest.
    public let rows: [RunRow]
    /// The folder of each row; nil for a cell without one.
    public let folders: [RunFolder?]

    /// Axes whose values repeat the same setting.
    public var replicates: [Axis] { axes.filter(\.isReplicate) }
    /// Axes of settings that are compared.
    public var factors: [Axis] { axes.filter { !$0.isReplicate } }
    /// Metrics that are shown without being asked for: those that some run defines.
    public var headlines: [MetricInfo] {
        metrics.filter { metric in metric.isHeadline && rows.contains { $0.value(metric.name) != nil } }
    }

    /// A metric by name.
    public func metric(_ name: String) -> MetricInfo? { metrics.first { $0.name == name } }

    /// - Parameters:
    ///   - runs: their folders; the summary of each is read.
    ///   - cells: all cells of the experiment, in order; those without a run become rows that say so. nil: unknown.
    ///   - axes: the axes of the experiment, for the order of their values.
    /// - Throws: `RunError` for a summary that cannot be read.
    public init(_ runs: [RunFolder], cells: [[CellSetting]]? = nil, axes known: [SweepAxis] = []) throws {
        let summaries = try runs.map { try $0.readSummary() }
        self.init(runs, summaries: summaries, cells: cells, axes: known)
    }

    /// The same, of summaries that have been read.
    public init(
        _ runs: [RunFolder], summaries: [RunSummary?], cells: [[CellSetting]]? = nil, axes known: [SweepAxis] = []
    ) {
        let configurations = runs.map(\.configuration)
        let differences = RunDifferences.names(configurations)
        let seeds = RunDifferences.seeds(configurations, extra: differences)
        let extra = differences + seeds
        var rows = zip(configurations, summaries).map { configuration, summary in
            RunRow(configuration, summary, extra: extra)
        }
        var folders: [RunFolder?] = runs
        let present = Set(configurations.map { RunSet.key($0.cell) })
        for cell in cells ?? [] where !present.contains(RunSet.key(cell)) {
            rows.append(RunRow(cell: cell, state: .missing))
            folders.append(nil)
        }
        var replicates = Set(configurations.flatMap(\.replicates))
        replicates.formUnion(seeds)
        replicates.formUnion(known.filter(\.isReplicate).map(\.name))
        let axes = RunSet.axes(rows, known: known, replicates: replicates)
        let order = RunSet.order(rows, axes)
        self.axes = axes
        self.rows = order.map { index in
            var row = rows[index]
            row.cell = axes.compactMap { axis in row.cell.first { $0.name == axis.name } }
            return row
        }
        self.folders = order.map { folders[$0] }
        metrics = RunSet.metrics(configurations, rows)
    }

    /// A set made of rows, for tests and for tables of what is no run.
    public init(axes: [SweepAxis], metrics: [MetricInfo], rows: [RunRow]) {
        let found = RunSet.axes(rows, known: axes, replicates: Set(axes.filter(\.isReplicate).map(\.name)))
        self.axes = found
        self.metrics = metrics
        let order = RunSet.order(rows, found)
        self.rows = order.map { rows[$0] }
        folders = rows.map { _ in nil }
    }

    private init(axes: [Axis], metrics: [MetricInfo], rows: [RunRow], folders: [RunFolder?]) {
        self.axes = axes
        self.metrics = metrics
        self.rows = rows
        self.folders = folders
    }

    /// The rows that a condition holds for, with the same axes and metrics.
    public func filter(_ isIncluded: (RunRow) -> Bool) -> RunSet {
        let kept = rows.indices.filter { isIncluded(rows[$0]) }
        return RunSet(axes: axes, metrics: metrics, rows: kept.map { rows[$0] }, folders: kept.map { folders[$0] })
    }

    /// `metrics.csv` of a row's run; nil for a row without a run, and for a run without that file.
    /// - Throws: `RunError` for a file that cannot be read.
    public func curves(_ row: Int) throws -> MetricsTable? {
        guard let folder = folders[row], FileManager.default.fileExists(atPath: folder.metricsURL.path) else {
            return nil
        }
        return try folder.readMetrics()
    }

    /// The text by which cells are told apart.
    static func key(_ cell: [CellSetting]) -> String {
        JSONValue.array(cell.map(\.json)).text(pretty: false)
    }

    // MARK: How it comes about

    private static func axes(_ rows: [RunRow], known: [SweepAxis], replicates: Set<String>) -> [Axis] {
        var names = known.map(\.name)
        var seen = Set(names)
        var values: [String: [JSONValue]] = [:]
        var texts: [String: Set<String>] = [:]
        for row in rows {
            for setting in row.cell {
                if seen.insert(setting.name).inserted { names.append(setting.name) }
                if texts[setting.name, default: []].insert(setting.value.text(pretty: false)).inserted {
                    values[setting.name, default: []].append(setting.value)
                }
            }
        }
        return names.compactMap { name in
            guard let found = values[name] else { return nil }
            let listed = (known.first { $0.name == name }?.values ?? []).filter { found.contains($0) }
            let others = found.filter { !listed.contains($0) }
            let numbers = others.allSatisfy { $0.doubleValue != nil }
            let sorted =
                numbers ? others.sorted { ($0.doubleValue ?? 0) < ($1.doubleValue ?? 0) } : others
            return Axis(name: name, values: listed + sorted, isReplicate: replicates.contains(name))
        }
    }

    private static func order(_ rows: [RunRow], _ axes: [Axis]) -> [Int] {
        let places = axes.map { axis in
            Dictionary(axis.values.enumerated().map { ($1.text(pretty: false), $0) }) { first, _ in first }
        }
        let keys = rows.map { row in
            zip(axes, places).map { axis, places in
                row.cell[axis: axis.name].flatMap { places[$0.text(pretty: false)] } ?? Int.max
            }
        }
        return rows.indices.sorted { left, right in
            keys[left] == keys[right] ? left < right : keys[left].lexicographicallyPrecedes(keys[right])
        }
    }

    private static func metrics(_ configurations: [RunConfiguration], _ rows: [RunRow]) -> [MetricInfo] {
        var metrics: [MetricInfo] = []
        var seen: Set<String> = []
        for metric in configurations.flatMap(\.metrics) where seen.insert(metric.name).inserted {
            metrics.append(metric)
        }
        // What a run recorded without declaring it.
        for name in Set(rows.flatMap(\.metrics.keys)).subtracting(seen).sorted() { metrics.append(MetricInfo(name)) }
        return metrics
    }
}

extension RunRow {
    init(_ configuration: RunConfiguration, _ summary: RunSummary?, extra: [String]) {
        let states: [RunStatus: State] = [
            .finished: .finished, .failed: .failed, .interrupted: .interrupted, .running: .running,
        ]
        self.init(
            cell: configuration.cell
                + extra.map { CellSetting($0, RunDifferences.value($0, of: configuration) ?? .null) },
            state: summary.flatMap { states[$0.status] } ?? .running, epochs: summary?.epochs ?? 0,
            metrics: summary?.metrics ?? [:], message: summary?.message, seconds: summary?.seconds ?? 0)
    }
}
