// What a metric declares of itself, so that tables and pictures need not know it by name.

import Foundation

/// A metric as it is shown: title, unit, direction, range, decimals.
///
/// Runs keep the declarations of their metrics in `config.json`; every table, figure and report reads them there.
public struct MetricInfo: Sendable, Equatable {
    /// Which way is better.
    public enum Direction: String, Sendable, CaseIterable {
        case higher
        case lower
        /// Neither: it describes.
        case none
    }

    /// What a metric gives at an evaluation.
    public enum Kind: String, Sendable, CaseIterable {
        case number
        /// A number for each class: a column each, `NAME[CLASS]`, and in the column `NAME` their mean.
        case byClass = "class"
        /// A matrix, in the run's folder `arrays`.
        case matrix
        /// A number for each sample, in `arrays` or the ledger; the column `NAME` has their mean, others quantiles.
        case bySample = "sample"
    }

    /// The column in `metrics.csv` and `summary.csv`.
    public var name: String
    /// The name for people.
    public var title: String
    /// What it measures, in a sentence or less.
    public var doc: String
    /// Shown behind numbers and axes: `%`; empty for none.
    public var unit: String
    public var direction: Direction
    /// The values it can have, where they are bounded: the range of its axis in figures.
    public var range: ClosedRange<Double>?
    /// Decimals in tables.
    public var decimals: Int
    /// Whether tables and reports show it without being asked.
    public var isHeadline: Bool
    /// What it is a share of, where several metrics are the parts of one whole; these are drawn as one bar.
    public var whole: String?
    public var kind = Kind.number
    /// The metric whose entry it is: `recall` of `recall[3]`.
    public var parent: String?

    public init(
        _ name: String, title: String? = nil, doc: String = "", unit: String = "", direction: Direction = .none,
        range: ClosedRange<Double>? = nil, decimals: Int = 3, isHeadline: Bool = true, whole: String? = nil
    ) {
        self.name = name
        self.title = title ?? name
        self.doc = doc
        self.unit = unit
        self.direction = direction
        self.range = range
        self.decimals = max(0, min(12, decimals))
        self.isHeadline = isHeadline
        self.whole = whole
    }

    /// A percentage: 0 to 100 with one decimal.
    public static func percentage(
        _ name: String, title: String, doc: String, direction: Direction = .none, isHeadline: Bool = false,
        whole: String? = nil
    ) -> MetricInfo {
        MetricInfo(
            name, title: title, doc: doc, unit: "%", direction: direction, range: 0...100, decimals: 1,
            isHeadline: isHeadline, whole: whole)
    }

    /// As it stands in `config.json`.
    public var json: JSONValue {
        var entries: [String: JSONValue] = [
            "name": .string(name), "title": .string(title), "unit": .string(unit),
            "direction": .string(direction.rawValue), "decimals": .integer(decimals), "headline": .bool(isHeadline),
        ]
        if !doc.isEmpty { entries["doc"] = .string(doc) }
        if let range { entries["range"] = [.number(range.lowerBound), .number(range.upperBound)] }
        if let whole { entries["whole"] = .string(whole) }
        if kind != .number { entries["returns"] = .string(kind.rawValue) }
        if let parent { entries["of"] = .string(parent) }
        return .object(entries)
    }

    /// Reads an entry of `config.json`; nil for one that names no metric. What is missing has its default.
    public init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue else { return nil }
        var range: ClosedRange<Double>?
        if case .array(let ends)? = json["range"], ends.count == 2, let low = ends[0].doubleValue,
            let high = ends[1].doubleValue, low < high, low.isFinite, high.isFinite
        {
            range = low...high
        }
        self.init(
            name, title: json["title"]?.stringValue, doc: json["doc"]?.stringValue ?? "",
            unit: json["unit"]?.stringValue ?? "",
            direction: json["direction"]?.stringValue.flatMap(Direction.init) ?? .none, range: range,
            decimals: json["decimals"]?.intValue ?? 3, isHeadline: json["headline"] == .bool(true),
            whole: json["whole"]?.stringValue)
        kind = json["returns"]?.stringValue.flatMap(Kind.init) ?? .number
        parent = json["of"]?.stringValue
    }

    /// A value as tables show it; with an exponent where its decimals would all be 0.
    public func text(_ value: Double) -> String { text(value, beside: value) }

    /// The same with its unit, as sentences have it: `91.2 %`.
    func textWithUnit(_ value: Double) -> String { text(value) + (unit.isEmpty ? "" : " \(unit)") }

    /// A value that is shown beside another, such as a deviation beside its mean, in the form that suits the other.
    func text(_ value: Double, beside other: Double) -> String {
        // Percentages and whole numbers say how fine they are.
        let isTiny = decimals >= 3 && other != 0 && abs(other) < 0.5 * pow(10, -Double(decimals))
        return isTiny ? NumberText.scientific(value) : NumberText.fixed(value, decimals: decimals)
    }
}
