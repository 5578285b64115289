import NightjarEngine

/// A Lua value on the Swift side.
public enum ScriptValue {
    case `nil`
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case tensor(Value)
    case table(ScriptTable)
    /// A function, or a table that was not read.
    case function(ScriptFunction)
    /// A native object that Swift handed out.
    case object(AnyObject)
    /// What has no counterpart, such as a coroutine.
    case other

    /// In messages: "a string".
    public var phrase: String {
        switch self {
        case .nil: "nil"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .tensor: "a tensor"
        case .table: "a table"
        case .function: "a function"
        case .object: "an object"
        case .other: "a value of another kind"
        }
    }

    /// The number, from an integer as well.
    public var asNumber: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The whole number, also from a float without a fraction.
    public var asInteger: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    public var asString: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    public var asBoolean: Bool? {
        if case .boolean(let value) = self { return value }
        return nil
    }

    public var asTable: ScriptTable? {
        if case .table(let value) = self { return value }
        return nil
    }

    public var asTensor: Value? {
        if case .tensor(let value) = self { return value }
        return nil
    }

    public var asFunction: ScriptFunction? {
        if case .function(let value) = self { return value }
        return nil
    }

    public var isNil: Bool {
        if case .nil = self { return true }
        return false
    }
}

/// A Lua table, copied: its sequence, and its named fields in alphabetical order.
public struct ScriptTable {
    public var array: [ScriptValue]
    public var fields: [(key: String, value: ScriptValue)]

    public init(array: [ScriptValue] = [], fields: [(key: String, value: ScriptValue)] = []) {
        self.array = array
        self.fields = fields
    }

    /// The named field; nil where there is none.
    public subscript(key: String) -> ScriptValue? { fields.first { $0.key == key }?.value }
}
