// A matrix as a picture: a square an entry, the stronger the colour the larger the number.

/// A matrix that a metric gives, such as a confusion matrix, drawn for a page.
struct HeatMap {
    let metric: MetricInfo
    let rows: [String]
    let columns: [String]
    /// In the order of rows; NaN where an entry is not defined.
    let values: [Double]
    /// The largest magnitude of all pictures that are compared with this one.
    let largest: Double
    let identifier: String

    private static let left = 74.0
    private static let top = 30.0
    private static let width = 430.0
    /// Entries with their numbers: more of them would not be read.
    private static let mostNumbers = 12

    private var step: Double { (HeatMap.width - HeatMap.left) / Double(max(1, columns.count)) }

    /// The picture as an SVG element of a page.
    var svg: String {
        let high = min(step, 44)
        let height = HeatMap.top + high * Double(rows.count) + 4
        var parts = [
            "<svg class=\"heat\" viewBox=\"0 0 430 \(HTML.coordinate(height))\" role=\"img\" "
                + "aria-labelledby=\"\(identifier)-title \(identifier)-text\">",
            "<title id=\"\(identifier)-title\">\(HTML.escape(metric.title))</title>",
            "<desc id=\"\(identifier)-text\">\(rows.count) rows, \(columns.count) columns; every entry says its number"
                + "</desc>",
        ]
        let each = max(1, Int((13 / step).rounded(.up)))
        for (place, name) in columns.enumerated() where place % each == 0 {
            parts.append(label(name, HeatMap.left + (Double(place) + 0.5) * step, HeatMap.top - 8, "middle", step))
        }
        let every = max(1, Int((13 / high).rounded(.up)))
        for (place, name) in rows.enumerated() where place % every == 0 {
            let middle = HeatMap.top + (Double(place) + 0.5) * high + 4
            parts.append(label(name, HeatMap.left - 8, middle, "end", HeatMap.left))
        }
        let isWritten = columns.count <= HeatMap.mostNumbers
        for (row, rowName) in rows.enumerated() {
            for (column, columnName) in columns.enumerated() {
                let value = values[row * columns.count + column]
                guard !value.isNaN else { continue }
                let share = largest > 0 ? min(1, abs(value) / largest) : 0
                let (x, y) = (HeatMap.left + Double(column) * step, HeatMap.top + Double(row) * high)
                let text = shown(value)
                parts.append(
                    "<rect class=\"\(value < 0 ? "below" : "cell")\" x=\"\(HTML.coordinate(x))\" "
                        + "y=\"\(HTML.coordinate(y))\" width=\"\(HTML.coordinate(step - 1))\" "
                        + "height=\"\(HTML.coordinate(high - 1))\" fill-opacity=\"\(NumberText.fixed(share, decimals: 2))\">"
                        + "<title>\(HTML.escape("\(rowName), \(columnName): \(text)"))</title></rect>")
                guard isWritten, Double(text.count) * 6.2 < step else { continue }
                parts.append(
                    "<text class=\"\(share > 0.55 ? "on-cell" : "in-cell")\" x=\"\(HTML.coordinate(x + step / 2))\" "
                        + "y=\"\(HTML.coordinate(y + high / 2 + 4))\" text-anchor=\"middle\">\(HTML.escape(text))</text>"
                )
            }
        }
        parts.append("</svg>")
        return parts.joined(separator: "\n")
    }

    /// Counts have no decimals.
    private func shown(_ value: Double) -> String {
        value == value.rounded() ? NumberText.fixed(value, decimals: 0) : metric.text(value)
    }

    private func label(_ name: String, _ x: Double, _ y: Double, _ anchor: String, _ room: Double) -> String {
        let short = TerminalText.cut(name, to: max(2, Int(room / 6.6)))
        return "<text class=\"tick\" x=\"\(HTML.coordinate(x))\" y=\"\(HTML.coordinate(y))\" text-anchor=\"\(anchor)\">"
            + "\(HTML.escape(short))<title>\(HTML.escape(name))</title></text>"
    }
}
