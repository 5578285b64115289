// The report of an experiment: one HTML file that needs nothing else.

import Foundation

/// A self-contained page: tables, curves and bars of an experiment.
///
/// It loads nothing from anywhere, reads well without its script, and follows the reader's choice of light or dark.
/// Equal input gives equal bytes: no clock values but the run times that are in the rows.
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

    public var title: String
    /// A sentence or two under the title, plain text; empty for none.
    public var introduction = ""
    /// Finished runs, in grid order.
    public var rows: [SummaryRow]
    /// Curves of the same runs.
    public var curves: [RunCurve] = []
    /// Published curves to lay under them, matched by loss (upper and lower case are the same) and rate; where the
    /// runs have several data sets or models, by these as well.
    public var reference: [RunCurve] = []
    public var facts: [Fact] = []
    /// The loss that differences are taken to.
    public var baseline = "cce"

    public init(title: String, rows: [SummaryRow], curves: [RunCurve] = []) {
        self.title = title
        self.rows = rows
        self.curves = curves
    }

    /// Writes the page; it appears whole or not at all.
    public func write(to url: URL) throws {
        try AtomicFile.write(html(), to: url)
    }

    /// The page.
    public func html() -> String {
        let table = SummaryTable(rows)
        var readouts: [String: JSONValue] = [:]
        var body = "<h1>\(HTML.escape(title))</h1>\n"
        if !introduction.isEmpty { body += "<p class=\"lead\">\(HTML.escape(introduction))</p>\n" }
        body += explanation
        for (position, section) in table.sections.enumerated() {
            let name = "\(section.data), \(section.model)"
            let heading = table.sections.count > 1 ? ": \(HTML.escape(name))" : ""
            body += "<section><h2>Final accuracy on the training set\(heading)</h2>\n"
            if let sentence = headline(section) { body += "<p>\(HTML.escape(sentence))</p>\n" }
            body += ReportTables.accuracies(section, metrics: table.metrics)
            body += "<p class=\"note\">\(HTML.escape(name)); \(table.note).</p></section>\n"
            let figure = ReportFigures(section: section, report: self, prefix: "s\(position)")
            body += figure.curves(into: &readouts, heading: heading)
            body += figure.outcomes(heading: heading)
            if let differences = ReportTables.differences(section, rows: rows, baseline: baseline) {
                body += "<section><h2>J2 compared with \(HTML.escape(baseline))\(heading)</h2>\n<p class=\"note\">"
                body += "Points of J2 above or below \(HTML.escape(baseline)), seed by seed on identical noise: mean "
                body +=
                    "and 95 % t-interval in brackets (no interval for a single seed).</p>\n\(differences)</section>\n"
            }
        }
        if rows.isEmpty { body += "<p>No run has finished yet.</p>\n" }
        body += ending
        return page(body: body, readouts: readouts)
    }

    private var explanation: String {
        """
        <p>A share of the training labels, the noise rate, was replaced by wrong ones before training. <b>J1</b> is the
        accuracy on the training set against the labels that were given, wrong ones included; <b>J2</b> is the accuracy
        on the same inputs against the true labels. A network that memorizes ends with J1 near 100 and J2 near
        100&nbsp;×&nbsp;(1&nbsp;−&nbsp;rate); one that resists keeps J2 high and J1 low. Both are measured after each
        epoch with fixed weights.</p>

        """
    }

    /// The widest gap in J2 between two losses at one rate, in words.
    private func headline(_ section: SummaryTable.Section) -> String? {
        var widest: (gap: Double, text: String)?
        for rate in section.rates where rate > 0 {
            let means = section.losses.compactMap { loss in
                section.group(loss: loss, rate: rate)?.statistics(.j2).map { (loss: loss, mean: $0.mean) }
            }
            guard let best = means.max(by: { $0.mean < $1.mean }), let worst = means.min(by: { $0.mean < $1.mean }),
                best.mean - worst.mean > widest?.gap ?? 1
            else { continue }
            let texts = [best.mean, worst.mean].map { NumberText.fixed($0, decimals: 1) }
            widest = (
                best.mean - worst.mean,
                "The losses are furthest apart at rate \(NumberText.shortest(rate)): J2 ends at \(texts[0]) with "
                    + "\(best.loss) and at \(texts[1]) with \(worst.loss)."
            )
        }
        return widest?.text
    }

    private var ending: String {
        var text = ""
        if !facts.isEmpty {
            let items = facts.map { "<dt>\(HTML.escape($0.name))</dt><dd>\(HTML.escape($0.value))</dd>" }
            text += "<section><h2>Settings</h2><dl>\(items.joined(separator: "\n"))</dl></section>\n"
        }
        if !rows.isEmpty {
            text += "<details><summary>All \(rows.count) runs</summary>\(ReportTables.runs(rows))</details>\n"
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
