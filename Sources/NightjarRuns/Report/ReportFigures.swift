// The report's figures, with their legends.

package struct ReportFigures {
    let figure: Figure
    /// Keeps identifiers apart where a page has several figures.
    let prefix: String

    package init(figure: Figure, prefix: String) {
        self.figure = figure
        self.prefix = prefix
    }

    /// Panels that stand in the page at once; more of them are folded away.
    private static let openPanels = 12

    /// The figure with its panels; nothing where there are no curves.
    package func html(into readouts: inout [String: JSONValue]) -> String {
        guard !figure.panels.isEmpty else { return "" }
        var html = "<section><h2>\(HTML.escape(figure.heading))</h2>\n" + legend
        if !figure.note.isEmpty { html += "<p class=\"note\">\(HTML.escape(figure.note))</p>\n" }
        var drawn: [String] = []
        for (position, picture) in CurvePanel.all(figure).enumerated() {
            let panel = picture.panel
            let identifier = "\(prefix)-p\(position)"
            readouts[identifier] = picture.readout
            let caption = panel.title.isEmpty ? "" : "<figcaption><h3>\(HTML.escape(panel.title))</h3></figcaption>\n"
            drawn.append(
                "<figure>\(caption)\(picture.svg(identifier))\n<div class=\"readout\" role=\"status\"></div></figure>\n"
            )
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
        let items = FigureLegend.entries(figure).map { entry in
            var sample = Drawing(width: 34, height: 12)
            if case .band = entry.style {
                let corners = [(0, 0), (34, 0), (34, 12), (0, 12)].map {
                    Drawing.Point(x: Double($0.0), y: Double($0.1))
                }
                sample.add(.path(corners, isClosed: true), entry.style)
            } else {
                sample.add(.path([.init(x: 0, y: 6), .init(x: 34, y: 6)], isClosed: false), entry.style)
            }
            return "<li><svg viewBox=\"0 0 34 12\" aria-hidden=\"true\">\(SVGWriter.elements(sample).joined())</svg>"
                + "\(HTML.escape(entry.label))</li>"
        }
        return items.isEmpty ? "" : "<ul class=\"legend\">\(items.joined())</ul>\n"
    }
}
