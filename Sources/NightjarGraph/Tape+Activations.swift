import NightjarTensor

/// Functions of each element and norms written in the tape's operations, for layers and for scripts alike.
///
/// Each is safe where a branch that is not taken would overflow: neither the value nor the gradient becomes NaN.
extension Tape {
    /// x where x > 0, else slope x.
    public func leakyRelu(_ x: NodeID, slope: Double) throws -> NodeID {
        let dtype = dtype(x)
        let positive = try binary(.greater, x, constant(0, dtype: dtype))
        return try select(positive, x, binary(.mul, x, number(slope, dtype: dtype)))
    }

    /// x where x > 0, else alpha (exp(x) - 1): Clevert et al. 2016.
    public func elu(_ x: NodeID, alpha: Double) throws -> NodeID {
        let dtype = dtype(x)
        let positive = try binary(.greater, x, constant(0, dtype: dtype))
        let negativePart = try select(positive, constant(0, dtype: dtype), x)
        return try select(
            positive, x, binary(.mul, unary(.expm1, negativePart), number(alpha, dtype: dtype)))
    }

    /// x Phi(x) with the normal distribution function, not its tanh approximation: Hendrycks and Gimpel 2016.
    public func gelu(_ x: NodeID) throws -> NodeID {
        let dtype = dtype(x)
        let error = try unary(.erf, binary(.mul, x, constant(0.5.squareRoot(), dtype: dtype)))
        let share = try binary(.mul, binary(.add, error, constant(1, dtype: dtype)), constant(0.5, dtype: dtype))
        return try binary(.mul, x, share)
    }

    /// x sigmoid(x), also called swish.
    public func silu(_ x: NodeID) throws -> NodeID {
        try binary(.mul, x, unary(.sigmoid, x))
    }

    /// log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)).
    ///
    /// Written by halves, each with derivatives of its own up to 0, so that the slope at 0 is 1/2, the second derivative
    /// 1/4, and so on: the slope of |x| would be 0 there.
    public func softplus(_ x: NodeID) throws -> NodeID {
        let zero = constant(0, dtype: dtype(x))
        let positive = try binary(.greater, x, zero)
        let tail = try unary(.log1p, unary(.exp, select(positive, unary(.neg, x), x)))
        return try binary(.add, select(positive, x, zero), tail)
    }

    /// At least `low` and at most `high`, where they are given; NaN stays NaN.
    ///
    /// At a bound x is within it and gets the whole gradient, a bound that is a tensor none: PyTorch's choice.
    public func clamp(_ x: NodeID, low: NodeID? = nil, high: NodeID? = nil) throws -> NodeID {
        guard dtype(x).isFloating || dtype(x) == .int32 else {
            throw GraphError(
                "'clamp' does not work on \(dtype(x)) tensors: convert them first with :to(\"float32\")", [x])
        }
        var result = x
        if let low { result = try bounded(result, low, .less, .maximum) }
        if let high { result = try bounded(result, high, .greater, .minimum) }
        return result
    }

    private func bounded(_ x: NodeID, _ bound: NodeID, _ passes: Op, _ extreme: Op) throws -> NodeID {
        let isNumber = self[bound].op == .number || self[bound].op == .constant
        if isNumber { return try select(binary(passes, x, bound), bound, x) }
        // NaN in a bound stays, and where both are equal the gradient is that of x alone.
        return try select(binary(.equal, x, bound), x, binary(extreme, x, bound))
    }

    /// The square root, with a gradient of 0 at 0 and not of infinity: for roots of sums of squares, which are 0 only
    /// where each of them is.
    public func smoothRoot(_ x: NodeID) throws -> NodeID { try rooted(x) { try unary(.sqrt, $0) } }

    /// `function` of x, and 0 without a gradient of any order where x is 0.
    private func rooted(_ x: NodeID, _ function: (NodeID) throws -> NodeID) throws -> NodeID {
        let dtype = dtype(x)
        let isZero = try binary(.equal, x, constant(0, dtype: dtype))
        return try select(
            isZero, constant(0, dtype: dtype), function(select(isZero, constant(1, dtype: dtype), x)))
    }

    /// The p-norm over `axes`: the root of the sum of |x|^p; for infinity the largest |x|, for -infinity the smallest, for 0
    /// how many entries are not 0. With p below 0 it is 0 where an entry is.
    ///
    /// Gradients are PyTorch's: an entry that is 0 gets none, nor do entries where the norm is 0; entries of equal
    /// magnitude share that of the largest and the smallest. In second derivatives the same entries count as constant.
    /// - Throws: ``GraphError`` for a p that is NaN.
    public func norm(_ x: NodeID, p: Double, axes: UInt8, keep: Bool) throws -> NodeID {
        let dtype = dtype(x)
        switch p {
        case 0:
            let counts = try cast(binary(.notEqual, x, constant(0, dtype: dtype)), dtype)
            return try reduce(.sum, counts, axes: axes, keep: keep)
        case 1: return try reduce(.sum, unary(.abs, x), axes: axes, keep: keep)
        case 2: return try smoothRoot(reduce(.sum, unary(.square, x), axes: axes, keep: keep))
        case .infinity: return try reduce(.max, unary(.abs, x), axes: axes, keep: keep)
        case -.infinity: return try reduce(.min, unary(.abs, x), axes: axes, keep: keep)
        case _ where p > 0:
            let powers = try rooted(unary(.abs, x)) { try binary(.pow, $0, number(p, dtype: dtype)) }
            let total = try reduce(.sum, powers, axes: axes, keep: keep)
            return try rooted(total) { try binary(.pow, $0, number(1 / p, dtype: dtype)) }
        case _ where p < 0: return try negativeNorm(x, p: p, axes: axes, keep: keep)
        default: throw GraphError("'norm' needs a number p, finite or infinite, got nan", [x])
        }
    }

    private func negativeNorm(_ x: NodeID, p: Double, axes: UInt8, keep: Bool) throws -> NodeID {
        let dtype = dtype(x)
        let zero = constant(0, dtype: dtype)
        let sizes = try unary(.abs, x)
        let isZero = try binary(.equal, sizes, zero)
        let powers = try binary(.pow, select(isZero, constant(1, dtype: dtype), sizes), number(p, dtype: dtype))
        let total = try reduce(.sum, powers, axes: axes, keep: keep)
        let root = try binary(.pow, total, number(1 / p, dtype: dtype))
        let hasZero = try binary(.greater, reduce(.max, cast(isZero, dtype), axes: axes, keep: keep), zero)
        // NaN stays NaN beside a zero.
        return try select(binary(.and, hasZero, unary(.not, unary(.isNaN, total))), zero, root)
    }

    /// x log(y), and 0 where x is 0, whatever y is but NaN: the limit of p log(p) for a probability. Where log(y) is then
    /// no finite number, there is no gradient either.
    public func xlogy(_ x: NodeID, _ y: NodeID) throws -> NodeID {
        let dtype = dtype(y)
        let zero = constant(0, dtype: dtype)
        let hasNoLogarithm = try binary(
            .or, binary(.lessEqual, y, zero), binary(.equal, y, constant(.infinity, dtype: dtype)))
        let vanishes = try binary(.and, binary(.equal, x, zero), hasNoLogarithm)
        return try binary(.mul, x, unary(.log, select(vanishes, constant(1, dtype: dtype), y)))
    }
}
