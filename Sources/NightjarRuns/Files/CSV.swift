// Comma-separated values as RFC 4180 has them, with a plain newline at the end of a line.

import NightjarTensor

/// Writes and reads CSV.
public enum CSV {
    /// One line with its newline. A field that holds a comma, a quote or a line end is put in quotes.
    public static func line(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: ",") + "\n"
    }

    /// Bytes of memory that the records of a text take at most, for each of its bytes: a line may be one empty field.
    private static let growth = 64

    /// All records of a text. Lines may end in `\n` or `\r\n`; quoted fields may hold line ends.
    /// - Parameter source: the file's name for messages.
    /// - Throws: `RunError` with the line of a quote that never closes or text after a closing quote.
    public static func parse(_ text: String, source: String) throws -> [[String]] {
        // Text of a megabyte is never what fills memory.
        if text.utf8.count > 1 << 20 { try Room.check(text.utf8.count, of: CSV.growth) }
        var records: [[String]] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var state = State.start
        var line = 1
        var quoteLine = 1
        func finished(_ bytes: [UInt8]) -> String {
            // Takes the mark of text away again; see `quoted`.
            let isMarked = bytes.first == UInt8(ascii: "'") && startsFormula(bytes.drop { $0 == UInt8(ascii: "'") })
            return String(decoding: isMarked ? bytes.dropFirst() : bytes[...], as: UTF8.self)
        }
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n") { line += 1 }
            switch (state, byte) {
            case (.quoted, UInt8(ascii: "\"")): state = .closed
            case (.quoted, _): field.append(byte)
            case (.closed, UInt8(ascii: "\"")):
                field.append(byte)
                state = .quoted
            case (.start, UInt8(ascii: "\"")):
                state = .quoted
                quoteLine = line
            case (_, UInt8(ascii: ",")):
                fields.append(finished(field))
                field = []
                state = .start
            case (_, UInt8(ascii: "\n")):
                if state == .plain, field.last == UInt8(ascii: "\r") { field.removeLast() }
                fields.append(finished(field))
                records.append(fields)
                (fields, field, state) = ([], [], .start)
            case (.closed, UInt8(ascii: "\r")): continue
            case (.closed, _):
                throw RunError("\(source), line \(line): text after the closing quote of a field")
            default:
                field.append(byte)
                state = .plain
            }
        }
        if state == .quoted { throw RunError("\(source), line \(quoteLine): a quote is never closed") }
        if state != .start || !fields.isEmpty {
            fields.append(finished(field))
            records.append(fields)
        }
        return records
    }

    private enum State { case start, plain, quoted, closed }

    /// Whether a spreadsheet takes what begins so for a formula.
    private static func startsFormula(_ bytes: some Sequence<UInt8>) -> Bool {
        var first = bytes.makeIterator()
        return first.next().map { "=+-@\t\r".utf8.contains($0) } ?? false
    }

    /// Text that a spreadsheet would run gets an apostrophe in front, as one types it there; numbers stay numbers.
    private static func quoted(_ text: String) -> String {
        let isRun = startsFormula(text.utf8.drop { $0 == UInt8(ascii: "'") }) && Double(text) == nil
        let field = isRun ? "'" + text : text
        guard field.utf8.contains(where: { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
