// The order of an experiment's rows: names as the experiment lists them, numbers ascending.

/// Sorts rows by data, model, loss (in the experiment's order), rate, seed.
///
/// Names the experiment does not list come after those it does, in alphabetical order.
public struct GridOrder: Sendable, Equatable {
    public var data: [String]
    public var models: [String]
    public var losses: [String]

    public init(data: [String] = [], models: [String] = [], losses: [String] = []) {
        self.data = data
        self.models = models
        self.losses = losses
    }

    /// The order in which names first appear in rows.
    public init(of rows: [SummaryRow]) {
        self.init(
            data: GridOrder.unique(rows.map(\.data)), models: GridOrder.unique(rows.map(\.model)),
            losses: GridOrder.unique(rows.map(\.loss)))
    }

    public func sorted(_ rows: [SummaryRow]) -> [SummaryRow] {
        func before(_ left: String, _ right: String, in names: [String]) -> Bool? {
            guard left != right else { return nil }
            let places = (names.firstIndex(of: left) ?? Int.max, names.firstIndex(of: right) ?? Int.max)
            return places.0 == places.1 ? left < right : places.0 < places.1
        }
        return rows.sorted { left, right in
            if let answer = before(left.data, right.data, in: data) { return answer }
            if let answer = before(left.model, right.model, in: models) { return answer }
            if let answer = before(left.loss, right.loss, in: losses) { return answer }
            return (left.rate, left.seed) < (right.rate, right.seed)
        }
    }

    /// Each value once, where it first appears.
    static func unique<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}
