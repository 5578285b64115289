// Several runs' curves as one: mean and spread at each place.

/// One metric of one setting over its replicates.
public struct CurveBundle: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public let x: Double
        public let mean: Double
        /// The ends of the band.
        public let low: Double
        public let high: Double
        /// The runs that reach it.
        public let count: Int
    }

    /// By ascending place. Where runs differ in length, a place counts those that reach it.
    public let points: [Point]
    /// Runs that have a point at all.
    public let runs: Int

    /// - Parameters:
    ///   - curves: one a run, points in any order; values that are not finite are left out.
    ///   - band: what the band reaches over; the mean alone where a place has one run.
    public init(_ curves: [[(x: Double, value: Double)]], band: FigureSpec.Band = .range) {
        var values: [Double: [Double]] = [:]
        for point in curves.joined() where point.value.isFinite { values[point.x, default: []].append(point.value) }
        points = values.keys.sorted().compactMap { x in
            guard let own = values[x], let statistics = SeedStatistics(own) else { return nil }
            let mean = statistics.mean
            let (low, high) = CurveBundle.reach(statistics, band)
            return Point(x: x, mean: mean, low: min(low, mean), high: max(high, mean), count: own.count)
        }
        runs = curves.count { $0.contains { $0.value.isFinite } }
    }

    private static func reach(_ statistics: SeedStatistics, _ band: FigureSpec.Band) -> (Double, Double) {
        let mean = statistics.mean
        switch band {
        case .range: return (statistics.values.min() ?? mean, statistics.values.max() ?? mean)
        case .none: return (mean, mean)
        case .deviation:
            let deviation = statistics.standardDeviation ?? 0
            return deviation.isFinite ? (mean - deviation, mean + deviation) : (mean, mean)
        case .interval:
            return statistics.interval().map { ($0.lowerBound, $0.upperBound) } ?? (mean, mean)
        }
    }

    /// The last place that every run reaches, where some stop before the others; nil where all are equally long.
    public var lastCommon: Double? {
        guard points.last.map({ $0.count < runs }) == true else { return nil }
        return points.last { $0.count == runs }?.x
    }
}
