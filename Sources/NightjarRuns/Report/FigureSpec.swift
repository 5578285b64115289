// What a figure shows, in the grammar that scripts, the command line and the report share.

/// A figure: what goes along x, which metrics go up, what colours stand for, and what has panels of its own.
public struct FigureSpec: Sendable, Equatable {
    /// What the band around a mean reaches over.
    public enum Band: String, Sendable, CaseIterable {
        /// The lowest and highest run.
        case range
        case none
    }

    /// `epoch`, or an axis whose values stand along x.
    public var x = "epoch"
    /// Metrics by name; several are told apart by the style of the line.
    public var y: [String]
    /// The axis that colours stand for.
    public var by: String?
    /// Axes each combination of which has a panel.
    public var facet: [String]
    public var band = Band.range

    public init(
        x: String = "epoch", y: [String], by: String? = nil, facet: [String] = [], band: Band = .range
    ) {
        self.x = x
        self.y = y
        self.by = by
        self.facet = facet
        self.band = band
    }

    /// The figures that a report has where nothing else is asked for: curves over epochs of all headline metrics, those
    /// of one unit together; colours are what stands in the columns of the table, panels its lines.
    public static func standard(_ table: ResultTable) -> [FigureSpec] {
        let colour = table.columnAxis ?? table.lineAxes.last
        let facets = table.lineAxes.filter { $0.name != colour?.name }
        var groups: [[MetricInfo]] = []
        for metric in table.metrics {
            if let place = groups.firstIndex(where: { group in
                group.count < Figure.styles.count && group[0].unit == metric.unit && group[0].range == metric.range
                    && !metric.unit.isEmpty
            }) {
                groups[place].append(metric)
            } else {
                groups.append([metric])
            }
        }
        return groups.map { FigureSpec(y: $0.map(\.name), by: colour?.name, facet: facets.map(\.name)) }
    }
}
