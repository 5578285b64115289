// One coordinate of a cell.

/// The value that one axis has in a cell: a number, a text, a truth value, a list of these, or a component with
/// parameters, which is an object of `name` and `parameters`.
public struct CellSetting: Sendable, Equatable {
    public let name: String
    public let value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }

    /// `rate=0.4`, `loss=rll{alpha=0.45}`.
    public var text: String { "\(name)=\(value.plainText)" }

    var json: JSONValue { ["axis": .string(name), "value": value] }

    init(parsing json: JSONValue, source: String) throws {
        guard let name = json["axis"]?.stringValue, let value = json["value"] else {
            throw RunError("\(source): an entry of \"cell\" must have \"axis\" and \"value\"")
        }
        self.init(name, value)
    }
}

extension [CellSetting] {
    /// The value of an axis; nil where there is none of that name.
    public subscript(axis name: String) -> JSONValue? { first { $0.name == name }?.value }

    /// The value of an axis as a field of a file; empty where there is none.
    func field(_ axis: String) -> String {
        guard let value = self[axis: axis], value != .null else { return "" }
        return value.plainText
    }

    /// `loss=rll rate=0.4 seed=1`.
    public var title: String { map(\.text).joined(separator: " ") }
}
