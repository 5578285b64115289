import NightjarTensor

/// What a data plugin declares about a data set kept as one table of comma-separated values, one sample a line.
///
/// A line holds the values of the sample in row-major order and its label, a class number from 0, in the last field or
/// in the first.
public struct TableDataDescription: Hashable, Sendable {
    /// The name under which it is loaded.
    public var name: String
    /// The table, relative to the plugin's folder; plain or gzipped.
    public var file: String
    /// The shape of one sample: `[8, 8, 1]`.
    public var shape: [Int]
    /// The number of classes.
    public var classes: Int
    /// One name a class, or nil for "0", "1", ...
    public var classNames: [String]?
    /// `.uint8`: values are whole numbers 0 to 255; `.float32`: any finite numbers.
    public var dtype: DType
    /// How values become numbers for a model.
    public var normalization: Normalization
    /// How the table is cut in two.
    public var split: TestSplit
    /// Checked where given: the number of samples.
    public var rows: Int?
    /// Checked where given: the least and the largest value.
    public var range: ClosedRange<Double>?
    /// Whether the first line holds names of columns.
    public var hasHeader: Bool
    /// Whether the label comes before the values, not after.
    public var labelIsFirst: Bool
    /// What it is, in a sentence.
    public var documentation: String
    /// Who made it.
    public var credit: String
    /// The licence, an SPDX identifier where there is one.
    public var license: String

    public init(
        name: String, file: String, shape: [Int], classes: Int, classNames: [String]? = nil, dtype: DType = .uint8,
        normalization: Normalization, split: TestSplit, rows: Int? = nil, range: ClosedRange<Double>? = nil,
        hasHeader: Bool = false, labelIsFirst: Bool = false, documentation: String = "", credit: String = "",
        license: String = ""
    ) {
        self.name = name
        self.file = file
        self.shape = shape
        self.classes = classes
        self.classNames = classNames
        self.dtype = dtype
        self.normalization = normalization
        self.split = split
        self.rows = rows
        self.range = range
        self.hasHeader = hasHeader
        self.labelIsFirst = labelIsFirst
        self.documentation = documentation
        self.credit = credit
        self.license = license
    }
}
