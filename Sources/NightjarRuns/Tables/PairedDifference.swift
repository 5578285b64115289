// Is one setting better than another on the very same noise? Differences replicate by replicate.

/// The differences of a metric between two values of an axis, paired by everything else that a cell says.
///
/// Pairs share their replicates, and so their frozen noise: its share of the spread cancels. That is why this interval
/// is the one to quote.
public struct PairedDifference: Sendable, Equatable {
    public let metric: MetricInfo
    /// The axis whose values are compared.
    public let axis: String
    public let value: JSONValue
    public let baseline: JSONValue
    /// The other factors, the same on both sides.
    public let setting: [CellSetting]
    /// The value's metric minus the baseline's, a number a pair, in the order of the rows.
    public let statistics: SeedStatistics
    /// How many comparisons it was made with, which ``probability`` is corrected for.
    public internal(set) var comparisons = 1

    /// The two-sided p-value of the paired t-test, by itself; nil for a single pair, and where all differences are equal as
    /// far as their numbers can tell.
    public var rawProbability: Double? {
        guard let deviation = statistics.standardDeviation, deviation > abs(statistics.mean) * 1e-12 else { return nil }
        let t = statistics.mean / (deviation / Double(statistics.count).squareRoot())
        return StudentT.twoSidedProbability(t, degrees: statistics.count - 1)
    }

    /// ``rawProbability`` corrected for all comparisons made together (Holm's method is applied by ``all``); at most 1.
    public internal(set) var probability: Double?

    /// `+37.2 [+35.9, +38.5]`: the mean difference and its 95 % t-interval, where there is one.
    public func text() -> String {
        func signed(_ value: Double) -> String {
            let text = NumberText.fixed(value, decimals: metric.decimals)
            return text.hasPrefix("-") ? "−" + text.dropFirst() : "+" + text
        }
        guard let interval = statistics.interval() else { return signed(statistics.mean) }
        return "\(signed(statistics.mean)) [\(signed(interval.lowerBound)), \(signed(interval.upperBound))]"
    }

    /// All differences of the other values of an axis to a baseline, in the order of the rows. Rows without a partner
    /// are left out; so are values that share none with the baseline. P-values are corrected by Holm's method (1979) for
    /// all that is compared: every metric, value and setting.
    public static func all(
        _ set: RunSet, metrics: [MetricInfo], axis: String, baseline: JSONValue
    ) -> [PairedDifference] {
        corrected(metrics.flatMap { uncorrected(set, metric: $0, axis: axis, baseline: baseline) })
    }

    /// The same of one metric.
    public static func all(
        _ set: RunSet, metric: MetricInfo, axis: String, baseline: JSONValue
    ) -> [PairedDifference] {
        all(set, metrics: [metric], axis: axis, baseline: baseline)
    }

    private static func uncorrected(
        _ set: RunSet, metric: MetricInfo, axis name: String, baseline: JSONValue
    ) -> [PairedDifference] {
        guard let axis = set.axes.first(where: { $0.name == name }) else { return [] }
        let factors = set.factors.map(\.name).filter { $0 != name }
        func rest(_ row: RunRow) -> String { RunSet.key(row.cell.filter { $0.name != name }) }
        var partners: [String: Double] = [:]
        for row in set.rows where row.cell[axis: name] == baseline {
            if let value = row.value(metric.name) { partners[rest(row)] = value }
        }
        var result: [PairedDifference] = []
        for value in axis.values where value != baseline {
            var keys: [String] = []
            var differences: [String: [Double]] = [:]
            var settings: [String: [CellSetting]] = [:]
            for row in set.rows where row.cell[axis: name] == value {
                guard let own = row.value(metric.name), let base = partners[rest(row)] else { continue }
                let setting = row.cell.filter { factors.contains($0.name) }
                let key = RunSet.key(setting)
                if differences[key] == nil {
                    keys.append(key)
                    settings[key] = setting
                }
                differences[key, default: []].append(own - base)
            }
            for key in keys {
                guard let statistics = SeedStatistics(differences[key] ?? []) else { continue }
                result.append(
                    PairedDifference(
                        metric: metric, axis: name, value: value, baseline: baseline, setting: settings[key] ?? [],
                        statistics: statistics))
            }
        }
        return result
    }

    /// Holm's step-down correction.
    private static func corrected(_ differences: [PairedDifference]) -> [PairedDifference] {
        var result = differences
        let known = differences.indices.compactMap { index in differences[index].rawProbability.map { (index, $0) } }
            .sorted { $0.1 < $1.1 }
        var largest = 0.0
        for (rank, (index, probability)) in known.enumerated() {
            largest = max(largest, min(1, probability * Double(known.count - rank)))
            result[index].probability = largest
        }
        for index in result.indices { result[index].comparisons = max(1, known.count) }
        return result
    }
}
