import NightjarGraph
import NightjarTensor

/// A convolution over images `(batch, height, width, inputs)`.
///
/// `weight` is `[height, width, inputs / groups, outputs]`, `bias` `[outputs]`.
public final class Conv2D: Module {
    public let inputs: Int
    public let outputs: Int
    public let kernel: (Int, Int)
    public let window: ConvolutionWindow
    public let weight: Parameter
    /// nil for a layer without.
    public let bias: Parameter?

    /// - Parameters:
    ///   - weightInitializer: by default uniform in ±1 / sqrt(fan-in), where the fan-in counts the window's taps.
    /// - Throws: ``ModelError`` when a size is less than 1, groups do not divide the channels, or the type is not
    ///   floating; ``TensorError`` for sizes that are too large.
    public init(
        inputs: Int, outputs: Int, kernel: (Int, Int), window: ConvolutionWindow = ConvolutionWindow(),
        hasBias: Bool = true, dtype: DType = .float32, weightInitializer: Initializer = .standard
    ) throws {
        guard inputs >= 1, outputs >= 1 else {
            throw ModelError("a convolution needs at least 1 input and 1 output channel, got \(inputs) and \(outputs)")
        }
        guard (1...255).contains(kernel.0), (1...255).contains(kernel.1) else {
            throw ModelError(
                "a convolution needs a kernel of 1 to 255 rows and columns, got \(kernel.0) and \(kernel.1)")
        }
        try Self.check(window, inputs: inputs, outputs: outputs)
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.window = window
        let fan = inputs / window.groups
        weight = try Parameter(
            Shape([kernel.0, kernel.1, fan, outputs]), dtype: dtype, initializer: weightInitializer)
        let bound = 1 / Double(fan * kernel.0 * kernel.1).squareRoot()
        bias =
            hasBias
            ? try Parameter(Shape([outputs]), dtype: dtype, initializer: .uniform(low: -bound, high: bound)) : nil
    }

    private static func check(_ window: ConvolutionWindow, inputs: Int, outputs: Int) throws {
        for (name, pair, least) in [
            ("stride", window.stride, 1), ("padding", window.padding, 0), ("dilation", window.dilation, 1),
        ] {
            for number in [pair.0, pair.1] where number < least || number > 255 {
                throw ModelError("a convolution needs a \(name) from \(least) to 255, got \(number)")
            }
        }
        guard window.groups >= 1, window.groups <= 32767, inputs % window.groups == 0, outputs % window.groups == 0
        else {
            throw ModelError(
                "the groups of a convolution must divide its channels: got \(window.groups) groups, \(inputs) inputs and "
                    + "\(outputs) outputs")
        }
    }

    public var kind: String { "conv2d" }

    public var ownParameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    public func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        let tape = context.tape
        let shape = tape.shape(input)
        guard shape.rank == 4, shape.last == inputs else { throw misfit(context, input, shape) }
        guard tape.dtype(input) == weight.dtype else {
            throw context.error(
                "expected \(weight.dtype) images, as the weights are, got \(tape.dtype(input))", [input])
        }
        let result = try tape.conv2d(input, context.node(weight), window)
        guard let bias else { return result }
        return try tape.binary(.add, result, context.node(bias))
    }

    private func misfit(_ context: ForwardContext, _ input: NodeID, _ shape: Shape) -> LayerError {
        var message = "expected images (batch, height, width, \(inputs)), got \(shape)"
        if shape.rank == 4, shape[1] == inputs {
            message += ": channels come last, put them there with :permute(1, 3, 4, 2)"
        } else if shape.rank == 3, inputs == 1 {
            message += ": give them a channel with :unsqueeze(-1)"
        }
        return context.error(message, [input])
    }
}
