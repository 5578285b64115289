import NightjarScripting

/// Lines of text in columns.
struct TextTable {
    private var lines: [[String]]
    private let isRight: [Bool]

    /// - Parameter headings: one a column; a column whose heading begins with `>` is set to the right.
    init(_ headings: [String]) {
        isRight = headings.map { $0.hasPrefix(">") }
        lines = [headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }]
    }

    mutating func add(_ cells: [String]) { lines.append(cells) }

    /// Two spaces between columns, none at the ends of lines.
    var text: String {
        let widths = isRight.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "") + (isRight[column] ? gap + cell : cell + gap)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
