import NightjarTensor

/// The rule by which operands of different shapes meet: equal ranks where one side has a 1, or a lower-rank shape
/// that equals the trailing dimensions exactly. A single number (rank 0) meets everything.
package enum Broadcasting {
    /// The common shape, or nil when the shapes do not fit.
    @inline(__always)
    static func merge(_ left: Shape, _ right: Shape) -> Shape? {
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
        return Shape(uncheckedExtents: extents, rank: left.rank)
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
