// Points and lines that are laid over a figure, from files and from the command line.

import Foundation

extension FigureSpec.Overlay {
    /// A horizontal line from `label=y`.
    public init(level text: String) throws {
        guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
            let value = NumberText.number(String(text[text.index(after: sign)...])), value.isFinite
        else { throw RunError("a level is written as label=y, as in chance=10, got '\(text)'") }
        self.init(label: String(text[..<sign]), level: value)
    }

    /// The overlays of a CSV file: columns `x` and `y`, perhaps `label`, and names of axes for the panels and colours that
    /// points belong to. Points with the same label and axes are one line.
    /// - Throws: `RunError` with the file and the line of what is not what it must be.
    public static func read(_ url: URL) throws -> [FigureSpec.Overlay] {
        let records = try CSV.parse(try FileReason.readText(url), source: url.path)
        guard let header = records.first, let x = header.firstIndex(of: "x"), let y = header.firstIndex(of: "y") else {
            throw RunError("\(url.path), line 1: expected a header with the columns x and y")
        }
        let label = header.firstIndex(of: "label")
        var overlays: [FigureSpec.Overlay] = []
        for (number, record) in records.enumerated().dropFirst() {
            guard record.count == header.count else {
                throw RunError("\(url.path), record \(number): expected \(header.count) fields, got \(record.count)")
            }
            guard let value = NumberText.number(record[y]), value.isFinite else {
                throw RunError("\(url.path), record \(number): y is not a number: \(record[y])")
            }
            let place = NumberText.number(record[x]).map { JSONValue.number($0) } ?? .string(record[x])
            let cell = header.indices.filter { ![x, y].contains($0) && $0 != label && !record[$0].isEmpty }.map {
                CellSetting(header[$0], .string(record[$0]))
            }
            let name = label.map { record[$0] } ?? url.deletingPathExtension().lastPathComponent
            if let known = overlays.firstIndex(where: { $0.label == name && $0.cell == cell }) {
                overlays[known].points.append(Point(place, value))
            } else {
                overlays.append(FigureSpec.Overlay(label: name, points: [Point(place, value)], cell: cell))
            }
        }
        return overlays
    }
}

extension Report.Baseline {
    /// `axis=value`.
    public init(text: String) throws {
        guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
            throw RunError("what differences are taken to is written as axis=value, as in loss=cce, got '\(text)'")
        }
        self.init(axis: String(text[..<sign]), value: .string(String(text[text.index(after: sign)...])))
    }

    /// The same with the value as the runs have it.
    /// - Throws: `RunError` for an axis or a value that they do not have.
    public func checked(_ set: RunSet) throws -> Report.Baseline {
        let axis = try set.named(factor: axis)
        let wanted = value.plainText
        let found = axis.values.first { $0 == value } ?? axis.values.first { $0.plainText == wanted }
        guard let value = found else {
            throw RunError(
                RunSet.unknown(
                    "the axis '\(axis.name)' has no value", wanted, axis.values.map(\.plainText), "values"))
        }
        return Report.Baseline(axis: axis.name, value: value)
    }
}
