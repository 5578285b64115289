// Paired differences as a table of text.

/// Differences of a table's metrics to a baseline, a line a comparison.
public struct DifferenceTable: Sendable {
    public let differences: [PairedDifference]
    let axis: String
    let baseline: JSONValue
    let set: RunSet

    private var settings: [String] {
        let varying = Set(set.factors.filter(set.varies).map(\.name))
        return (differences.first?.setting.map(\.name) ?? []).filter { varying.contains($0) }
    }

    var grid: TextGrid {
        let names = settings
        let lines = differences.map { one in
            [one.value.plainText] + names.map { one.setting.field($0) }
                + [ResultTable.title(one.metric), one.text(), one.probability.map(DifferenceTable.text) ?? "–"]
                + ["\(one.statistics.count)"]
        }
        return TextGrid(
            head: [axis] + names + ["", "difference", "p", "pairs"], lines: lines, textColumns: names.count + 2)
    }

    static func text(_ probability: Double) -> String {
        probability < 0.001 ? "< 0.001" : NumberText.fixed(probability, decimals: 3)
    }

    var title: String { "difference to \(axis) \(baseline.plainText)" }

    public var note: String {
        guard !differences.isEmpty else { return "no run has a partner with \(axis) \(baseline.plainText)" }
        let over = set.replicates.map(\.name).joined(separator: " and ")
        var text = "pair by pair\(over.isEmpty ? "" : " of equal \(over)"): mean, 95 % t-interval"
        let several = differences[0].comparisons
        if differences.contains(where: { $0.probability != nil }) {
            text += "; p by the paired t-test" + (several > 1 ? ", corrected for \(several) comparisons (Holm)" : "")
        }
        return text
    }

    public func terminal(style: TextGrid.TerminalStyle = .box, colour: Bool = false) -> String {
        let drawn = differences.isEmpty ? [] : grid.terminal(style: style, colour: colour)
        return ([TextGrid.paint(title, "1", colour)] + drawn + [TextGrid.paint(note, "2", colour)])
            .joined(separator: "\n") + "\n"
    }

    public var markdown: String {
        "**\(TextGrid.escaped(title))**\n\n" + (differences.isEmpty ? "" : grid.markdown + "\n") + note + "\n"
    }

    public var latex: String {
        "% \(title.replacing("\n", with: " ")); \(note)\n" + (differences.isEmpty ? "" : grid.latex)
    }

    /// A line a comparison, in full precision: both p-values, the raw one and Holm's.
    public var csv: String {
        let names = settings
        var columns = ColumnNames([axis] + names)
        var text = CSV.line(
            [axis] + columns.free(["baseline"], prefix: "run_") + names
                + columns.free(
                    ["metric", "difference", "low", "high", "p_raw", "p_holm", "pairs", "unit"], prefix: "difference_"))
        for one in differences {
            let interval = one.statistics.interval()
            let numbers: [Double?] = [
                one.statistics.mean, interval?.lowerBound, interval?.upperBound, one.rawProbability, one.probability,
            ]
            text += CSV.line(
                [one.value.plainText, one.baseline.plainText] + names.map { one.setting.field($0) }
                    + [one.metric.name] + numbers.map { $0.map(NumberText.shortest) ?? "" } + [
                        "\(one.statistics.count)", one.metric.unit,
                    ])
        }
        return text
    }
}
