// What a table shows, in the grammar that scripts, the command line and the report share.

import NightjarTensor

/// A table: which axes stand in lines and columns, which metrics, over which runs, at which moment, and what of them.
public struct TableSpec: Sendable, Equatable {
    /// What is shown of a metric over the runs of a group.
    public enum Statistic: String, Sendable, CaseIterable {
        case mean
        /// The sample standard deviation.
        case deviation = "sd"
        /// The 95 % t-interval of the mean.
        case interval = "ci"
        /// How many runs define it.
        case count = "n"
        case median
        case lowest = "min"
        case highest = "max"

        /// For the line under a table.
        static func phrase(_ statistics: [Statistic]) -> String {
            if statistics == [.mean, .deviation] { return "mean ± sample standard deviation" }
            return statistics.map { statistic in
                switch statistic {
                case .mean: "mean"
                case .deviation: "± sample standard deviation"
                case .interval: "[95 % t-interval]"
                case .count: "(number of runs)"
                case .median: "median"
                case .lowest: "lowest"
                case .highest: "highest"
                }
            }.joined(separator: ", ")
        }
    }

    /// Axes in lines, in this order; nil: all that do not stand elsewhere. Axes with several values that are named
    /// nowhere stand in lines behind these: no number is a mean over what differs.
    public var rows: [String]?
    /// Axes in columns; nil: the last with a few values, where no rows are named either.
    public var columns: [String]?
    /// Metrics as ``MetricReference`` reads them; nil: the headline metrics.
    public var metrics: [String]?
    /// The axes that statistics are taken over; nil: those that the runs declare as replicates.
    public var over: [String]?
    public var statistics: [Statistic] = [.mean, .deviation]
    /// Which values of a run count.
    public var moment = RunMoment.final
    /// What differences are taken to; nil: none are.
    public var baseline: Report.Baseline?

    public init() {}

    /// The table of a set of runs.
    /// - Throws: `RunError` for axes and metrics that the runs do not have, and for metrics that cannot be read.
    public func table(_ set: RunSet) throws -> ResultTable {
        var set = set
        if let over { set = try set.pooled(over: over) }
        let original = set
        set = try set.at(moment)
        var shown = set.headlines
        if let metrics { (set, shown) = try set.resolving(metrics, of: original, at: moment) }
        let lines = try rows?.map { try set.named(factor: $0) }
        let columns = try self.columns?.map { try set.named(factor: $0) }
        if let twice = rows?.first(where: { self.columns?.contains($0) == true }) {
            throw RunError("the axis '\(twice)' cannot stand in rows and in columns")
        }
        guard lines != nil || columns != nil else {
            return ResultTable(set, metrics: shown, statistics: statistics)
        }
        let named = Set(((lines ?? []) + (columns ?? [])).map(\.name))
        let rest = set.factors.filter { set.varies($0) && !named.contains($0.name) }
        return ResultTable(
            set, metrics: shown, lines: (lines ?? []) + rest, columns: columns ?? [], statistics: statistics)
    }

    /// Differences to the baseline in all metrics of a table, replicate by replicate.
    /// - Throws: `RunError` for an axis or a value that the runs do not have.
    public func differences(_ table: ResultTable) throws -> DifferenceTable? {
        guard let baseline else { return nil }
        let found = try baseline.checked(table.set)
        return DifferenceTable(
            differences: PairedDifference.all(
                table.set, metrics: table.metrics, axis: found.axis, baseline: found.value),
            axis: found.axis, baseline: found.value, set: table.set)
    }
}

extension RunSet {
    /// An axis by its name.
    /// - Throws: `RunError` with the nearest name.
    func named(axis name: String) throws -> Axis {
        if let axis = axes.first(where: { $0.name == name }) { return axis }
        throw RunError(RunSet.unknown("there is no axis", name, axes.map(\.name), "axes"))
    }

    /// An axis that is no replicate.
    func named(factor name: String) throws -> Axis {
        let axis = try named(axis: name)
        guard axis.isReplicate else { return axis }
        throw RunError(
            "the axis '\(name)' repeats runs, statistics are taken over it: to show its values, take them over other axes "
                + "(--over, over = { ... })")
    }

    package func named(metric name: String) throws -> MetricInfo {
        if let metric = metric(name) { return metric }
        // As headings have it, J1 for j1.
        let alike = metrics.filter { metric in
            [metric.name, metric.title].contains { $0.lowercased() == name.lowercased() }
        }
        if alike.count == 1 { return alike[0] }
        let names = metrics.map(\.name).filter { MetricReference($0).moment == nil }
        if names.isEmpty, !rows.contains(where: { $0.state == .finished }) {
            let state = RunStateCount(rows).text
            throw RunError("there is no metric '\(name)': no run has finished\(state.isEmpty ? "" : " (\(state))")")
        }
        throw RunError(RunSet.unknown("there is no metric", name, names, "metrics"))
    }

    /// The same runs with other headline metrics.
    /// - Throws: `RunError` for a metric that they do not have.
    public func showing(_ names: [String]) throws -> RunSet {
        let (set, shown) = try resolving(names)
        let wanted = Set(shown.map(\.name))
        let all = shown + set.metrics.filter { !wanted.contains($0.name) }
        return set.with(
            metrics: all.map { metric in
                var metric = metric
                metric.isHeadline = wanted.contains(metric.name)
                return metric
            })
    }

    static func unknown(_ what: String, _ name: String, _ known: [String], _ kind: String) -> String {
        let near = nearestName(to: name, in: known).map { ": did you mean '\($0)'?" } ?? ""
        let list = known.isEmpty ? "these runs have no \(kind)" : "\(kind) are \(RunStore.shortList(known))"
        return "\(what) '\(name)'\(near)\n  \(list)"
    }

    /// The same runs with other replicates: statistics are taken over exactly these axes.
    func pooled(over names: [String]) throws -> RunSet {
        for name in names { _ = try named(axis: name) }
        let axes = axes.map { Axis(name: $0.name, values: $0.values, isReplicate: names.contains($0.name)) }
        return with(axes: axes)
    }
}
