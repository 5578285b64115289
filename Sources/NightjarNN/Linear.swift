import NightjarGraph
import NightjarTensor

/// A fully connected layer: `inputs` numbers a row become `outputs`, as x W + b.
///
/// `weight` is `[inputs, outputs]`, `bias` `[outputs]`. A tensor of more than two dimensions is worked on along its last.
public final class Linear: Module {
    public let inputs: Int
    public let outputs: Int
    public let weight: Parameter
    /// nil for a layer without.
    public let bias: Parameter?

    /// - Parameters:
    ///   - weightInitializer: by default uniform in ±1 / sqrt(inputs).
    ///   - biasInitializer: by default the same.
    /// - Throws: ``ModelError`` when a size is less than 1 or the type not floating; ``TensorError`` for sizes that are
    ///   too large.
    public init(
        inputs: Int, outputs: Int, hasBias: Bool = true, dtype: DType = .float32,
        weightInitializer: Initializer = .standard, biasInitializer: Initializer? = nil
    ) throws {
        guard inputs >= 1, outputs >= 1 else {
            throw ModelError("a linear layer needs at least 1 input and 1 output, got \(inputs) and \(outputs)")
        }
        self.inputs = inputs
        self.outputs = outputs
        weight = try Parameter(Shape([inputs, outputs]), dtype: dtype, initializer: weightInitializer)
        let bound = 1 / Double(inputs).squareRoot()
        bias =
            hasBias
            ? try Parameter(
                Shape([outputs]), dtype: dtype,
                initializer: biasInitializer ?? .uniform(low: -bound, high: bound)) : nil
    }

    public var kind: String { "linear" }

    public var ownParameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        let tape = context.tape
        let shape = tape.shape(input)
        guard shape.rank >= 2, shape.last == inputs else { throw misfit(context, input, shape) }
        guard tape.dtype(input) == weight.dtype else {
            throw context.error(
                "expected \(weight.dtype) inputs, as the weights are, got \(tape.dtype(input))", [input])
        }
        let rows = shape.rank == 2 ? input : try tape.reshape(input, Shape([shape.count / inputs, inputs]))
        var result = try tape.matmul(rows, context.node(weight))
        if let bias { result = try tape.binary(.add, result, context.node(bias)) }
        if shape.rank == 2 { return result }
        return try tape.reshape(result, Shape(shape.dimensions.dropLast() + [outputs]))
    }

    private func misfit(_ context: ForwardContext, _ input: NodeID, _ shape: Shape) -> LayerError {
        var message = "expected \(inputs) features a row, as in (batch, \(inputs)), got \(shape)"
        if shape.rank > 2, shape[0] > 0, shape.count / shape[0] == inputs {
            message += ": put a flatten layer before it"
        } else if shape.rank == 1, shape.last == inputs {
            message += ": one sample needs the shape (1, \(inputs))"
        }
        return context.error(message, [input])
    }
}
