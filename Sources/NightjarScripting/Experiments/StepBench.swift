import NightjarEngine
import NightjarNN

/// How long a training step takes: forward, loss, gradients, update, and reading the loss.
///
/// Model, loss and optimizer come from plugins and go the way of any script's. Inputs are random.
public struct StepBench: Sendable {
    public var model = "mlp"
    public var loss = "rll"
    public var optimizer = "sgd"
    public var batch = 128
    public var threads = 2
    public var repeats = 5

    public init() {}

    public struct Result: Sendable {
        public let times: BenchTimes
        public let parameters: Int
        /// Of the matrix products, at the fastest repeat; nil for models that hold more than fully connected layers.
        public let gigaflops: Double?
    }

    /// - Throws: ``ScriptError`` for names that no plugin provides, and what the step throws.
    public func run() throws -> Result {
        let step = try PreparedStep(
            session: Session(threads: threads), model: model, loss: loss, optimizer: optimizer, batch: batch)
        let times = try BenchTimes.measure(repeats: repeats) { count in
            for _ in 0..<count { try step.run() }
        }
        let work = flops(step.trainer.model)
        return Result(
            times: times, parameters: step.trainer.model.parameterCount,
            gigaflops: work.map { $0 / times.minimum / 1e9 })
    }

    /// Two operations a weight and sample in each of three products; the first layer has no gradient of its inputs.
    private func flops(_ model: Model) -> Double? {
        let weights = model.parameters.map(\.parameter.shape).filter { $0.rank > 1 }
        guard let first = weights.first, weights.allSatisfy({ $0.rank == 2 }) else { return nil }
        return Double(batch) * (6 * Double(weights.reduce(0) { $0 + $1.count }) - 2 * Double(first.count))
    }
}
