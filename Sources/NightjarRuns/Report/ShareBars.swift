// The parts of one whole: a stacked bar a setting.

/// Bars of metrics that are shares of the same whole, such as what became of the wrongly labelled samples.
struct ShareBars {
    struct Bar {
        /// The setting.
        let name: String
        /// A share a metric, in percent of the whole; nil where it is not defined.
        let parts: [SeedStatistics?]
    }

    /// The whole: `wrongly labelled samples`.
    let whole: String
    let metrics: [MetricInfo]
    let identifier: String
    let bars: [Bar]

    private static let step = 34.0
    private static let left = 66.0
    private static let span = 288.0

    /// The picture as an SVG element.
    var svg: String {
        let height = Self.step * Double(bars.count) + 26
        var parts = [
            "<svg class=\"bars\" viewBox=\"0 0 360 \(HTML.coordinate(height))\" role=\"img\" "
                + "aria-labelledby=\"\(identifier)-title \(identifier)-text\">",
            "<title id=\"\(identifier)-title\">Parts of the \(HTML.escape(whole))</title>",
            "<desc id=\"\(identifier)-text\">\(HTML.escape(description))</desc>",
        ]
        for tick in [0.0, 25, 50, 75, 100] {
            let at = HTML.coordinate(Self.left + tick / 100 * Self.span)
            let bottom = HTML.coordinate(height - 20)
            parts.append("<line class=\"grid\" x1=\"\(at)\" x2=\"\(at)\" y1=\"0\" y2=\"\(bottom)\"/>")
            let anchor = tick == 100 ? "end" : "middle"
            parts.append(
                "<text class=\"tick\" x=\"\(at)\" y=\"\(HTML.coordinate(height - 5))\" text-anchor=\"\(anchor)\">"
                    + "\(NumberText.shortest(tick))\(tick == 100 ? " %" : "")</text>")
        }
        for (position, bar) in bars.enumerated() { parts.append(drawn(bar, top: Double(position) * Self.step + 4)) }
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    private var description: String {
        bars.map { bar in
            let texts = zip(metrics, bar.parts).compactMap { metric, part in
                part.map { "\(metric.title) \($0.text(decimals: metric.decimals))" }
            }
            return "\(bar.name): \(texts.joined(separator: ", "))."
        }.joined(separator: " ")
    }

    private func drawn(_ bar: Bar, top: Double) -> String {
        let middle = HTML.coordinate(top + 17)
        let name = bar.name.count > 9 ? bar.name.prefix(8) + "…" : bar.name[...]
        var parts = [
            "<text class=\"name\" x=\"\(HTML.coordinate(Self.left - 8))\" y=\"\(middle)\" text-anchor=\"end\">"
                + "\(HTML.escape(String(name)))<title>\(HTML.escape(bar.name))</title></text>"
        ]
        var reached = Self.left
        for (number, (metric, part)) in zip(metrics, bar.parts).enumerated() {
            guard let part else { continue }
            let percent = min(max(part.mean, 0), 100)
            let width = min(percent / 100 * Self.span, Self.left + Self.span - reached)
            let style = min(number, Self.styles - 1)
            if width > 0.05 {
                let text = part.text(decimals: metric.decimals)
                parts.append(
                    "<rect class=\"part\(style)\" x=\"\(HTML.coordinate(reached))\" y=\"\(HTML.coordinate(top))\" "
                        + "width=\"\(HTML.coordinate(width))\" height=\"24\"><title>"
                        + "\(HTML.escape("\(bar.name), \(metric.title): \(text)"))</title></rect>")
            }
            if width > 28 {
                parts.append(
                    "<text class=\"inside on-part\(style)\" x=\"\(HTML.coordinate(reached + width / 2))\" "
                        + "y=\"\(middle)\" text-anchor=\"middle\">\(NumberText.fixed(percent, decimals: 0))</text>")
            }
            reached += width
        }
        return parts.joined(separator: "\n")
    }

    /// Fills that the style sheet has.
    static let styles = 3
}
