// Several runs' curves as one: mean, lowest and highest at each epoch.

/// One metric of one loss at one rate over its seeds.
struct CurveBundle {
    struct Point: Equatable {
        let epoch: Int
        let mean: Double
        let low: Double
        let high: Double
    }

    /// By ascending epoch. Where runs differ in length, an epoch counts those that reach it.
    let points: [Point]
    let seeds: Int

    init(_ curves: [[RunCurve.Point]]) {
        var values: [Int: [Double]] = [:]
        for point in curves.joined() { values[point.epoch, default: []].append(point.value) }
        points = values.keys.sorted().compactMap { epoch in
            guard let own = values[epoch], let low = own.min(), let high = own.max() else { return nil }
            return Point(epoch: epoch, mean: own.reduce(0, +) / Double(own.count), low: low, high: high)
        }
        seeds = curves.count
    }
}
