import CLuaShim
import NightjarProcess
import NightjarTensor

/// Reads the flat tokens that the shim makes of Lua values.
struct TokenReader {
    let host: ScriptHost

    /// The value of a token.
    /// - Throws: ``ArgumentError`` where a tensor or an object in it was released or collected, or a key is no name.
    func value(_ token: njl_value) throws -> ScriptValue {
        switch token.operand {
        case .nil: return .nil
        case .boolean(let flag): return .boolean(flag)
        case .integer(let number): return .integer(number)
        case .number(let number): return .number(number)
        case .string(let bytes): return .string(String(decoding: bytes, as: UTF8.self))
        case .tensor(let handle): return .tensor(try host.value(of: handle))
        case .object(let handle): return .object(try handle.object())
        case .table(let tokens):
            var position = 0
            return try read(tokens, &position)
        case .unread(let slot), .function(let slot): return .function(try host.keep(slot: slot))
        case .other: return .other
        }
    }

    /// The value at a position, which goes on to the one after it.
    private func read(_ tokens: TableTokens, _ position: inout Int) throws -> ScriptValue {
        guard let header = tokens.table(at: position) else {
            defer { position += 1 }
            return try value(tokens[position])
        }
        position += 1
        var table = ScriptTable()
        try table.array.makeRoom(header.listCount)
        for _ in 0..<header.listCount { table.array.append(try read(tokens, &position)) }
        for _ in 0..<header.fieldCount {
            let key = try value(tokens[position])
            position += 1
            let value = try read(tokens, &position)
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
        guard case .string(let bytes) = token.operand, bytes.count == text.utf8.count else { return false }
        return bytes.elementsEqual(text.utf8)
    }

    /// The text of a token; empty where it is no string.
    static func text(_ token: njl_value) -> String {
        guard case .string(let bytes) = token.operand else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of an error, which may be of any length.
    static func message(_ token: njl_value) -> String {
        guard case .string(let bytes) = token.operand else { return "" }
        return ShownText.decoded(UnsafeRawBufferPointer(bytes), most: ShownText.longestMessage)
    }
}
