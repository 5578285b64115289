import COpenBLAS
import NightjarEngine
import NightjarGraph
import NightjarScripting
import NightjarTensor

/// The products of dense layers on one thread, ours in turn with OpenBLAS's: `x w` of the forward pass, and `dy wᵀ` and
/// `xᵀ dy` of the backward one.
///
/// Ours are whole steps of the engine with one product each, recording and the look-up of the plan included: what a
/// training pays. OpenBLAS's are calls of `cblas_sgemm`, on the same memory.
public struct ProductBench: Sendable {
    /// A dense layer.
    public struct Layer: Sendable {
        public let inputs: Int
        public let outputs: Int

        public var name: String { "\(inputs) to \(outputs)" }
        /// As the peers' script takes it.
        public var argument: String { "\(inputs),\(outputs)" }
    }

    /// Which product of a layer.
    public enum Part: String, CaseIterable, Sendable {
        case forward = "x w"
        case inputGradient = "dy w'"
        case weightGradient = "x' dy"
    }

    public struct Result: Sendable {
        public let batch: Int
        public let layer: Layer
        public let part: Part
        /// GFLOP/s at the least time.
        public let ours: Double
        public let library: Double
    }

    public var batches = [128, 500]
    public var repeats = 5

    /// Layers of the MLPs on digits and on MNIST, of LeNet, and of the heads of classifiers.
    public static let layers = [
        Layer(inputs: 64, outputs: 512), Layer(inputs: 784, outputs: 512), Layer(inputs: 512, outputs: 512),
        Layer(inputs: 512, outputs: 10), Layer(inputs: 400, outputs: 120), Layer(inputs: 120, outputs: 84),
        Layer(inputs: 84, outputs: 10), Layer(inputs: 64, outputs: 10), Layer(inputs: 512, outputs: 100),
    ]

    public init() {}

    /// Every batch, layer and part, in this order.
    /// - Throws: where memory runs out.
    public func run() throws -> [Result] {
        openblas_set_num_threads(1)
        let session = Session(threads: 1)
        return try batches.flatMap { batch in
            try ProductBench.layers.flatMap { layer in
                try Part.allCases.map { try measure(batch, layer, $0, session) }
            }
        }
    }

    private func measure(_ batch: Int, _ layer: Layer, _ part: Part, _ session: Session) throws -> Result {
        func random(_ rows: Int, _ columns: Int, _ number: UInt64) throws -> Tensor {
            let shape = try Shape([rows, columns])
            let stream = RandomStream(seed: 1, purpose: "product", index: number)
            return try Tensor((0..<shape.count).map { Float(stream.uniform(UInt64($0)) - 0.5) }, shape: shape)
        }
        let (left, right, result): (Tensor, Tensor, Tensor)
        switch part {
        case .forward:
            left = try random(batch, layer.inputs, 1)
            right = try random(layer.inputs, layer.outputs, 2)
            result = try random(batch, layer.outputs, 3)
        case .inputGradient:
            left = try random(batch, layer.outputs, 3)
            right = try random(layer.inputs, layer.outputs, 2)
            result = try random(batch, layer.inputs, 1)
        case .weightGradient:
            left = try random(batch, layer.inputs, 1)
            right = try random(batch, layer.outputs, 3)
            result = try random(layer.inputs, layer.outputs, 2)
        }
        let (transposeA, transposeB) = (part == .weightGradient, part == .inputGradient)
        func ours() throws {
            session.beginStep()
            defer { session.endStep() }
            let tape = session.tape
            let product = try tape.matmul(
                tape.leaf(left), tape.leaf(right), transposeA: transposeA, transposeB: transposeB)
            _ = try session.commit(outputs: [], effects: [Session.Effect(result, product)])
        }
        let (m, n) = (blasint(result.shape[0]), blasint(result.shape[1]))
        let k = blasint(transposeA ? left.shape[0] : left.shape[1])
        let (a, b, c) = (
            left.pointer.assumingMemoryBound(to: Float.self), right.pointer.assumingMemoryBound(to: Float.self),
            result.pointer.assumingMemoryBound(to: Float.self)
        )
        func library() {
            cblas_sgemm(
                CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, m, n, k,
                1, a, blasint(left.shape[1]), b, blasint(right.shape[1]), 0, c, n)
        }
        let times = try BenchTimes.measureInTurn(
            repeats: repeats, target: 0.05,
            [{ for _ in 0..<$0 { try ours() } }, { for _ in 0..<$0 { library() } }])
        let flops = 2 * Double(batch) * Double(layer.inputs) * Double(layer.outputs)
        return Result(
            batch: batch, layer: layer, part: part, ours: flops / times[0].minimum / 1e9,
            library: flops / times[1].minimum / 1e9)
    }
}
