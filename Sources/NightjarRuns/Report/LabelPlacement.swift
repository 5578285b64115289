// Labels beside the ends of curves that must not lie on each other.

package enum LabelPlacement {
    /// Moves positions apart until neighbours keep a gap, each as near to its wish as the others allow, in the same
    /// order. Where the range is too short for all gaps they shrink to fit.
    /// - Returns: places in the order of the wishes.
    package static func spread(_ wishes: [Double], gap: Double, within range: ClosedRange<Double>) -> [Double] {
        guard wishes.count > 1 else { return wishes.map { min(max($0, range.lowerBound), range.upperBound) } }
        let order = wishes.indices.sorted { (wishes[$0], $0) < (wishes[$1], $1) }
        let gap = min(gap, (range.upperBound - range.lowerBound) / Double(wishes.count - 1))
        // Clusters of touching labels sit at the mean of their wishes; clusters that touch are merged.
        var clusters: [(sum: Double, count: Int)] = []
        func start(_ cluster: (sum: Double, count: Int)) -> Double {
            let length = gap * Double(cluster.count - 1)
            let wished = cluster.sum / Double(cluster.count) - length / 2
            return min(max(wished, range.lowerBound), range.upperBound - length)
        }
        for index in order {
            clusters.append((wishes[index], 1))
            while clusters.count > 1 {
                let (last, previous) = (clusters[clusters.count - 1], clusters[clusters.count - 2])
                guard start(previous) + gap * Double(previous.count) > start(last) + 1e-9 else { break }
                clusters.removeLast(2)
                clusters.append((previous.sum + last.sum, previous.count + last.count))
            }
        }
        let sorted = clusters.flatMap { cluster in (0..<cluster.count).map { start(cluster) + gap * Double($0) } }
        var places = wishes
        for (place, index) in zip(sorted, order) { places[index] = place }
        return places
    }
}
