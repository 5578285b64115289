// The report's tables.

package enum ReportTables {
    /// The result table, a group of lines a setting.
    package static func results(_ table: ResultTable) -> String {
        let names = table.lineAxes.map { text($0.name) }
        guard !table.columnAxes.isEmpty else {
            let head = names + table.metrics.map { number(table.title(of: $0)) }
            let body = table.lines.enumerated().map { number, line in
                let group = table.group(line: number, column: 0)
                let cells = table.metrics.map { "<td>\(value(table, group, $0))</td>" }
                return "<tr>\(lineHead(line, rows: 1))\(cells.joined())</tr>"
            }
            return whole(head, "<tbody>" + body.joined(separator: "\n") + "</tbody>")
        }
        let head = names + [text("")] + table.columns.map { number(ResultTable.heading($0)) }
        let body = table.lines.enumerated().map { number, line in
            let rows = table.metrics.enumerated().map { position, metric in
                let cells = table.columns.indices.map {
                    "<td>\(value(table, table.group(line: number, column: $0), metric))</td>"
                }
                let first = position == 0 ? lineHead(line, rows: table.metrics.count) : ""
                return
                    "<tr>\(first)<td class=\"text\">\(HTML.escape(table.title(of: metric)))</td>\(cells.joined())</tr>"
            }
            return "<tbody class=\"group\">\(rows.joined())</tbody>"
        }
        return whole(head, body.joined(separator: "\n"))
    }

    /// Texts in lines and columns.
    package static func grid(_ grid: TextGrid) -> String {
        let head = grid.head.enumerated().map { $0 < grid.textColumns ? text($1) : number($1) }
        let lines = grid.lines.map { line in
            let cells = line.enumerated().map { place, field in
                "<td\(place < grid.textColumns ? " class=\"text\"" : "")>\(HTML.escape(field))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return whole(head, "<tbody>" + lines.joined(separator: "\n") + "</tbody>")
    }

    /// Rows that the list of all runs has; a spreadsheet is better for more.
    private static let mostRuns = 1000

    /// A line a comparison.
    static func differences(_ differences: [PairedDifference], _ table: ResultTable) -> String {
        let fixed = Set(table.fixedAxes.map(\.name))
        let names = (differences.first?.setting.map(\.name) ?? []).filter { !fixed.contains($0) }
        let axis = differences.first?.axis ?? ""
        let unit = differences.first?.metric.unit ?? ""
        let head =
            [text(axis)] + names.map(text)
            + [number(unit.isEmpty ? "difference" : "difference (\(unit))"), number("p"), number("pairs")]
        let lines = differences.map { one in
            let settings = names.map { name in
                "<td class=\"text\">\(HTML.escape(one.setting.field(name)))</td>"
            }
            let shown = one.text()
            let split = shown.firstIndex(of: " ")
            let number =
                split.map { "\(shown[..<$0]) <span class=\"sd\">\(shown[shown.index(after: $0)...])</span>" } ?? shown
            let p = one.probability.map { $0 < 0.001 ? "&lt; 0.001" : NumberText.fixed($0, decimals: 3) } ?? "–"
            return
                "<tr><th scope=\"row\">\(HTML.escape(one.value.plainText))</th>\(settings.joined())<td>\(number)</td>"
                + "<td>\(p)</td><td>\(one.statistics.count)</td></tr>"
        }
        return whole(head, "<tbody>" + lines.joined(separator: "\n") + "</tbody>")
    }

    /// Every run, so that each number above can be traced.
    static func runs(_ set: RunSet) -> String {
        // Values of other epochs where they are shown above; summary.csv has all.
        let shown = set.metrics.filter { $0.isHeadline || MetricReference($0.name).moment == nil }
        let head =
            set.axes.map { text($0.name) } + [text("status"), number("epochs")]
            + shown.map { number(ResultTable.title($0)) } + [text("folder")]
        let lines = set.rows.indices.prefix(mostRuns).map { index in
            let row = set.rows[index]
            let cell = set.axes.map {
                "<td class=\"text\">\(HTML.escape(row.cell.field($0.name)))</td>"
            }
            let metrics = shown.map { metric in
                "<td>\(row.metrics[metric.name].map { NumberText.fixed($0, decimals: max(2, metric.decimals)) } ?? "")</td>"
            }
            let folder = set.folder(index)?.lastPathComponent ?? ""
            return "<tr>\(cell.joined())<td class=\"text\">\(row.state.rawValue)</td><td>\(row.epochs)</td>"
                + "\(metrics.joined())<td class=\"text\">\(HTML.escape(folder))</td></tr>"
        }
        let more =
            set.rows.count > mostRuns
            ? "<p class=\"note\">The first \(mostRuns) of \(set.rows.count) runs; summary.csv has all.</p>" : ""
        return whole(head, "<tbody>" + lines.joined(separator: "\n") + "</tbody>", isPlain: true) + more
    }

    private static func lineHead(_ line: [CellSetting], rows: Int) -> String {
        line.map { setting in
            let span = rows > 1 ? " rowspan=\"\(rows)\"" : ""
            return "<th scope=\"\(rows > 1 ? "rowgroup" : "row")\"\(span) class=\"text\">"
                + "\(HTML.escape(ResultTable.shown(setting)))</th>"
        }.joined()
    }

    private static func text(_ name: String) -> String { "<th scope=\"col\" class=\"text\">\(HTML.escape(name))</th>" }

    private static func number(_ name: String) -> String { "<th scope=\"col\">\(HTML.escape(name))</th>" }

    /// Columns that stand beside each other on paper, where no cell spans rows.
    private static let mostOnPaper = 12

    /// - Parameter isPlain: every row has a cell for every column.
    private static func whole(_ head: [String], _ body: String, isPlain: Bool = false) -> String {
        let look = isPlain && head.count > mostOnPaper ? " class=\"many\"" : ""
        return "<div class=\"scroll\"><table\(look)><thead><tr>\(head.joined())</tr></thead>\n\(body)</table></div>"
    }

    private static func value(_ table: ResultTable, _ group: ResultTable.Group?, _ metric: MetricInfo) -> String {
        let text = HTML.escape(table.text(group, metric))
        guard let space = text.firstIndex(of: " ") else { return text }
        return "\(text[..<space]) <span class=\"sd\">\(text[text.index(after: space)...])</span>"
    }
}
