import NightjarTensor

/// Records of separated values (RFC 4180), one after another: quoted fields may hold separators, line ends and doubled
/// quotes. Lines end with LF, CRLF or CR; empty lines are passed over, and so is the mark (BOM) of UTF-8 at the start.
struct SeparatedText {
    let path: String
    private let bytes: [UInt8]
    private let separator: UInt8
    private let quote: UInt8
    private var position = 0
    private var nextLine = 1
    /// The line on which the record that was read last begins, from 1.
    private(set) var line = 0

    /// - Throws: ``DataError`` for text in UTF-16.
    init(_ bytes: [UInt8], path: String, separator: UInt8, quote: UInt8) throws {
        self.bytes = bytes
        self.path = path
        self.separator = separator
        self.quote = quote
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw DataError(file: path, "is text in UTF-16", remedy: "Save it in UTF-8")
        }
    }

    /// The fields of the next record; nil at the end.
    mutating func next() throws -> [ArraySlice<UInt8>]? {
        while position < bytes.count, isLineEnd(bytes[position]) { passLineEnd() }
        guard position < bytes.count else { return nil }
        line = nextLine
        var fields: [ArraySlice<UInt8>] = []
        while true {
            fields.append(position < bytes.count && bytes[position] == quote ? try quoted() : plain())
            guard position < bytes.count, bytes[position] == separator else { break }
            position += 1
        }
        if position < bytes.count { passLineEnd() }
        return fields
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private mutating func passLineEnd() {
        let isPair = bytes[position] == 0x0D && position + 1 < bytes.count && bytes[position + 1] == 0x0A
        position += isPair ? 2 : 1
        nextLine += 1
    }

    private mutating func plain() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, bytes[position] != separator, !isLineEnd(bytes[position]) { position += 1 }
        return bytes[start..<position]
    }

    private mutating func quoted() throws -> ArraySlice<UInt8> {
        let first = nextLine
        position += 1
        var start = position
        var pieces: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            if byte == quote {
                if position + 1 < bytes.count, bytes[position + 1] == quote {
                    // Two stand for one.
                    pieces += bytes[start...position]
                    position += 2
                    start = position
                    continue
                }
                let rest = bytes[start..<position]
                position += 1
                guard position == bytes.count || bytes[position] == separator || isLineEnd(bytes[position]) else {
                    throw DataError(
                        file: "\(path), line \(nextLine)",
                        "has text behind the closing quote of a field, expected a separator or the end of the line",
                        remedy: "Inside of quotes, a quote is written twice")
                }
                return pieces.isEmpty ? rest : (pieces + rest)[...]
            }
            if byte == 0x0A || byte == 0x0D && !(position + 1 < bytes.count && bytes[position + 1] == 0x0A) {
                nextLine += 1
            }
            position += 1
        }
        throw DataError(
            file: "\(path), line \(first)", "begins a field with a quote that is closed nowhere",
            remedy: "Close it, or name another character for quotes")
    }
}
