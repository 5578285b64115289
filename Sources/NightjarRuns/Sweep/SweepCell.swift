// The cells of an experiment, and the axes that they are made of.

/// One thing that an experiment varies.
public struct SweepAxis: Sendable, Equatable {
    public let name: String
    /// In the order they are tried.
    public let values: [JSONValue]
    /// Whether its values repeat the same setting, as seeds do.
    public let isReplicate: Bool

    public init(_ name: String, _ values: [JSONValue], isReplicate: Bool = false) {
        self.name = name
        self.values = values
        self.isReplicate = isReplicate
    }
}

/// One combination of values.
public struct SweepCell: Sendable, Equatable {
    /// Its place among the cells, from 0.
    public let index: Int
    /// Names and values in the order of the axes.
    public let settings: [CellSetting]

    public init(index: Int, settings: [CellSetting]) {
        self.index = index
        self.settings = settings
    }

    /// The value of an axis, or nil where there is none of that name.
    public subscript(name: String) -> JSONValue? { settings[axis: name] }

    /// `loss=rll rate=0.4 seed=1`: for messages and the progress line.
    public var title: String { settings.title }
}
