// A condition on runs, as a person types it: parsed here, its values bound and never pasted into SQL.

/// `loss = 'rll' and rate > 0.2`, `not (status = failed or epochs < 10)`, `loss.alpha >= 0.1`, `script like '%mine%'`.
///
/// Names are axes, settings, components (`loss`, `optimizer`), their parameters (`loss.alpha`), metrics at the end or, as
/// in `best(j2)`, `j1@best(test_accuracy)` and `j1@10`, at other epochs, and
/// `run`, `experiment`, `status`, `epochs`, `seconds`, `hash`, `started`, `ended`, `message`. Texts may stand in single or double quotes. A run that
/// does not have a name matches no comparison with it.
public indirect enum RunFilter: Sendable, Equatable {
    case comparison(name: String, Comparison, Value)
    case and(RunFilter, RunFilter)
    case or(RunFilter, RunFilter)
    case not(RunFilter)

    public enum Comparison: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// With `%` for any text and `_` for any character, case ignored.
        case like
    }

    public enum Value: Sendable, Equatable {
        case number(Double)
        case text(String)
    }

    /// - Throws: `RunError` that shows the condition and where it cannot be read.
    public init(_ text: String) throws {
        var parser = RunFilterParser(text)
        self = try parser.parse()
    }

    /// The names that it speaks of.
    public var names: [String] {
        switch self {
        case .and(let left, let right), .or(let left, let right): left.names + right.names
        case .not(let inner): inner.names
        case .comparison(let name, _, _): [name]
        }
    }
}

/// Recursive descent; brackets are limited in depth.
struct RunFilterParser {
    private let source: String
    private let characters: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) {
        source = text
        characters = Array(text)
    }

    mutating func parse() throws -> RunFilter {
        let result = try alternatives()
        skipSpace()
        guard position == characters.count else { throw failure("expected 'and', 'or' or the end") }
        return result
    }

    private mutating func alternatives() throws -> RunFilter {
        var result = try conjunctions()
        while word("or") { result = .or(result, try conjunctions()) }
        return result
    }

    private mutating func conjunctions() throws -> RunFilter {
        var result = try factor()
        while word("and") { result = .and(result, try factor()) }
        return result
    }

    private mutating func factor() throws -> RunFilter {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw failure("brackets are nested too deeply") }
        if word("not") { return .not(try factor()) }
        skipSpace()
        if peek == "(" {
            position += 1
            let inner = try alternatives()
            skipSpace()
            guard peek == ")" else { throw failure("expected ')'") }
            position += 1
            return inner
        }
        let name = try self.name()
        let comparison = try self.comparison()
        return .comparison(name: name, comparison, try value())
    }

    private var peek: Character? { position < characters.count ? characters[position] : nil }

    private mutating func skipSpace() {
        while let next = peek, next.isWhitespace { position += 1 }
    }

    /// A word of the grammar, if it stands here.
    private mutating func word(_ wanted: String) -> Bool {
        skipSpace()
        let end = position + wanted.count
        guard end <= characters.count, String(characters[position..<end]).lowercased() == wanted,
            end == characters.count || !RunFilterParser.isPartOfName(characters[end])
        else { return false }
        position = end
        return true
    }

    private static func isPartOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.-/".contains(character)
    }

    private mutating func name() throws -> String {
        skipSpace()
        if peek == "\"" { return try quoted() }
        let start = position
        while let next = peek {
            if RunFilterParser.isPartOfName(next) || next == "@" {
                position += 1
            } else if next == "[" || next == "(" && characters[start..<position].suffix(4).elementsEqual("best") {
                // recall[3], best(j2): what stands in the brackets belongs to the name.
                try skipBrackets(next == "[" ? "]" : ")")
            } else {
                break
            }
        }
        guard position > start else { throw failure("expected a name such as loss or rate") }
        return String(characters[start..<position])
    }

    private mutating func skipBrackets(_ closing: Character) throws {
        let start = position
        while let next = peek {
            position += 1
            if next == closing { return }
        }
        position = start
        throw failure("a bracket is never closed")
    }

    private mutating func comparison() throws -> RunFilter.Comparison {
        skipSpace()
        if word("like") { return .like }
        let signs: [(String, RunFilter.Comparison)] = [
            ("!=", .notEqual), ("<>", .notEqual), ("~=", .notEqual), ("<=", .lessOrEqual), (">=", .greaterOrEqual),
            ("==", .equal), ("=", .equal), ("<", .less), (">", .greater),
        ]
        for (sign, comparison) in signs where characters[position...].starts(with: Array(sign)) {
            position += sign.count
            return comparison
        }
        throw failure("expected =, !=, <, <=, >, >= or like")
    }

    private mutating func value() throws -> RunFilter.Value {
        skipSpace()
        if peek == "'" || peek == "\"" { return .text(try quoted()) }
        let start = position
        while let next = peek, RunFilterParser.isPartOfName(next) || "+{}=,".contains(next) { position += 1 }
        guard position > start else { throw failure("expected a number or a text") }
        let text = String(characters[start..<position])
        return NumberText.number(text).map { .number($0) } ?? .text(text)
    }

    private mutating func quoted() throws -> String {
        let quote = characters[position]
        let start = position
        position += 1
        var text = ""
        while let next = peek {
            position += 1
            if next == quote {
                // A doubled quote is one of the text.
                guard peek == quote else { return text }
                position += 1
            }
            text.append(next)
        }
        position = start
        throw failure("a quote is never closed")
    }

    private func failure(_ what: String) -> RunError {
        let pointer = String(repeating: " ", count: position) + "^"
        return RunError(
            "the condition cannot be read: \(what)\n  \(source)\n  \(pointer)\n"
                + "  for example --where \"loss = 'rll' and rate > 0.2\"")
    }
}
