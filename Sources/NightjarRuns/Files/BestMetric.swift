import NightjarTensor

/// The metric by which the checkpoint of the best epoch is kept: `test_accuracy`, or `own:min` for one that does not say
/// itself which way is better.
public struct BestMetric: Sendable, Equatable {
    public let name: String
    /// Which way is better; nil: as the metric says.
    public let direction: MetricInfo.Direction?

    /// - Throws: `RunError` for a text without a name.
    public init(_ text: String) throws {
        let endings: [(String, MetricInfo.Direction)] = [(":max", .higher), (":min", .lower)]
        let ending = endings.first { text.hasSuffix($0.0) }
        name = String(text.dropLast(ending?.0.count ?? 0))
        direction = ending?.1
        guard !name.isEmpty else { throw RunError("'\(text)' names no metric: write NAME, NAME:max or NAME:min") }
    }

    private init(name: String, direction: MetricInfo.Direction) {
        (self.name, self.direction) = (name, direction)
    }

    /// The same with its direction.
    /// - Parameter known: the metrics of the run.
    /// - Throws: `RunError` where neither the text nor the metric says which way is better.
    public func resolved(_ known: [MetricInfo]) throws -> BestMetric {
        let metric = known.first { $0.name == name }
        if let direction = direction ?? metric?.direction, direction != .none {
            return BestMetric(name: name, direction: direction)
        }
        guard metric == nil else {
            throw RunError(
                "the metric '\(name)' does not say whether more or less of it is better: write \(name):max or \(name):min"
            )
        }
        let near = nearestName(to: name, in: known.map(\.name)).map { ", did you mean '\($0)'?" } ?? ""
        throw RunError(
            "no metric of this training is called '\(name)'\(near)\n  for a value that the script records write \(name):max "
                + "or \(name):min")
    }

    /// `NAME:max` or `NAME:min`; the name where there is no direction.
    public var text: String {
        switch direction {
        case .higher: name + ":max"
        case .lower: name + ":min"
        case .none?, nil: name
        }
    }

    /// Whether a value is better than another; not a number is never.
    public func isBetter(_ value: Double, than other: Double?) -> Bool {
        guard value.isFinite else { return false }
        guard let other else { return true }
        return direction == .lower ? value < other : value > other
    }
}
