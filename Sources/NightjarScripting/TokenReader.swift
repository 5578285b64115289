import CLuaShim

/// Reads the flat tokens that the shim makes of Lua values.
struct TokenReader {
    let host: ScriptHost

    /// The value of a token on top level.
    func value(_ token: njl_value) throws -> ScriptValue {
        switch njl_kind(UInt32(token.kind)) {
        case NJL_TABLE:
            guard let tokens = token.pointer?.assumingMemoryBound(to: njl_value.self) else { return .nil }
            var position = 0
            return try read(tokens, &position, depth: 0)
        case NJL_RAW_TABLE, NJL_FUNCTION: return try .function(reference(token.index))
        default: return try plain(token)
        }
    }

    /// A reference to what is in a stack slot.
    func reference(_ slot: Int32) throws -> ScriptFunction {
        try host.keep(slot: slot)
    }

    private func plain(_ token: njl_value) throws -> ScriptValue {
        switch njl_kind(UInt32(token.kind)) {
        case NJL_NIL: return .nil
        case NJL_BOOLEAN: return .boolean(token.integer != 0)
        case NJL_INTEGER: return .integer(Int(token.integer))
        case NJL_NUMBER: return .number(token.number)
        case NJL_STRING: return .string(TokenReader.text(token))
        case NJL_TENSOR:
            guard let box = token.pointer else { return .nil }
            return .tensor(try host.value(of: box.assumingMemoryBound(to: njl_box.self)))
        case NJL_OBJECT:
            guard let box = token.pointer, let object = box.assumingMemoryBound(to: njl_object.self).pointee.object
            else { return .nil }
            return .object(Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue())
        case NJL_FUNCTION: return .function(try reference(token.index))
        default: return .other
        }
    }

    private func read(_ tokens: UnsafePointer<njl_value>, _ position: inout Int, depth: Int) throws -> ScriptValue {
        let token = tokens[position]
        position += 1
        guard token.kind == Int32(NJL_BEGIN.rawValue) else { return try plain(token) }
        var table = ScriptTable()
        table.array.reserveCapacity(token.length)
        for _ in 0..<token.length { table.array.append(try read(tokens, &position, depth: depth + 1)) }
        for _ in 0..<Int(token.index) {
            let key = try plain(tokens[position])
            position += 1
            let value = try read(tokens, &position, depth: depth + 1)
            switch key {
            case .string(let name): table.fields.append((name, value))
            case .integer(let number): table.fields.append((String(number), value))
            case .number(let number): table.fields.append((String(number), value))
            default: throw ArgumentError("a table has a key that is \(key.phrase): only names and numbers are read")
            }
        }
        // Lua keeps no order; a fixed one keeps runs and messages the same.
        table.fields.sort { $0.key < $1.key }
        return .table(table)
    }

    /// Whether a token is this string, without making one.
    static func `is`(_ token: njl_value, _ text: String) -> Bool {
        guard token.kind == Int32(NJL_STRING.rawValue), let start = token.pointer, token.length == text.utf8.count
        else {
            return false
        }
        return UnsafeRawBufferPointer(start: start, count: token.length).elementsEqual(text.utf8)
    }

    static func text(_ token: njl_value) -> String {
        guard let start = token.pointer else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: token.length), as: UTF8.self)
    }
}
