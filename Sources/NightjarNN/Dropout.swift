import NightjarGraph
import NightjarTensor

/// Sets a share of the elements to zero in training and scales the others up, so that evaluation needs no change:
/// Srivastava et al. 2014, in the inverted form.
///
/// Whether an element is dropped depends on the train seed, the layer's path, the step and the element's position.
public final class Dropout: Module {
    /// The share that is dropped, 0 <= rate < 1.
    public let rate: Double

    /// - Throws: ``ModelError`` when the rate is not in [0, 1).
    public init(rate: Double) throws {
        guard rate >= 0, rate < 1 else {
            throw ModelError("dropout needs a rate of at least 0 and less than 1, got \(rate)")
        }
        self.rate = rate
    }

    public var kind: String { "dropout" }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        guard context.mode == .training, rate > 0 else { return input }
        let (tape, dtype) = (context.tape, context.tape.dtype(input))
        let draw = try tape.random(
            .uniform, tape.shape(input), dtype: dtype, key: context.randomKey("dropout"))
        let kept = try tape.binary(.greaterEqual, draw, tape.number(rate, dtype: dtype))
        let scaled = try tape.binary(.mul, input, tape.number(1 / (1 - rate), dtype: dtype))
        return try tape.select(kept, scaled, tape.constant(0, dtype: dtype))
    }
}
