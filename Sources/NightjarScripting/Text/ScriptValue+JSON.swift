import NightjarRuns

/// Settings on their way between scripts and files.
extension ScriptValue {
    /// The value as JSON; nil for functions, tensors and other things that no file of settings holds.
    public var json: JSONValue? {
        switch self {
        case .nil: .null
        case .boolean(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .number(value)
        case .string(let value): .string(value)
        case .table(let table):
            table.fields.isEmpty
                ? .array(table.array.compactMap(\.json))
                : .object(table.jsonFields)
        case .tensor, .function, .object, .other: nil
        }
    }
}

extension ScriptTable {
    /// The named fields as JSON; the sequence, where there is one as well, counts from 1.
    package var jsonFields: [String: JSONValue] {
        var entries: [String: JSONValue] = [:]
        for (index, value) in array.enumerated() { entries["\(index + 1)"] = value.json }
        for (key, value) in fields { entries[key] = value.json }
        return entries
    }
}
