// A figure as a file of its own, for a paper: heading, legend, panels, in SVG and PDF.

import Foundation

/// A whole figure: one drawing, two forms.
public struct FigureFile {
    private let figure: Figure
    private let columns: Int

    private static let textSize = CurvePanel.Geometry.paper.textSize
    private static let gap = 14.0
    /// Readers of SVG have DejaVu Sans and others in the place of Helvetica.
    private static let otherFonts = CurvePanel.otherFonts
    /// Titles of panels go over as many lines; the axes in them are what tells panels apart.
    private static let mostTitleLines = 5

    /// - Parameter columns: panels beside each other, at most; two are as wide as the text of a page.
    public init(_ figure: Figure, columns: Int = 2) {
        self.figure = figure
        self.columns = max(1, columns)
    }

    /// - Throws: `RunError` for a figure in which there is nothing.
    public func svg() throws -> String {
        SVGWriter.file(try drawing(), title: figure.heading, description: description)
    }

    /// - Throws: `RunError` for a figure in which there is nothing.
    public func pdf() throws -> Data { Data(PDFWriter.file(try drawing(), title: figure.heading)) }

    /// Writes one of the two, by the end of the file's name.
    /// - Throws: `RunError` for another ending, for a figure in which there is nothing, and for a file that cannot be written.
    public func write(to url: URL) throws {
        switch url.pathExtension.lowercased() {
        case "svg": try AtomicFile.write(try svg(), to: url)
        case "pdf":
            let data = try pdf()
            try AtomicFile.write(to: url) { try $0.write(contentsOf: data) }
        default: throw RunError("\(url.lastPathComponent): a figure is written as .svg or .pdf")
        }
    }

    private var description: String {
        CurvePanel.all(figure, .paper).map { one in
            one.panel.title.isEmpty ? one.description : "\(one.panel.title): \(one.description)"
        }.joined(separator: " ")
    }

    private func drawing() throws -> Drawing {
        guard !figure.panels.isEmpty else {
            throw RunError(
                "the figure is empty: no finished run has a value of \(figure.metrics.map(\.name).joined(separator: ", "))"
                    + (figure.isEpoch ? " by epoch" : ""))
        }
        let geometry = CurvePanel.Geometry.paper
        let size = FigureFile.textSize
        let beside = min(columns, figure.panels.count)
        let width = Double(beside) * geometry.width + Double(beside - 1) * FigureFile.gap
        var result = Drawing(width: width, height: 0)
        var top = 0.0
        if let title = figure.spec.title {
            result.add(.text(title, .init(x: 2, y: size + 2), .start, size: size + 1.5), .title)
            top += size * 2 + 2
        }
        top = drawLegend(&result, top: top)
        let titles = figure.panels.map { panel in
            FigureFile.wrapped(
                panel.title, to: (geometry.width - 5) / size / FigureFile.otherFonts, isBold: true,
                most: FigureFile.mostTitleLines)
        }
        let titleLines = titles.map(\.count).max() ?? 0
        let heading = titleLines > 0 ? size + 5 + Double(titleLines - 1) * size * 1.25 : 0
        for (number, panel) in CurvePanel.all(figure, geometry).enumerated() {
            let x = Double(number % beside) * (geometry.width + FigureFile.gap)
            let y = top + Double(number / beside) * (geometry.height + heading + 6)
            for (line, title) in titles[number].enumerated() {
                let baseline = y + size + Double(line) * size * 1.25
                result.add(.text(title, .init(x: x + 2.5, y: baseline), .start, size: size), .title)
            }
            result.add(panel.drawing, x: x, y: y + heading)
        }
        let rows = (figure.panels.count + beside - 1) / beside
        var bottom = top + Double(rows) * (geometry.height + heading + 6) - 6
        for line in FigureFile.wrapped(figure.note, to: (width - 5) / size) {
            bottom += size * 1.4
            result.add(.text(line, .init(x: 2.5, y: bottom), .start, size: size), .label)
        }
        result.height = (bottom + 3).rounded(.up)
        return result
    }

    /// Entries beside each other, broken into lines where they do not fit.
    /// - Returns: where what follows begins.
    private func drawLegend(_ drawing: inout Drawing, top: Double) -> Double {
        let size = FigureFile.textSize
        let sample = 16.0
        var (x, y) = (2.5, top + size + 1)
        let entries = FigureLegend.entries(figure)
        for entry in entries {
            let label = FigureFile.cut(
                entry.label, to: (drawing.width - sample - 9) / size / FigureFile.otherFonts)
            let width = sample + 4 + Helvetica.width(label, isBold: false) * size
            if x > 3, x + width > drawing.width {
                (x, y) = (2.5, y + size * 1.5)
            }
            let middle = y - size / 3
            let line = [Drawing.Point(x: x, y: middle), Drawing.Point(x: x + sample, y: middle)]
            switch entry.style {
            case .band:
                let corners = [(0.0, -3.0), (sample, -3), (sample, 3), (0, 3)].map {
                    Drawing.Point(x: x + $0.0, y: middle + $0.1)
                }
                drawing.add(.path(corners, isClosed: true), entry.style)
            default: drawing.add(.path(line, isClosed: false), entry.style)
            }
            drawing.add(.text(label, .init(x: x + sample + 4, y: y), .start, size: size), .legend)
            x += width + 12
        }
        return entries.isEmpty ? top + 2 : y + size
    }

    /// The text, ending in three dots where it is wider than so many times its size.
    private static func cut(_ text: String, to width: Double, isBold: Bool = false) -> String {
        guard Helvetica.width(text, isBold: isBold) > width else { return text }
        var kept = text
        while !kept.isEmpty, Helvetica.width(kept + "...", isBold: isBold) > width { kept.removeLast() }
        return kept + "..."
    }

    /// The text in lines that are no wider than so many times its size; what has no room ends in three dots.
    private static func wrapped(_ text: String, to width: Double, isBold: Bool = false, most: Int = .max) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            let longer = lines.last.map { $0 + " " + word } ?? String(word)
            if !lines.isEmpty, lines.count >= most || Helvetica.width(longer, isBold: isBold) <= width {
                lines[lines.count - 1] = longer
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { cut($0, to: width, isBold: isBold) }
    }
}

/// What a figure's colours, styles and bands mean.
enum FigureLegend {
    struct Entry {
        let style: Drawing.Style
        let label: String
    }

    static func entries(_ figure: Figure) -> [Entry] {
        let series = figure.panels.flatMap(\.series)
        var entries: [Entry] = []
        var seen: Set<String> = []
        for one in series.sorted(by: { $0.colour < $1.colour })
        where !one.label.isEmpty && seen.insert(one.label).inserted {
            entries.append(Entry(style: .line(.solid, one.colour), label: one.label))
        }
        if figure.metrics.count > 1 {
            for (dash, metric) in zip(Drawing.Dash.allCases, figure.metrics) {
                entries.append(Entry(style: .line(dash, Look.black), label: metric.title))
            }
        }
        for overlay in figure.panels.flatMap(\.overlays) where seen.insert("overlay " + overlay.label).inserted {
            entries.append(Entry(style: .overlay(overlay.colour), label: overlay.label))
        }
        if figure.spec.band != .none, series.contains(where: { $0.bundle.runs > 1 }) {
            entries.append(Entry(style: .band(Look.black), label: figure.spec.band.phrase))
        }
        return entries
    }
}
