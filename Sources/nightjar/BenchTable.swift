import NightjarRuns

/// The numbers of `bench all`: a row for each benchmark and side, the best of repeated measurements.
struct BenchTable {
    private struct Row {
        let name: String
        let side: String
        var least: Double
        var median: Double
    }

    private var rows: [Row] = []

    /// - Parameter keys: where the least and the median stand in `values`.
    mutating func add(_ name: String, side: String, _ values: JSONValue, _ keys: [String]) {
        guard let least = values[keys[0]]?.doubleValue, let median = values[keys[1]]?.doubleValue else { return }
        if let known = rows.firstIndex(where: { $0.name == name && $0.side == side }) {
            rows[known].least = min(rows[known].least, least)
            rows[known].median = min(rows[known].median, median)
        } else {
            rows.append(Row(name: name, side: side, least: least, median: median))
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
            text += "**\(name)**\n\n| side | min | median | times ours |\n|---|---:|---:|---:|\n"
            for row in rows where row.name == name {
                let numbers = [row.least, row.median, ratio(row) ?? .nan].map { NumberText.fixed($0, decimals: 2) }
                text += "| \(row.side) | \(numbers.joined(separator: " | ")) |\n"
            }
            text += "\n"
        }
        return text
    }

    var json: JSONValue {
        .array(
            rows.map { row in
                [
                    "benchmark": .string(row.name), "side": .string(row.side), "min": .number(row.least),
                    "median": .number(row.median), "times_ours": .number(ratio(row) ?? .nan),
                ]
            })
    }
}
