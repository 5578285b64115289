// Several runs' curves as one: mean, lowest and highest at each place.

/// One metric of one setting over its replicates.
public struct CurveBundle: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public let x: Double
        public let mean: Double
        public let low: Double
        public let high: Double
        /// The runs that reach it.
        public let count: Int
    }

    /// By ascending place. Where runs differ in length, a place counts those that reach it.
    public let points: [Point]
    /// Runs that have a point at all.
    public let runs: Int

    /// - Parameter curves: one a run, points in any order; values that are not finite are left out.
    public init(_ curves: [[(x: Double, value: Double)]]) {
        var values: [Double: [Double]] = [:]
        for point in curves.joined() where point.value.isFinite { values[point.x, default: []].append(point.value) }
        points = values.keys.sorted().compactMap { x in
            guard let own = values[x], let low = own.min(), let high = own.max() else { return nil }
            return Point(x: x, mean: own.reduce(0, +) / Double(own.count), low: low, high: high, count: own.count)
        }
        runs = curves.count { $0.contains { $0.value.isFinite } }
    }

    /// The last place that every run reaches, where some stop before the others; nil where all are equally long.
    public var lastCommon: Double? {
        guard points.last.map({ $0.count < runs }) == true else { return nil }
        return points.last { $0.count == runs }?.x
    }
}
