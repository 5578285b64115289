// The cells of a grid: every combination of the axes' values, in an order anyone can predict.

/// One setting that a sweep varies.
public struct SweepAxis: Sendable, Equatable {
    public let name: String
    /// Scalars, in the order they are tried.
    public let values: [JSONValue]

    public init(_ name: String, _ values: [JSONValue]) {
        self.name = name
        self.values = values
    }
}

/// One combination of values.
public struct SweepCell: Sendable, Equatable {
    /// Its place in the grid, from 0.
    public let index: Int
    /// Names and values in the order of the axes.
    public let settings: [Setting]

    public struct Setting: Sendable, Equatable {
        public let name: String
        public let value: JSONValue
    }

    /// The value of an axis, or nil where there is none of that name.
    public subscript(name: String) -> JSONValue? {
        settings.first { $0.name == name }?.value
    }

    /// `loss=rll rate=0.4 seed=1`: for messages and the progress line.
    public var title: String {
        settings.map { "\($0.name)=\($0.value.plainText)" }.joined(separator: " ")
    }
}

/// A grid of settings.
public struct SweepGrid: Sendable, Equatable {
    public let axes: [SweepAxis]

    /// - Throws: `RunError` for an axis without values, with a value twice, with a value that is no scalar, or with
    ///   the name of another axis.
    public init(_ axes: [SweepAxis]) throws {
        var names: Set<String> = []
        var cells = 1
        for axis in axes {
            guard names.insert(axis.name).inserted else {
                throw RunError("sweep: the axis \(axis.name) is there twice")
            }
            guard !axis.values.isEmpty else { throw RunError("sweep: the axis \(axis.name) has no values") }
            var seen: Set<String> = []
            for value in axis.values {
                switch value {
                case .array, .object:
                    throw RunError(
                        "sweep: a value of \(axis.name) is not a single string, number or boolean: "
                            + value.text(pretty: false))
                default: break
                }
                guard seen.insert(value.text(pretty: false)).inserted else {
                    throw RunError("sweep: \(axis.name) has the value \(value.plainText) twice")
                }
            }
            let (product, overflow) = cells.multipliedReportingOverflow(by: axis.values.count)
            guard !overflow, product <= SweepGrid.mostCells else {
                throw RunError("sweep: the grid has more than \(SweepGrid.mostCells) cells")
            }
            cells = product
        }
        self.axes = axes
    }

    /// All combinations; the last axis changes fastest. No axes give one cell without settings.
    public var cells: [SweepCell] {
        var rows: [[SweepCell.Setting]] = [[]]
        for axis in axes {
            rows = rows.flatMap { row in axis.values.map { row + [SweepCell.Setting(name: axis.name, value: $0)] } }
        }
        return rows.enumerated().map { SweepCell(index: $0, settings: $1) }
    }

    private static let mostCells = 1_000_000
}
