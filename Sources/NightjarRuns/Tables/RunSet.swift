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
        /// In the experiment's order, as far as it or a run tells one; else numbers ascending, and texts in theirs
        /// (``AxisOrder``).
        public let values: [JSONValue]
        public let isReplicate: Bool

        /// The value at a position; null where there is none.
        func value(at place: Int) -> JSONValue { values.indices.contains(place) ? values[place] : .null }
    }

    public let axes: [Axis]
    /// In the order in which they were declared.
    public let metrics: [MetricInfo]
    /// By axes, the first changing slowest.
    public let rows: [RunRow]
    /// The path of the folder of each row; nil for a cell without one.
    private let paths: [String?]
    /// The folder of each row; nil for a cell without one.
    public var folders: [URL?] { rows.indices.map { folder($0) } }
    /// The folder of a row; nil for a cell without one.
    public func folder(_ row: Int) -> URL? { paths[row].map { URL(fileURLWithPath: $0, isDirectory: true) } }
    /// Of each row, the positions of its values among those of the axes; `Int.max` where it has none.
    let places: [[Int]]
    /// What a reader has to know of the values; empty where they are those at the end.
    public private(set) var remark = ""
    /// How many runs are not among the rows, since a newer text of their script, or a later attempt, made their cells anew.
    public private(set) var outdated = 0

    /// What the run of each row was made of: the experiment, and its texts.
    private struct Making {
        let experiment: String
        let texts: RunTexts
    }
    private var makings: [Making?] = []

    /// Says so, and whether runs of several texts stand side by side; empty where all runs that were given are here and
    /// were made of the same texts.
    var versionsText: String {
        var parts: [String] = []
        if outdated > 0 {
            let (runs, cells) = outdated == 1 ? ("run", "cell") : ("runs", "cells")
            parts.append("\(outdated) \(runs) left out whose \(cells) ran anew since")
        }
        let experiments = Dictionary(grouping: makings.compactMap { $0 }, by: \.experiment)
        let changed = Set(experiments.values.flatMap { RunVersions.changed($0.lazy.map(\.texts)) })
        if !changed.isEmpty {
            let names = changed.sorted().map { $0 == "script" ? "the script" : String($0.dropFirst("file ".count)) }
            parts.append("cells were made with different versions of \(names.joined(separator: ", "))")
        }
        return parts.joined(separator: "; ")
    }

    /// Where values at the end are not those of one epoch: `ended after 3 to 12 epochs`.
    var endsText: String? {
        let ends = rows.filter { $0.state == .finished && $0.epochs > 0 }.map(\.epochs)
        guard let least = ends.min(), let most = ends.max(), least < most else { return nil }
        return "ended after \(least) to \(most) epochs"
    }

    /// Axes whose values repeat the same setting.
    public var replicates: [Axis] { axes.filter(\.isReplicate) }
    /// Axes of settings that are compared.
    public var factors: [Axis] { axes.filter { !$0.isReplicate } }
    /// Whether runs differ in an axis: in its value, or in having it.
    func varies(_ axis: Axis) -> Bool {
        if axis.values.count > 1 { return true }
        guard let place = axes.firstIndex(where: { $0.name == axis.name }) else { return false }
        return places.contains { $0[place] == Int.max }
    }
    /// Metrics that are shown without being asked for: those that some run defines.
    public var headlines: [MetricInfo] {
        metrics.filter { metric in metric.isHeadline && rows.contains { $0.value(metric.name) != nil } }
    }

    /// A metric by name.
    public func metric(_ name: String) -> MetricInfo? { metrics.first { $0.name == name } }

    /// A run, as sets are made from it: what is known without its configuration, and that when it is needed.
    private struct Source {
        var row: RunRow
        /// By which its cell is told from others.
        var key: String
        let experiment: String
        let replicates: [String]
        let metrics: [MetricInfo]
        let folder: String
        /// Whether its script is no experiment, so that its settings alone say what it is about.
        let isPlain: Bool
        let texts: RunTexts
        let order: AxisOrder
        let started: String?
        let configuration: () throws -> RunConfiguration
    }

    /// - Parameters:
    ///   - runs: their folders; the summary of each is read.
    ///   - cells: all cells of the experiment, in order; those without a run become rows that say so. nil: unknown.
    ///   - axes: the axes of the experiment, for the order of their values.
    /// - Throws: `RunError` for a summary that cannot be read.
    public init(_ runs: [RunFolder], cells: [[CellSetting]]? = nil, axes known: [SweepAxis] = []) throws {
        try self.init(runs, summaries: try runs.map { try $0.readSummary() }, cells: cells, axes: known)
    }

    /// The same, of summaries that have been read.
    public init(
        _ runs: [RunFolder], summaries: [RunSummary?], cells: [[CellSetting]]? = nil, axes known: [SweepAxis] = []
    ) throws {
        try self.init(
            zip(runs, summaries).map { run, summary in
                Source(
                    row: RunRow(run.configuration.cell, summary), key: RunSet.key(run.configuration.cell),
                    experiment: run.configuration.experiment, replicates: run.configuration.replicates,
                    metrics: run.configuration.metrics, folder: run.url.path, isPlain: run.configuration.cell.isEmpty,
                    texts: run.configuration.texts, order: run.configuration.axisOrder,
                    started: summary?.started.map(RunSummary.stamp), configuration: { run.configuration })
            }, cells: cells, axes: known)
    }

    /// A set of runs as a store knows them. Their experiment is an axis where they are of several.
    /// - Parameter keepingAll: whether runs stay whose cells were made anew with other texts, which no table takes a mean
    ///   over.
    /// - Throws: `RunError` where runs have the same cell and the configuration of one cannot be read.
    public init(_ records: [RunRecord], in store: RunStore, keepingAll: Bool = false) throws {
        let isMixed = Set(records.map(\.experiment)).count > 1
        let root = store.runsDirectory.path
        try self.init(
            records.map { record in
                var row = record.row
                let id = record.id
                if isMixed, row.cell[axis: "experiment"] == nil {
                    row.cell.insert(CellSetting("experiment", .string(record.experiment)), at: 0)
                }
                return Source(
                    row: row, key: isMixed ? record.experiment + "\n" + record.cellKey : record.cellKey,
                    experiment: record.experiment, replicates: record.replicates, metrics: record.declared,
                    folder: root + "/" + id, isPlain: record.cell.isEmpty, texts: record.texts,
                    order: record.order, started: record.started,
                    configuration: { try RunFolder.open(store.folder(of: id)).configuration })
            }, cells: nil, axes: [], keepingAll: keepingAll)
    }

    private init(
        _ all: [Source], cells: [[CellSetting]]?, axes known: [SweepAxis], keepingAll: Bool = false
    ) throws {
        let sources = keepingAll ? all : try RunSet.current(all)
        outdated = all.count - sources.count
        var rows = sources.map(\.row)
        let groups = Set(sources.map(\.key))
        let extra = try RunSet.extra(sources)
        let seeds = extra.seeds
        if !extra.names.isEmpty {
            for place in rows.indices { rows[place].cell += extra.settings(place) }
        }
        var paths: [String?] = sources.map(\.folder)
        for cell in cells ?? [] where !groups.contains(RunSet.key(cell)) {
            rows.append(RunRow(cell: cell, state: .missing))
            paths.append(nil)
        }
        var replicates = Set(sources.flatMap(\.replicates))
        replicates.formUnion(seeds)
        replicates.formUnion(known.filter(\.isReplicate).map(\.name))
        let axes = RunSet.axes(rows, known: known, orders: RunSet.orders(sources), replicates: replicates)
        let (order, places) = RunSet.order(rows, axes)
        self.axes = axes
        self.places = places
        let names = axes.map(\.name)
        self.rows = order.map { index in
            var row = rows[index]
            if row.cell.map(\.name) != names {
                row.cell = names.compactMap { name in row.cell.first { $0.name == name } }
            }
            return row
        }
        self.paths = order.map { paths[$0] }
        let makings = sources.map { Making(experiment: $0.experiment, texts: $0.texts) }
        self.makings = order.map { makings.indices.contains($0) ? makings[$0] : nil }
        metrics = RunSet.metrics(sources.map(\.metrics), rows)
    }

    /// A set made of rows, for tests and for tables of what is no run.
    public init(axes: [SweepAxis], metrics: [MetricInfo], rows: [RunRow]) {
        let found = RunSet.axes(rows, known: axes, replicates: Set(axes.filter(\.isReplicate).map(\.name)))
        self.axes = found
        self.metrics = metrics
        let (order, places) = RunSet.order(rows, found)
        self.places = places
        self.rows = order.map { rows[$0] }
        paths = rows.map { _ in nil }
    }

    private init(
        axes: [Axis], metrics: [MetricInfo], rows: [RunRow], paths: [String?], places: [[Int]], remark: String,
        outdated: Int, makings: [Making?]
    ) {
        self.axes = axes
        self.metrics = metrics
        self.rows = rows
        self.paths = paths
        self.places = places
        self.remark = remark
        self.outdated = outdated
        self.makings = makings
    }

    /// The same runs with other declarations, or with other values in the same cells.
    func with(
        axes: [Axis]? = nil, metrics: [MetricInfo]? = nil, rows: [RunRow]? = nil, remark: String? = nil
    ) -> RunSet {
        RunSet(
            axes: axes ?? self.axes, metrics: metrics ?? self.metrics, rows: rows ?? self.rows, paths: paths,
            places: places, remark: remark ?? self.remark, outdated: outdated, makings: makings)
    }

    /// The rows that a condition holds for, with the same axes and metrics.
    public func filter(_ isIncluded: (RunRow) -> Bool) -> RunSet {
        let kept = rows.indices.filter { isIncluded(rows[$0]) }
        return RunSet(
            axes: axes, metrics: metrics, rows: kept.map { rows[$0] }, paths: kept.map { paths[$0] },
            places: kept.map { places[$0] }, remark: remark, outdated: outdated,
            makings: makings.isEmpty ? [] : kept.map { makings[$0] })
    }

    /// `metrics.csv` of a row's run; nil for a row without a run, and for a run without that file.
    /// - Throws: `RunError` for a file that cannot be read.
    public func curves(_ row: Int) throws -> MetricsTable? {
        guard let file = folder(row)?.appendingPathComponent("metrics.csv"),
            FileManager.default.fileExists(atPath: file.path)
        else { return nil }
        return try MetricsTable(contentsOf: file)
    }

    /// The text by which cells are told apart.
    static func key(_ cell: [CellSetting]) -> String {
        JSONValue.array(cell.map(\.json)).text(pretty: false)
    }

    // MARK: How it comes about

    /// In what runs of one cell differ that is no axis: only they can.
    private struct Extra {
        var names: [String] = []
        /// Those of the names that are seeds.
        var seeds: [String] = []
        var configurations: [RunConfiguration] = []

        /// What a run has there.
        func settings(_ place: Int, _ wanted: [String]? = nil) -> [CellSetting] {
            (wanted ?? names).map { CellSetting($0, RunDifferences.value($0, of: configurations[place]) ?? .null) }
        }
    }

    private static func extra(_ sources: [Source]) throws -> Extra {
        guard Set(sources.map(\.key)).count < sources.count else { return Extra() }
        let configurations = try sources.map { try $0.configuration() }
        let differences = RunDifferences.names(configurations)
        let seeds = RunDifferences.seeds(configurations, extra: differences)
        return Extra(names: differences + seeds, seeds: seeds, configurations: configurations)
    }

    /// The runs that count, see ``RunVersions``. No file is read where each cell has one run.
    private static func current(_ all: [Source]) throws -> [Source] {
        func run(_ source: Source, _ others: (setting: String, all: String)? = nil) -> RunVersions.Run {
            let factors = source.row.cell.filter { !source.replicates.contains($0.name) }
            // An experiment's script that changed made its cells anew; what a plain script is about, its settings tell.
            let setting = source.isPlain ? others?.setting : key(factors)
            return RunVersions.Run(
                cell: source.key, setting: setting.map { source.experiment + "\n" + $0 },
                others: others?.all ?? "", texts: source.texts, started: source.started,
                isFailed: source.row.state == .failed, folder: source.folder)
        }
        var sources = all
        let experiments = Dictionary(grouping: sources.indices) { sources[$0].experiment }
        if experiments.values.contains(where: { RunVersions.anyDiffer($0.lazy.map { all[$0].texts }) }) {
            sources = RunVersions.newest(sources.map { run($0) }).map { sources[$0] }
        }
        let extra = try extra(sources)
        guard !extra.configurations.isEmpty else { return sources }
        let differences = extra.names.filter { !extra.seeds.contains($0) }
        let runs = sources.enumerated().map { place, source in
            var run = run(source, (key(extra.settings(place, differences)), key(extra.settings(place))))
            run.isEmpty = extra.configurations[place].isEmpty
            return run
        }
        let kept = RunVersions.newest(runs)
        return RunVersions.last(kept.map { runs[$0] }).map { sources[kept[$0]] }
    }

    /// The orders of the values of axes that runs have kept, those of newer runs first.
    private static func orders(_ sources: [Source]) -> [String: [[JSONValue]]] {
        var distinct: [(order: AxisOrder, started: String)] = []
        for source in sources where !source.order.lists.isEmpty {
            let started = source.started ?? ""
            if let known = distinct.firstIndex(where: { $0.order == source.order }) {
                distinct[known].started = max(distinct[known].started, started)
            } else {
                distinct.append((source.order, started))
            }
        }
        var orders: [String: [[JSONValue]]] = [:]
        for (order, _) in distinct.sorted(by: { $0.started > $1.started }) {
            for (name, list) in order.lists where orders[name]?.contains(list) != true {
                orders[name, default: []].append(list)
            }
        }
        return orders
    }

    private static func axes(
        _ rows: [RunRow], known: [SweepAxis], orders: [String: [[JSONValue]]] = [:], replicates: Set<String>
    ) -> [Axis] {
        var names = known.map(\.name)
        var places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        var values: [[JSONValue]] = names.map { _ in [] }
        var seen: [Set<JSONValue>] = names.map { _ in [] }
        var shared: Set<ObjectIdentifier> = []
        for row in rows {
            for setting in row.cell where shared.insert(setting.identity).inserted {
                let place: Int
                if let known = places[setting.name] {
                    place = known
                } else {
                    place = names.count
                    places[setting.name] = place
                    names.append(setting.name)
                    values.append([])
                    seen.append([])
                }
                if seen[place].insert(setting.value).inserted { values[place].append(setting.value) }
            }
        }
        return zip(names, values).compactMap { name, found in
            guard !found.isEmpty else { return nil }
            let listed = (known.first { $0.name == name }?.values).map { [$0] } ?? []
            // What a command restricted, in the order that values have by themselves, says nothing of the others.
            let isOrder = listed.allSatisfy { list in
                Set(list).isSuperset(of: found) || list != AxisOrder.sorted(list)
            }
            let sorted = AxisOrder.sorted(found, by: (isOrder ? listed : []) + (orders[name] ?? []))
            return Axis(name: name, values: sorted, isReplicate: replicates.contains(name))
        }
    }

    private static func order(_ rows: [RunRow], _ axes: [Axis]) -> (order: [Int], places: [[Int]]) {
        let known = axes.map { axis in
            Dictionary(axis.values.enumerated().map { ($1, $0) }) { first, _ in first }
        }
        // Of settings that runs share, looked up once.
        var places: [ObjectIdentifier: Int] = [:]
        let keys = rows.map { row in
            axes.indices.map { axis -> Int in
                // Mostly the cell has the axes in their order.
                let isInOrder = row.cell.indices.contains(axis) && row.cell[axis].name == axes[axis].name
                guard let setting = isInOrder ? row.cell[axis] : row.cell.first(where: { $0.name == axes[axis].name })
                else { return Int.max }
                if let place = places[setting.identity] { return place }
                let place = known[axis][setting.value] ?? Int.max
                places[setting.identity] = place
                return place
            }
        }
        let order = rows.indices.sorted { left, right in
            keys[left] == keys[right] ? left < right : keys[left].lexicographicallyPrecedes(keys[right])
        }
        return (order, order.map { keys[$0] })
    }

    private static func metrics(_ declared: [[MetricInfo]], _ rows: [RunRow]) -> [MetricInfo] {
        var metrics: [MetricInfo] = []
        var seen: Set<String> = []
        // Runs of one script share the list.
        var last: UnsafePointer<MetricInfo>?
        for list in declared {
            let place = list.withUnsafeBufferPointer(\.baseAddress)
            if place == last, place != nil { continue }
            last = place
            for metric in list where seen.insert(metric.name).inserted { metrics.append(metric) }
        }
        // What a run recorded without declaring it.
        var others: Set<String> = []
        var names: Set<ObjectIdentifier> = []
        for row in rows where names.insert(ObjectIdentifier(row.metrics.names)).inserted {
            others.formUnion(row.metrics.keys.filter { !seen.contains($0) })
        }
        // Behind them what they had at other epochs, in their order.
        let places = Dictionary(metrics.enumerated().map { ($1.name, $0) }) { first, _ in first }
        func key(_ name: String) -> (Int, Int, String) {
            let reference = MetricReference(name)
            return (reference.moment == nil ? 0 : 1, places[reference.metric] ?? -1, name)
        }
        for (_, name) in others.map({ (key($0), $0) }).sorted(by: { $0.0 < $1.0 }) {
            // What is of another moment comes behind what it is of.
            metrics.append(RunSet.undeclared(name, among: metrics))
        }
        return metrics
    }
}

extension RunRow {
    init(_ cell: [CellSetting], _ summary: RunSummary?) {
        self.init(
            cell: cell, state: State(summary?.status ?? .running), epochs: summary?.epochs ?? 0,
            metrics: summary?.values ?? [:], message: summary?.message, seconds: summary?.seconds ?? 0)
    }
}
