import NightjarEngine
import NightjarGraph
import NightjarScripting
import NightjarTensor

/// How long single convolutions take: forward alone, and forward with both gradients, recording included.
public struct LayerBench: Sendable {
    /// A square convolution over square maps, padded so that a stride of 1 keeps their size.
    public struct Layer: Sendable {
        public let kernel: Int
        public let inputs: Int
        public let outputs: Int
        public let size: Int

        public var name: String { "\(kernel)x\(kernel), \(inputs) to \(outputs) channels, \(size)x\(size)" }
        /// As the peers' scripts take it.
        public var argument: String { "\(kernel),\(inputs),\(outputs),\(size)" }
    }

    public var batch = 128
    public var threads = 2
    public var repeats = 3

    /// Layers of ResNet-32, ResNet-18, Inception-Lite and LeNet.
    public static let layers = [
        Layer(kernel: 3, inputs: 16, outputs: 16, size: 32), Layer(kernel: 3, inputs: 32, outputs: 32, size: 16),
        Layer(kernel: 3, inputs: 64, outputs: 64, size: 8), Layer(kernel: 3, inputs: 64, outputs: 64, size: 7),
        Layer(kernel: 3, inputs: 128, outputs: 128, size: 4), Layer(kernel: 3, inputs: 256, outputs: 256, size: 2),
        Layer(kernel: 3, inputs: 512, outputs: 512, size: 1), Layer(kernel: 3, inputs: 96, outputs: 32, size: 30),
        Layer(kernel: 3, inputs: 160, outputs: 96, size: 14), Layer(kernel: 3, inputs: 336, outputs: 160, size: 6),
        Layer(kernel: 1, inputs: 160, outputs: 112, size: 14), Layer(kernel: 5, inputs: 32, outputs: 64, size: 14),
    ]

    public init() {}

    public struct Result: Sendable {
        public let layer: Layer
        public let forward: BenchTimes
        public let withGradients: BenchTimes
        /// Of the forward pass, as plain sums of products; both gradients take as much each.
        public let flops: Double
    }

    public func run() throws -> [Result] {
        let session = Session(threads: threads)
        return try LayerBench.layers.map { try measure($0, session) }
    }

    private func measure(_ layer: Layer, _ session: Session) throws -> Result {
        func random(_ dimensions: [Int], _ number: UInt64) throws -> Tensor {
            let shape = try Shape(dimensions)
            let stream = RandomStream(seed: 1, purpose: "layer", index: number)
            return try Tensor((0..<shape.count).map { Float(stream.uniform(UInt64($0)) - 0.5) }, shape: shape)
        }
        let images = try random([batch, layer.size, layer.size, layer.inputs], 1)
        let weights = try random([layer.kernel, layer.kernel, layer.inputs, layer.outputs], 2)
        let upstream = try random([batch, layer.size, layer.size, layer.outputs], 3)
        // Where results go; what they were before does not matter.
        let (y, dx, dw) = (try upstream.copy(), try images.copy(), try weights.copy())
        let pad = layer.kernel / 2
        func once(gradients: Bool) throws {
            session.beginStep()
            defer { session.endStep() }
            let tape = session.tape
            let (x, w) = (tape.leaf(images), tape.leaf(weights))
            let output = try tape.conv2d(x, w, ConvolutionWindow(padding: (pad, pad)))
            var effects = [Session.Effect(y, output)]
            if gradients {
                let product = try tape.binary(.mul, output, tape.leaf(upstream))
                let sum = try tape.reduce(.sum, product, axes: 0b1111, keep: false)
                let found = try tape.gradient(of: sum, withRespectTo: [x, w])
                effects += zip([dx, dw], found).map { Session.Effect($0, $1) }
            }
            _ = try session.commit(outputs: [], effects: effects)
        }
        let times = try BenchTimes.measureInTurn(
            repeats: repeats, target: 0.15,
            [
                { for _ in 0..<$0 { try once(gradients: false) } },
                { for _ in 0..<$0 { try once(gradients: true) } },
            ])
        let products = Double(upstream.count) * Double(layer.kernel * layer.kernel * layer.inputs)
        return Result(layer: layer, forward: times[0], withGradients: times[1], flops: 2 * products)
    }
}
