// One small picture: the metrics of a figure along x, a colour a value of an axis, a line style a metric.

import Foundation

/// Draws a panel of a figure.
struct CurvePanel {
    /// Sizes and places, in the units of the picture.
    struct Geometry {
        let width: Double
        let height: Double
        let plot: Drawing.Rectangle
        let textSize: Double
        let dot: Double
        /// How far the baseline of a tick's text lies below the axis.
        let tickDrop: Double

        /// In a page.
        static let page = Geometry(
            width: 520, height: 330, plot: .init(left: 46, top: 32, right: 472, bottom: 284), textSize: 12, dot: 2.6,
            tickDrop: 20)
        /// In a paper, in points: two beside each other fill a page of text.
        static let paper = Geometry(
            width: 244, height: 160, plot: .init(left: 30, top: 17, right: 217, bottom: 134), textSize: 7.5, dot: 1.5,
            tickDrop: 10)
    }

    let figure: Figure
    let panel: Figure.Panel
    let geometry: Geometry
    /// Where the curves are: between the texts of the ticks and those at the ends of curves, in all panels of a figure alike.
    let plot: Drawing.Rectangle

    /// All panels of a figure.
    static func all(_ figure: Figure, _ geometry: Geometry = .page) -> [CurvePanel] {
        let plot = plot(figure, geometry)
        return figure.panels.map { CurvePanel(figure: figure, panel: $0, geometry: geometry, plot: plot) }
    }

    /// How much wider than Helvetica the fonts are that readers put in its place.
    static let otherFonts = 1.2

    /// The place that a geometry gives, narrowed where texts beside it are wider than usual.
    private static func plot(_ figure: Figure, _ geometry: Geometry) -> Drawing.Rectangle {
        let size = geometry.textSize
        func widest(_ texts: [String]) -> Double {
            (texts.map { Helvetica.width($0, isBold: false) }.max() ?? 0) * size * otherFonts
        }
        let ends = figure.panels.flatMap { panel in CurvePanel.ends(of: panel, in: figure).map(\.text) }
        let ticks = AxisTicks.round(in: figure.y, about: 5).map { CurvePanel.tickText($0, in: figure) }
        var plot = geometry.plot
        let least = geometry.width / 3
        plot.left = min(max(plot.left, widest(ticks) + size * 2 / 3 + 2), least)
        plot.right = max(
            min(plot.right, geometry.width - 2 - widest(ends) - geometry.dot - size / 2), geometry.width - least)
        return plot
    }

    /// The value at the end of each curve of the figure's last metric.
    private static func ends(
        of panel: Figure.Panel, in figure: Figure
    ) -> [(colour: Int, value: Double, text: String)] {
        let last = figure.metrics.count - 1
        return panel.series.filter { $0.metric == last }.compactMap { one in
            one.bundle.points.last.map { (one.colour, $0.mean, figure.metrics[last].text($0.mean)) }
        }
    }
    private var series: [Figure.Series] { panel.series }

    /// The picture as an SVG element of a page.
    /// - Parameter identifier: unique in the page.
    func svg(_ identifier: String) -> String {
        let place = panel.title.isEmpty ? "" : ", \(panel.title)"
        var parts = [
            "<svg class=\"panel\" viewBox=\"0 0 520 330\" role=\"img\" tabindex=\"0\" "
                + "aria-labelledby=\"\(identifier)-title \(identifier)-text\" data-panel=\"\(identifier)\">",
            "<title id=\"\(identifier)-title\">\(HTML.escape(figure.what)) against \(HTML.escape(figure.along))"
                + "\(HTML.escape(place))</title>",
            "<desc id=\"\(identifier)-text\">\(HTML.escape(description))</desc>",
        ]
        parts += SVGWriter.elements(drawing)
        parts.append(
            "<line class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"\(HTML.coordinate(plot.top))\" "
                + "y2=\"\(HTML.coordinate(plot.bottom))\"/>")
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    /// The picture as shapes.
    var drawing: Drawing {
        var drawing = Drawing(width: geometry.width, height: geometry.height)
        drawAxes(&drawing)
        for one in series where figure.spec.band != .none { drawBand(one, &drawing) }
        for one in panel.overlays { drawOverlay(one, &drawing) }
        for one in series { drawLine(one, &drawing) }
        drawEnds(&drawing)
        return drawing
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

    /// The end of each curve in words.
    var description: String {
        series.compactMap { one -> String? in
            guard let last = one.bundle.points.last else { return nil }
            let metric = figure.metrics[one.metric]
            return "\(one.label.isEmpty ? "" : one.label + ": ")\(metric.title) ends at \(metric.text(last.mean))."
        }.joined(separator: " ")
    }

    private func placeText(_ x: Double) -> String {
        let value = figure.categories.indices.contains(Int(x)) ? figure.categories[Int(x)] : NumberText.shortest(x)
        return "\(figure.along) \(value)"
    }

    private func x(_ place: Double) -> Double {
        let span = max(1e-12, figure.x.upperBound - figure.x.lowerBound)
        return plot.left + (place - figure.x.lowerBound) / span * (plot.right - plot.left)
    }

    private func y(_ value: Double) -> Double {
        let span = max(1e-12, figure.y.upperBound - figure.y.lowerBound)
        let inside = min(max(value, figure.y.lowerBound), figure.y.upperBound)
        return plot.bottom - (inside - figure.y.lowerBound) / span * (plot.bottom - plot.top)
    }

    private func point(_ place: Double, _ value: Double) -> Drawing.Point { .init(x: x(place), y: y(value)) }

    private func text(_ text: String, _ x: Double, _ y: Double, _ anchor: Drawing.Anchor) -> Drawing.Shape {
        .text(text, .init(x: x, y: y), anchor, size: geometry.textSize)
    }

    private func drawAxes(_ drawing: inout Drawing) {
        let size = geometry.textSize
        for tick in AxisTicks.round(in: figure.y, about: 5) {
            let at = y(tick)
            drawing.add(.line(.init(x: plot.left, y: at), .init(x: plot.right, y: at)), .grid)
            drawing.add(
                text(CurvePanel.tickText(tick, in: figure), plot.left - size * 2 / 3, at + size / 3, .end), .tick)
        }
        for (place, name) in placeTicks {
            let at = x(place)
            drawing.add(.line(.init(x: at, y: plot.bottom), .init(x: at, y: plot.bottom + size * 5 / 12)), .axis)
            drawing.add(text(name, at, plot.bottom + geometry.tickDrop, .middle), .tick)
        }
        drawing.add(.line(.init(x: plot.left, y: plot.bottom), .init(x: plot.right, y: plot.bottom)), .axis)
        drawing.add(
            text(figure.along, (plot.left + plot.right) / 2, geometry.height - size * 2 / 3, .middle), .label)
        let top = size * 13 / 12
        let units = Set(figure.metrics.map(\.unit))
        let side =
            units.count == 1
            ? figure.what + (units.first.map { $0.isEmpty ? "" : " (\($0))" } ?? "")
            : figure.metrics.map { $0.unit.isEmpty ? $0.title : "\($0.title) (\($0.unit))" }.joined(separator: " and ")
        drawing.add(text(side, size / 3, top, .start), .label)
        if let last = figure.metrics.last, figure.metrics.count > 1 {
            let right = "final \(last.title)"
            let room = geometry.width - Helvetica.width(side, isBold: false) * size - size
            if Helvetica.width(right, isBold: false) * size < room {
                drawing.add(text(right, geometry.width - 2, top, .end), .label)
            }
        }
    }

    /// Small and large numbers are written with as many digits as their steps need.
    private static func tickText(_ value: Double, in figure: Figure) -> String {
        let span = figure.y.upperBound - figure.y.lowerBound
        guard abs(value) < 1e6, span > 1e-5 else { return AxisTicks.text(value) }
        let decimals = span >= 5 ? 0 : min(6, Int((1 - log10(span)).rounded(.up)))
        let text = NumberText.fixed(value, decimals: decimals)
        guard text.contains(".") else { return text }
        return String(String(text.reversed().drop { $0 == "0" }).drop { $0 == "." }.reversed())
    }

    private var placeTicks: [(Double, String)] {
        guard figure.categories.isEmpty else {
            let room = (plot.right - plot.left) / Double(figure.categories.count) / geometry.textSize / 0.55
            return figure.categories.enumerated().map {
                (Double($0), TerminalText.cut($1, to: min(24, max(2, Int(room)))))
            }
        }
        return AxisTicks.round(in: figure.x, about: 6, whole: figure.isEpoch).map {
            ($0, AxisTicks.text($0))
        }
    }

    private func drawBand(_ one: Figure.Series, _ drawing: inout Drawing) {
        let bundle = one.bundle
        guard bundle.runs > 1, bundle.points.count > 1 else { return }
        let upper = bundle.points.map { point($0.x, $0.high) }
        let lower = bundle.points.reversed().map { point($0.x, $0.low) }
        drawing.add(.path(upper + lower, isClosed: true), .band(one.colour), clip: plot)
    }

    private func drawLine(_ one: Figure.Series, _ drawing: inout Drawing) {
        let metric = figure.metrics[one.metric]
        let bundle = one.bundle
        guard let last = bundle.points.last else { return }
        let label = one.label.isEmpty ? "" : ", \(one.label)"
        drawing.add(
            .path(bundle.points.map { point($0.x, $0.mean) }, isClosed: false),
            .line(Drawing.Dash.allCases[one.metric], one.colour),
            title: "\(metric.title)\(label): \(metric.text(last.mean)) at the end")
        if bundle.points.count > CurvePanel.mostMarks, figure.isEpoch { return }
        for place in bundle.points {
            drawing.add(.circle(point(place.x, place.mean), radius: geometry.dot), .dot(one.colour))
        }
    }

    /// A few points are marked; more would hide the line.
    private static let mostMarks = 12

    private func drawOverlay(_ one: Figure.Overlay, _ drawing: inout Drawing) {
        if let level = one.level {
            let ends = [Drawing.Point(x: plot.left, y: y(level)), Drawing.Point(x: plot.right, y: y(level))]
            drawing.add(.path(ends, isClosed: false), .overlay(one.colour), title: one.label)
        }
        let points = one.points.sorted { $0.x < $1.x }.map { point($0.x, $0.y) }
        guard !points.isEmpty else { return }
        if points.count > 1 { drawing.add(.path(points, isClosed: false), .overlay(one.colour), title: one.label) }
        if points.count > CurvePanel.mostMarks { return }
        let reach = geometry.dot * 1.4
        for place in points {
            let corners = [(0, -reach), (reach, 0), (0, reach), (-reach, 0)].map {
                Drawing.Point(x: place.x + $0.0, y: place.y + $0.1)
            }
            drawing.add(.path(corners, isClosed: true), .overlayMark(one.colour), title: one.label)
        }
    }

    /// The last value of the figure's last metric at the right edge, one a colour, moved apart where they would overlap.
    private func drawEnds(_ drawing: inout Drawing) {
        let ends = CurvePanel.ends(of: panel, in: figure)
        let size = geometry.textSize
        let places = LabelPlacement.spread(
            ends.map { y($0.value) }, gap: size * 4 / 3, within: plot.top + 1...plot.bottom - 2)
        for (end, place) in zip(ends, places) {
            drawing.add(text(end.text, geometry.width - 2, place + size / 3, .end), .end(end.colour))
        }
    }
}
