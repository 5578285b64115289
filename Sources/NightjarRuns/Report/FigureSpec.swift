// What a figure shows, in the grammar that scripts, the command line and the report share.

/// A figure: what goes along x, which metrics go up, what colours stand for, what has panels of its own, and what is laid
/// over.
public struct FigureSpec: Sendable, Equatable {
    /// What the band around a mean reaches over.
    public enum Band: String, Sendable, CaseIterable {
        /// The lowest and highest run.
        case range
        /// The sample standard deviation, up and down.
        case deviation = "sd"
        /// The 95 % t-interval of the mean.
        case interval = "ci"
        case none

        /// In legends.
        var phrase: String {
            switch self {
            case .range: "mean; lowest to highest run"
            case .deviation: "mean ± sample standard deviation"
            case .interval: "mean and its 95 % t-interval"
            case .none: "mean"
            }
        }
    }

    /// What no run made: published numbers, a bound.
    public struct Overlay: Sendable, Equatable {
        public var label: String
        /// Places along x (numbers of epochs, or values of the axis) and values; a level where there are none.
        public var points: [Point]
        /// A horizontal line.
        public var level: Double?
        /// Panels and colours that it belongs to; all panels and no colour where nothing is said.
        public var cell: [CellSetting]

        public struct Point: Sendable, Equatable {
            public var x: JSONValue
            public var y: Double

            public init(_ x: JSONValue, _ y: Double) {
                self.x = x
                self.y = y
            }
        }

        public init(label: String, points: [Point] = [], level: Double? = nil, cell: [CellSetting] = []) {
            self.label = label
            self.points = points
            self.level = level
            self.cell = cell
        }
    }

    /// An axis whose values stand along x; ``epochs``; or `epoch`, which means these where no axis has that name.
    public var x = epochs
    /// Along x stand the epochs of training, also where an axis is called `epoch`.
    public static let epochs = "run_epoch"
    /// Metrics by name, at most ``mostMetrics``; several are told apart by the style of the line.
    public var y: [String]
    /// The axes each combination of which has a colour; nil: the last that varies and is named nowhere.
    public var by: [String]?
    /// Axes each combination of which has a panel. Those that vary and are named nowhere have panels as well: no curve is
    /// a mean over runs that differ.
    public var facet: [String]
    public var band = Band.range
    public var overlay: [Overlay] = []
    /// The axes that means are taken over; nil: those that the runs declare as replicates.
    public var over: [String]?
    /// A heading; nil: made of what is shown.
    public var title: String?
    /// Whether runs that have not finished are drawn over epochs as far as they came. Means over them change as they go.
    public var isGrowing = false

    /// As many as there are styles of lines.
    public static let mostMetrics = Drawing.Dash.allCases.count

    public init(
        x: String = epochs, y: [String], by: [String]? = nil, facet: [String] = [], band: Band = .range
    ) {
        self.x = x
        self.y = y
        self.by = by
        self.facet = facet
        self.band = band
    }

    /// The figures that a report has where nothing else is asked for: curves over epochs of all headline metrics, those
    /// of one unit together; colours are what stands in the columns of the table, panels its lines.
    public static func standard(_ table: ResultTable) -> [FigureSpec] { standard(table, of: table.metrics) }

    /// The same of other metrics, such as those of runs of which none has finished.
    package static func standard(_ table: ResultTable, of metrics: [MetricInfo]) -> [FigureSpec] {
        let colour = table.columnAxes.first ?? table.lineAxes.last
        let facets = (table.lineAxes + table.columnAxes).filter { $0.name != colour?.name }
        var groups: [[MetricInfo]] = []
        // Values of one epoch and entries of matrices have no curves.
        for metric in metrics
        where MetricReference(metric.name).moment == nil && MetricReference(metric.name).entry == nil {
            if let place = groups.firstIndex(where: { group in
                group.count < mostMetrics && group[0].unit == metric.unit && group[0].range == metric.range
                    && !metric.unit.isEmpty
            }) {
                groups[place].append(metric)
            } else {
                groups.append([metric])
            }
        }
        return groups.map {
            FigureSpec(y: $0.map(\.name), by: [colour?.name].compactMap { $0 }, facet: facets.map(\.name))
        }
    }
}
