// JSON read strictly: what two readers could take in two ways is refused.

import Foundation
import NightjarTensor

/// A reader of RFC 8259 over bytes, in time that grows with their number only.
///
/// Refused, besides what is no JSON: a key that comes twice (also in two Unicode forms of the same text), bytes that are
/// no UTF-8, a byte order mark, UTF-16, half a surrogate pair, numbers that no double holds, and values nested deeper than
/// ``deepest``. `NaN`, comments, trailing commas and single quotes are no JSON.
struct JSONParser {
    /// Levels of brackets; a file of ours has six, and each level takes some of the stack.
    static let deepest = 100
    /// Bytes of memory that the values of a text take at most, for each of its bytes.
    private static let growth = 40

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// What is wrong, and where.
    struct Fault: Error {
        let problem: String
        let offset: Int
    }

    /// - Throws: ``Fault``, and ``TensorError`` where there is no room for the values.
    static func value(of bytes: UnsafeBufferPointer<UInt8>) throws -> JSONValue {
        if let encoding = foreignEncoding(bytes) { throw Fault(problem: encoding, offset: 0) }
        // Text of a megabyte is never what fills memory.
        if bytes.count > 1 << 20 { try Room.check(bytes.count, of: growth) }
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.fault("text goes on after the end of the value") }
        return value
    }

    /// The line and the column of a byte, both from 1.
    static func place(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> (line: Int, column: Int) {
        let before = bytes.prefix(max(0, offset))
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (before.count { $0 == UInt8(ascii: "\n") } + 1, before.count - start + 1)
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private static func foreignEncoding(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return "it begins with a byte order mark: save it as UTF-8 without one"
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE])
            || (bytes.count >= 2 && (bytes[0] == 0) != (bytes[1] == 0))
        {
            return "it is UTF-16 or UTF-32: save it as UTF-8"
        }
        return nil
    }

    private func fault(_ problem: String, at offset: Int? = nil) -> Fault {
        Fault(problem: problem, offset: offset ?? position)
    }

    static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x0A, 0x0D, 0x09].contains(byte) }

    private mutating func skipSpace() {
        while position < bytes.count, JSONParser.isSpace(bytes[position]) { position += 1 }
    }

    /// Goes past a byte if it is the next one after blanks.
    private mutating func pass(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// What stands here, as messages show it.
    private var here: String {
        guard position < bytes.count else { return "the end of the text" }
        let byte = bytes[position]
        return (0x21..<0x7F).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw fault("a value was expected, the text ends") }
        guard depth <= JSONParser.deepest else {
            throw fault("values are nested deeper than \(JSONParser.deepest) levels")
        }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object(try object(depth))
        case UInt8(ascii: "["): return .array(try array(depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            if word("null") { return .null }
            if word("true") { return .bool(true) }
            if word("false") { return .bool(false) }
            throw fault("a value was expected, got \(here)")
        }
    }

    private mutating func word(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count,
            memcmp(bytes.baseAddress.map { $0 + position } ?? text.utf8Start, text.utf8Start, end - position) == 0
        else { return false }
        position = end
        return true
    }

    private mutating func array(_ depth: Int) throws -> [JSONValue] {
        position += 1
        var values: [JSONValue] = []
        if pass("]") { return values }
        while true {
            values.append(try value(depth: depth + 1))
            if pass("]") { return values }
            guard pass(",") else { throw fault("a comma or ']' was expected, got \(here)") }
            skipSpace()
            if position < bytes.count, bytes[position] == UInt8(ascii: "]") {
                throw fault("a list ends with a comma: take it away")
            }
        }
    }

    private mutating func object(_ depth: Int) throws -> [String: JSONValue] {
        position += 1
        var entries: [String: JSONValue] = [:]
        if pass("}") { return entries }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw fault("a key in double quotes was expected, got \(here)")
            }
            let start = position
            let key = try string()
            guard pass(":") else { throw fault("a colon was expected, got \(here)") }
            let value = try value(depth: depth + 1)
            guard entries.updateValue(value, forKey: key) == nil else {
                throw fault("the key \"\(JSONParser.short(key))\" comes twice", at: start)
            }
            if pass("}") { return entries }
            guard pass(",") else { throw fault("a comma or '}' was expected, got \(here)") }
            skipSpace()
            if position < bytes.count, bytes[position] == UInt8(ascii: "}") {
                throw fault("an object ends with a comma: take it away")
            }
        }
    }

    private static func short(_ text: String) -> String { text.count > 60 ? "\(text.prefix(57))..." : text }

    private mutating func string() throws -> String {
        let start = position
        position += 1
        var escaped: [UInt8] = []
        var plain = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let run = UnsafeBufferPointer(rebasing: bytes[plain..<position])
                position += 1
                let whole = escaped.isEmpty ? nil : escaped + run
                guard
                    let text = whole.map({ String(validating: $0, as: UTF8.self) })
                        ?? String(validating: run, as: UTF8.self)
                else { throw fault("a text is not UTF-8", at: start) }
                return text
            case UInt8(ascii: "\\"):
                escaped += bytes[plain..<position]
                position += 1
                try escape(into: &escaped)
                plain = position
            case 0..<0x20: throw fault("a text holds a control character: write it as an escape such as \\n")
            default: position += 1
            }
        }
        throw fault("a text is never closed", at: start)
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        guard position < bytes.count else { throw fault("a text is never closed") }
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
        ]
        if let byte = plain[bytes[position]] {
            text.append(byte)
            position += 1
            return
        }
        guard bytes[position] == UInt8(ascii: "u") else { throw fault("there is no escape \\ and \(here)") }
        let start = position - 1
        position += 1
        var code = try hexadecimal()
        if (0xD800..<0xDC00).contains(code) {
            guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            else { throw fault("half a surrogate pair stands alone", at: start) }
            position += 2
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair stands alone", at: start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("half a surrogate pair stands alone", at: start) }
        text += Array(String(Character(scalar)).utf8)
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw fault("four hexadecimal digits were expected, got \(here)")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    /// `-`, digits without a leading zero, a fraction, an exponent.
    private mutating func number() throws -> JSONValue {
        let start = position
        func digit(_ place: Int) -> Bool { place < bytes.count && (0x30...0x39).contains(bytes[place]) }
        var isWhole = true
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        guard digit(position) else { throw fault("a digit was expected, got \(here)") }
        if bytes[position] == UInt8(ascii: "0"), digit(position + 1) {
            throw fault("a number begins with 0", at: start)
        }
        while digit(position) { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard digit(position) else { throw fault("a digit was expected after the point, got \(here)") }
            while digit(position) { position += 1 }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, [0x2B, 0x2D].contains(bytes[position]) { position += 1 }
            guard digit(position) else { throw fault("a digit was expected in the exponent, got \(here)") }
            while digit(position) { position += 1 }
        }
        guard position - start <= 1000 else { throw fault("a number has \(position - start) characters", at: start) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, text != "-0", let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw fault("\(JSONParser.short(text)) is too large", at: start)
        }
        return .number(value)
    }
}
