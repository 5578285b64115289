import NightjarGraph
import NightjarTensor

/// What the layers of normalisation have in common: they work on the last dimension, and end with a factor and an
/// offset for each of its entries.
struct ChannelScale {
    let channels: Int
    let dtype: DType
    /// What is added to variances.
    let epsilon: Double
    /// `[channels]`, ones at first; nil for a layer without.
    let weight: Parameter?
    /// `[channels]`, zeros at first; nil for a layer without.
    let bias: Parameter?

    init(
        _ kind: String, channels: Int, epsilon: Double, hasWeight: Bool = true, hasBias: Bool = true, dtype: DType
    ) throws {
        guard channels >= 1 else { throw ModelError("\(kind) needs at least 1 channel, got \(channels)") }
        // As the element type holds it.
        let rounded = dtype == .float32 ? Double(Float(epsilon)) : epsilon
        guard rounded > 0, rounded.isFinite else {
            throw ModelError("\(kind) needs a positive eps that \(dtype) holds, got \(epsilon)")
        }
        guard dtype.isFloating else { throw ModelError("\(kind) works on float32 or float64, not \(dtype)") }
        self.channels = channels
        self.dtype = dtype
        self.epsilon = epsilon
        weight = hasWeight ? try Parameter(Shape([channels]), dtype: dtype, initializer: .ones) : nil
        bias = hasBias ? try Parameter(Shape([channels]), dtype: dtype, initializer: .zeros) : nil
    }

    var parameters: [(name: String, parameter: Parameter)] {
        (weight.map { [("weight", $0)] } ?? []) + (bias.map { [("bias", $0)] } ?? [])
    }

    /// - Throws: ``LayerError`` unless the input is `(batch, ..., channels)` of the layer's type.
    func check(_ context: ForwardContext, _ input: NodeID) throws {
        let (shape, dtype) = (context.tape.shape(input), context.tape.dtype(input))
        guard shape.rank >= 2, shape.last == channels else {
            throw context.error(
                "expected \(channels) channels in the last dimension, as in (batch, \(channels)) or "
                    + "(batch, height, width, \(channels)), got \(shape)", [input])
        }
        guard dtype == self.dtype else {
            throw context.error("expected \(self.dtype) inputs, got \(dtype)", [input])
        }
    }

    /// 1 / sqrt(variance + epsilon).
    func inverseDeviation(_ tape: Tape, _ variance: NodeID) throws -> NodeID {
        try tape.unary(.rsqrt, tape.binary(.add, variance, tape.number(epsilon, dtype: tape.dtype(variance))))
    }

    /// Values with mean 0 and variance 1 over `axes`.
    func standardized(_ tape: Tape, _ value: NodeID, axes: UInt8) throws -> NodeID {
        let centred = try tape.centred(value, axes: axes)
        let variance = try tape.mean(tape.unary(.square, centred), axes: axes, keep: true)
        return try tape.binary(.mul, centred, inverseDeviation(tape, variance))
    }

    /// value weight + bias, as far as there are any.
    func apply(_ context: ForwardContext, _ value: NodeID) throws -> NodeID {
        var result = value
        if let weight { result = try context.tape.binary(.mul, result, context.node(weight)) }
        if let bias { result = try context.tape.binary(.add, result, context.node(bias)) }
        return result
    }
}
