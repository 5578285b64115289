// What several seeds say together: mean, spread, interval.

/// Mean and spread of one number over seeds.
public struct SeedStatistics: Sendable, Equatable {
    /// The values, in the order given.
    public let values: [Double]

    /// - Returns: nil for no values.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        self.values = values
    }

    public var count: Int { values.count }

    /// The arithmetic mean.
    public var mean: Double {
        values.reduce(0, +) / Double(values.count)
    }

    /// Sample standard deviation (divisor n - 1); nil for a single value.
    public var standardDeviation: Double? {
        guard values.count > 1 else { return nil }
        let centre = mean
        let squares = values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// The t-interval of the mean; nil for a single value.
    /// - Parameter level: its coverage, 0.95 for a 95 % interval.
    public func interval(level: Double = 0.95) -> ClosedRange<Double>? {
        guard let deviation = standardDeviation, deviation.isFinite else { return nil }
        let reach =
            StudentT.criticalValue(level: level, degrees: count - 1) * deviation / Double(count).squareRoot()
        return reach.isFinite ? mean - reach...mean + reach : nil
    }

    /// The middle value; the mean of the two middle ones where their number is even.
    public var median: Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// One statistic as tables show it; empty where there is none.
    func text(_ statistic: TableSpec.Statistic, _ metric: MetricInfo) -> String {
        switch statistic {
        case .mean: metric.text(mean)
        case .deviation: standardDeviation.map { "± " + metric.text($0, beside: mean) } ?? ""
        case .interval:
            interval().map { ends in
                "[\(metric.text(ends.lowerBound, beside: mean)), \(metric.text(ends.upperBound, beside: mean))]"
            } ?? ""
        case .count: "(\(count))"
        case .median: metric.text(median)
        case .lowest: values.min().map(metric.text) ?? ""
        case .highest: values.max().map(metric.text) ?? ""
        }
    }

    /// `96.1 ± 0.4`, or `96.1` for a single value.
    public func text(decimals: Int = 1) -> String {
        let centre = NumberText.fixed(mean, decimals: decimals)
        guard let deviation = standardDeviation else { return centre }
        return "\(centre) ± \(NumberText.fixed(deviation, decimals: decimals))"
    }
}
