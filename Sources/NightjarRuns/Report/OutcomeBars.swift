// What became of the wrongly labelled samples at one noise rate: a stacked bar a loss.

struct OutcomeBars {
    /// Percent of the wrongly labelled samples.
    struct Bar {
        let loss: String
        /// Predicted as the wrong label they were given.
        let memorized: SeedStatistics
        /// Predicted as their true class all the same.
        let corrected: SeedStatistics

        var other: Double { max(0, 100 - memorized.mean - corrected.mean) }
    }

    let identifier: String
    let rate: Double
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
            "<title id=\"\(identifier)-title\">Wrongly labelled samples at noise rate "
                + "\(NumberText.shortest(rate))</title>",
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
        bars.map {
            "\($0.loss): memorized \($0.memorized.text()), corrected \($0.corrected.text()), "
                + "other \(NumberText.fixed($0.other, decimals: 1))."
        }.joined(separator: " ")
    }

    private func drawn(_ bar: Bar, top: Double) -> String {
        let middle = HTML.coordinate(top + 17)
        let name = bar.loss.count > 9 ? bar.loss.prefix(8) + "…" : bar.loss[...]
        var parts = [
            "<text class=\"name\" x=\"\(HTML.coordinate(Self.left - 8))\" y=\"\(middle)\" text-anchor=\"end\">"
                + "\(HTML.escape(String(name)))<title>\(HTML.escape(bar.loss))</title></text>"
        ]
        var reached = Self.left
        let segments = [
            ("memorized", bar.memorized.mean, bar.memorized.text()),
            ("corrected", bar.corrected.mean, bar.corrected.text()),
            ("other", bar.other, NumberText.fixed(bar.other, decimals: 1)),
        ]
        for (kind, percent, text) in segments {
            let width = percent / 100 * Self.span
            if width > 0.05 {
                parts.append(
                    "<rect class=\"\(kind)\" x=\"\(HTML.coordinate(reached))\" y=\"\(HTML.coordinate(top))\" "
                        + "width=\"\(HTML.coordinate(width))\" height=\"24\"><title>\(HTML.escape(bar.loss)), "
                        + "\(kind): \(text)</title></rect>")
            }
            if width > 28 {
                parts.append(
                    "<text class=\"inside on-\(kind)\" x=\"\(HTML.coordinate(reached + width / 2))\" "
                        + "y=\"\(middle)\" text-anchor=\"middle\">\(NumberText.fixed(percent, decimals: 0))</text>")
            }
            reached += width
        }
        return parts.joined(separator: "\n")
    }
}
