// How wide text is in a terminal, and how to cut it.

import Foundation

/// Widths in terminal columns.
public enum TerminalText {
    /// Columns a text takes: two for East Asian wide characters and emoji, none for marks that stand on nothing, one for others.
    public static func width(_ text: String) -> Int {
        // Without a line end, whose two characters are one, a byte of ASCII is a column.
        if text.utf8.allSatisfy({ $0 < 0x80 && $0 != 0x0D }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    /// The text cut to a number of columns, ending in `…` where something was cut.
    public static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in text {
            let next = width(character)
            if used + next > columns - 1 { break }
            kept.append(character)
            used += next
        }
        return kept + "…"
    }

    /// The columns of the terminal behind a file descriptor; nil where it is no terminal.
    public static func columns(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// A paragraph broken at spaces into lines of at most so many columns; a longer word stays whole.
    /// - Parameters:
    ///   - start: columns of the first line that are taken by what stands before the paragraph.
    ///   - indent: spaces before every line but the first.
    public static func wrap(_ paragraph: String, to columns: Int, start: Int = 0, indent: Int = 0) -> String {
        var text = ""
        var used = start
        for word in paragraph.split(separator: " ") {
            let next = width(String(word))
            if text.isEmpty {
                (text, used) = (String(word), used + next)
            } else if used + 1 + next <= columns {
                (text, used) = (text + " " + word, used + 1 + next)
            } else {
                (text, used) = (text + "\n" + String(repeating: " ", count: indent) + word, indent + next)
            }
        }
        return text
    }

    private static func width(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        guard let scalar = scalars.first else { return 0 }
        switch scalar.value {
        case ..<0x300: break
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
            0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            // A flag is two letters, each of which has a picture of its own.
            if scalar.properties.isEmojiPresentation { return 2 }
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: return 0
            default: break
            }
        }
        // A sign that the selector behind it makes a picture.
        return scalars.contains("\u{FE0F}") && scalar.properties.isEmoji ? 2 : 1
    }
}
