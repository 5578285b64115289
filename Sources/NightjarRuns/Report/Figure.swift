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

    /// A line or points that no run made, in a panel.
    public struct Overlay: Sendable {
        public let label: String
        /// nil for one that belongs to no colour.
        public let colour: Int?
        public let points: [(x: Double, y: Double)]
        public let level: Double?
    }

    public struct Panel: Sendable {
        /// `loss rll`; empty where there is one panel.
        public let title: String
        public let series: [Series]
        public let overlays: [Overlay]
    }

    public let spec: FigureSpec
    public let metrics: [MetricInfo]
    public let panels: [Panel]
    /// What stands along x, where it is an axis of names.
    public let categories: [String]
    public let x: ClosedRange<Double>
    public let y: ClosedRange<Double>
    /// What the reader has to know about runs that stop early or have not finished; empty where there is nothing to say.
    public let note: String

    /// Whether the epochs of training stand along x.
    public let isEpoch: Bool

    /// What stands along x, in words.
    var along: String { isEpoch ? "epoch" : spec.x }

    /// The metrics in words.
    var what: String {
        metrics.map(\.title).joined(separator: " and ")
    }

    /// `J2 during training`, `J2 by rate`, or what was asked for.
    public var heading: String {
        spec.title ?? (isEpoch ? "\(what) during training" : "\(what) by \(spec.x)")
    }

    /// Reads the curves of runs from their folders.
    public init(_ spec: FigureSpec, _ set: RunSet) throws {
        try self.init(spec, set) { try set.curves($0) }
    }

    /// - Parameter curves: `metrics.csv` of a row of the set by its place; called once a row.
    /// - Throws: `RunError` for an axis or a metric that the set does not have, naming those that it has.
    public init(
        _ spec: FigureSpec, _ given: RunSet, curves: (Int) throws -> MetricsTable?
    ) throws {
        var set = try spec.over.map { try given.pooled(over: $0) } ?? given
        self.spec = spec
        guard !spec.y.isEmpty else { throw RunError("a figure needs a metric that goes up (y)") }
        let isNamed = set.axes.contains { $0.name == spec.x }
        let isEpoch = spec.x == FigureSpec.epochs || spec.x == "epoch" && !isNamed
        self.isEpoch = isEpoch
        if isEpoch {
            metrics = try spec.y.map { try set.named(curve: $0) }
        } else {
            let resolved = try set.resolving(spec.y)
            set = resolved.set
            metrics = resolved.metrics
        }
        guard metrics.count <= FigureSpec.mostMetrics else {
            throw RunError(
                "a figure shows at most \(FigureSpec.mostMetrics) metrics, got \(metrics.count): make two of it")
        }
        let along = isEpoch ? nil : try set.named(axis: spec.x)
        let named = Set((spec.by ?? []) + spec.facet + [along?.name].compactMap { $0 })
        var rest = set.factors.filter { set.varies($0) && !named.contains($0.name) }
        var by = try (spec.by ?? []).map { try set.named(axis: $0) }
        if spec.by == nil, let last = rest.last, last.values.count <= ResultTable.mostColumns {
            by = [last]
            rest.removeLast()
        }
        for setting in spec.overlay.flatMap(\.cell) { _ = try set.named(axis: setting.name) }
        let colours = FigureAxes(by, set)
        let facets = FigureAxes(try spec.facet.map { try set.named(axis: $0) } + rest, set)
        let place = along.flatMap { axis in set.axes.firstIndex { $0.name == axis.name } }
        let isNumeric = along?.values.allSatisfy { $0.doubleValue != nil } ?? true
        categories = isNumeric ? [] : along?.values.map(\.plainText) ?? []
        func position(_ value: JSONValue) -> Double? {
            guard let along, !isNumeric else { return value.doubleValue }
            return along.values.firstIndex { $0.plainText == value.plainText }.map(Double.init)
        }
        // Rows by panel and colour.
        var rows: [[Int]: [Int]] = [:]
        let isGrowing = isEpoch && spec.isGrowing
        for index in set.rows.indices where isGrowing || set.rows[index].state == .finished {
            rows[[facets.number[index], colours.number[index]], default: []].append(index)
        }
        let names = metrics.map(\.name)
        panels = try facets.combinations.indices.compactMap { panel -> Panel? in
            var series: [Series] = []
            for colour in colours.combinations.indices {
                let own = rows[[panel, colour]] ?? []
                let tables = along == nil ? try own.map { try curves($0) } : []
                for (number, metric) in names.enumerated() {
                    let points = own.enumerated().map { order, index -> [(x: Double, value: Double)] in
                        guard let along, let place else {
                            return (tables[order]?.series(metric) ?? []).map { (Double($0.epoch), $0.value) }
                        }
                        let at = set.places[index][place]
                        guard let end = set.rows[index].value(metric), along.values.indices.contains(at) else {
                            return []
                        }
                        return [(isNumeric ? along.values[at].doubleValue ?? 0 : Double(at), end)]
                    }
                    let bundle = CurveBundle(points, band: spec.band)
                    guard !bundle.points.isEmpty else { continue }
                    series.append(
                        Series(label: colours.title(colour), colour: colour, metric: number, bundle: bundle))
                }
            }
            guard !series.isEmpty else { return nil }
            let overlays = spec.overlay.compactMap { one -> Overlay? in
                guard let colour = FigureAxes.colour(of: one.cell, facets.combinations[panel], colours.combinations)
                else { return nil }
                let points = one.points.compactMap { point in position(point.x).map { (x: $0, y: point.y) } }
                return Overlay(label: one.label, colour: colour.number, points: points, level: one.level)
            }
            return Panel(title: facets.title(panel), series: series, overlays: overlays)
        }
        (x, y) = Figure.ranges(panels, metrics)
        note = Figure.note(panels, set, isEpoch: along == nil, isGrowing: isGrowing)
    }

    private static func ranges(
        _ panels: [Panel], _ metrics: [MetricInfo]
    ) -> (x: ClosedRange<Double>, y: ClosedRange<Double>) {
        let points = panels.flatMap(\.series).flatMap(\.bundle.points)
        let overlays = panels.flatMap(\.overlays)
        let xs = points.map(\.x) + overlays.flatMap { $0.points.map(\.x) }
        let ys =
            points.map(\.low) + points.map(\.high)
            + overlays.flatMap { $0.points.map(\.y) + [$0.level].compactMap { $0 } }
        guard let first = xs.min(), let last = xs.max(), let lowest = ys.min(), let highest = ys.max(), lowest.isFinite,
            highest.isFinite
        else { return (0...1, 0...1) }
        let x = first...(last > first ? last : first + max(1, abs(first) * 1e-9))
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

    private static func note(_ panels: [Panel], _ set: RunSet, isEpoch: Bool, isGrowing: Bool) -> String {
        var sentences: [String] = []
        var shortest: Double?
        for series in panels.flatMap(\.series) {
            if let end = series.bundle.lastCommon { shortest = min(shortest ?? end, end) }
        }
        if let shortest, isEpoch {
            let epoch = NumberText.shortest(shortest + 1)
            sentences.append(
                isGrowing
                    ? "Runs differ in length: from epoch \(epoch) on, means are those of the runs that came that far."
                    : "Some runs stop early: from epoch \(epoch) on, means are those of the runs that were still going."
            )
        }
        let lacking = RunStateCount(set.rows)
        if !lacking.isComplete {
            sentences.append(
                isGrowing
                    ? "Runs that have not finished are drawn as far as they came: \(lacking.text)."
                    : "Only finished runs are drawn: \(lacking.text).")
        }
        if !set.versionsText.isEmpty { sentences.append("\(set.versionsText).") }
        return sentences.joined(separator: " ")
    }
}

/// The combinations of some axes that occur, and which one each row has.
private struct FigureAxes {
    let combinations: [[CellSetting]]
    /// Of each row.
    let number: [Int]

    init(_ axes: [RunSet.Axis], _ set: RunSet) {
        let places = axes.compactMap { axis in set.axes.firstIndex { $0.name == axis.name } }
        let keys = set.places.map { row in places.map { row[$0] } }
        let sorted = Set(keys).sorted { $0.lexicographicallyPrecedes($1) }
        let numbers = Dictionary(sorted.enumerated().map { ($1, $0) }) { first, _ in first }
        number = keys.map { numbers[$0] ?? 0 }
        combinations = sorted.map { key in zip(axes, key).map { CellSetting($0.name, $0.value(at: $1)) } }
    }

    func title(_ place: Int) -> String {
        combinations.indices.contains(place) ? ResultTable.heading(combinations[place]) : ""
    }

    /// The colour that an overlay belongs to in a panel; nil for a panel that it does not belong to.
    static func colour(
        of cell: [CellSetting], _ panel: [CellSetting], _ colours: [[CellSetting]]
    ) -> (number: Int?, Void)? {
        func agrees(_ settings: [CellSetting]) -> Bool {
            settings.allSatisfy { setting in
                cell[axis: setting.name].map { $0.plainText == setting.value.plainText } ?? true
            }
        }
        guard agrees(panel) else { return nil }
        let isColoured = colours.contains { $0.contains { cell[axis: $0.name] != nil } }
        guard isColoured else { return (nil, ()) }
        return colours.firstIndex(where: agrees).map { ($0, ()) }
    }
}
