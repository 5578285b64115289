/// Positions drawn from a list.
extension RandomStream {
    /// `count` positions in 0 ..< `bound`, each equally likely; without replacement, no position comes twice.
    ///
    /// Without replacement `count` is at most `bound`, otherwise fewer are returned.
    public func choice(_ bound: Int, count: Int, replacing: Bool) -> [Int32] {
        guard bound > 0, count > 0 else { return [] }
        if replacing { return (0..<count).map { Int32(truncatingIfNeeded: below(bound, UInt64($0))) } }
        return Array(permutation(bound).prefix(count))
    }

    /// `count` positions, each as likely as its weight among those that are left (all, with replacement). Weights are
    /// finite and not negative; positions of weight 0 do not come.
    ///
    /// With replacement by the running sum of the weights; without by the largest of log(u) / w (Efraimidis and
    /// Spirakis 2006, "Weighted random sampling with a reservoir").
    public func choice(weights: [Double], count: Int, replacing: Bool) -> [Int32] {
        guard count > 0 else { return [] }
        let possible = weights.indices.filter { weights[$0] > 0 }
        guard !possible.isEmpty else { return [] }
        guard replacing else {
            let keyed = possible.map { (key: logarithm(1 - uniform(UInt64($0))) / weights[$0], position: $0) }
            let order = keyed.sorted { $0.key > $1.key || ($0.key == $1.key && $0.position < $1.position) }
            return order.prefix(count).map { Int32(truncatingIfNeeded: $0.position) }
        }
        var sums: [Double] = []
        var total = 0.0
        for position in possible {
            total += weights[position]
            sums.append(total)
        }
        return (0..<count).map { draw in
            let target = uniform(UInt64(draw)) * total
            var (low, high) = (0, sums.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] > target { high = middle } else { low = middle + 1 }
            }
            return Int32(truncatingIfNeeded: possible[low])
        }
    }
}
