// The order in which the values of an axis are shown.

import Foundation

/// The order that an experiment gives the values of its axes, as far as it is not that of numbers: runs keep it, so that
/// tables of runs that a store finds have the experiment's order. Runs of a store share it.
public final class AxisOrder: Sendable, Equatable {
    /// Values by the name of the axis.
    public let lists: [String: [JSONValue]]

    public init(_ lists: [String: [JSONValue]]) { self.lists = lists }

    /// What has to be kept of an experiment: lists that differ from the order that values have by themselves.
    public convenience init(_ axes: [SweepAxis]) {
        var lists: [String: [JSONValue]] = [:]
        for axis in axes
        where !axis.isReplicate && axis.values.count > 1 && axis.values != AxisOrder.sorted(axis.values) {
            lists[axis.name] = axis.values
        }
        self.init(lists)
    }

    /// Reads what ``json`` wrote; what is no order is none.
    package convenience init(_ json: JSONValue?) {
        var lists: [String: [JSONValue]] = [:]
        if case .object(let entries)? = json {
            for case (let name, .array(let values)) in entries { lists[name] = values }
        }
        self.init(lists)
    }

    public var json: JSONValue { .object(lists.mapValues { .array($0) }) }

    public static func == (left: AxisOrder, right: AxisOrder) -> Bool { left === right || left.lists == right.lists }

    // MARK: Orders of values

    /// Values in the order that lists give them, those of none behind by ``precedes(_:_:)``.
    /// - Parameter lists: the first counts most; a value that only a later one has stands behind the one that precedes it
    ///   there.
    package static func sorted(_ values: [JSONValue], by lists: [[JSONValue]] = []) -> [JSONValue] {
        guard !lists.isEmpty else { return values.sorted(by: precedes) }
        var order: [JSONValue] = []
        for list in lists {
            var place = 0
            for value in list {
                if let known = order.firstIndex(of: value) {
                    place = known + 1
                } else {
                    order.insert(value, at: place)
                    place += 1
                }
            }
        }
        let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        return values.sorted { left, right in
            switch (places[left], places[right]) {
            case (let first?, let second?): first < second
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): precedes(left, right)
            }
        }
    }

    /// Numbers ascending, then texts, lists and components as people sort them (`cnn4` before `cnn10`), nothing at the end.
    static func precedes(_ left: JSONValue, _ right: JSONValue) -> Bool {
        let ranks = (rank(left), rank(right))
        if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
        if let first = left.doubleValue, let second = right.doubleValue, first != second { return first < second }
        return text(left.plainText, precedes: right.plainText)
    }

    private static func rank(_ value: JSONValue) -> Int {
        switch value {
        case .null: 3
        case .bool: 1
        default: value.doubleValue == nil ? 2 : 0
        }
    }

    /// Texts part by part: numbers in them by their value, the rest by letters without regard to case, and with it where
    /// nothing else differs.
    private static func text(_ left: String, precedes right: String) -> Bool {
        for (first, second) in zip(parts(left), parts(right)) {
            if let number = Double(first), let other = Double(second) {
                if number != other { return number < other }
            } else if first.lowercased() != second.lowercased() {
                return first.lowercased() < second.lowercased()
            }
        }
        let counts = (parts(left).count, parts(right).count)
        return counts.0 == counts.1 ? left < right : counts.0 < counts.1
    }

    /// `rll{alpha=0.45}` as `rll{alpha=`, `0.45` and `}`.
    private static func parts(_ text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var isNumber = false
        for place in text.indices {
            let character = text[place]
            let isDigit = character.isASCII && character.isNumber
            let isPoint =
                isNumber && character == "." && !text[start..<place].contains(".")
                && text[text.index(after: place)...].first.map { $0.isASCII && $0.isNumber } == true
            if (isDigit || isPoint) != isNumber, place > start {
                parts.append(text[start..<place])
                start = place
            }
            isNumber = isDigit || isPoint
        }
        if start < text.endIndex { parts.append(text[start...]) }
        return parts
    }
}

extension RunConfiguration {
    /// Of ``environment``: the order of the values of the experiment's axes.
    public static let axesKey = "axes"

    /// The order that the experiment gave the values of its axes. It decides no result.
    public var axisOrder: AxisOrder { AxisOrder(environment[RunConfiguration.axesKey]) }
}
