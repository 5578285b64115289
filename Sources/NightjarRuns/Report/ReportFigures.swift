// The report's figures, with their legends.

struct ReportFigures {
    let figure: Figure
    /// Keeps identifiers apart where a page has several figures.
    let prefix: String

    /// Panels that stand in the page at once; more of them are folded away.
    private static let openPanels = 12

    /// The figure with its panels; nothing where there are no curves.
    func html(into readouts: inout [String: JSONValue]) -> String {
        guard !figure.panels.isEmpty else { return "" }
        let names = figure.metrics.map(\.title).joined(separator: " and ")
        let heading = figure.spec.x == "epoch" ? "\(names) during training" : "\(names) by \(figure.spec.x)"
        var html = "<section><h2>\(HTML.escape(heading))</h2>\n" + legend
        if !figure.note.isEmpty { html += "<p class=\"note\">\(HTML.escape(figure.note))</p>\n" }
        var drawn: [String] = []
        for (position, panel) in figure.panels.enumerated() {
            let picture = CurvePanel(figure: figure, panel: panel, identifier: "\(prefix)-p\(position)")
            readouts[picture.identifier] = picture.readout
            let caption = panel.title.isEmpty ? "" : "<figcaption><h3>\(HTML.escape(panel.title))</h3></figcaption>\n"
            drawn.append("<figure>\(caption)\(picture.svg)\n<div class=\"readout\" role=\"status\"></div></figure>\n")
        }
        let open = drawn.prefix(ReportFigures.openPanels).joined()
        html += "<div class=\"grid2\">\n\(open)</div>\n"
        let rest = drawn.dropFirst(ReportFigures.openPanels)
        if !rest.isEmpty {
            html += "<details><summary>\(rest.count) more panels</summary><div class=\"grid2\">\n"
            html += rest.joined() + "</div></details>\n"
        }
        return html + "</section>\n"
    }

    private var legend: String {
        func item(_ drawing: String, _ text: String) -> String {
            "<li><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\">\(drawing)</svg>\(HTML.escape(text))</li>"
        }
        func line(_ style: String) -> String { "<path class=\"line \(style)\" d=\"M0 6H34\"/>" }
        let series = figure.panels.flatMap(\.series)
        var items: [String] = []
        var seen: Set<String> = []
        for one in series.sorted(by: { $0.colour < $1.colour })
        where !one.label.isEmpty && seen.insert(one.label).inserted {
            items.append(item(line("c\(one.colour % ReportStyle.colourCount)"), one.label))
        }
        if figure.metrics.count > 1 {
            for (style, metric) in zip(Figure.styles, figure.metrics) {
                items.append(item(line("\(style) c6"), metric.title))
            }
        }
        if figure.spec.band != .none, series.contains(where: { $0.bundle.runs > 1 }) {
            items.append(item("<rect class=\"band c6\" width=\"34\" height=\"12\"/>", "mean; lowest to highest run"))
        }
        return items.isEmpty ? "" : "<ul class=\"legend\">\(items.joined())</ul>\n"
    }
}
