import NightjarTensor

/// Recording of operations that move elements or change how they are seen.
extension Tape {
    /// The same elements, in row-major order, under another shape of the same count.
    public func reshape(_ a: NodeID, _ shape: Shape) throws -> NodeID {
        let node = self[a]
        if node.shape == shape { return a }
        guard node.shape.count == shape.count else {
            throw GraphError(
                "cannot reshape \(node.shape) (\(node.shape.count) elements) to \(shape) (\(shape.count) elements)", [a]
            )
        }
        return append(Node(.reshape, node.dtype, shape, a))
    }

    /// Dimensions in another order: dimension i of the result is dimension `order[i]` of the operand.
    public func permute(_ a: NodeID, _ order: [Int]) throws -> NodeID {
        let node = self[a]
        guard order.sorted() == Array(0..<node.rank) else {
            throw GraphError("'permute' needs each of the \(node.rank) dimensions of \(node.shape) once", [a])
        }
        if order == Array(0..<node.rank) { return a }
        var extents = SIMD8<Int32>(repeating: 0)
        var packed: UInt64 = 0
        for (axis, source) in order.enumerated() {
            extents[axis] = node.extents[source]
            packed |= UInt64(source) << UInt64(4 * axis)
        }
        return append(
            Node(.permute, node.dtype, Shape(uncheckedExtents: extents, rank: node.rank), a, attribute: packed))
    }

    /// The order behind the attribute of a `permute` node.
    public static func order(of node: Node) -> [Int] {
        (0..<node.rank).map { Int((node.attribute >> UInt64(4 * $0)) & 0xF) }
    }

    /// Two dimensions exchanged.
    public func transpose(_ a: NodeID, _ first: Int, _ second: Int) throws -> NodeID {
        let rank = self[a].rank
        guard first >= 0, first < rank, second >= 0, second < rank else {
            throw GraphError("'transpose' needs two dimensions of \(shape(a))", [a])
        }
        var order = Array(0..<rank)
        order.swapAt(first, second)
        return try permute(a, order)
    }

    /// Repeats a tensor to fill `shape`, by the rule of broadcasting.
    public func expand(_ a: NodeID, _ shape: Shape) throws -> NodeID {
        let node = self[a]
        if node.shape == shape { return a }
        guard Broadcasting.canExpand(node.shape, to: shape) else {
            throw GraphError("cannot expand \(node.shape) to \(shape)", [a])
        }
        return append(Node(.expand, node.dtype, shape, a))
    }

    /// A box: along each dimension `counts[i]` elements from `starts[i]` on, `steps[i]` apart (not 0, may be negative).
    public func slice(_ a: NodeID, starts: [Int], counts: [Int], steps: [Int]) throws -> NodeID {
        let node = self[a]
        guard starts.count == node.rank, counts.count == node.rank, steps.count == node.rank else {
            throw GraphError("'slice' needs a range for each of the \(node.rank) dimensions of \(node.shape)", [a])
        }
        for axis in 0..<node.rank where counts[axis] > 0 {
            let (reach, overflow) = (counts[axis] - 1).multipliedReportingOverflow(by: steps[axis])
            let last = starts[axis].addingReportingOverflow(reach)
            let range = 0..<node.shape[axis]
            guard !overflow, !last.overflow, steps[axis] != 0, range.contains(starts[axis]),
                range.contains(last.partialValue)
            else { throw GraphError("'slice' leaves dimension \(axis + 1) of \(node.shape)", [a]) }
        }
        // Where nothing or one element is taken, start and step may be anything: what is kept is in range.
        let firsts = zip(starts, counts).map { $1 > 0 ? $0 : 0 }
        let strides = zip(steps, counts).map { $1 > 1 ? $0 : 1 }
        if counts == node.shape.dimensions, firsts.allSatisfy({ $0 == 0 }), strides.allSatisfy({ $0 == 1 }) { return a }
        return append(
            Node(.slice, node.dtype, try Shape(counts), a, attribute: keepRanges(firsts, strides)))
    }

    /// The opposite of ``slice(_:starts:counts:steps:)``: zeros of `shape` with `a` at the places the slice reads.
    func embed(_ a: NodeID, in shape: Shape, starts: [Int], steps: [Int]) -> NodeID {
        append(Node(.embed, dtype(a), shape, a, attribute: keepRanges(starts, steps)))
    }

    private func keepRanges(_ starts: [Int], _ steps: [Int]) -> UInt64 {
        appendExtra(zip(starts, steps).flatMap { [Int32(truncatingIfNeeded: $0), Int32(truncatingIfNeeded: $1)] })
    }

    /// The starts and steps behind a `slice` or `embed` node.
    public func ranges(of node: Node) -> (starts: [Int], steps: [Int]) {
        let extra = core.pointee.extra
        return (
            (0..<node.rank).map { Int(extra[node.slot + 2 * $0]) },
            (0..<node.rank).map { Int(extra[node.slot + 2 * $0 + 1]) }
        )
    }

    /// Joins tensors of equal type and equal extents, but for dimension `axis`, along it.
    public func concatenate(_ parts: [NodeID], axis: Int) throws -> NodeID {
        guard let first = parts.first else { throw GraphError("'concatenate' needs at least one tensor") }
        let left = self[first]
        for part in parts.dropFirst() {
            let right = self[part]
            guard left.dtype == right.dtype else {
                throw GraphError("cannot concatenate \(left.dtype) and \(right.dtype)", [first, part])
            }
            guard axis >= 0, axis < left.rank, left.rank == right.rank,
                (0..<left.rank).allSatisfy({ $0 == axis || left.extents[$0] == right.extents[$0] })
            else {
                throw GraphError(
                    "cannot concatenate \(left.shape) and \(right.shape) along dimension \(axis + 1): "
                        + "the other dimensions must be equal", [first, part])
            }
        }
        return try joined(parts[...], axis)
    }

    /// Halves first: each element is copied as often as the list can be halved.
    private func joined(_ parts: ArraySlice<NodeID>, _ axis: Int) throws -> NodeID {
        if parts.count == 1 { return parts[parts.startIndex] }
        let middle = parts.startIndex + (parts.count + 1) / 2
        let (one, two) = (try joined(parts[..<middle], axis), try joined(parts[middle...], axis))
        var extents = shape(one).dimensions
        extents[axis] += shape(two)[axis]
        return append(Node(.concat, dtype(one), try Shape(extents), one, two, attribute: UInt64(axis)))
    }
}
