// The result table as text: for a terminal, as Markdown, as LaTeX, as CSV.

extension ResultTable {
    public typealias TerminalStyle = TextGrid.TerminalStyle

    /// Heading and lines.
    public var grid: TextGrid { grid(title(of:)) }

    private func grid(_ title: (MetricInfo) -> String) -> TextGrid {
        let names = lineAxes.map(\.name)
        guard !columnAxes.isEmpty else {
            let head = names + metrics.map(title)
            let body = lines.enumerated().map { number, line in
                line.map(ResultTable.shown) + metrics.map { text(group(line: number, column: 0), $0) }
            }
            return TextGrid(head: head, lines: body, textColumns: names.count)
        }
        let head = names + [""] + columns.map(ResultTable.heading)
        let body = lines.enumerated().flatMap { number, line in
            metrics.map { metric in
                line.map(ResultTable.shown) + [title(metric)]
                    + columns.indices.map { text(group(line: number, column: $0), metric) }
            }
        }
        return TextGrid(
            head: head, lines: body, textColumns: names.count + 1, repeatable: names.count,
            isGrouped: metrics.count > 1 && !names.isEmpty)
    }

    /// `rate 0.4, depth 2`.
    static func heading(_ column: [CellSetting]) -> String {
        column.map { "\($0.name) \(shown($0))" }.joined(separator: ", ")
    }

    /// The value of an axis; `–` for a run that does not have it. What would not be seen is quoted.
    static func shown(_ setting: CellSetting) -> String {
        switch setting.value {
        case .null: "–"
        case .array(let items) where items.isEmpty: "{}"
        case .string(let text) where text.allSatisfy(\.isWhitespace): setting.value.text(pretty: false)
        default: setting.value.plainText
        }
    }

    /// A metric with its unit: `J1 (%)`.
    static func title(_ metric: MetricInfo) -> String {
        let unit = "(\(metric.unit))"
        return metric.unit.isEmpty || metric.title.hasSuffix(unit) ? metric.title : "\(metric.title) \(unit)"
    }

    /// Whether all numbers are percentages, which the line under the table says once.
    var isPercent: Bool { !metrics.isEmpty && metrics.allSatisfy { $0.unit == "%" } }

    /// A metric as it heads its numbers: with its unit, where the line under the table does not have that of all.
    func title(of metric: MetricInfo) -> String { isPercent ? metric.title : ResultTable.title(metric) }

    /// The same numbers for a terminal of so many columns: where they do not fit beside each other, the axes in columns
    /// stand in lines, if that is narrower.
    /// - Parameter columns: nil for what is no terminal, which takes the table as it is.
    public func fitting(_ columns: Int?) -> ResultTable {
        guard let columns, !columnAxes.isEmpty, grid.width > columns else { return self }
        let inLines = ResultTable(
            set, metrics: metrics, lines: lineAxes + columnAxes, columns: [], statistics: statistics)
        return inLines.grid.width < grid.width ? inLines : self
    }

    /// The table for a terminal.
    /// - Parameter colour: bold headings and dim notes by ANSI codes; ask for it only where the output is a terminal.
    public func terminal(style: TerminalStyle = .box, colour: Bool = false) -> String {
        var parts: [String] = []
        if !fixedText.isEmpty { parts.append(TextGrid.paint(fixedText, "1", colour)) }
        if !metrics.isEmpty { parts += grid.terminal(style: style, colour: colour) }
        parts.append(TextGrid.paint(note, "2", colour))
        return parts.joined(separator: "\n") + "\n"
    }

    /// The table as Markdown.
    public var markdown: String {
        (fixedText.isEmpty ? "" : "**\(TextGrid.escaped(fixedText))**\n\n") + grid.markdown + "\n" + note + "\n"
    }

    /// The table as LaTeX, with the rules of the package `booktabs`. What stands under the table elsewhere is a comment
    /// here, so that units stand in the heads.
    public var latex: String {
        var text = "% \(note.replacing("\n", with: " "))\n"
        if !fixedText.isEmpty { text += "% \(fixedText.replacing("\n", with: " "))\n" }
        return text + grid(ResultTable.title).latex
    }

    /// A line a group: its factors, how many runs, and of each metric mean, sample standard deviation, the ends of the
    /// 95 % t-interval, the number of runs that define it, and the unit of a metric that has one; in full precision, empty
    /// where there is none.
    public var csv: String {
        let factors = set.factors
        let names = metrics.flatMap { metric in
            (["mean", "sd", "low", "high", "n"] + (metric.unit.isEmpty ? [] : ["unit"])).map { "\(metric.name)_\($0)" }
        }
        var columns = ColumnNames(factors.map(\.name))
        var text = CSV.line(
            factors.map(\.name) + columns.free(["runs"], prefix: "run_") + columns.free(names, prefix: "metric_"))
        for group in groups {
            let numbers = metrics.flatMap { metric -> [String] in
                let unit = metric.unit.isEmpty ? [] : [metric.unit]
                guard let statistics = group.statistics(metric.name) else { return ["", "", "", "", "0"] + unit }
                let interval = statistics.interval()
                return [statistics.mean, statistics.standardDeviation, interval?.lowerBound, interval?.upperBound]
                    .map { $0.map(NumberText.shortest) ?? "" } + ["\(statistics.count)"] + unit
            }
            text += CSV.line(group.key.map { $0 == .null ? "" : $0.plainText } + ["\(group.rows.count)"] + numbers)
        }
        return text
    }

    /// The same as a list of objects, a group each.
    public var json: JSONValue {
        .array(
            groups.map { group in
                var entries: [String: JSONValue] = ["runs": .integer(group.rows.count)]
                entries["cell"] = .object(
                    Dictionary(zip(set.factors.map(\.name), group.key), uniquingKeysWith: { first, _ in first }))
                var values: [String: JSONValue] = [:]
                for metric in metrics {
                    guard let statistics = group.statistics(metric.name) else { continue }
                    var entry: [String: JSONValue] = [
                        "mean": .number(statistics.mean), "n": .integer(statistics.count),
                    ]
                    if !metric.unit.isEmpty { entry["unit"] = .string(metric.unit) }
                    entry["sd"] = statistics.standardDeviation.map { .number($0) }
                    if let interval = statistics.interval() {
                        entry["low"] = .number(interval.lowerBound)
                        entry["high"] = .number(interval.upperBound)
                    }
                    entry["values"] = .array(statistics.values.map { .number($0) })
                    values[metric.name] = .object(entry)
                }
                entries["metrics"] = .object(values)
                return .object(entries)
            })
    }
}
