/// How a file of separated values is read as a data set: numbers in columns, and the class of each sample in one.
public struct CSVOptions: Sendable {
    /// A column, by the name in the first line, or by its position from 0; from the end where it is negative.
    public enum Column: Sendable, Hashable {
        case name(String)
        case position(Int)
    }

    /// What happens to samples that lack a value.
    public enum Missing: String, Sendable, CaseIterable {
        /// An error names the first one.
        case refuse
        /// The sample is left out.
        case drop
        /// The mean of the column is taken. Samples without a label are left out.
        case mean
    }

    /// The byte between fields.
    public var separator = UInt8(ascii: ",")
    /// The byte around fields that hold separators or line ends.
    public var quote = UInt8(ascii: "\"")
    /// Whether the first line names the columns.
    public var hasHeader = true
    /// Where the class is.
    public var label = Column.position(-1)
    /// The columns of the inputs, in this order; nil: all others.
    public var inputs: [Column]?
    /// The classes in their order; nil: all that occur, whole numbers by value, other texts by their bytes.
    public var classNames: [String]?
    public var missing = Missing.refuse
    /// Fields that stand for no value, without the blanks around them.
    public var missingTexts: Set<String> = ["", "?", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"]
    /// The most bytes of text.
    public var mostBytes = 1 << 30
    /// Whether each column is brought to mean 0 and deviation 1, over the file.
    public var standardizes = false
    /// Where given, numbers are read as those of another file were.
    public var normalization: Normalization?

    public init() {}
}
