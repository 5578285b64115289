// The result table as text: for a terminal, as Markdown, as LaTeX, as CSV.

extension ResultTable {
    /// How a table is drawn in a terminal.
    public enum TerminalStyle: Sendable {
        /// Lines of Unicode box characters.
        case box
        /// ASCII only but for the sign ±.
        case plain
    }

    /// Heading and lines. The first ``textColumns`` columns are names, the others numbers.
    public var grid: (head: [String], lines: [[String]], textColumns: Int) {
        let names = lineAxes.map(\.name)
        guard let columnAxis else {
            let head = names + metrics.map(ResultTable.title)
            let body = lines.map { line in
                line.map(\.value.plainText) + metrics.map { text(group(line, column: nil), $0) }
            }
            return (head, body, names.count)
        }
        let head = names + [""] + columnAxis.values.map { "\(columnAxis.name) \($0.plainText)" }
        let body = lines.flatMap { line in
            metrics.map { metric in
                line.map(\.value.plainText) + [ResultTable.title(metric)]
                    + columnAxis.values.map { text(group(line, column: $0), metric) }
            }
        }
        return (head, body, names.count + 1)
    }

    private static func title(_ metric: MetricInfo) -> String {
        metric.unit.isEmpty || metric.unit == "%" ? metric.title : "\(metric.title) (\(metric.unit))"
    }

    /// The table for a terminal.
    /// - Parameter colour: bold headings and dim notes by ANSI codes; ask for it only where the output is a terminal.
    public func terminal(style: TerminalStyle = .box, colour: Bool = false) -> String {
        var parts: [String] = []
        if !fixedText.isEmpty { parts.append(ResultTable.paint(fixedText, "1", colour)) }
        if !metrics.isEmpty { parts += drawn(style: style, colour: colour) }
        parts.append(ResultTable.paint(note, "2", colour))
        return parts.joined(separator: "\n") + "\n"
    }

    /// The table as Markdown.
    public var markdown: String {
        let (head, lines, textColumns) = grid
        func line(_ fields: [String]) -> String {
            "| " + fields.map(ResultTable.escaped).joined(separator: " | ") + " |\n"
        }
        var text = fixedText.isEmpty ? "" : "**\(ResultTable.escaped(fixedText))**\n\n"
        text += line(head) + "|" + head.indices.map { $0 < textColumns ? "---|" : "---:|" }.joined() + "\n"
        return text + lines.map(line).joined() + "\n" + note + "\n"
    }

    /// The table as LaTeX, with the rules of the package `booktabs`.
    public var latex: String {
        let (head, lines, textColumns) = grid
        func line(_ fields: [String]) -> String {
            fields.map(ResultTable.latexEscaped).joined(separator: " & ") + " \\\\\n"
        }
        let columns = head.indices.map { $0 < textColumns ? "l" : "r" }.joined()
        var text = "% \(note.replacing("\n", with: " "))\n"
        if !fixedText.isEmpty { text += "% \(fixedText.replacing("\n", with: " "))\n" }
        text += "\\begin{tabular}{\(columns)}\n\\toprule\n" + line(head) + "\\midrule\n"
        var previous: String?
        for fields in lines {
            if let previous, let first = fields.first, first != previous, metrics.count > 1, columnAxis != nil {
                text += "\\addlinespace\n"
            }
            text += line(fields)
            previous = fields.first
        }
        return text + "\\bottomrule\n\\end{tabular}\n"
    }

    /// A line a group: its factors, how many runs, and of each metric mean, sample standard deviation, the ends of the
    /// 95 % t-interval, and the number of runs that define it; in full precision, empty where there is none.
    public var csv: String {
        let factors = set.factors
        let names = metrics.flatMap { metric in
            ["mean", "sd", "low", "high", "n"].map { "\(metric.name)_\($0)" }
        }
        var text = CSV.line(factors.map(\.name) + ["runs"] + names)
        for group in groups {
            let numbers = metrics.flatMap { metric -> [String] in
                guard let statistics = group.statistics(metric.name) else { return ["", "", "", "", "0"] }
                let interval = statistics.interval()
                return [statistics.mean, statistics.standardDeviation, interval?.lowerBound, interval?.upperBound]
                    .map { $0.map(NumberText.shortest) ?? "" } + ["\(statistics.count)"]
            }
            text += CSV.line(group.key.map(\.plainText) + ["\(group.rows.count)"] + numbers)
        }
        return text
    }

    private func drawn(style: TerminalStyle, colour: Bool) -> [String] {
        let (head, body, textColumns) = grid
        var lines = [head] + body
        if style == .plain { lines = lines.map { $0.map { $0 == "–" ? "-" : $0 } } }
        let widths = head.indices.map { column in lines.map { TerminalText.width($0[column]) }.max() ?? 0 }
        let bar = style == .box ? " │ " : "   "
        let repeatable = columnAxis == nil ? 0 : max(0, textColumns - 1)
        func line(_ fields: [String], repeated: Bool) -> String {
            let padded = fields.enumerated().map { column, field -> String in
                let shown = column < repeatable && repeated ? "" : field
                let space = String(repeating: " ", count: max(0, widths[column] - TerminalText.width(shown)))
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
        var previous: [String]?
        for (position, fields) in lines.enumerated() {
            let own = Array(fields.prefix(repeatable))
            let repeated = repeatable > 0 && position > 1 && own == previous
            if position == 1 || (position > 1 && repeatable > 0 && metrics.count > 1 && !repeated && style == .box) {
                drawn.append(rule("├", "┼", "┤"))
            }
            let text = line(fields, repeated: repeated)
            drawn.append(position == 0 ? ResultTable.paint(text, "1", colour) : text)
            previous = own
        }
        if style == .box { drawn.append(rule("└", "┴", "┘")) }
        return drawn.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
    }

    private static func paint(_ text: String, _ code: String, _ colour: Bool) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("\n", with: " ")
    }

    /// Text in which TeX sees no command.
    static func latexEscaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\": out += "\\textbackslash{}"
            case "&", "%", "$", "#", "_", "{", "}": out += "\\\(character)"
            case "~": out += "\\textasciitilde{}"
            case "^": out += "\\textasciicircum{}"
            case "±": out += "$\\pm$"
            case "–": out += "--"
            case "−": out += "$-$"
            case "<", ">": out += "$\(character)$"
            case _ where character.isNewline: out += " "
            default: out.append(character)
            }
        }
        return out
    }
}
