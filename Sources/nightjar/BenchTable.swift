import NightjarRuns

/// The numbers of `bench all`: a row for each benchmark and side, the best of repeated measurements.
struct BenchTable {
    private struct Row {
        let name: String
        let side: String
        var least: Double
        var median: Double
        /// See `bench step`; of our side alone.
        var roofline: Double?
        /// MiB.
        var peak: Double?
        /// Milliseconds from the start of the process to the end of the first step.
        var first: Double?

        /// Keeps the better of two measurements.
        mutating func take(_ other: Row) {
            func better(_ one: Double?, _ two: Double?, _ pick: (Double, Double) -> Double) -> Double? {
                guard let one, let two else { return one ?? two }
                return pick(one, two)
            }
            least = min(least, other.least)
            median = min(median, other.median)
            roofline = better(roofline, other.roofline, max)
            peak = better(peak, other.peak, min)
            first = better(first, other.first, min)
        }
    }

    private var rows: [Row] = []

    /// - Parameter keys: where the least and the median stand in `values`.
    mutating func add(_ name: String, side: String, _ values: JSONValue, _ keys: [String]) {
        guard let least = values[keys[0]]?.doubleValue, let median = values[keys[1]]?.doubleValue else { return }
        add(
            Row(
                name: name, side: side, least: least, median: median, roofline: values["roofline"]?.doubleValue,
                peak: values["peak_rss_mib"]?.doubleValue, first: values["first_ms"]?.doubleValue))
    }

    /// Adds the time to the first step alone to a side that is there already.
    mutating func addFirst(_ name: String, side: String, _ values: JSONValue) {
        guard let first = values["first_ms"]?.doubleValue else { return }
        add(Row(name: name, side: side, least: .infinity, median: .infinity, first: first))
    }

    private mutating func add(_ row: Row) {
        if let known = rows.firstIndex(where: { $0.name == row.name && $0.side == row.side }) {
            rows[known].take(row)
        } else {
            rows.append(row)
        }
    }

    private var names: [String] {
        var seen: [String] = []
        for row in rows where !seen.contains(row.name) { seen.append(row.name) }
        return seen
    }

    /// Times a side takes in units of ours.
    private func ratio(_ row: Row) -> Double? {
        rows.first { $0.name == row.name && $0.side == "Nightjar" }.map { row.least / $0.least }
    }

    var markdown: String {
        var text = ""
        for name in names {
            let sides = rows.filter { $0.name == name }
            // Only what some side has a number for.
            let columns: [(head: String, decimals: Int, value: (Row) -> Double?)] = [
                ("min", 2, \.least), ("median", 2, \.median), ("times ours", 2, ratio), ("roofline", 2, \.roofline),
                ("peak (MiB)", 0, \.peak), ("to first step (ms)", 0, \.first),
            ].filter { column in sides.contains { column.value($0) != nil } }
            text += "**\(name)**\n\n| side | \(columns.map(\.head).joined(separator: " | ")) |\n|---|"
            text += String(repeating: "---:|", count: columns.count) + "\n"
            for row in sides {
                let cells = columns.map { column in
                    column.value(row).map { NumberText.fixed($0, decimals: column.decimals) } ?? ""
                }
                text += "| \(row.side) | \(cells.joined(separator: " | ")) |\n"
            }
            text += "\n"
        }
        return text
    }

    var json: JSONValue {
        .array(
            rows.map { row in
                var entries: [String: JSONValue] = [
                    "benchmark": .string(row.name), "side": .string(row.side), "min": .number(row.least),
                    "median": .number(row.median),
                ]
                entries["times_ours"] = ratio(row).map { .number($0) }
                entries["roofline"] = row.roofline.map { .number($0) }
                entries["peak_rss_mib"] = row.peak.map { .number($0) }
                entries["first_ms"] = row.first.map { .number($0) }
                return .object(entries)
            })
    }
}
