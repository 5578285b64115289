import NightjarTensor

/// How the first values of a parameter are drawn.
///
/// Weights are laid out with the outputs last: `[inputs, outputs]`, or `[height, width, inputs, outputs]` of a
/// convolution. A parameter's fan-in is the product of all dimensions but the last; its fan-out is the last times the
/// size of the window. Values are computed in double precision and rounded to the parameter's type.
public enum Initializer: Hashable, Sendable {
    /// Which fan scales a Kaiming initialiser.
    public enum Fan: String, Sendable {
        case fanIn = "fan_in"
        case fanOut = "fan_out"
    }

    case zeros
    case ones
    case constant(Double)
    /// Uniform in [low, high).
    case uniform(low: Double, high: Double)
    case normal(mean: Double = 0, deviation: Double)
    /// Uniform in ±sqrt(6 / ((1 + slope²) fan)): He et al. 2015, eq. 10 and 14, for rectifiers of that negative slope.
    case kaimingUniform(slope: Double = 0, fan: Fan = .fanIn)
    /// Normal with standard deviation sqrt(2 / ((1 + slope²) fan)).
    case kaimingNormal(slope: Double = 0, fan: Fan = .fanIn)
    /// Uniform in ±gain sqrt(6 / (fan-in + fan-out)): Glorot and Bengio 2010, eq. 16.
    case xavierUniform(gain: Double = 1)
    /// Normal with standard deviation gain sqrt(2 / (fan-in + fan-out)).
    case xavierNormal(gain: Double = 1)

    /// What PyTorch gives a linear layer or a convolution: ±1 / sqrt(fan-in).
    public static let standard = Initializer.kaimingUniform(slope: 5.0.squareRoot())

    /// The distribution that values of a parameter of this shape come from.
    public func distribution(for shape: Shape) -> Distribution {
        let fanOut = Double(max(shape.last, 1))
        let fanIn = Double(max(shape.count, 1)) / fanOut
        let window = shape.rank > 2 ? fanIn / Double(max(shape[shape.rank - 2], 1)) : 1
        func scale(_ slope: Double, _ fan: Fan) -> Double {
            (2 / ((1 + slope * slope) * (fan == .fanIn ? fanIn : fanOut * window))).squareRoot()
        }
        let glorot = (2 / (fanIn + fanOut * window)).squareRoot()
        let root3 = 3.0.squareRoot()
        switch self {
        case .zeros: return .constant(0)
        case .ones: return .constant(1)
        case .constant(let value): return .constant(value)
        case .uniform(let low, let high): return .uniform(low: low, high: high)
        case .normal(let mean, let deviation): return .normal(mean: mean, deviation: deviation)
        case .kaimingUniform(let slope, let fan):
            return .uniform(low: -root3 * scale(slope, fan), high: root3 * scale(slope, fan))
        case .kaimingNormal(let slope, let fan): return .normal(mean: 0, deviation: scale(slope, fan))
        case .xavierUniform(let gain): return .uniform(low: -root3 * gain * glorot, high: root3 * gain * glorot)
        case .xavierNormal(let gain): return .normal(mean: 0, deviation: gain * glorot)
        }
    }

    /// Element by element, from one stream.
    public enum Distribution: Hashable, Sendable {
        case constant(Double)
        case uniform(low: Double, high: Double)
        case normal(mean: Double, deviation: Double)

        /// The value at a row-major position: a function of the stream and the position alone.
        public func value(_ stream: RandomStream, _ element: UInt64) -> Double {
            switch self {
            case .constant(let value): value
            case .uniform(let low, let high): low + (high - low) * stream.uniform(element)
            case .normal(let mean, let deviation): mean + deviation * stream.normal(element)
            }
        }
    }

    /// Writes first values into a float32 or float64 tensor. Cost: about 20 ns an element, 40 for normal numbers.
    /// - Throws: ``TensorError`` for another element type.
    func fill(_ tensor: Tensor, _ stream: RandomStream) throws {
        let distribution = distribution(for: tensor.shape)
        if tensor.dtype == .float32 {
            try tensor.withElements(of: Float.self) { elements in
                for index in elements.indices { elements[index] = Float(distribution.value(stream, UInt64(index))) }
            }
        } else {
            try tensor.withElements(of: Double.self) { elements in
                for index in elements.indices { elements[index] = distribution.value(stream, UInt64(index)) }
            }
        }
    }
}
