// The report of an experiment: one HTML file that needs nothing else.

import Foundation

/// A self-contained page: tables, curves and bars of a set of runs.
///
/// It loads nothing from anywhere, reads well without its script, and follows the reader's choice of light or dark.
/// What stands in lines, columns, panels and colours follows from the axes of the set; what a metric means, from its
/// declaration. Equal input gives equal bytes.
public struct Report: Sendable {
    /// A setting of the experiment for the list at the end.
    public struct Fact: Sendable, Equatable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What one value of an axis is compared with.
    public struct Baseline: Sendable, Equatable {
        public let axis: String
        public let value: JSONValue

        public init(axis: String, value: JSONValue) {
            self.axis = axis
            self.value = value
        }
    }

    public var title: String
    /// A sentence or two under the title, plain text; empty for none.
    public var introduction = ""
    public var set: RunSet
    /// A part of a report, in the grammar of `nj.table` and `nj.figure`.
    public enum Item: Sendable, Equatable {
        case text(String)
        case figure(FigureSpec)
        case table(TableSpec)
    }

    /// What the figures show; nil: curves of all headline metrics.
    public var figures: [FigureSpec]?
    /// What stands between the introduction and the settings; nil: a table of the headline metrics, the figures, shares
    /// and differences.
    public var items: [Item]?
    public var facts: [Fact] = []
    /// What differences are taken to; nil: the first value of the first axis in lines, or in columns.
    public var baseline: Baseline?

    public init(title: String, set: RunSet) {
        self.title = title
        self.set = set
    }

    /// Writes the page; it appears whole or not at all.
    public func write(to url: URL) throws {
        try AtomicFile.write(ReportSum.sealed(html()), to: url)
    }

    /// The page.
    /// - Throws: `RunError` for curves that cannot be read, and for figures of axes or metrics that the runs do not have.
    public func html() throws -> String {
        let table = ResultTable(set)
        var body = "<h1>\(HTML.escape(title))</h1>\n"
        if !introduction.isEmpty { body += "<p class=\"lead\">\(HTML.escape(introduction))</p>\n" }
        body += completeness
        body += dataNotes
        var readouts: [String: JSONValue] = [:]
        var curves: [Int: MetricsTable] = [:]
        func figure(_ spec: FigureSpec, _ number: Int) throws -> String {
            let figure = try Figure(spec, set) { row in
                if let known = curves[row] { return known }
                let table = try set.curves(row)
                curves[row] = table
                return table
            }
            return ReportFigures(figure: figure, prefix: "f\(number)").html(into: &readouts)
        }
        // Where no run has finished there is nothing to draw, and no name of a metric that could be wrong.
        let isEmpty = !set.rows.contains { $0.state == .finished }
        if let items {
            for (number, item) in items.enumerated() {
                switch item {
                case .text(let text): body += Report.paragraphs(text)
                case .figure(let spec): body += isEmpty ? "" : try figure(spec, number)
                case .table(let spec): body += isEmpty ? "" : try results(spec)
                }
            }
        } else {
            body += definitions(table.metrics)
            if !table.metrics.isEmpty { body += results(table, heading: "At the end", sentence: headline(table)) }
            for (number, spec) in (figures ?? FigureSpec.standard(table)).enumerated() where !isEmpty {
                body += try figure(spec, number)
            }
            body += shares(table)
            body += try ReportArrays(table: table).html()
            body += differences(table)
        }
        body += ending
        return page(body: body, readouts: readouts)
    }

    /// Paragraphs of a text, parted by empty lines.
    private static func paragraphs(_ text: String) -> String {
        text.replacing("\r\n", with: "\n").split(separator: "\n\n").map { part in
            "<p>\(HTML.escape(String(part).replacing("\n", with: " ")))</p>\n"
        }.joined()
    }

    private func results(_ table: ResultTable, heading: String, sentence: String?) -> String {
        var html = "<section><h2>\(HTML.escape(heading))</h2>\n"
        if let sentence { html += "<p>\(HTML.escape(sentence))</p>\n" }
        html += ReportTables.results(table)
        let fixed = table.fixedText.isEmpty ? "" : table.fixedText + "; "
        return html + "<p class=\"note\">\(HTML.escape(fixed + table.note)).</p></section>\n"
    }

    /// A table that was asked for, with differences where it names a baseline.
    private func results(_ spec: TableSpec) throws -> String {
        guard !set.rows.isEmpty else { return "" }
        let table = try spec.table(set)
        let html = results(table, heading: table.metrics.map(\.title).joined(separator: ", "), sentence: nil)
        guard let differences = try spec.differences(table) else { return html }
        return html
            + "<section><h2>\(HTML.escape(differences.title.prefix(1).uppercased() + differences.title.dropFirst()))</h2>\n"
            + ReportTables.grid(differences.grid)
            + "<p class=\"note\">\(HTML.escape(differences.note)).</p></section>\n"
    }

    /// What is not there, before anything that is.
    private var completeness: String {
        let count = RunStateCount(set.rows)
        if set.rows.isEmpty { return "<p>No run has finished yet.</p>\n" }
        let outdated = set.versionsText.isEmpty ? "" : "<p class=\"lead\">\(HTML.escape(set.versionsText)).</p>\n"
        guard !count.isComplete else { return outdated }
        let finished = set.rows.count { $0.state == .finished }
        let lacking = set.rows.filter { $0.state != .finished }
        let items = lacking.prefix(50).map { row in
            "<li>\(HTML.escape(row.cell.title)): \(row.state == .running ? "unfinished" : row.state.rawValue)"
                + "\(row.message.map { ", " + HTML.escape(String($0.prefix(300))) } ?? "")</li>"
        }
        let more = lacking.count > 50 ? "<li>and \(lacking.count - 50) more</li>" : ""
        return outdated + "<p class=\"lead\">\(finished) of \(set.rows.count) runs are finished: \(count.text).</p>\n"
            + "<details><summary>Which</summary><ul>\(items.joined())\(more)</ul></details>\n"
    }

    /// What is known to be wrong with the data, once however many runs used it.
    private var dataNotes: String {
        var notes: [String] = []
        for case let url? in set.folders {
            // One that cannot be read has no notes; the table says what is wrong with it.
            guard let folder = try? RunFolder.open(url),
                case .array(let list)? = folder.configuration.environment["data_notes"]
            else { continue }
            for note in list.compactMap(\.stringValue) where !notes.contains(note) { notes.append(note) }
        }
        guard !notes.isEmpty else { return "" }
        let items = notes.prefix(50).map { "<li>\(HTML.escape($0))</li>" }
        return "<p class=\"lead\">Of the data:</p>\n<ul>\(items.joined())</ul>\n"
    }

    private func definitions(_ metrics: [MetricInfo]) -> String {
        let known = metrics.filter { !$0.doc.isEmpty }
        guard !known.isEmpty else { return "" }
        return "<p>"
            + known.map { "<b>\(HTML.escape($0.title))</b>: \(HTML.escape(Report.sentence($0.doc)))" }
            .joined(separator: " ") + "</p>\n"
    }

    private static func sentence(_ text: String) -> String {
        text.hasSuffix(".") || text.hasSuffix("!") ? text : text + "."
    }

    /// The axis whose values are compared, and what with.
    private func comparison(_ table: ResultTable) -> Baseline? {
        if let baseline { return baseline }
        guard let axis = table.lineAxes.first ?? table.columnAxes.first, let value = axis.values.first else {
            return nil
        }
        return Baseline(axis: axis.name, value: value)
    }

    /// The widest gap in a metric of which more or less is better, in words.
    private func headline(_ table: ResultTable) -> String? {
        guard let axis = comparison(table)?.axis,
            let metric = table.metrics.last(where: {
                $0.direction != .none && MetricReference($0.name).moment == nil && MetricReference($0.name).entry == nil
            }),
            let values = set.axes.first(where: { $0.name == axis })?.values, values.count > 1
        else { return nil }
        let place = set.factors.firstIndex { $0.name == axis } ?? 0
        var widest: (gap: Double, text: String)?
        var seen: Set<String> = []
        for group in table.groups {
            let others = zip(set.factors, group.key).filter { $0.0.name != axis }.map { CellSetting($0.0.name, $0.1) }
            guard seen.insert(RunSet.key(others)).inserted else { continue }
            let means = values.compactMap { value -> (JSONValue, Double)? in
                var key = Dictionary(others.map { ($0.name, $0.value) }) { first, _ in first }
                key[axis] = value
                return table.group(key)?.statistics(metric.name).map { (value, $0.mean) }
            }
            guard let high = means.max(by: { $0.1 < $1.1 }), let low = means.min(by: { $0.1 < $1.1 }) else { continue }
            let gap = high.1 - low.1
            guard gap > widest?.gap ?? 0, metric.text(high.1) != metric.text(low.1) else { continue }
            let varying = others.filter { setting in
                set.factors.contains { $0.name == setting.name && set.varies($0) }
            }
            let at =
                varying.isEmpty
                ? "" : " with \(varying.map { "\($0.name) \($0.value.plainText)" }.joined(separator: ", "))"
            widest = (
                gap,
                "\(set.factors[place].name) makes the largest difference\(at): \(metric.title) ends at "
                    + "\(metric.textWithUnit(high.1)) with \(high.0.plainText) and at \(metric.textWithUnit(low.1)) with "
                    + "\(low.0.plainText)."
            )
        }
        return widest?.text
    }

    /// Bars of metrics that are the parts of one whole: a picture a column, a bar a line.
    private func shares(_ table: ResultTable) -> String {
        var wholes: [String] = []
        for whole in set.metrics.compactMap(\.whole) where !wholes.contains(whole) { wholes.append(whole) }
        var html = ""
        for (number, whole) in wholes.enumerated() {
            let metrics = Array(set.metrics.filter { $0.whole == whole }.prefix(ShareBars.styles))
            var figures = ""
            let columns = table.columns.isEmpty ? [[]] : table.columns
            for (position, column) in columns.enumerated() {
                let bars = table.lines.enumerated().compactMap { number, line -> ShareBars.Bar? in
                    let group = table.group(line: number, column: position)
                    let parts = metrics.map { group?.statistics($0.name) }
                    guard parts.contains(where: { $0 != nil }) else { return nil }
                    return ShareBars.Bar(name: line.map(\.value.plainText).joined(separator: " "), parts: parts)
                }
                guard !bars.isEmpty else { continue }
                let picture = ShareBars(
                    whole: whole, metrics: metrics, identifier: "b\(number)-\(position)", bars: bars)
                let title = ResultTable.heading(column)
                figures += "<figure><figcaption><h3>\(HTML.escape(title))</h3></figcaption>\n\(picture.svg)</figure>\n"
            }
            guard !figures.isEmpty else { continue }
            let key = metrics.enumerated().map { style, metric in
                "<li><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\"><rect class=\"part\(style)\" width=\"34\" "
                    + "height=\"12\"/></svg>\(HTML.escape(metric.title))\(metric.doc.isEmpty ? "" : ": " + HTML.escape(metric.doc))</li>"
            }
            html +=
                "<section><h2>What became of the \(HTML.escape(whole))</h2>\n<ul class=\"legend\">\(key.joined())</ul>\n"
            html += "<div class=\"grid3\">\n\(figures)</div></section>\n"
        }
        return html
    }

    private func differences(_ table: ResultTable) -> String {
        guard let comparison = comparison(table) else { return "" }
        var html = ""
        for metric in table.metrics where metric.direction != .none {
            let all = PairedDifference.all(set, metric: metric, axis: comparison.axis, baseline: comparison.value)
            guard !all.isEmpty else { continue }
            let base = "\(comparison.axis) \(comparison.value.plainText)"
            let over = set.replicates.map(\.name).joined(separator: " and ")
            html +=
                "<section><h2>\(HTML.escape(metric.title)) compared with \(HTML.escape(base))</h2>\n<p class=\"note\">"
            html +=
                "Above or below \(HTML.escape(base)), pair by pair\(over.isEmpty ? "" : " of equal \(HTML.escape(over))"): "
            html += "mean and 95 % t-interval in brackets (none for a single pair)"
            if all.contains(where: { $0.probability != nil }) {
                let several = all[0].comparisons
                html += "; p by the paired t-test"
                if several > 1 { html += ", corrected for \(several) comparisons (Holm)" }
            }
            html += ".</p>\n\(ReportTables.differences(all, table))</section>\n"
        }
        return html
    }

    private var ending: String {
        var text = ""
        if !facts.isEmpty {
            let items = facts.map { "<dt>\(HTML.escape($0.name))</dt><dd>\(HTML.escape($0.value))</dd>" }
            text += "<section><h2>Settings</h2><dl>\(items.joined(separator: "\n"))</dl></section>\n"
        }
        if !set.rows.isEmpty {
            text += "<details><summary>All \(set.rows.count) runs</summary>\(ReportTables.runs(set))</details>\n"
        }
        return text + "<footer class=\"note\">Made by Nightjar from the run folders beside this file; "
            + "<code>summary.csv</code> has the same numbers in full precision.</footer>\n"
    }

    private func page(body: String, readouts: [String: JSONValue]) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(HTML.escape(title))</title>
        <style>
        \(ReportStyle.css)
        </style>
        </head>
        <body>
        <main>
        \(body)</main>
        <script type="application/json" id="curves">\(HTML.inlineJSON(.object(readouts)))</script>
        <script>
        \(ReportScript.javascript)
        </script>
        </body>
        </html>

        """
    }
}
