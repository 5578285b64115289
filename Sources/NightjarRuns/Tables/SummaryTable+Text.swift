// The summary table as text: for a terminal, as Markdown, as CSV.

extension SummaryTable {
    /// How a table is drawn in a terminal.
    public enum TerminalStyle: Sendable {
        /// Lines of Unicode box characters.
        case box
        /// ASCII only but for the sign ±.
        case plain
    }

    /// The table for a terminal: a line a loss and metric, a column a rate.
    /// - Parameter colour: bold headings and dim notes by ANSI codes; ask for it only where the output is a terminal.
    public func terminal(style: TerminalStyle = .box, colour: Bool = false) -> String {
        var parts: [String] = []
        for section in sections {
            parts.append(paint("\(section.data), \(section.model)", "1", colour))
            parts.append(contentsOf: drawn(section, style: style, colour: colour))
        }
        parts.append(paint(note, "2", colour))
        return parts.joined(separator: "\n") + "\n"
    }

    /// The table as Markdown, one for each pair of data and model.
    public var markdown: String {
        var text = ""
        for section in sections {
            let lines = cells(section)
            text += "**\(SummaryTable.escaped(section.data)), \(SummaryTable.escaped(section.model))**\n\n"
            for (position, line) in lines.enumerated() {
                text += "| " + line.map(SummaryTable.escaped).joined(separator: " | ") + " |\n"
                if position == 0 {
                    text += "|---|---|" + String(repeating: "---:|", count: line.count - 2) + "\n"
                }
            }
            text += "\n"
        }
        return text + note + "\n"
    }

    /// The table as CSV: a line a group, mean and sample standard deviation of each metric in full precision. An
    /// empty field where there is none.
    public var csv: String {
        let names = metrics.flatMap { ["\($0.rawValue)_mean", "\($0.rawValue)_sd"] }
        var text = CSV.line(["data", "model", "loss", "rate", "seeds"] + names)
        for group in sections.flatMap(\.groups) {
            let numbers = metrics.flatMap { metric -> [String] in
                let statistics = group.statistics(metric)
                return [statistics?.mean, statistics?.standardDeviation].map { $0.map(NumberText.shortest) ?? "" }
            }
            let rate = NumberText.shortest(group.rate)
            text += CSV.line([group.data, group.model, group.loss, rate, "\(group.rows.count)"] + numbers)
        }
        return text
    }

    /// Heading and lines of a section; the loss stands in each line of its own.
    private func cells(_ section: Section) -> [[String]] {
        var lines = [["loss", ""] + section.rates.map { "rate " + NumberText.shortest($0) }]
        for loss in section.losses {
            for metric in metrics {
                let values = section.rates.map { rate in
                    section.group(loss: loss, rate: rate)?.statistics(metric)?.text() ?? "–"
                }
                lines.append([loss, metric.title] + values)
            }
        }
        return lines
    }

    private func drawn(_ section: Section, style: TerminalStyle, colour: Bool) -> [String] {
        var lines = cells(section)
        if style == .plain { lines = lines.map { $0.map { $0 == "–" ? "-" : $0 } } }
        let columns = lines.first?.count ?? 0
        let widths = (0..<columns).map { column in lines.map { TerminalText.width($0[column]) }.max() ?? 0 }
        let bar = style == .box ? " │ " : "   "
        func line(_ fields: [String], repeated: Bool) -> String {
            let padded = fields.enumerated().map { column, field -> String in
                let shown = column == 0 && repeated ? "" : field
                let space = String(repeating: " ", count: max(0, widths[column] - TerminalText.width(shown)))
                return column < 2 ? shown + space : space + shown
            }
            return style == .box ? "│ " + padded.joined(separator: bar) + " │" : padded.joined(separator: bar)
        }
        func rule(_ left: String, _ cross: String, _ right: String) -> String {
            guard style == .box else {
                return String(repeating: "-", count: widths.reduce(0, +) + 3 * max(0, columns - 1))
            }
            return left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: cross) + right
        }
        var drawn = style == .box ? [rule("┌", "┬", "┐")] : []
        var previous = ""
        for (position, fields) in lines.enumerated() {
            let repeated = position > 0 && fields[0] == previous
            if position == 1 || (position > 1 && !repeated && style == .box) { drawn.append(rule("├", "┼", "┤")) }
            let text = line(fields, repeated: repeated)
            drawn.append(position == 0 ? paint(text, "1", colour) : text)
            previous = position == 0 ? "" : fields[0]
        }
        if style == .box { drawn.append(rule("└", "┴", "┘")) }
        return drawn.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
    }

    private func paint(_ text: String, _ code: String, _ colour: Bool) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}
