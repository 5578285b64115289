// Mean and spread over replicates for every setting that an experiment compares.

/// Groups the rows of a set by all axes that are no replicates, and lays them out in lines and columns.
///
/// The last axis with several values stands in columns where it has at most ``mostColumns``; all others stand in lines.
public struct ResultTable: Sendable {
    /// Runs that differ in nothing but their replicates.
    public struct Group: Sendable {
        /// The values of the set's factors, in their order.
        public let key: [JSONValue]
        public let rows: [RunRow]

        /// A metric over the runs of the group that finished and define it; nil where none does.
        public func statistics(_ metric: String) -> SeedStatistics? {
            SeedStatistics(rows.compactMap { $0.value(metric) })
        }

        /// Rows that have no final value because the run failed, was stopped or is missing.
        public var lacking: Int { rows.count { $0.state != .finished } }
    }

    public static let mostColumns = 8

    public let set: RunSet
    public let metrics: [MetricInfo]
    public let groups: [Group]
    /// Axes in lines: those with several values.
    public let lineAxes: [RunSet.Axis]
    /// The axis in columns; nil where metrics are.
    public let columnAxis: RunSet.Axis?
    /// Axes with one value, which are said once.
    public let fixedAxes: [RunSet.Axis]
    private let index: [String: Int]

    /// - Parameters:
    ///   - metrics: what to show; nil: what is declared as a headline.
    ///   - column: the axis that stands in columns; nil: the last that fits.
    public init(_ set: RunSet, metrics: [MetricInfo]? = nil, column: String? = nil) {
        self.set = set
        self.metrics = metrics ?? set.headlines
        let factors = set.factors
        var groups: [Group] = []
        var index: [String: Int] = [:]
        var rows: [[RunRow]] = []
        var keys: [[JSONValue]] = []
        for row in set.rows {
            let key = factors.map { row.cell[axis: $0.name] ?? .null }
            let text = JSONValue.array(key).text(pretty: false)
            if let known = index[text] {
                rows[known].append(row)
            } else {
                index[text] = rows.count
                rows.append([row])
                keys.append(key)
            }
        }
        for (key, rows) in zip(keys, rows) { groups.append(Group(key: key, rows: rows)) }
        self.groups = groups
        self.index = index
        let varying = factors.filter { $0.values.count > 1 }
        fixedAxes = factors.filter { $0.values.count == 1 }
        let chosen = column.flatMap { name in varying.first { $0.name == name } }
        let last = varying.last.flatMap { $0.values.count <= ResultTable.mostColumns ? $0 : nil }
        columnAxis = chosen ?? (varying.count > 1 ? last : nil)
        let inColumns = columnAxis?.name
        lineAxes = varying.filter { $0.name != inColumns }
    }

    /// The group of these values, given by the names of axes; axes with one value need not be named.
    public func group(_ values: [String: JSONValue]) -> Group? {
        let key = set.factors.map { values[$0.name] ?? ($0.values.count == 1 ? $0.values[0] : .null) }
        return index[JSONValue.array(key).text(pretty: false)].map { groups[$0] }
    }

    /// The combinations of the line axes that occur, in order.
    public var lines: [[CellSetting]] {
        var seen: Set<String> = []
        let places = lineAxes.compactMap { axis in set.factors.firstIndex(of: axis) }
        return groups.compactMap { group in
            let line = zip(lineAxes, places).map { CellSetting($0.name, group.key[$1]) }
            return seen.insert(RunSet.key(line)).inserted ? line : nil
        }
    }

    /// The group in a line and, where an axis stands in columns, a column.
    public func group(_ line: [CellSetting], column: JSONValue?) -> Group? {
        var values = Dictionary(line.map { ($0.name, $0.value) }) { first, _ in first }
        if let columnAxis, let column { values[columnAxis.name] = column }
        return group(values)
    }

    /// The largest number of runs in a group.
    public var fullCount: Int { groups.map(\.rows.count).max() ?? 0 }

    /// Whether some group has fewer values than others, or none.
    public var isPartial: Bool { groups.contains { $0.lacking > 0 || $0.rows.count < fullCount } }

    /// Lines under a table that say what its numbers are.
    public var note: String {
        guard set.rows.contains(where: { $0.state == .finished }) else { return "no finished runs" }
        var parts: [String] = []
        let units = Set(metrics.map(\.unit))
        if units == ["%"] { parts.append("percent") }
        let counts = groups.map { group in group.rows.count { $0.state == .finished } }
        let over = set.replicates.map(\.name).joined(separator: " and ")
        if let least = counts.min(), let most = counts.max(), most > 1 {
            let number = least == most ? "\(most)" : "\(least) to \(most)"
            parts.append("mean ± sample standard deviation over \(number) \(over.isEmpty ? "runs" : "runs (\(over))")")
        } else {
            parts.append("one run each")
        }
        let lacking = RunStateCount(set.rows)
        if !lacking.text.isEmpty { parts.append(lacking.text) }
        return parts.joined(separator: "; ")
    }

    /// What is the same in all groups: `data digits, model mlp`.
    public var fixedText: String {
        fixedAxes.map { "\($0.name) \($0.values[0].plainText)" }.joined(separator: ", ")
    }

    /// A group's metric as text; `–` where no run of it has one, and a count where some lack it.
    public func text(_ group: Group?, _ metric: MetricInfo) -> String {
        guard let group else { return "–" }
        guard let statistics = group.statistics(metric.name) else {
            return group.rows.contains { $0.state == .failed } ? "failed" : "–"
        }
        let text = statistics.text(decimals: metric.decimals)
        return statistics.count < group.rows.count ? "\(text) (\(statistics.count) of \(group.rows.count))" : text
    }
}

/// How many rows are not finished, and why.
public struct RunStateCount: Sendable {
    public let failed: Int
    public let interrupted: Int
    public let missing: Int

    public init(_ rows: [RunRow]) {
        failed = rows.count { $0.state == .failed }
        interrupted = rows.count { $0.state == .interrupted || $0.state == .running }
        missing = rows.count { $0.state == .missing }
    }

    public var isComplete: Bool { failed + interrupted + missing == 0 }

    /// `2 failed, 1 missing`; empty where all is there.
    public var text: String {
        [(failed, "failed"), (interrupted, "unfinished"), (missing, "missing")]
            .compactMap { $0 > 0 ? "\($0) \($1)" : nil }.joined(separator: ", ")
    }
}
