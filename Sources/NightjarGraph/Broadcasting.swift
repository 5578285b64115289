import NightjarTensor

/// The rule by which operands of different shapes meet: equal ranks where one side has a 1, or a lower-rank shape
/// that equals the trailing dimensions exactly. A single number (rank 0) meets everything.
package enum Broadcasting {
    /// The common shape, or nil when the shapes do not fit or make too many elements.
    @inline(__always)
    package static func merge(_ left: Shape, _ right: Shape) -> Shape? {
        if left.rank == right.rank {
            if left.extents == right.extents { return left }
            return mergeEqualRank(left, right)
        }
        if right.rank == 0 { return left }
        if left.rank == 0 { return right }
        return left.rank > right.rank ? trailing(left, right) : trailing(right, left)
    }

    private static func mergeEqualRank(_ left: Shape, _ right: Shape) -> Shape? {
        var extents = left.extents
        for axis in 0..<left.rank where left.extents[axis] != right.extents[axis] {
            if left.extents[axis] == 1 {
                extents[axis] = right.extents[axis]
            } else if right.extents[axis] != 1 {
                return nil
            }
        }
        // Two shapes in range can meet in one that is not: (2^20, 1) and (1, 2^21).
        return holdsCount(extents, rank: left.rank) ? Shape(uncheckedExtents: extents, rank: left.rank) : nil
    }

    /// Whether a tensor of these extents has at most ``Shape/maxCount`` elements, an extent of 0 counting as 1.
    static func holdsCount(_ extents: SIMD8<Int32>, rank: Int) -> Bool {
        var count = 1
        for axis in 0..<rank {
            let (product, overflow) = count.multipliedReportingOverflow(by: Swift.max(Int(extents[axis]), 1))
            guard !overflow, product <= Shape.maxCount else { return false }
            count = product
        }
        return true
    }

    /// Why two shapes have no common one, for the operation `name`.
    static func reason(_ left: Shape, _ right: Shape, _ title: String) -> String {
        let fits =
            left.rank == right.rank
            && (0..<left.rank).allSatisfy {
                left.extents[$0] == right.extents[$0] || left.extents[$0] == 1 || right.extents[$0] == 1
            }
        return fits
            ? "shapes \(left) and \(right) make too many elements for \(title): at most 2^40"
            : "shapes \(left) and \(right) do not fit for \(title): dimensions must be equal or 1, "
                + "or the smaller shape must equal the last dimensions of the larger"
    }

    private static func trailing(_ high: Shape, _ low: Shape) -> Shape? {
        let offset = high.rank - low.rank
        for axis in 0..<low.rank where high.extents[axis + offset] != low.extents[axis] { return nil }
        return high
    }

    /// Whether a tensor of shape `from` can be repeated to fill `to`.
    static func canExpand(_ from: Shape, to: Shape) -> Bool { merge(from, to) == to }

    /// The stride of each dimension of `to` in a dense tensor of shape `from`: 0 where it repeats.
    package static func strides(of from: Shape, in to: Shape) -> [Int] {
        let own = from.strides
        let offset = to.rank - from.rank
        return (0..<to.rank).map { axis in
            let source = axis - offset
            guard source >= 0 else { return 0 }
            return from[source] == 1 && to[axis] != 1 ? 0 : own[source]
        }
    }
}
