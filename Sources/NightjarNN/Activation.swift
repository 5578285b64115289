import NightjarGraph

/// A layer that applies a function to every element. It has no parameters and takes any shape.
public final class Activation: Module {
    /// The functions there are. `CaseIterable` is left out since some carry a number.
    public enum Function: Hashable, Sendable {
        case relu
        case leakyRelu(slope: Double = 0.01)
        case elu(alpha: Double = 1)
        case sigmoid
        case tanh
        case gelu
        case silu
        case softplus

        /// The name that scripts use.
        public var name: String {
            switch self {
            case .relu: "relu"
            case .leakyRelu: "leaky_relu"
            case .elu: "elu"
            case .sigmoid: "sigmoid"
            case .tanh: "tanh"
            case .gelu: "gelu"
            case .silu: "silu"
            case .softplus: "softplus"
            }
        }

        /// Every function, those with a number at its usual value.
        public static let all: [Function] = [
            .relu, .leakyRelu(), .elu(), .sigmoid, .tanh, .gelu, .silu, .softplus,
        ]

        /// Records the function of a node.
        public func record(_ tape: Tape, _ x: NodeID) throws -> NodeID {
            switch self {
            case .relu: try tape.unary(.relu, x)
            case .leakyRelu(let slope): try tape.leakyRelu(x, slope: slope)
            case .elu(let alpha): try tape.elu(x, alpha: alpha)
            case .sigmoid: try tape.unary(.sigmoid, x)
            case .tanh: try tape.unary(.tanh, x)
            case .gelu: try tape.gelu(x)
            case .silu: try tape.silu(x)
            case .softplus: try tape.softplus(x)
            }
        }
    }

    public let function: Function

    public init(_ function: Function) {
        self.function = function
    }

    public var kind: String { function.name }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        try function.record(context.tape, input)
    }
}
