// One small picture: the metrics of a figure along x, a colour a value of an axis, a line style a metric.

import Foundation

/// Draws a panel of a figure as an SVG element.
struct CurvePanel {
    let figure: Figure
    let panel: Figure.Panel
    /// Unique in the page.
    let identifier: String

    private var epochs: ClosedRange<Double> { figure.x }
    private var percent: ClosedRange<Double> { figure.y }
    private var series: [Figure.Series] { panel.series }
    private var what: String { figure.metrics.map(\.title).joined(separator: " and ") }

    private static let width = 520.0
    private static let height = 330.0
    private static let plot = (left: 46.0, right: 472.0, top: 32.0, bottom: 284.0)

    /// The picture as an SVG element.
    var svg: String {
        let place = panel.title.isEmpty ? "" : ", \(panel.title)"
        var parts = [
            "<svg class=\"panel\" viewBox=\"0 0 520 330\" role=\"img\" tabindex=\"0\" "
                + "aria-labelledby=\"\(identifier)-title \(identifier)-text\" data-panel=\"\(identifier)\">",
            "<title id=\"\(identifier)-title\">\(HTML.escape(what)) against \(HTML.escape(figure.spec.x))"
                + "\(HTML.escape(place))</title>",
            "<desc id=\"\(identifier)-text\">\(HTML.escape(description))</desc>",
        ]
        parts.append(axes)
        if figure.spec.band != .none { for one in series { parts.append(band(one)) } }
        for one in series { parts.append(lines(one)) }
        parts.append(endLabels)
        parts.append(
            "<line class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"\(HTML.coordinate(Self.plot.top))\" "
                + "y2=\"\(HTML.coordinate(Self.plot.bottom))\"/>")
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    /// What the inline script needs for the read-out: places along x, and a row a colour with a value a metric.
    var readout: JSONValue {
        let all = Set(series.flatMap { $0.bundle.points.map(\.x) }).sorted()
        var rows: [(label: String, colour: Int)] = []
        for one in series where !rows.contains(where: { $0.colour == one.colour }) {
            rows.append((one.label, one.colour))
        }
        func values(_ colour: Int, _ metric: Int) -> JSONValue {
            let bundle = series.first { $0.colour == colour && $0.metric == metric }?.bundle
            let byPlace = Dictionary((bundle?.points ?? []).map { ($0.x, $0.mean) }, uniquingKeysWith: { $1 })
            return .array(all.map { x in byPlace[x].map { .string(figure.metrics[metric].text($0)) } ?? .null })
        }
        return [
            "places": .array(all.map { .string(placeText($0)) }),
            "x": .array(all.map { .string(HTML.coordinate(x($0))) }),
            "heads": .array(figure.metrics.map { .string($0.title) }),
            "series": .array(
                rows.map { row in
                    [
                        "label": .string(row.label), "colour": .integer(row.colour % ReportStyle.colourCount),
                        "values": .array(figure.metrics.indices.map { values(row.colour, $0) }),
                    ]
                }),
        ]
    }

    private func placeText(_ x: Double) -> String {
        let value = figure.categories.indices.contains(Int(x)) ? figure.categories[Int(x)] : NumberText.shortest(x)
        return "\(figure.spec.x) \(value)"
    }

    /// The end of each curve in words.
    private var description: String {
        series.compactMap { one -> String? in
            guard let last = one.bundle.points.last else { return nil }
            let metric = figure.metrics[one.metric]
            return "\(one.label.isEmpty ? "" : one.label + ": ")\(metric.title) ends at \(metric.text(last.mean))."
        }.joined(separator: " ")
    }

    private func x(_ place: Double) -> Double {
        let span = max(1e-12, epochs.upperBound - epochs.lowerBound)
        return Self.plot.left + (place - epochs.lowerBound) / span * (Self.plot.right - Self.plot.left)
    }

    private func y(_ value: Double) -> Double {
        let span = max(1e-9, percent.upperBound - percent.lowerBound)
        let inside = min(max(value, percent.lowerBound), percent.upperBound)
        return Self.plot.bottom - (inside - percent.lowerBound) / span * (Self.plot.bottom - Self.plot.top)
    }

    private var axes: String {
        var parts: [String] = []
        let (left, right) = (HTML.coordinate(Self.plot.left), HTML.coordinate(Self.plot.right))
        for tick in AxisTicks.round(in: percent, about: 5) {
            let at = y(tick)
            parts.append(
                "<line class=\"grid\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(HTML.coordinate(at))\" "
                    + "y2=\"\(HTML.coordinate(at))\"/>")
            parts.append(text(tickText(tick), x: Self.plot.left - 8, y: at + 4, style: "tick", anchor: "end"))
        }
        for (place, name) in placeTicks {
            let at = x(place)
            parts.append(
                "<line class=\"axis\" x1=\"\(HTML.coordinate(at))\" x2=\"\(HTML.coordinate(at))\" "
                    + "y1=\"\(HTML.coordinate(Self.plot.bottom))\" y2=\"\(HTML.coordinate(Self.plot.bottom + 5))\"/>")
            parts.append(text(name, x: at, y: Self.plot.bottom + 20, style: "tick", anchor: "middle"))
        }
        let bottom = HTML.coordinate(Self.plot.bottom)
        parts.append("<line class=\"axis\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(bottom)\" y2=\"\(bottom)\"/>")
        let middle = (Self.plot.left + Self.plot.right) / 2
        parts.append(text(figure.spec.x, x: middle, y: Self.height - 8, style: "label", anchor: "middle"))
        let unit = figure.metrics.first?.unit ?? ""
        let side = what + (unit.isEmpty ? "" : " (\(unit))")
        parts.append(text(side, x: 4, y: 13, style: "label", anchor: "start"))
        if let last = figure.metrics.last, figure.metrics.count > 1 {
            parts.append(text("final \(last.title)", x: Self.width - 2, y: 13, style: "label", anchor: "end"))
        }
        return parts.joined(separator: "\n")
    }

    /// Small and large numbers are written with as many digits as their steps need.
    private func tickText(_ value: Double) -> String {
        let span = percent.upperBound - percent.lowerBound
        guard abs(value) < 1e6, span > 1e-5 else { return NumberText.shortest(Double(Float(value))) }
        let decimals = span >= 5 ? 0 : min(6, Int((1 - log10(span)).rounded(.up)))
        let text = NumberText.fixed(value, decimals: decimals)
        guard text.contains(".") else { return text }
        return String(String(text.reversed().drop { $0 == "0" }).drop { $0 == "." }.reversed())
    }

    private var placeTicks: [(Double, String)] {
        if !figure.categories.isEmpty {
            return figure.categories.enumerated().map { (Double($0), String($1.prefix(12))) }
        }
        let isEpoch = figure.spec.x == "epoch"
        return AxisTicks.round(in: epochs, about: 6, whole: isEpoch).map {
            ($0, NumberText.shortest(Double(Float($0))))
        }
    }

    private func band(_ one: Figure.Series) -> String {
        let bundle = one.bundle
        guard bundle.runs > 1, bundle.points.count > 1 else { return "" }
        let upper = bundle.points.map { position($0.x, $0.high) }
        let lower = bundle.points.reversed().map { position($0.x, $0.low) }
        return "<path class=\"band c\(colour(one))\" d=\"M\((upper + lower).joined(separator: "L"))Z\"/>"
    }

    private func colour(_ one: Figure.Series) -> Int { one.colour % ReportStyle.colourCount }

    private func lines(_ one: Figure.Series) -> String {
        let metric = figure.metrics[one.metric]
        let style = Figure.styles[one.metric]
        let bundle = one.bundle
        guard let last = bundle.points.last else { return "" }
        let path = "M" + bundle.points.map { position($0.x, $0.mean) }.joined(separator: "L")
        let label = one.label.isEmpty ? "" : ", \(one.label)"
        let title = HTML.escape("\(metric.title)\(label): \(metric.text(last.mean)) at the end")
        let colour = self.colour(one)
        // A few points are marked; many would hide the line.
        let isLong = bundle.points.count > 12 && figure.spec.x == "epoch"
        let dots =
            isLong
            ? []
            : bundle.points.map {
                "<circle class=\"dot c\(colour)\" cx=\"\(HTML.coordinate(x($0.x)))\" "
                    + "cy=\"\(HTML.coordinate(y($0.mean)))\" r=\"2.6\"/>"
            }
        return "<path class=\"line \(style) c\(colour)\" d=\"\(path)\"><title>\(title)</title></path>"
            + dots.joined()
    }

    /// The last value of the figure's last metric at the right edge, one a colour, moved apart where they would overlap.
    private var endLabels: String {
        let last = figure.metrics.count - 1
        let ends = series.filter { $0.metric == last }.compactMap { one in
            one.bundle.points.last.map { (colour(one), $0.mean, y($0.mean)) }
        }
        let places = LabelPlacement.spread(
            ends.map(\.2), gap: 16, within: Self.plot.top + 1...Self.plot.bottom - 2)
        return zip(ends, places).map { end, place in
            text(
                figure.metrics[last].text(end.1), x: Self.width - 2, y: place + 4, style: "end c\(end.0)",
                anchor: "end")
        }.joined(separator: "\n")
    }

    private func position(_ place: Double, _ value: Double) -> String {
        "\(HTML.coordinate(x(place))) \(HTML.coordinate(y(value)))"
    }

    private func text(_ text: String, x: Double, y: Double, style: String, anchor: String) -> String {
        "<text class=\"\(style)\" x=\"\(HTML.coordinate(x))\" y=\"\(HTML.coordinate(y))\" "
            + "text-anchor=\"\(anchor)\">\(HTML.escape(text))</text>"
    }
}
