// Lua with its words, texts, numbers and comments in colours of their own.

import NightjarRuns

/// A script as HTML: a span a line, so that lines can be counted, and a span a token that has a colour.
package enum LuaText {
    private static let words: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not",
        "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// A piece of a script: the class of its colour, nil for what has none.
    package struct Token: Equatable {
        package let style: String?
        package let text: String
    }

    package static func html(_ text: String) -> String {
        var lines: [String] = [""]
        for token in tokens(text) {
            for (place, part) in token.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                if place > 0 { lines.append("") }
                guard !part.isEmpty else { continue }
                let shown = HTML.escape(String(part), most: 1 << 20)
                lines[lines.count - 1] += token.style.map { "<span class=\"\($0)\">\(shown)</span>" } ?? shown
            }
        }
        if lines.last == "" { lines.removeLast() }
        return lines.map { "<span class=\"l\">\($0)</span>" }.joined(separator: "\n")
    }

    /// All of a script in order; together they are the script again, whatever it holds.
    package static func tokens(_ text: String) -> [Token] {
        let all = Array(text.unicodeScalars)
        var tokens: [Token] = []
        var plain = ""
        var at = 0
        func add(_ style: String?, upTo end: Int) {
            let piece = String(String.UnicodeScalarView(all[at..<end]))
            if let style {
                if !plain.isEmpty { tokens.append(Token(style: nil, text: plain)) }
                plain = ""
                tokens.append(Token(style: style, text: piece))
            } else {
                plain += piece
            }
            at = end
        }
        while at < all.count {
            let next = all[at]
            if next == "-", at + 1 < all.count, all[at + 1] == "-" {
                add("k-comment", upTo: longEnd(all, at + 2) ?? lineEnd(all, at))
            } else if next == "[", let end = longEnd(all, at) {
                add("k-text", upTo: end)
            } else if next == "\"" || next == "'" {
                add("k-text", upTo: quoteEnd(all, at))
            } else if isDigit(next) || next == "." && at + 1 < all.count && isDigit(all[at + 1]) {
                var end = at + 1
                while end < all.count, isWord(all[end]) || all[end] == "." || isSign(all, end) { end += 1 }
                add("k-number", upTo: end)
            } else if isWord(next) {
                var end = at + 1
                while end < all.count, isWord(all[end]) { end += 1 }
                let word = String(String.UnicodeScalarView(all[at..<end]))
                add(words.contains(word) ? "k-word" : nil, upTo: end)
            } else {
                add(nil, upTo: at + 1)
            }
        }
        if !plain.isEmpty { tokens.append(Token(style: nil, text: plain)) }
        return tokens
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        isDigit(scalar) || scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    /// The sign of an exponent.
    private static func isSign(_ all: [Unicode.Scalar], _ at: Int) -> Bool {
        (all[at] == "+" || all[at] == "-") && "eEpP".unicodeScalars.contains(all[at - 1])
    }

    private static func lineEnd(_ all: [Unicode.Scalar], _ start: Int) -> Int {
        all[start...].firstIndex(of: "\n") ?? all.count
    }

    /// The end of `[[ ... ]]` or `[==[ ... ]==]` that begins here; nil where none does.
    private static func longEnd(_ all: [Unicode.Scalar], _ start: Int) -> Int? {
        guard start < all.count, all[start] == "[" else { return nil }
        var level = 0
        while start + 1 + level < all.count, all[start + 1 + level] == "=" { level += 1 }
        guard start + 1 + level < all.count, all[start + 1 + level] == "[" else { return nil }
        let closing: [Unicode.Scalar] = ["]"] + [Unicode.Scalar](repeating: "=", count: level) + ["]"]
        var at = start + 2 + level
        while at + closing.count <= all.count {
            if all[at] == "]", all[at..<(at + closing.count)].elementsEqual(closing) { return at + closing.count }
            at += 1
        }
        return all.count
    }

    private static func quoteEnd(_ all: [Unicode.Scalar], _ start: Int) -> Int {
        var at = start + 1
        while at < all.count {
            if all[at] == "\\" {
                at += 2
            } else if all[at] == all[start] {
                return at + 1
            } else if all[at] == "\n" {
                return at
            } else {
                at += 1
            }
        }
        return all.count
    }
}
