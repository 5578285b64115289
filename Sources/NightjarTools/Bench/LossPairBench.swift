import NightjarEngine
import NightjarScripting
import NightjarTraining

/// A training step with one loss against the same step with another, measured in turn: for example one in C against the
/// same formula in Lua.
public struct LossPairBench: Sendable {
    public var model = "mlp"
    public var loss = "rll"
    public var other = "cce"
    public var batch = 128
    public var threads = 2
    /// Turns of one step each way; the two swap places from turn to turn.
    public var turns = 200
    /// Lifts the sandbox, for losses with native code.
    public var isTrusted = false

    public init() {}

    public struct Result: Sendable {
        /// Seconds of the median step with the first loss, and with the other.
        public let medians: (loss: Double, other: Double)
        /// The first over the other of each turn: the quantiles 0.1, 0.5 and 0.9.
        public let ratios: (low: Double, median: Double, high: Double)
    }

    /// - Throws: ``ScriptError`` for names that no plugin provides, and what the steps throw.
    public func run() throws -> Result {
        let session = Session(threads: threads)
        let host = try ScriptHost(session: session, options: ScriptOptions(isTrusted: isTrusted))
        for path in [model, loss, other] where path.hasSuffix(".lua") { _ = try host.script(path) }
        let pairs = try StepPair(one: side(loss, host), other: side(other, host)).measure(turns: turns)
        return Result(
            medians: (StepPair.quantile(pairs.map(\.one), 0.5), StepPair.quantile(pairs.map(\.other), 0.5)),
            ratios: StepPair.ratios(pairs))
    }

    private func side(_ loss: String, _ host: ScriptHost) throws -> StepPair.Side {
        let setup = BenchSetup(model: model, loss: loss, optimizer: "sgd", batch: batch, image: nil)
        let (fit, samples) = try setup.make(on: host)
        let step = TrainingStep(
            session: host.session, model: fit.trainer.model, loss: fit.trainer.loss, optimizer: fit.trainer.optimizer,
            form: fit.train.form, trainSeed: 1)
        return StepPair.Side(step, samples)
    }
}
