// A figure's numbers: panels of bundles of curves, gathered from runs.

/// A figure as data. ``CurvePanel`` draws its panels.
public struct Figure: Sendable {
    /// One line with its band.
    public struct Series: Sendable {
        /// What its colour stands for: `rate 0.4`; empty where there is one colour.
        public let label: String
        /// Which colour of the palette.
        public let colour: Int
        /// Which of the figure's metrics.
        public let metric: Int
        public let bundle: CurveBundle
    }

    public struct Panel: Sendable {
        /// `loss rll`; empty where there is one panel.
        public let title: String
        public var series: [Series]
    }

    /// Line styles, in the order of the metrics.
    static let styles = ["solid", "dashed", "dotted", "dashdot"]

    public let spec: FigureSpec
    public let metrics: [MetricInfo]
    public let panels: [Panel]
    /// What stands along x, where it is an axis of names.
    public let categories: [String]
    public let x: ClosedRange<Double>
    public let y: ClosedRange<Double>
    /// What the reader has to know about runs that stop early; empty where all are equally long.
    public let note: String

    /// Reads the curves of runs.
    /// - Parameter curves: `metrics.csv` of a row of the set by its place; called once a row.
    /// - Throws: `RunError` for an axis or a metric that the set does not have, naming those that it has.
    public init(
        _ spec: FigureSpec, _ set: RunSet, curves: (Int) throws -> MetricsTable?
    ) throws {
        self.spec = spec
        metrics = try spec.y.prefix(Figure.styles.count).map { name in
            guard let metric = set.metric(name) else {
                throw RunError(
                    "there is no metric '\(name)': these runs have \(set.metrics.map(\.name).joined(separator: ", "))")
            }
            return metric
        }
        func axis(_ name: String) throws -> RunSet.Axis {
            guard let axis = set.axes.first(where: { $0.name == name }) else {
                throw RunError(
                    "there is no axis '\(name)': these runs have \(set.axes.map(\.name).joined(separator: ", "))")
            }
            return axis
        }
        let facets = try spec.facet.map(axis)
        let by = try spec.by.map(axis)
        let along = spec.x == "epoch" ? nil : try axis(spec.x)
        let isNumeric = along?.values.allSatisfy { $0.doubleValue != nil } ?? true
        categories = isNumeric ? [] : along?.values.map(\.plainText) ?? []
        var panels: [Panel] = []
        for line in Figure.combinations(facets, set) {
            let inside = set.rows.indices.filter { index in
                set.rows[index].state == .finished
                    && line.allSatisfy { set.rows[index].cell[axis: $0.name] == $0.value }
            }
            var series: [Series] = []
            for (colour, value) in (by?.values.map(Optional.some) ?? [nil]).enumerated() {
                let own = inside.filter { index in by.map { set.rows[index].cell[axis: $0.name] == value } ?? true }
                let tables = along == nil ? try own.map { try curves($0) } : []
                for (number, metric) in metrics.enumerated() {
                    let points = own.enumerated().map { place, index -> [(x: Double, value: Double)] in
                        guard let along else {
                            return (tables[place]?.series(metric.name) ?? []).map { (Double($0.epoch), $0.value) }
                        }
                        guard let at = set.rows[index].cell[axis: along.name],
                            let end = set.rows[index].value(metric.name),
                            let x = isNumeric ? at.doubleValue : along.values.firstIndex(of: at).map(Double.init)
                        else { return [] }
                        return [(x, end)]
                    }
                    let bundle = CurveBundle(points)
                    guard !bundle.points.isEmpty else { continue }
                    let label = by.flatMap { axis in value.map { "\(axis.name) \($0.plainText)" } } ?? ""
                    series.append(Series(label: label, colour: colour, metric: number, bundle: bundle))
                }
            }
            if !series.isEmpty {
                panels.append(
                    Panel(
                        title: line.map { "\($0.name) \($0.value.plainText)" }.joined(separator: ", "), series: series))
            }
        }
        self.panels = panels
        (x, y) = Figure.ranges(panels, metrics, isEpoch: along == nil)
        note = Figure.survivors(panels)
    }

    private static func combinations(_ axes: [RunSet.Axis], _ set: RunSet) -> [[CellSetting]] {
        var seen: Set<String> = []
        return set.rows.compactMap { row in
            let line = axes.map { CellSetting($0.name, row.cell[axis: $0.name] ?? .null) }
            return seen.insert(RunSet.key(line)).inserted ? line : nil
        }
    }

    private static func ranges(
        _ panels: [Panel], _ metrics: [MetricInfo], isEpoch: Bool
    ) -> (x: ClosedRange<Double>, y: ClosedRange<Double>) {
        let points = panels.flatMap(\.series).flatMap(\.bundle.points)
        guard let first = points.map(\.x).min(), let last = points.map(\.x).max(),
            let lowest = points.map(\.low).min(), let highest = points.map(\.high).max()
        else { return (0...1, 0...1) }
        let x = first...(last > first ? last : first + 1)
        if let range = metrics.first?.range, metrics.allSatisfy({ $0.range == range }), range.contains(lowest),
            range.contains(highest)
        {
            // The lower part is left out where nothing is in it.
            let span = range.upperBound - range.lowerBound
            let share = (lowest - range.lowerBound) / span
            let floor = share < 0.4 ? range.lowerBound : range.lowerBound + (share * 10).rounded(.down) / 10 * span
            return (x, floor...range.upperBound)
        }
        let margin = max((highest - lowest) * 0.05, abs(highest) * 1e-9, 1e-12)
        return (x, (lowest - margin)...(highest + margin))
    }

    private static func survivors(_ panels: [Panel]) -> String {
        var shortest: Double?
        for series in panels.flatMap(\.series) {
            if let end = series.bundle.lastCommon { shortest = min(shortest ?? end, end) }
        }
        guard let shortest else { return "" }
        return
            "Some runs stop early: from epoch \(NumberText.shortest(shortest + 1)) on, means are those of the runs that "
            + "were still going."
    }
}
