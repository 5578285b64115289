// Text made safe for HTML, SVG and inline JSON.

import NightjarProcess

package enum HTML {
    /// Escapes text for element contents and quoted attributes. What would turn or hide the text around it is shown, and
    /// what has more than `most` bytes, by default more than is read, is cut.
    package static func escape(_ text: String, most: Int = 2000) -> String {
        // Most of what is shown stands for itself.
        if text.utf8.count <= most, isPlain(text) { return text }
        var out = ""
        for character in ShownText.text(text, most: most).unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }

    /// ASCII without marks; `-n` may begin what is spelt otherwise.
    private static func isPlain(_ text: String) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            guard (0x20..<0x7F).contains(byte) else { return false }
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "<"), UInt8(ascii: ">"):
                return false
            case UInt8(ascii: "n"), UInt8(ascii: "N"): if last == UInt8(ascii: "-") { return false }
            default: break
            }
            last = byte
        }
        return true
    }

    /// JSON that cannot close the script element around it.
    package static func inlineJSON(_ value: JSONValue) -> String {
        value.text(pretty: false).replacing("<", with: "\\u003c")
    }

    /// A coordinate: one decimal is a fifth of a screen's dot at the size these pictures have.
    static func coordinate(_ value: Double) -> String {
        let text = NumberText.fixed(value, decimals: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
