import NightjarTensor

/// Recording of what is made of slices, boxes and repetition.
extension Tape {
    /// A stretch of one dimension.
    public func narrow(_ a: NodeID, axis: Int, start: Int, count: Int) throws -> NodeID {
        var starts = [Int](repeating: 0, count: self[a].rank)
        var counts = shape(a).dimensions
        (starts[axis], counts[axis]) = (start, count)
        return try slice(a, starts: starts, counts: counts, steps: [Int](repeating: 1, count: counts.count))
    }

    /// Pieces of a dimension, in order; their sizes add up to its extent.
    public func split(_ a: NodeID, sizes: [Int], axis: Int) throws -> [NodeID] {
        let extent = shape(a)[axis]
        guard sizes.allSatisfy({ (0...extent).contains($0) }), sizes.reduce(0, +) == extent else {
            throw GraphError(
                "'split' of dimension \(axis + 1) of \(shape(a)) into {\(sizes.map(String.init).joined(separator: ", "))}: "
                    + "the sizes must add up to \(extent)", [a])
        }
        var start = 0
        return try sizes.map { size in
            defer { start += size }
            return try narrow(a, axis: axis, start: start, count: size)
        }
    }

    /// `before[i]` and `after[i]` entries of `value` around dimension i.
    public func pad(_ a: NodeID, before: [Int], after: [Int], value: Double) throws -> NodeID {
        _ = try dtype(a).wholeNumber(value)
        let inner = shape(a).dimensions
        guard before.count == inner.count, after.count == inner.count, (before + after).allSatisfy({ $0 >= 0 }) else {
            throw GraphError("'pad' needs two counts of at least 0 for each dimension of \(shape(a))", [a])
        }
        let full = try Shape(
            inner.indices.map { axis in
                let (one, first) = inner[axis].addingReportingOverflow(before[axis])
                let (two, second) = one.addingReportingOverflow(after[axis])
                return first || second ? Int.max : two
            })
        if full == shape(a) { return a }
        if value == 0, value.sign == .plus {
            return embed(a, in: full, starts: before, steps: [Int](repeating: 1, count: inner.count))
        }
        let filling = constant(value, dtype: dtype(a))
        var result = a
        for axis in inner.indices {
            func block(_ count: Int) throws -> NodeID {
                var extents = shape(result).dimensions
                extents[axis] = count
                return try expand(filling, Shape(extents))
            }
            var parts = [result]
            if before[axis] > 0 { parts.insert(try block(before[axis]), at: 0) }
            if after[axis] > 0 { parts.append(try block(after[axis])) }
            result = try concatenate(parts, axis: axis)
        }
        return result
    }

    /// Dimensions in reverse; bit i of `axes` is dimension i.
    public func flip(_ a: NodeID, axes: UInt8) throws -> NodeID {
        let extents = shape(a).dimensions
        let reversed = extents.indices.map { axes & (1 << UInt8($0)) != 0 }
        return try slice(
            a, starts: zip(extents, reversed).map { $1 ? max($0 - 1, 0) : 0 }, counts: extents,
            steps: reversed.map { $0 ? -1 : 1 })
    }

    /// Entries moved along a dimension, those that leave one end come in at the other.
    public func roll(_ a: NodeID, by shift: Int, axis: Int) throws -> NodeID {
        let extent = shape(a)[axis]
        guard extent > 1 else { return a }
        let amount = (shift % extent + extent) % extent
        if amount == 0 { return a }
        return try concatenate(
            [
                narrow(a, axis: axis, start: extent - amount, count: amount),
                narrow(a, axis: axis, start: 0, count: extent - amount),
            ], axis: axis)
    }

    /// The whole tensor repeated along each dimension, as NumPy's `tile`: with more counts than dimensions, new
    /// dimensions come first.
    public func tile(_ a: NodeID, _ counts: [Int]) throws -> NodeID {
        guard counts.allSatisfy({ $0 >= 0 }) else {
            throw GraphError("'tile' needs counts of at least 0", [a])
        }
        let own = shape(a).dimensions
        let extents = [Int](repeating: 1, count: max(0, counts.count - own.count)) + own
        var result = try reshape(a, Shape(extents))
        for (axis, count) in zip(extents.indices.suffix(counts.count), counts) where count != 1 {
            result = try repeated(result, count, axis: axis, each: false)
        }
        return result
    }

    /// Each entry along a dimension `count` times in a row.
    public func repeatInterleave(_ a: NodeID, _ count: Int, axis: Int) throws -> NodeID {
        guard count >= 0 else { throw GraphError("'repeat_interleave' needs a count of at least 0, got \(count)", [a]) }
        return try repeated(a, count, axis: axis, each: true)
    }

    private func repeated(_ a: NodeID, _ count: Int, axis: Int, each: Bool) throws -> NodeID {
        var extents = shape(a).dimensions
        let view = Walk(axis: axis).view(shape(a))
        let (many, block) =
            each ? (view.outer * view.extent, view.inner) : (view.outer, view.extent * view.inner)
        let (total, overflow) = extents[axis].multipliedReportingOverflow(by: count)
        extents[axis] = overflow ? Int.max : total
        let full = try Shape(extents)
        return try reshape(expand(reshape(a, Shape([many, 1, block])), Shape([many, count, block])), full)
    }

    /// Tensors of equal shape along a new dimension.
    public func stack(_ parts: [NodeID], axis: Int) throws -> NodeID {
        guard let first = parts.first else { throw GraphError("'stack' needs at least one tensor") }
        var extents = shape(first).dimensions
        guard axis >= 0, axis <= extents.count else {
            throw GraphError("'stack' can put a dimension at 1 to \(extents.count + 1), not at \(axis + 1)", [first])
        }
        extents.insert(1, at: axis)
        let widened = try Shape(extents)
        for part in parts where shape(part) != shape(first) {
            throw GraphError("cannot stack \(shape(first)) and \(shape(part)): shapes must be equal", [first, part])
        }
        return try concatenate(parts.map { try reshape($0, widened) }, axis: axis)
    }
}
