import Foundation

/// Text from scripts, plugins and files as people are shown it, in a terminal, a log, a report, a table or a folder's name.
///
/// Nothing in it acts: control characters (C0 and C1, so every escape sequence of a terminal), characters that turn the
/// direction of text or take no room, and line ends where one line is meant, are shown as `\x1B`, `\n`, `\u{202E}`. And it
/// ends: what is longer than makes sense is cut, and says how much was. What is no number is spelt `nan`, whatever sign the
/// C library writes where a script joins numbers to text: 0 / 0 is `-nan` on some processors.
public enum ShownText {
    /// Bytes of an error message, with its further lines.
    public static let longestMessage = 16_384
    /// Characters of a name, a version, a label.
    public static let longestName = 200
    /// Bytes that a script prints in one piece.
    public static let longestOutput = 16 << 20

    /// Several lines: line ends and tabs stay.
    ///
    /// - Parameters:
    ///   - most: bytes.
    ///   - colours: codes that set a colour or weight stay as well, for text that was made here of escaped parts.
    public static func text(_ text: String, most: Int = longestMessage, colours: Bool = false) -> String {
        escaped(cut(text, most), keepsLines: true, keepsColours: colours)
    }

    /// One line.
    ///
    /// - Parameter most: characters.
    public static func line(_ text: String, most: Int = longestName) -> String {
        guard text.utf8.count > most else { return escaped(text, keepsLines: false, keepsColours: false) }
        let kept = text.prefix(most)
        let shown = escaped(String(kept), keepsLines: false, keepsColours: false)
        return kept.endIndex == text.endIndex ? shown : shown + "…"
    }

    /// A message of the program's own, which may hold names of files and folders whoever gave them. Its further lines are
    /// indented by two spaces; a line end with anything else behind it is a name's, and begins no line.
    public static func message(_ text: String) -> String {
        guard text.utf8.contains(where: { mayAct($0) }) else { return text }
        // Of scalars: to Swift a line end behind a carriage return is no line end.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        var shown = ""
        for (number, line) in lines.enumerated() {
            if number > 0 { shown += line.starts(with: "  ".unicodeScalars) ? "\n" : "\\n" }
            shown += escaped(String(line), keepsLines: true, keepsColours: false)
        }
        return shown
    }

    /// Text of bytes that need not be valid UTF-8, cut before it is made a string.
    public static func decoded(_ bytes: UnsafeRawBufferPointer, most: Int) -> String {
        guard bytes.count > most else { return String(decoding: bytes, as: UTF8.self) }
        var end = most
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + more(bytes.count - end)
    }

    private static func more(_ count: Int) -> String { "… (\(count) more bytes)" }

    private static func cut(_ text: String, _ most: Int) -> String {
        guard text.utf8.count > most else { return text }
        var text = text
        return text.withUTF8 { decoded(UnsafeRawBufferPointer($0), most: most) }
    }

    private static func escaped(_ given: String, keepsLines: Bool, keepsColours: Bool) -> String {
        let text = withoutSignOfNaN(given)
        guard text.utf8.contains(where: { mayAct($0) }),
            text.unicodeScalars.contains(where: { acts($0) && !(keepsLines && ($0 == "\n" || $0 == "\t")) })
        else { return text }
        var shown = ""
        shown.reserveCapacity(text.utf8.count + 16)
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let scalar = scalars[index]
            if keepsColours, scalar == "\u{1B}", let end = colour(scalars, index) {
                shown.unicodeScalars.append(contentsOf: scalars[index..<end])
                index = end
                continue
            }
            append(scalar, to: &shown, keepsLines: keepsLines)
            index = scalars.index(after: index)
        }
        return shown
    }

    /// The word `-nan` without its sign; parts of longer words stay.
    public static func withoutSignOfNaN(_ text: String) -> String {
        var text = text
        let signs = text.withUTF8 { bytes -> [Int] in
            func isPart(_ index: Int) -> Bool {
                guard bytes.indices.contains(index) else { return false }
                switch bytes[index] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...:
                    return true
                default: return false
                }
            }
            let word: [UInt8] = [UInt8(ascii: "-"), UInt8(ascii: "n"), UInt8(ascii: "a"), UInt8(ascii: "n")]
            guard bytes.count >= word.count else { return [] }
            return (0...bytes.count - word.count).filter { start in
                bytes[start] == word[0] && bytes[start..<start + word.count].elementsEqual(word)
                    && !isPart(start - 1) && !isPart(start + word.count)
            }
        }
        guard !signs.isEmpty else { return text }
        let left = Set(signs)
        return String(
            decoding: text.utf8.enumerated().lazy.filter { !left.contains($0.offset) }.map(\.element), as: UTF8.self)
    }

    /// Bytes that begin something to be looked at: controls, and lead bytes of characters beyond ASCII.
    private static func mayAct(_ byte: UInt8) -> Bool { byte < 0x20 || byte >= 0x7F }

    private static func append(_ scalar: Unicode.Scalar, to shown: inout String, keepsLines: Bool) {
        switch scalar {
        case "\n", "\t":
            guard !keepsLines else { return shown.unicodeScalars.append(scalar) }
            shown += scalar == "\n" ? "\\n" : "\\t"
        case "\r": shown += "\\r"
        case _ where acts(scalar):
            let digits = String(scalar.value, radix: 16, uppercase: true)
            shown += scalar.value < 0x100 ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
        default: shown.unicodeScalars.append(scalar)
        }
    }

    /// Controls, what turns the direction of text, separators of lines, and what is there and takes no room. Joiners stay:
    /// scripts of living languages need them.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }

    /// Reset, bold, dim, and the standard colours; the end of the code. Nothing that hides text.
    private static let colours: Set<String> = ["0", "1", "2", "22", "31", "32", "33", "34", "35", "36", "1;31"]

    private static func colour(
        _ scalars: String.UnicodeScalarView, _ start: String.UnicodeScalarView.Index
    ) -> String.UnicodeScalarView.Index? {
        let code = scalars[start...].prefix(8)
        guard code.dropFirst().first == "[", let end = code.firstIndex(of: "m") else { return nil }
        let number = String(String.UnicodeScalarView(code.dropFirst(2).prefix { $0 != "m" }))
        return colours.contains(number) ? scalars.index(after: end) : nil
    }
}
