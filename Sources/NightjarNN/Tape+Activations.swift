import NightjarGraph
import NightjarTensor

/// Activation functions written in the tape's operations, for layers and for scripts alike.
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

    /// log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)). Equal operands of `maximum` share the gradient, which makes
    /// the slope at 0 come out as 1/2.
    public func softplus(_ x: NodeID) throws -> NodeID {
        let tail = try unary(.log1p, unary(.exp, unary(.neg, unary(.abs, x))))
        return try binary(.add, binary(.maximum, x, constant(0, dtype: dtype(x))), tail)
    }
}
