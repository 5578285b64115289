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
    }

    public static let mostColumns = 8

    public let set: RunSet
    public let metrics: [MetricInfo]
    public let groups: [Group]
    /// Axes in lines: those with several values.
    public let lineAxes: [RunSet.Axis]
    /// The axes in columns; none where metrics are.
    public let columnAxes: [RunSet.Axis]
    /// Axes with one value, which are said once.
    public let fixedAxes: [RunSet.Axis]
    /// What is shown of a metric over the runs of a group.
    public let statistics: [TableSpec.Statistic]
    /// The combinations of the line axes that occur, in order; one empty one where there is no such axis.
    public let lines: [[CellSetting]]
    /// The combinations of the column axes that occur, in order; none where metrics stand in columns.
    public let columns: [[CellSetting]]
    /// Groups by the positions of their values, in the order of the set's factors.
    private let index: [[Int]: Int]
    /// Groups by line and column.
    private let grouped: [[Int]]

    /// The usual table: headline metrics, the last axis that fits in columns, all others in lines.
    public init(
        _ set: RunSet, metrics: [MetricInfo]? = nil, statistics: [TableSpec.Statistic] = [.mean, .deviation]
    ) {
        let varying = set.factors.filter(set.varies)
        let last = varying.last.flatMap { $0.values.count <= ResultTable.mostColumns ? $0 : nil }
        let columns = varying.count > 1 ? [last].compactMap { $0 } : []
        let inColumns = columns.map(\.name)
        self.init(
            set, metrics: metrics ?? set.headlines, lines: varying.filter { !inColumns.contains($0.name) },
            columns: columns, statistics: statistics)
    }

    /// - Parameters:
    ///   - lines: axes in lines, in this order.
    ///   - columns: axes in columns. All factors that vary must be in one of the two.
    init(
        _ set: RunSet, metrics: [MetricInfo], lines: [RunSet.Axis], columns: [RunSet.Axis],
        statistics: [TableSpec.Statistic]
    ) {
        self.set = set
        self.metrics = metrics
        self.statistics = statistics
        let factors = set.axes.indices.filter { !set.axes[$0].isReplicate }
        var index: [[Int]: Int] = [:]
        var rows: [[RunRow]] = []
        var keys: [[Int]] = []
        for (row, places) in zip(set.rows, set.places) {
            let key = factors.map { places[$0] }
            if let known = index[key] {
                rows[known].append(row)
            } else {
                index[key] = rows.count
                rows.append([row])
                keys.append(key)
            }
        }
        self.index = index
        groups = zip(keys, rows).map { key, rows in
            Group(key: zip(factors, key).map { set.axes[$0].value(at: $1) }, rows: rows)
        }
        let shown = (lines + columns).map(\.name)
        fixedAxes = factors.map { set.axes[$0] }.filter { !shown.contains($0.name) }
        columnAxes = columns
        lineAxes = lines
        func places(_ axes: [RunSet.Axis]) -> [Int] {
            axes.compactMap { axis in factors.firstIndex { set.axes[$0].name == axis.name } }
        }
        let (linePlaces, columnPlaces) = (places(lines), places(columns))
        let lineKeys = ResultTable.combinations(keys, linePlaces)
        let columnKeys = ResultTable.combinations(keys, columnPlaces)
        self.lines = ResultTable.settings(lineKeys, lines)
        self.columns = columns.isEmpty ? [] : ResultTable.settings(columnKeys, columns)
        var grouped = [[Int]](repeating: [Int](repeating: -1, count: columnKeys.count), count: lineKeys.count)
        let lineNumbers = Dictionary(lineKeys.enumerated().map { ($1, $0) }) { first, _ in first }
        let columnNumbers = Dictionary(columnKeys.enumerated().map { ($1, $0) }) { first, _ in first }
        for (number, key) in keys.enumerated() {
            if let line = lineNumbers[linePlaces.map { key[$0] }],
                let column = columnNumbers[columnPlaces.map { key[$0] }]
            {
                grouped[line][column] = number
            }
        }
        self.grouped = grouped
    }

    /// The combinations of some factors that occur, by the order of their values, the first changing slowest.
    private static func combinations(_ keys: [[Int]], _ places: [Int]) -> [[Int]] {
        Set(keys.map { key in places.map { key[$0] } }).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func settings(_ keys: [[Int]], _ axes: [RunSet.Axis]) -> [[CellSetting]] {
        keys.map { key in zip(axes, key).map { CellSetting($0.name, $0.value(at: $1)) } }
    }

    /// The group of these values, given by the names of axes; axes with one value need not be named.
    public func group(_ values: [String: JSONValue]) -> Group? {
        let key = set.factors.map { axis in
            guard let value = values[axis.name] else { return axis.values.count == 1 ? 0 : Int.max }
            return axis.values.firstIndex(of: value) ?? Int.max
        }
        return index[key].map { groups[$0] }
    }

    /// The group in a line and a column, by their numbers; the column is 0 where there are no column axes.
    public func group(line: Int, column: Int) -> Group? {
        let number = grouped[line][column]
        return number < 0 ? nil : groups[number]
    }

    /// Lines under a table that say what its numbers are.
    public var note: String {
        let lacking = [RunStateCount(set.rows).text, set.versionsText].filter { !$0.isEmpty }
        guard set.rows.contains(where: { $0.state == .finished }) else {
            return (["no finished runs"] + lacking).joined(separator: "; ")
        }
        var parts: [String] = []
        if isPercent { parts.append("percent") }
        let counts = groups.map { group in group.rows.count { $0.state == .finished } }
        let over = set.replicates.map(\.name).joined(separator: " and ")
        if let least = counts.min(), let most = counts.max(), most > 1 {
            let number = least == most ? "\(most)" : "\(least) to \(most)"
            let what = TableSpec.Statistic.phrase(statistics)
            parts.append("\(what) over \(number) \(over.isEmpty ? "runs" : "runs (\(over))")")
        } else {
            parts.append("one run each")
        }
        parts += lacking
        if !set.remark.isEmpty { parts.append(set.remark) } else if let ends = set.endsText { parts.append(ends) }
        let isChosen = metrics.contains { metric in
            if case .best? = MetricReference(metric.name).moment { true } else { false }
        }
        if isChosen, !set.remark.contains("afterwards") { parts.append("best epochs are chosen afterwards") }
        return parts.joined(separator: "; ")
    }

    /// What is the same in all groups: `data digits, model mlp`.
    public var fixedText: String {
        fixedAxes.map { "\($0.name) \($0.value(at: 0).plainText)" }.joined(separator: ", ")
    }

    /// A group's metric as text; `–` where no run of it has one, and a count where some lack it.
    public func text(_ group: Group?, _ metric: MetricInfo) -> String {
        guard let group else { return "–" }
        guard let statistics = group.statistics(metric.name) else {
            // Where a run has finished without it, the failure of another is not why there is none.
            let hasFinished = group.rows.contains { $0.state == .finished }
            return !hasFinished && group.rows.contains { $0.state == .failed } ? "failed" : "–"
        }
        let text = self.statistics.map { statistics.text($0, metric) }.filter { !$0.isEmpty }.joined(separator: " ")
        if self.statistics.contains(.count) { return text }
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
