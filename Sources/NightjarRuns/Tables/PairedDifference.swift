// Is one loss better than another on the very same noise? Differences seed by seed.

/// The differences of a metric between two losses, paired by data, model, rate and seed.
///
/// Pairs share their frozen noise, so its share of the spread cancels; that is why this interval is the one to quote.
public struct PairedDifference: Sendable, Equatable {
    public let data: String
    public let model: String
    public let rate: Double
    public let metric: SummaryMetric
    public let loss: String
    public let baseline: String
    /// `loss` minus `baseline`, in points, a value a seed that both have, by ascending seed.
    public let statistics: SeedStatistics

    /// The two-sided p-value of the paired t-test; nil for a single pair or where all differences are equal.
    public var probability: Double? {
        guard let deviation = statistics.standardDeviation, deviation > 0 else { return nil }
        let t = statistics.mean / (deviation / Double(statistics.count).squareRoot())
        return StudentT.twoSidedProbability(t, degrees: statistics.count - 1)
    }

    /// `+37.2 [35.9, 38.5]`: the mean difference and its 95 % t-interval, where there is one.
    public func text(decimals: Int = 1) -> String {
        func signed(_ value: Double) -> String {
            let text = NumberText.fixed(value, decimals: decimals)
            return text.hasPrefix("-") ? "−" + text.dropFirst() : "+" + text
        }
        guard let interval = statistics.interval() else { return signed(statistics.mean) }
        return "\(signed(statistics.mean)) [\(signed(interval.lowerBound)), \(signed(interval.upperBound))]"
    }

    /// All differences of other losses to a baseline, in the rows' order, a value a data set, model, loss and rate.
    /// Seeds that only one of the two has are left out; so are losses that share no seed with the baseline.
    public static func all(
        _ rows: [SummaryRow], metric: SummaryMetric = .j2, baseline: String
    ) -> [PairedDifference] {
        SummaryTable(rows, metrics: [metric]).sections.flatMap { section -> [PairedDifference] in
            section.losses.filter { $0 != baseline }.flatMap { loss in
                section.rates.compactMap { rate in
                    guard let own = section.group(loss: loss, rate: rate),
                        let other = section.group(loss: baseline, rate: rate)
                    else { return nil }
                    let differences = own.rows.compactMap { row -> Double? in
                        guard let pair = other.rows.first(where: { $0.seed == row.seed }),
                            let value = row.value(metric), let base = pair.value(metric)
                        else { return nil }
                        return value - base
                    }
                    guard let statistics = SeedStatistics(differences) else { return nil }
                    return PairedDifference(
                        data: section.data, model: section.model, rate: rate, metric: metric, loss: loss,
                        baseline: baseline, statistics: statistics)
                }
            }
        }
    }
}
