import NightjarEngine
import NightjarScripting

/// How long the update of all parameters of a network takes, recording included, and a copy of as many bytes beside it.
///
/// The optimizer comes from a plugin and goes the way of any script's. Gradients are tensors that lie in memory, so what
/// is measured is the sweep over parameters, gradients and state alone.
public struct OptimizerBench: Sendable {
    public var optimizer = "sgd"
    /// One of ``networks``.
    public var network = "resnet18"
    public var threads = 2
    public var repeats = 7

    public static let networks = ["resnet18", "resnet32"]

    public init() {}

    public struct Result: Sendable {
        public let update: BenchTimes
        public let copy: BenchTimes
        /// Read and written in one update, and in one copy.
        public let bytes: Int
        public let tensors: Int
        public let elements: Int
    }

    /// - Throws: ``ScriptError`` for names that no plugin provides, and what the update throws.
    public func run() throws -> Result {
        let session = Session(threads: threads)
        let host = try ScriptHost(session: session)
        let script = try host.load(OptimizerBench.script, chunkName: "=bench")
        guard let rule = try script.callForReferences([.string(optimizer)]).first?.asFunction else {
            throw ScriptError("the benchmark's script gave no optimizer")
        }
        let prepared = try PreparedUpdate(
            session: session, host: host, optimizer: rule, name: self.optimizer,
            shapes: OptimizerBench.shapes(of: network))
        func update(_ count: Int) throws {
            for _ in 0..<count { try prepared.run() }
        }
        let (model, slots) = (prepared.model, prepared.slots)
        let elements = model.parameterCount
        // Weights and state are read and written, gradients read.
        let bytes = elements * 4 * (3 + 2 * slots)
        let copy = try CopyLoop(bytes: bytes / 2, threads: threads)
        let times = try BenchTimes.measureInTurn(repeats: repeats, [update, copy.run])
        return Result(
            update: times[0], copy: times[1], bytes: bytes, tensors: model.parameters.count, elements: elements)
    }

    private static let script = """
        local name = ...
        local nj = require "nightjar"
        return nj.optim[name](name == "sgd" and { momentum = 0.9, weight_decay = 1e-4 } or {})
        """

    // MARK: Parameters

    /// The parameters of a residual network for CIFAR-10 images, He et al. 2016, in the order of the layers.
    static func shapes(of network: String) -> [[Int]] {
        let isWide = network == "resnet18"
        let widths = isWide ? [64, 128, 256, 512] : [16, 32, 64]
        var shapes = [[3, 3, 3, widths[0]]] + norm(widths[0])
        var inputs = widths[0]
        for width in widths {
            for block in 0..<(isWide ? 2 : 5) {
                shapes += [[3, 3, inputs, width]] + norm(width) + [[3, 3, width, width]] + norm(width)
                // ResNet-18 brings the shortcut to the new width by a convolution, ResNet-32 by padding.
                if isWide, block == 0, inputs != width { shapes += [[1, 1, inputs, width]] + norm(width) }
                inputs = width
            }
        }
        return shapes + [[inputs, 10], [10]]
    }

    private static func norm(_ width: Int) -> [[Int]] { [[width], [width]] }
}
