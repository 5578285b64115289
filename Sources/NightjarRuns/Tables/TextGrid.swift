// A grid of texts with headings, drawn for a terminal, as Markdown, as LaTeX.

import NightjarProcess

/// What tables of results and of differences are drawn from. The first ``textColumns`` columns are names, the others
/// numbers.
public struct TextGrid: Sendable, Equatable {
    /// How a table is drawn in a terminal.
    public enum TerminalStyle: Sendable {
        /// Lines of Unicode box characters.
        case box
        /// ASCII only but for the sign ±.
        case plain
    }

    public var head: [String]
    public var lines: [[String]]
    public var textColumns: Int
    /// Leading columns that are the same in neighbouring lines and stand there once.
    var repeatable = 0
    /// Whether lines that share those are set apart from others.
    var isGrouped = false

    /// How wide it is in a box.
    var width: Int { terminal(style: .box, colour: false).first.map(TerminalText.width) ?? 0 }

    /// Lines for a terminal.
    func terminal(style: TerminalStyle, colour: Bool) -> [String] {
        // A line end in a name would begin a line of the table, and other characters hide or colour parts of it.
        var all = ([head] + lines).map { $0.map { ShownText.line($0, most: .max) } }
        if style == .plain { all = all.map { $0.map { $0 == "–" ? "-" : $0 } } }
        let sizes = all.map { $0.map(TerminalText.width) }
        let widths = head.indices.map { column in sizes.map { $0[column] }.max() ?? 0 }
        let bar = style == .box ? " │ " : "   "
        func line(_ number: Int, repeated: Bool) -> String {
            let padded = all[number].enumerated().map { column, field -> String in
                let isLeft = column < repeatable && repeated
                let space = String(repeating: " ", count: max(0, widths[column] - (isLeft ? 0 : sizes[number][column])))
                let shown = isLeft ? "" : field
                return column < textColumns ? shown + space : space + shown
            }
            return style == .box ? "│ " + padded.joined(separator: bar) + " │" : padded.joined(separator: bar)
        }
        func rule(_ left: String, _ cross: String, _ right: String) -> String {
            guard style == .box else {
                return String(repeating: "-", count: widths.reduce(0, +) + 3 * max(0, widths.count - 1))
            }
            return left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: cross) + right
        }
        var drawn = style == .box ? [rule("┌", "┬", "┐")] : []
        var previous: ArraySlice<String>?
        for position in all.indices {
            let own = all[position].prefix(repeatable)
            let repeated = repeatable > 0 && position > 1 && own == previous
            if position == 1 || (position > 1 && isGrouped && !repeated && style == .box) {
                drawn.append(rule("├", "┼", "┤"))
            }
            let text = line(position, repeated: repeated)
            drawn.append(position == 0 ? TextGrid.paint(text, "1", colour) : text)
            previous = own
        }
        if style == .box { drawn.append(rule("└", "┴", "┘")) }
        return drawn.map { line in
            guard line.hasSuffix(" ") else { return line }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Lines of a Markdown table.
    var markdown: String {
        func line(_ fields: [String]) -> String {
            "| " + fields.map(TextGrid.escaped).joined(separator: " | ") + " |\n"
        }
        return line(head) + "|" + head.indices.map { $0 < textColumns ? "---|" : "---:|" }.joined() + "\n"
            + lines.map(line).joined()
    }

    /// A `tabular` with the rules of the package `booktabs`.
    var latex: String {
        func line(_ fields: [String]) -> String {
            fields.map(TextGrid.latexEscaped).joined(separator: " & ") + " \\\\\n"
        }
        let columns = head.indices.map { $0 < textColumns ? "l" : "r" }.joined()
        var text = "\\begin{tabular}{\(columns)}\n\\toprule\n" + line(head) + "\\midrule\n"
        var previous: ArraySlice<String>?
        for fields in lines {
            let own = fields.prefix(repeatable)
            if isGrouped, let previous, own != previous { text += "\\addlinespace\n" }
            let isRepeated = repeatable > 0 && own == previous
            text += line(isRepeated ? own.map { _ in "" } + fields.dropFirst(repeatable) : fields)
            previous = own
        }
        return text + "\\bottomrule\n\\end{tabular}\n"
    }

    static func paint(_ text: String, _ code: String, _ colour: Bool) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    static func escaped(_ text: String) -> String {
        plain(text).replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("<", with: "&lt;")
    }

    /// On one line, and nothing in it that acts.
    private static func plain(_ text: String) -> String {
        ShownText.line(String(text.map { $0.isNewline ? " " : $0 }), most: .max)
    }

    /// Text in which TeX sees no command.
    static func latexEscaped(_ text: String) -> String {
        var out = ""
        for character in plain(text) {
            switch character {
            case "\\": out += "\\textbackslash{}"
            case "&", "%", "$", "#", "_", "{", "}": out += "\\\(character)"
            case "~": out += "\\textasciitilde{}"
            case "^": out += "\\textasciicircum{}"
            case "±": out += "$\\pm$"
            case "–": out += "--"
            case "−": out += "$-$"
            case "<", ">": out += "$\(character)$"
            case "\"": out += "\\textquotedbl{}"
            case "[", "]": out += "{\(character)}"
            default: out.append(character)
            }
        }
        return out
    }
}
