import NightjarTensor

/// The header of a .npy file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, a literal in Python.
struct NPYHeader {
    let element: ForeignElement
    let isFortran: Bool
    let shape: [Int]

    init(_ text: String, what: String) throws {
        func fault(_ problem: String) -> DataError {
            DataError(file: what, "has a header that \(problem): \(NPYHeader.short(text))")
        }
        var reader = PythonLiteral(text)
        guard case .dictionary(let entries)? = reader.value(depth: 0), reader.isAtEnd else {
            throw fault("is no Python dictionary")
        }
        guard case .text(let code)? = entries["descr"] else {
            if case .list? = entries["descr"] {
                throw DataError(
                    file: what, "holds records with fields, not numbers", remedy: "Save each field by itself")
            }
            throw fault("gives no 'descr'")
        }
        guard case .flag(let isFortran)? = entries["fortran_order"] else { throw fault("gives no 'fortran_order'") }
        guard case .list(let extents)? = entries["shape"] else { throw fault("gives no 'shape'") }
        shape = try extents.map { extent in
            guard case .number(let number) = extent, number >= 0 else { throw fault("has a shape that is none") }
            return number
        }
        element = try NPYHeader.element(code, what: what)
        self.isFortran = isFortran
    }

    /// `<f4`: byte order, kind, bytes.
    static func element(_ code: String, what: String) throws -> ForeignElement {
        let kinds: [Character: ForeignElement.Kind] = ["f": .float, "i": .signed, "u": .unsigned, "b": .bool]
        var rest = Substring(code)
        let order = rest.first.map { "<>|=".contains($0) } == true ? rest.removeFirst() : "|"
        if code == "?" { rest = "b1" }
        if let letter = rest.popFirst(), let kind = kinds[letter], let width = Int(rest),
            let element = ForeignElement(kind, width: width, isBigEndian: order == ">")
        {
            return element
        }
        throw DataError(
            file: what, "holds elements of type '\(short(code))', which no tensor can hold",
            remedy: "Convert it before saving, for example with .astype(\"float32\")")
    }

    static func short(_ text: String) -> String { text.count > 80 ? "\(text.prefix(77))..." : text }
}

/// The part of Python's literals that headers use: strings, whole numbers, True and False, tuples, lists, dictionaries.
private struct PythonLiteral {
    indirect enum Value {
        case text(String)
        case number(Int)
        case flag(Bool)
        case list([Value])
        case dictionary([String: Value])
    }

    private let characters: [Character]
    private var position = 0

    init(_ text: String) { characters = Array(text) }

    var isAtEnd: Bool { characters[position...].allSatisfy(\.isWhitespace) }

    /// The next value; nil for anything else.
    mutating func value(depth: Int) -> Value? {
        guard depth < 8 else { return nil }
        skipSpace()
        guard position < characters.count else { return nil }
        switch characters[position] {
        case "'", "\"": return string().map { .text($0) }
        case "(": return list(until: ")", depth).map { .list($0) }
        case "[": return list(until: "]", depth).map { .list($0) }
        case "{": return dictionary(depth).map { .dictionary($0) }
        default: return word()
        }
    }

    private mutating func skipSpace() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    /// Goes past a character if it is the next one.
    private mutating func pass(_ character: Character) -> Bool {
        skipSpace()
        guard position < characters.count, characters[position] == character else { return false }
        position += 1
        return true
    }

    private mutating func string() -> String? {
        let quote = characters[position]
        guard let end = characters[(position + 1)...].firstIndex(of: quote) else { return nil }
        let text = String(characters[(position + 1)..<end])
        position = end + 1
        return text.contains("\\") ? nil : text
    }

    private mutating func list(until end: Character, _ depth: Int) -> [Value]? {
        position += 1
        var values: [Value] = []
        while !pass(end) {
            guard let next = value(depth: depth + 1) else { return nil }
            values.append(next)
            if !pass(",") {
                guard pass(end) else { return nil }
                return values
            }
        }
        return values
    }

    private mutating func dictionary(_ depth: Int) -> [String: Value]? {
        position += 1
        var entries: [String: Value] = [:]
        while !pass("}") {
            guard case .text(let key)? = value(depth: depth + 1), pass(":"), let item = value(depth: depth + 1) else {
                return nil
            }
            // Python takes the last of two, others the first.
            guard entries.updateValue(item, forKey: key) == nil else { return nil }
            if !pass(",") {
                guard pass("}") else { return nil }
                return entries
            }
        }
        return entries
    }

    private mutating func word() -> Value? {
        let start = position
        while position < characters.count,
            characters[position].isLetter || characters[position].isNumber || characters[position] == "-"
        {
            position += 1
        }
        let word = String(characters[start..<position])
        switch word {
        case "True": return .flag(true)
        case "False": return .flag(false)
        default:
            // Python 2 wrote 3L.
            return Int(word.hasSuffix("L") ? String(word.dropLast()) : word).map { .number($0) }
        }
    }
}
