// The report's tables.

enum ReportTables {
    /// J1 and J2: a pair of lines a loss, a column a rate.
    static func accuracies(_ section: SummaryTable.Section, metrics: [SummaryMetric]) -> String {
        let groups = section.losses.map { loss in
            let lines = metrics.enumerated().map { position, metric in
                let cells = section.rates.map { rate in
                    "<td>" + value(section.group(loss: loss, rate: rate)?.statistics(metric)) + "</td>"
                }
                let head =
                    position == 0 ? "<th scope=\"rowgroup\" rowspan=\"\(metrics.count)\">\(HTML.escape(loss))</th>" : ""
                return "<tr>\(head)<td class=\"text\">\(metric.title)</td>\(cells.joined())</tr>"
            }
            return "<tbody class=\"group\">\(lines.joined())</tbody>"
        }
        return table(["loss", ""], section.rates, groups.joined(separator: "\n"), textColumns: 2)
    }

    /// J2 of each loss minus that of the baseline; nil where no seed is shared.
    static func differences(_ section: SummaryTable.Section, rows: [SummaryRow], baseline: String) -> String? {
        let own = rows.filter { $0.data == section.data && $0.model == section.model }
        let all = PairedDifference.all(own, baseline: baseline)
        guard !all.isEmpty else { return nil }
        let groups = section.losses.filter { $0 != baseline }.map { loss in
            let cells = section.rates.map { rate in
                "<td>" + (all.first { $0.loss == loss && $0.rate == rate }.map(difference) ?? "–") + "</td>"
            }
            return
                "<tbody class=\"group\"><tr><th scope=\"row\">\(HTML.escape(loss))</th>\(cells.joined())</tr></tbody>"
        }
        return table(["loss"], section.rates, groups.joined(separator: "\n"), textColumns: 1)
    }

    /// Every run, so that each number above can be traced.
    static func runs(_ rows: [SummaryRow]) -> String {
        let names = SummaryFile.header
        let head = names.enumerated().map { column, name in
            "<th scope=\"col\"\(column < 3 ? " class=\"text\"" : "")>\(HTML.escape(name.replacing("_", with: " ")))</th>"
        }
        let lines = rows.map { row in
            let texts = [row.data, row.model, row.loss].map { "<td class=\"text\">\(HTML.escape($0))</td>" }
            let setting = [NumberText.shortest(row.rate), "\(row.seed)", "\(row.epochs)"]
            let metrics = SummaryMetric.allCases.map { row.value($0).map { NumberText.fixed($0, decimals: 2) } ?? "" }
            let numbers = setting + metrics + [NumberText.fixed(row.seconds, decimals: 1)]
            return "<tr>\(texts.joined())\(numbers.map { "<td>\($0)</td>" }.joined())</tr>"
        }
        return "<div class=\"scroll\"><table><thead><tr>\(head.joined())</tr></thead>\n<tbody>"
            + lines.joined(separator: "\n") + "</tbody></table></div>"
    }

    private static func table(_ first: [String], _ rates: [Double], _ body: String, textColumns: Int) -> String {
        let names = first.map { "<th scope=\"col\" class=\"text\">\($0)</th>" }
        let columns = rates.map { "<th scope=\"col\">rate \(NumberText.shortest($0))</th>" }
        return "<div class=\"scroll\"><table><thead><tr>\((names + columns).joined())</tr></thead>\n\(body)"
            + "</table></div>"
    }

    private static func value(_ statistics: SeedStatistics?) -> String {
        guard let statistics else { return "–" }
        let mean = NumberText.fixed(statistics.mean, decimals: 1)
        guard let deviation = statistics.standardDeviation else { return mean }
        return "\(mean) <span class=\"sd\">± \(NumberText.fixed(deviation, decimals: 1))</span>"
    }

    private static func difference(_ difference: PairedDifference) -> String {
        let text = difference.text()
        guard let space = text.firstIndex(of: " ") else { return text }
        return "\(text[..<space]) <span class=\"sd\">\(text[text.index(after: space)...])</span>"
    }
}
