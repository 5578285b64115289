import NightjarTensor

/// Means and variances that keep their digits where the mean is far from zero.
///
/// A mean of 10,000 deviations leaves none of float32's seven digits to E[x^2] - E[x]^2, and one of a million is itself
/// rounded to a tenth of a deviation. So variances are taken around a value of the data, and the mean is kept as a
/// shift, by which the data can be moved without rounding, and an offset from it.
public struct Moments {
    /// The mean in the type of the data, held fixed: no gradient flows through it.
    public let shift: NodeID
    /// Mean minus shift, float64.
    public let offset: NodeID
    /// float64.
    public let mean: NodeID
    /// The sum of the squared deviations from the mean, float64.
    public let spread: NodeID
    /// How many values became one.
    public let count: Int
}

extension Tape {
    /// The moments over the first `leading` dimensions, which go. One sweep over `a`.
    /// - Throws: ``GraphError`` unless `a` is of a floating type and there are values.
    public func moments(_ a: NodeID, leading: Int) throws -> Moments {
        let node = self[a]
        guard node.dtype.isFloating else {
            throw GraphError(
                "statistics need a float32 or float64 tensor, got \(node.dtype): convert it first with :to(\"float32\")",
                [a])
        }
        let reduction = Reduction(axes: Reduction.all(rank: leading), keepsDimensions: false)
        let count = reduction.width(node.shape)
        guard count > 0 else { throw GraphError("statistics of no elements: the shape is \(node.shape)", [a]) }
        func taken(_ op: Op) -> NodeID {
            append(Node(op, .float64, reduction.result(node.shape), a, attribute: reduction.attribute))
        }
        let mean = taken(.average)
        let shift = try unary(.stopGradient, cast(mean, node.dtype))
        let offset = try binary(.sub, mean, cast(shift, .float64))
        // The rule of `spread` differentiates around the shift. What that leaves out is the derivative of
        // -count * offset^2, whose value is added back.
        let square = try binary(.mul, constant(Double(count), dtype: .float64), unary(.square, offset))
        let spread = try binary(.add, binary(.sub, taken(.spread), square), unary(.stopGradient, square))
        return Moments(shift: shift, offset: offset, mean: mean, spread: spread, count: count)
    }

    /// `a` minus its mean over `axes`: moved near zero first, then by what the rounding of the mean had left.
    public func centred(_ a: NodeID, axes: UInt8) throws -> NodeID {
        let near = try binary(.sub, a, unary(.stopGradient, mean(a, axes: axes, keep: true)))
        return try binary(.sub, near, mean(near, axes: axes, keep: true))
    }

    /// The sum of squared deviations from the mean over `axes`, divided by their count less `correction`.
    /// - Parameter name: as scripts call it, for messages.
    /// - Throws: ``GraphError`` when nothing is left to divide by.
    public func variance(
        _ a: NodeID, axes: UInt8, keep: Bool, correction: Double, name: String = "var"
    ) throws -> NodeID {
        let node = self[a]
        let reduction = Reduction(axes: axes & Reduction.all(rank: node.rank), keepsDimensions: keep)
        guard node.dtype.isFloating else {
            throw GraphError(
                "'\(name)' needs a float32 or float64 tensor, got \(node.dtype): convert it first with :to(\"float32\")",
                [a])
        }
        let count = Double(reduction.width(node.shape))
        guard count > 0 else { throw GraphError("'\(name)' of no elements: the shape is \(node.shape)", [a]) }
        guard count > correction else {
            throw GraphError(
                "'\(name)' over \(plain(count)) elements with correction \(plain(correction)) divides by nothing: "
                    + "give { correction = 0 }", [a])
        }
        let leading = reduction.axes.nonzeroBitCount
        guard reduction.axes == Reduction.all(rank: leading) else {
            let squares = try unary(.square, centred(a, axes: axes))
            let total = try reduce(.sum, squares, axes: axes, keep: keep)
            return try binary(.mul, total, constant(1 / (count - correction), dtype: node.dtype))
        }
        let spread = try moments(a, leading: leading).spread
        let variance = try binary(.mul, spread, constant(1 / (count - correction), dtype: .float64))
        return try reshape(cast(variance, node.dtype), reduction.result(node.shape))
    }

    /// 3 and not 3.0.
    private func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
}
