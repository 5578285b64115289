// How the values of a metric by sample are spread, apart for samples with right and with wrong labels.

/// Histograms of one metric over the samples of the training set at the end, drawn for a page.
struct SampleHistogram {
    /// One outline.
    struct Part {
        let name: String
        /// The class of its line in the style sheet.
        let style: String
        /// The share of its samples in each bin.
        let shares: [Double]
    }

    static let bins = 40

    let metric: MetricInfo
    let range: ClosedRange<Double>
    let parts: [Part]
    /// The largest share of all pictures that are compared with this one.
    let largest: Double
    let identifier: String

    private static let plot = Drawing.Rectangle(left: 12, top: 10, right: 424, bottom: 170)

    /// The share of the values in each bin; what lies outside counts in the last ones, NaN nowhere.
    static func shares(_ values: [Double], in range: ClosedRange<Double>) -> [Double] {
        var counts = [Double](repeating: 0, count: bins)
        let span = range.upperBound - range.lowerBound
        var total = 0.0
        for value in values where !value.isNaN {
            let place = span > 0 ? (value - range.lowerBound) / span * Double(bins) : 0
            counts[Int(min(max(place, 0), Double(bins - 1)))] += 1
            total += 1
        }
        return total > 0 ? counts.map { $0 / total } : counts
    }

    /// The picture as an SVG element of a page.
    var svg: String {
        let plot = SampleHistogram.plot
        var out = [
            "<svg class=\"histogram\" viewBox=\"0 0 436 196\" role=\"img\" "
                + "aria-labelledby=\"\(identifier)-title \(identifier)-text\">",
            "<title id=\"\(identifier)-title\">\(HTML.escape(metric.title)) of the training samples</title>",
            "<desc id=\"\(identifier)-text\">\(HTML.escape(description))</desc>",
        ]
        for part in parts {
            out.append(
                "<path class=\"\(part.style)\" d=\"\(outline(part.shares))\"><title>\(HTML.escape(part.name))</title></path>"
            )
        }
        out.append(
            "<line class=\"axis\" x1=\"\(HTML.coordinate(plot.left))\" x2=\"\(HTML.coordinate(plot.right))\" "
                + "y1=\"\(HTML.coordinate(plot.bottom))\" y2=\"\(HTML.coordinate(plot.bottom))\"/>")
        let span = range.upperBound - range.lowerBound
        for tick in AxisTicks.round(in: range, about: 5) {
            let x = plot.left + (span > 0 ? (tick - range.lowerBound) / span : 0) * (plot.right - plot.left)
            out.append(
                "<text class=\"tick\" x=\"\(HTML.coordinate(x))\" y=\"188\" text-anchor=\"middle\">"
                    + "\(AxisTicks.text(tick))</text>")
        }
        out.append("</svg>")
        return out.joined(separator: "\n")
    }

    private var description: String {
        parts.map { part in
            let place = part.shares.indices.max { part.shares[$0] < part.shares[$1] } ?? 0
            let width = (range.upperBound - range.lowerBound) / Double(SampleHistogram.bins)
            let low = range.lowerBound + Double(place) * width
            return "\(part.name): most lie between \(metric.text(low)) and \(metric.text(low + width))."
        }.joined(separator: " ")
    }

    private func outline(_ shares: [Double]) -> String {
        let plot = SampleHistogram.plot
        let width = (plot.right - plot.left) / Double(max(1, shares.count))
        var path = "M\(HTML.coordinate(plot.left)) \(HTML.coordinate(plot.bottom))"
        for (place, share) in shares.enumerated() {
            let high = largest > 0 ? share / largest * (plot.bottom - plot.top) : 0
            path += "V\(HTML.coordinate(plot.bottom - high))H\(HTML.coordinate(plot.left + Double(place + 1) * width))"
        }
        return path + "V\(HTML.coordinate(plot.bottom))Z"
    }
}
