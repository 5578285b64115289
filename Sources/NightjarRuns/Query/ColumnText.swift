// Lines of text in columns.

import NightjarProcess

/// A table without rules, for lists: a heading, and lines of cells two spaces apart.
public struct ColumnText {
    private var lines: [[String]]
    private let isRight: [Bool]

    /// - Parameter headings: one a column, and whether it holds numbers, which stand to the right.
    public init(_ headings: [(title: String, isNumber: Bool)]) {
        isRight = headings.map(\.isNumber)
        lines = [headings.map(\.title)]
    }

    /// - Parameter cells: shown on one line each, whatever is in them.
    public mutating func add(_ cells: [String]) { lines.append(cells.map { ShownText.line($0, most: .max) }) }

    /// Two spaces between columns, none at the ends of lines.
    /// - Parameter colour: a bold heading, by ANSI codes.
    public func text(colour: Bool = false) -> String {
        let sizes = lines.map { $0.map(TerminalText.width) }
        let widths = isRight.indices.map { column in sizes.map { $0[column] }.max() ?? 0 }
        var text = ""
        for (number, cells) in lines.enumerated() {
            var line = ""
            var spaces = 0
            for (column, cell) in cells.enumerated() {
                let gap = widths[column] - sizes[number][column]
                spaces += (column > 0 ? 2 : 0) + (isRight[column] ? gap : 0)
                if !cell.isEmpty {
                    line += String(repeating: " ", count: spaces) + cell
                    spaces = 0
                }
                spaces += isRight[column] ? 0 : gap
                if cell.isEmpty { spaces += sizes[number][column] }
            }
            text += (number == 0 && colour ? "\u{1B}[1m\(line)\u{1B}[0m" : line) + "\n"
        }
        return text
    }
}
