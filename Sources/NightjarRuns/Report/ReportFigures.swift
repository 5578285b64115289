// The report's figures for one pair of data and model, with their legends.

struct ReportFigures {
    let section: SummaryTable.Section
    let report: Report
    /// Keeps identifiers apart where a page has several sections.
    let prefix: String

    /// A panel a loss; nothing where there are no curves.
    func curves(into readouts: inout [String: JSONValue], heading: String) -> String {
        let own = report.curves.filter { $0.data == section.data && $0.model == section.model }
        let points = own.flatMap { $0.j1 + $0.j2 }
        guard let first = points.map(\.epoch).min(), let last = points.map(\.epoch).max(),
            let lowest = points.map(\.value).min()
        else { return "" }
        let epochs = Double(first)...Double(max(last, first + 1))
        let floor = lowest < 40 ? 0 : (lowest / 10).rounded(.down) * 10
        var html = "<section><h2>J1 and J2 during training\(heading)</h2>\n" + legend(own) + "<div class=\"grid2\">\n"
        for (position, loss) in section.losses.enumerated() {
            let panel = CurvePanel(
                identifier: "\(prefix)-p\(position)", loss: loss, series: series(loss, own), epochs: epochs,
                percent: floor...100)
            guard !panel.series.isEmpty else { continue }
            readouts[panel.identifier] = panel.readout
            html += "<figure><figcaption><h3>\(HTML.escape(loss))</h3></figcaption>\n\(panel.svg)\n"
            html += "<div class=\"readout\" role=\"status\"></div></figure>\n"
        }
        return html + "</div></section>\n"
    }

    /// A picture a rate; nothing where no run has memorized and corrected.
    func outcomes(heading: String) -> String {
        var figures = ""
        for (position, rate) in section.rates.enumerated() {
            let bars = section.losses.compactMap { loss -> OutcomeBars.Bar? in
                guard let group = section.group(loss: loss, rate: rate),
                    let memorized = group.statistics(.memorized), let corrected = group.statistics(.corrected)
                else { return nil }
                return OutcomeBars.Bar(loss: loss, memorized: memorized, corrected: corrected)
            }
            guard !bars.isEmpty else { continue }
            let picture = OutcomeBars(identifier: "\(prefix)-b\(position)", rate: rate, bars: bars)
            figures +=
                "<figure><figcaption><h3>rate \(NumberText.shortest(rate))</h3></figcaption>\n\(picture.svg)</figure>\n"
        }
        guard !figures.isEmpty else { return "" }
        let key = [
            ("memorized", "memorized: predicted as the wrong label they were given"),
            ("corrected", "corrected: predicted as their true class"), ("other", "other: a third class"),
        ].map { kind, text in
            "<li><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\"><rect class=\"\(kind)\" width=\"34\" height=\"12\"/></svg>"
                + "\(text)</li>"
        }
        return "<section><h2>What became of the wrongly labelled samples\(heading)</h2>\n<ul class=\"legend\">"
            + key.joined() + "</ul>\n<div class=\"grid3\">\n\(figures)</div></section>\n"
    }

    private func series(_ loss: String, _ curves: [RunCurve]) -> [CurvePanel.Series] {
        section.rates.enumerated().compactMap { position, rate in
            let own = curves.filter { $0.loss == loss && $0.rate == rate }
            guard !own.isEmpty else { return nil }
            let published = references(loss, rate)
            return CurvePanel.Series(
                rate: rate, colour: position % ReportStyle.colourCount, j1: CurveBundle(own.map(\.j1)),
                j2: CurveBundle(own.map(\.j2)),
                reference: published.isEmpty
                    ? nil : (CurveBundle(published.map(\.j1)), CurveBundle(published.map(\.j2))))
        }
    }

    private func references(_ loss: String, _ rate: Double) -> [RunCurve] {
        let several = Set(report.rows.map { [$0.data, $0.model] }).count > 1
        return report.reference.filter { curve in
            curve.loss.lowercased() == loss.lowercased() && curve.rate == rate
                && (!several || (curve.data == section.data && curve.model == section.model))
        }
    }

    private func legend(_ curves: [RunCurve]) -> String {
        func item(_ drawing: String, _ text: String) -> String {
            "<li><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\">\(drawing)</svg>\(text)</li>"
        }
        func line(_ style: String) -> String { "<path class=\"line \(style)\" d=\"M0 6H34\"/>" }
        var items = section.rates.enumerated().map { position, rate in
            item(line("c\(position % ReportStyle.colourCount)"), "rate \(NumberText.shortest(rate))")
        }
        items.append(item(line("c6"), "J1, given labels"))
        items.append(item(line("dashed c6"), "J2, true labels"))
        if Set(curves.map(\.seed)).count > 1 {
            let band = "<rect class=\"band c6\" width=\"34\" height=\"12\"/>"
            items.append(item(band, "mean; lowest to highest seed"))
        }
        if section.losses.contains(where: { loss in section.rates.contains { !references(loss, $0).isEmpty } }) {
            items.append(item(line("published c6"), "as published"))
        }
        return "<ul class=\"legend\">\(items.joined())</ul>\n"
    }
}
