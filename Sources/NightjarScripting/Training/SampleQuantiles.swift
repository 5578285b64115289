/// What columns tell of a metric by sample.
package enum SampleQuantiles {
    private static let shares = [0.1, 0.5, 0.9]
    package static let names = ["q10", "median", "q90"]
    static let titles = ["10 % quantile", "median", "90 % quantile"]

    /// The mean of those that are defined; nil where none is: a class without samples has no recall.
    static func mean(_ values: [Double]) -> Double? {
        let known = values.filter { !$0.isNaN }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// Mean and quantiles of the values that are defined.
    package static func summary(_ values: [Double]) -> [Double?] {
        let sorted = values.filter { !$0.isNaN }.sorted()
        return [mean(sorted)] + shares.map { quantile(sorted, $0) }
    }

    /// Between the two nearest values, as NumPy's `quantile` does it by default (type 7 of Hyndman and Fan 1996).
    static func quantile(_ sorted: [Double], _ share: Double) -> Double? {
        guard let last = sorted.last else { return nil }
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        guard below + 1 < sorted.count else { return last }
        let part = place - Double(below)
        // Two equal infinities have no difference.
        if part == 0 || sorted[below] == sorted[below + 1] { return sorted[below] }
        return sorted[below] + part * (sorted[below + 1] - sorted[below])
    }
}
