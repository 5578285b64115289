// Text made safe for HTML, SVG and inline JSON.

import NightjarProcess

package enum HTML {
    /// Escapes text for element contents and quoted attributes. What would turn or hide the text around it is shown, and
    /// what is too long to be read is cut.
    package static func escape(_ text: String) -> String {
        var out = ""
        for character in ShownText.text(text, most: 2000).unicodeScalars {
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
