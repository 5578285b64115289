// One coordinate of a cell.

/// The value that one axis has in a cell: a number, a text, a truth value, a list of these, or a component with
/// parameters, which is an object of `name` and `parameters`.
///
/// Runs of a store share the settings that they have in common: see ``identity``.
public struct CellSetting: Sendable, Equatable {
    private final class Content: Sendable {
        let name: String
        let value: JSONValue

        init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    private let content: Content

    public var name: String { content.name }
    public var value: JSONValue { content.value }

    public init(_ name: String, _ value: JSONValue) { content = Content(name, value) }

    /// Equal for copies of one setting, by which many runs are looked at without comparing values; settings that were made
    /// apart are told apart, whatever they say.
    var identity: ObjectIdentifier { ObjectIdentifier(content) }

    public static func == (left: CellSetting, right: CellSetting) -> Bool {
        left.content === right.content || left.name == right.name && left.value == right.value
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
