import NightjarTensor

/// Recording of reductions and what is built on them.
extension Tape {
    /// Sum, product, largest or smallest over `axes` (bit i is dimension i).
    ///
    /// Sums and products of no elements are 0 and 1. Of masks they are int32: a sum counts what holds. uint8 is refused:
    /// cast first.
    public func reduce(_ op: Op, _ given: NodeID, axes: UInt8, keep: Bool) throws -> NodeID {
        let a = op == .sum || op == .prod ? counted(given) : given
        let node = self[a]
        guard node.dtype.isFloating || node.dtype == .int32 || ((op == .max || op == .min) && node.dtype == .bool)
        else {
            throw GraphError(
                "'\(op.name)' does not work on \(node.dtype) tensors: convert them first with :to(\"float32\")", [a])
        }
        let reduction = Reduction(axes: axes & Reduction.all(rank: node.rank), keepsDimensions: keep)
        if op == .max || op == .min, reduction.width(node.shape) == 0 {
            throw GraphError("'\(op.name)' of no elements: the shape is \(node.shape)", [a])
        }
        return append(
            Node(op, node.dtype, reduction.result(node.shape), a, attribute: reduction.attribute))
    }

    /// A mask as ones and zeros, int32; anything else as it is.
    func counted(_ a: NodeID) -> NodeID { self[a].dtype == .bool ? cast(a, .int32) : a }

    /// The position (0-based, int32) of the largest or smallest entry along one dimension; the first of equals. Of masks
    /// true is the larger.
    public func argument(_ op: Op, _ given: NodeID, axis: Int, keep: Bool) throws -> NodeID {
        let a = counted(given)
        let node = self[a]
        guard node.dtype.isFloating || node.dtype == .int32 else {
            throw GraphError("'\(op.name)' does not work on \(node.dtype) tensors", [a])
        }
        guard axis >= 0, axis < node.rank, node.shape[axis] > 0 else {
            throw GraphError("'\(op.name)' needs a dimension with elements: the shape is \(node.shape)", [a])
        }
        let reduction = Reduction(axes: 1 << UInt8(truncatingIfNeeded: axis), keepsDimensions: keep)
        return append(Node(op, .int32, reduction.result(node.shape), a, attribute: reduction.attribute))
    }

    /// The average over `axes`; of a mask, the share that holds, float32.
    public func mean(_ given: NodeID, axes: UInt8, keep: Bool) throws -> NodeID {
        let a = self[given].dtype == .bool ? cast(given, .float32) : given
        let node = self[a]
        guard node.dtype.isFloating else {
            throw GraphError(
                "'mean' needs a float32 or float64 tensor, got \(node.dtype): convert it first with :to(\"float32\")",
                [a])
        }
        let width = Reduction(axes: axes & Reduction.all(rank: node.rank), keepsDimensions: false).width(node.shape)
        let total = try reduce(.sum, a, axes: axes, keep: keep)
        return try binary(.mul, total, constant(1 / Double(width), dtype: node.dtype))
    }

    private func lastAxis(_ a: NodeID, _ name: String) throws -> UInt8 {
        let node = self[a]
        guard node.rank > 0 else {
            throw GraphError("'\(name)' needs at least one dimension, got a single number", [a])
        }
        return 1 << UInt8(truncatingIfNeeded: node.rank - 1)
    }

    /// log of the sum of exponentials over `axes`, shifted by the largest entry so that nothing overflows. Entries that
    /// are all -inf give -inf, an entry of +inf gives +inf.
    public func logsumexp(_ a: NodeID, axes: UInt8, keep: Bool) throws -> NodeID {
        let largest = try shift(a, axes: axes, for: "logsumexp")
        let peak = try select(unary(.isFinite, largest), largest, constant(0, dtype: dtype(a)))
        let total = try reduce(.sum, unary(.exp, binary(.sub, a, peak)), axes: axes, keep: true)
        let result = try binary(.add, unary(.log, total), peak)
        guard !keep else { return result }
        let reduction = Reduction(axes: axes & Reduction.all(rank: self[a].rank), keepsDimensions: false)
        return try reshape(result, reduction.result(shape(a)))
    }

    /// The largest entry, held fixed: subtracting it keeps exponentials in range.
    /// - Parameter name: as scripts call what it is for.
    private func shift(_ a: NodeID, axes: UInt8, for name: String) throws -> NodeID {
        let reduction = Reduction(axes: axes & Reduction.all(rank: self[a].rank), keepsDimensions: true)
        guard reduction.width(shape(a)) > 0 else {
            throw GraphError("'\(name)' of no elements: the shape is \(shape(a))", [a])
        }
        return try unary(.stopGradient, reduce(.max, a, axes: axes, keep: true))
    }

    /// exp(a) / sum(exp(a)) over `axes`.
    public func softmax(_ a: NodeID, axes: UInt8) throws -> NodeID {
        let exponentials = try unary(.exp, binary(.sub, a, shift(a, axes: axes, for: "softmax")))
        let total = try reduce(.sum, exponentials, axes: axes, keep: true)
        return try binary(.div, exponentials, total)
    }

    /// a - logsumexp(a) over `axes`, without ever forming the softmax.
    public func logSoftmax(_ a: NodeID, axes: UInt8) throws -> NodeID {
        let shifted = try binary(.sub, a, shift(a, axes: axes, for: "log_softmax"))
        let total = try reduce(.sum, unary(.exp, shifted), axes: axes, keep: true)
        return try binary(.sub, shifted, unary(.log, total))
    }

    /// One entry of each row: `a` is (..., K), `labels` int32 (...) with values in 0 ..< K. The shape is that of the
    /// labels. A label out of range is reported when the plan runs.
    public func pick(_ a: NodeID, _ labels: NodeID) throws -> NodeID {
        let (values, indices) = (self[a], self[labels])
        guard values.rank > 0 else { throw GraphError("'pick' needs rows to pick from, got a single number", [a]) }
        guard indices.dtype == .int32 else {
            throw GraphError("labels must be int32, got \(indices.dtype): convert them with :to(\"int32\")", [labels])
        }
        guard values.shape.last > 0 else {
            throw GraphError("'pick' needs rows with at least one entry: the shape is \(values.shape)", [a])
        }
        let rows = Reduction(axes: try lastAxis(a, "pick"), keepsDimensions: false).result(values.shape)
        guard rows == indices.shape else {
            throw GraphError(
                "'pick' takes one label a row: \(values.shape) needs labels of shape \(rows), got \(indices.shape)",
                [a, labels])
        }
        return append(Node(.pick, values.dtype, rows, a, labels))
    }

    /// Rows of zeros with a one at each label: int32 (...) with values in 0 ..< classes gives (..., classes) of
    /// `dtype`. See ``checkedLabels(_:classes:)`` for labels out of range.
    public func oneHot(_ labels: NodeID, classes: Int, dtype: DType) throws -> NodeID {
        guard classes > 0 else { throw GraphError("'one_hot' needs at least one class, got \(classes)", [labels]) }
        return cast(try hits(checkedLabels(labels, classes: classes), classes: classes), dtype)
    }

    /// The mask behind ``oneHot(_:classes:dtype:)``.
    func hits(_ labels: NodeID, classes: Int) throws -> NodeID {
        let shape = shape(labels)
        let full = try Shape(shape.dimensions + [classes])
        return try binary(.equal, iota(full, axis: shape.rank), reshape(labels, Shape(shape.dimensions + [1])))
    }
}
