/// One argument of a function that scripts can call: its name, what it takes, and what it is for.
///
/// Argument checks, messages, editor definitions and the reference page are all made from these.
public struct Parameter: Sendable {
    /// What an argument can be.
    public enum Kind: Sendable, Equatable {
        case tensor
        /// A tensor, or a Lua number that takes the element type of the tensor it meets.
        case tensorOrNumber
        /// A list of tensors.
        case tensors
        /// A table of tensors by name.
        case tensorsByName
        /// A tensor of whole numbers from 1 to the number of classes.
        case labels
        /// A tensor of positions from 1, or a list of them.
        case positions
        case number
        case integer
        case boolean
        case string
        /// One of a few names.
        case choice([String])
        /// A dimension: from 1 to the rank, or from -1 (the last) to -rank.
        case dimension
        /// A dimension, or a list of them.
        case dimensions
        /// A number for rows and columns alike, or a list of one each.
        case pair
        /// A list of extents.
        case shape
        /// The name of an element type.
        case dtype
        case function
        case table
        case any

        /// In messages: "an integer".
        public var phrase: String {
            switch self {
            case .tensor: "a tensor"
            case .tensorOrNumber: "a tensor or a number"
            case .tensors: "a list of tensors"
            case .tensorsByName: "a table of tensors by name"
            case .labels: "a tensor of labels (int32, from 1 to the number of classes)"
            case .positions: "positions (an int32 tensor or a list of whole numbers, from 1)"
            case .number: "a number"
            case .integer: "an integer"
            case .boolean: "true or false"
            case .string: "a string"
            case .choice(let names): "one of " + names.map { "\"\($0)\"" }.joined(separator: ", ")
            case .dimension: "a dimension"
            case .dimensions: "a dimension or a list of dimensions"
            case .pair: "an integer or a list of two (rows and columns)"
            case .shape: "a shape (a list of integers such as {2, 3})"
            case .dtype: "a dtype (\"float32\", \"float64\", \"int32\", \"uint8\" or \"bool\")"
            case .function: "a function"
            case .table: "a table"
            case .any: "a value"
            }
        }

        /// In editor definitions.
        public var annotation: String {
            switch self {
            case .tensor, .labels: "nightjar.Tensor"
            case .tensorOrNumber: "nightjar.Tensor|number"
            case .tensors: "nightjar.Tensor[]"
            case .tensorsByName: "table<string, nightjar.Tensor>"
            case .positions: "nightjar.Tensor|integer[]|integer"
            case .number: "number"
            case .integer, .dimension: "integer"
            case .boolean: "boolean"
            case .string: "string"
            case .choice(let names): names.map { "\"\($0)\"" }.joined(separator: "|")
            case .dimensions: "integer|integer[]"
            case .pair: "integer|integer[]"
            case .shape: "integer[]"
            case .dtype: "nightjar.DType"
            case .function: "function"
            case .table: "table"
            case .any: "any"
            }
        }
    }

    public let name: String
    public let kind: Kind
    /// What stands in for an argument that is not given, as a script would write it; nil: it has to be given.
    public let standard: String?
    /// One line.
    public let doc: String

    public init(_ name: String, _ kind: Kind, default standard: String? = nil, _ doc: String = "") {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.doc = doc
    }

    public var isOptional: Bool { standard != nil }
}
