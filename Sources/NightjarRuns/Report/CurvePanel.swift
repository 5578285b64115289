// One small picture: J1 (solid) and J2 (dashed) against the epoch for one loss, a colour a noise rate.

struct CurvePanel {
    /// One noise rate of the panel.
    struct Series {
        let rate: Double
        /// Which colour of the palette.
        let colour: Int
        let j1: CurveBundle
        let j2: CurveBundle
        /// Published curves to compare with, thin.
        let reference: (j1: CurveBundle, j2: CurveBundle)?
    }

    /// Unique in the page.
    let identifier: String
    let loss: String
    let series: [Series]
    /// Shared by all panels of a figure, so that they can be compared.
    let epochs: ClosedRange<Double>
    let percent: ClosedRange<Double>

    private static let width = 520.0
    private static let height = 330.0
    private static let plot = (left: 46.0, right: 472.0, top: 32.0, bottom: 284.0)

    /// The picture as an SVG element.
    var svg: String {
        var parts = [
            "<svg class=\"panel\" viewBox=\"0 0 520 330\" role=\"img\" tabindex=\"0\" "
                + "aria-labelledby=\"\(identifier)-title \(identifier)-text\" data-panel=\"\(identifier)\">",
            "<title id=\"\(identifier)-title\">J1 and J2 against the epoch, loss \(HTML.escape(loss))</title>",
            "<desc id=\"\(identifier)-text\">\(HTML.escape(description))</desc>",
        ]
        parts.append(axes)
        for one in series { parts.append(bands(one)) }
        for one in series { parts.append(lines(one)) }
        parts.append(endLabels)
        parts.append(
            "<line class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"\(HTML.coordinate(Self.plot.top))\" "
                + "y2=\"\(HTML.coordinate(Self.plot.bottom))\"/>")
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    /// What the inline script needs for the read-out.
    var readout: JSONValue {
        let all = Set(series.flatMap { $0.j1.points.map(\.epoch) + $0.j2.points.map(\.epoch) }).sorted()
        func values(_ bundle: CurveBundle) -> JSONValue {
            let byEpoch = Dictionary(bundle.points.map { ($0.epoch, $0.mean) }, uniquingKeysWith: { $1 })
            return .array(all.map { byEpoch[$0].map { .string(NumberText.fixed($0, decimals: 1)) } ?? .null })
        }
        return [
            "epochs": .array(all.map { .integer($0) }), "x": .array(all.map { .string(HTML.coordinate(x($0))) }),
            "series": .array(
                series.map {
                    [
                        "rate": .string(NumberText.shortest($0.rate)), "colour": .integer($0.colour),
                        "j1": values($0.j1), "j2": values($0.j2),
                    ]
                }),
        ]
    }

    /// The end of each curve in words.
    private var description: String {
        series.map { one in
            let ends = [("J1", one.j1), ("J2", one.j2)].compactMap { name, bundle in
                bundle.points.last.map { "\(name) \(NumberText.fixed($0.mean, decimals: 1))" }
            }
            return "Rate \(NumberText.shortest(one.rate)): ends at \(ends.joined(separator: ", "))."
        }.joined(separator: " ")
    }

    private func x(_ epoch: Int) -> Double {
        let span = max(1, epochs.upperBound - epochs.lowerBound)
        return Self.plot.left + (Double(epoch) - epochs.lowerBound) / span * (Self.plot.right - Self.plot.left)
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
            parts.append(
                text(NumberText.shortest(tick), x: Self.plot.left - 8, y: at + 4, style: "tick", anchor: "end"))
        }
        for tick in AxisTicks.round(in: epochs, about: 6, whole: true) {
            let at = x(Int(tick))
            parts.append(
                "<line class=\"axis\" x1=\"\(HTML.coordinate(at))\" x2=\"\(HTML.coordinate(at))\" "
                    + "y1=\"\(HTML.coordinate(Self.plot.bottom))\" y2=\"\(HTML.coordinate(Self.plot.bottom + 5))\"/>")
            parts.append(
                text(NumberText.shortest(tick), x: at, y: Self.plot.bottom + 20, style: "tick", anchor: "middle"))
        }
        let bottom = HTML.coordinate(Self.plot.bottom)
        parts.append("<line class=\"axis\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(bottom)\" y2=\"\(bottom)\"/>")
        let middle = (Self.plot.left + Self.plot.right) / 2
        parts.append(text("epoch", x: middle, y: Self.height - 8, style: "label", anchor: "middle"))
        parts.append(text("% of the training set", x: 4, y: 13, style: "label", anchor: "start"))
        parts.append(text("final J2", x: Self.width - 2, y: 13, style: "label", anchor: "end"))
        return parts.joined(separator: "\n")
    }

    private func bands(_ one: Series) -> String {
        [one.j1, one.j2].filter { $0.seeds > 1 && $0.points.count > 1 }.map { bundle in
            let upper = bundle.points.map { position($0.epoch, $0.high) }
            let lower = bundle.points.reversed().map { position($0.epoch, $0.low) }
            return "<path class=\"band c\(one.colour)\" d=\"M\((upper + lower).joined(separator: "L"))Z\"/>"
        }.joined(separator: "\n")
    }

    private func lines(_ one: Series) -> String {
        var parts: [String] = []
        let rate = NumberText.shortest(one.rate)
        func add(_ bundle: CurveBundle, _ name: String, _ style: String, _ source: String) {
            guard let last = bundle.points.last else { return }
            let path = "M" + bundle.points.map { position($0.epoch, $0.mean) }.joined(separator: "L")
            let title = "\(name), rate \(rate)\(source): \(NumberText.fixed(last.mean, decimals: 1)) at the end"
            parts.append(
                "<path class=\"line \(style) c\(one.colour)\" d=\"\(path)\"><title>\(title)</title></path>")
        }
        if let reference = one.reference {
            add(reference.j1, "J1", "published", " as published")
            add(reference.j2, "J2", "published dashed", " as published")
        }
        add(one.j1, "J1", "solid", "")
        add(one.j2, "J2", "dashed", "")
        return parts.joined(separator: "\n")
    }

    /// The last J2 of each rate at the right edge, moved apart where they would overlap.
    private var endLabels: String {
        let ends = series.compactMap { one in one.j2.points.last.map { (one.colour, $0.mean, y($0.mean)) } }
        let places = LabelPlacement.spread(
            ends.map(\.2), gap: 16, within: Self.plot.top + 1...Self.plot.bottom - 2)
        return zip(ends, places).map { end, place in
            text(
                NumberText.fixed(end.1, decimals: 1), x: Self.width - 2, y: place + 4,
                style: "end c\(end.0)", anchor: "end")
        }.joined(separator: "\n")
    }

    private func position(_ epoch: Int, _ value: Double) -> String {
        "\(HTML.coordinate(x(epoch))) \(HTML.coordinate(y(value)))"
    }

    private func text(_ text: String, x: Double, y: Double, style: String, anchor: String) -> String {
        "<text class=\"\(style)\" x=\"\(HTML.coordinate(x))\" y=\"\(HTML.coordinate(y))\" "
            + "text-anchor=\"\(anchor)\">\(HTML.escape(text))</text>"
    }
}
