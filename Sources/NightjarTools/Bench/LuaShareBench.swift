import NightjarData
import NightjarEngine
import NightjarScripting
import NightjarTraining

/// What Lua costs in a training step: the MLP 784-512-512-10 with loss and optimizer in Lua against the same step with
/// both in Swift, measured in turn, and the profiler's own account of it.
///
/// Both steps run on one session, so they share threads and memory; each has a model of its own.
public struct LuaShareBench: Sendable {
    public var batch = 128
    public var threads = 2
    /// Turns of one step each way; the two swap places from turn to turn.
    public var turns = 200

    public init() {}

    public struct Result: Sendable {
        /// Seconds of the step in Lua and of the step in Swift, a pair a turn.
        public let pairs: [(lua: Double, swift: Double)]
        /// Lua's part of the steps in Lua, in percent, as the profiler of a further round of turns says.
        public let profiledPercent: Double
        /// Microseconds a step that it charges to each callback, most first.
        public let callbacks: [(name: String, microseconds: Double)]

        public var luaMedian: Double { StepPair.quantile(pairs.map(\.lua), 0.5) }
        public var swiftMedian: Double { StepPair.quantile(pairs.map(\.swift), 0.5) }
        /// Lua over Swift of each turn: the quantiles 0.1, 0.5 and 0.9.
        public var ratios: (low: Double, median: Double, high: Double) {
            StepPair.ratios(pairs.map { ($0.lua, $0.swift) })
        }
    }

    /// - Throws: ``ScriptError`` where the plugins `mlp`, `rll` or `sgd` are missing, and what the steps throw.
    public func run() throws -> Result {
        let session = Session(threads: threads)
        let host = try ScriptHost(session: session)
        defer { withExtendedLifetime(host) {} }
        let setup = BenchSetup(model: "mlp", loss: "rll", optimizer: "sgd", batch: batch, image: nil)
        let lua = try side(setup, host) { ($0.loss, $0.optimizer) }
        let swift = try side(setup, host) {
            (NativeRobustLogLoss(), try Optimizer(NativeMomentum(), for: $0.model))
        }
        let pairs = try StepPair(one: lua, other: swift).measure(turns: turns).map { (lua: $0.one, swift: $0.other) }
        let profiler = session.beginProfile()
        for _ in 0..<turns { _ = try lua.seconds() }
        let profile = profiler.profile()
        session.endProfile()
        let callbacks = profile.accounts.compactMap { account, total -> (name: String, microseconds: Double)? in
            guard case .script(let name) = account else { return nil }
            return (name, 1e6 * total.seconds / Double(turns))
        }
        return Result(
            pairs: pairs, profiledPercent: 100 * profile.luaSeconds / profile.seconds,
            callbacks: callbacks.sorted { $0.microseconds > $1.microseconds })
    }

    private func side(
        _ setup: BenchSetup, _ host: ScriptHost, _ parts: (Trainer) throws -> (any TrainingLoss, Optimizer)
    ) throws -> StepPair.Side {
        let (fit, samples) = try setup.make(on: host)
        let (loss, optimizer) = try parts(fit.trainer)
        let step = TrainingStep(
            session: host.session, model: fit.trainer.model, loss: loss, optimizer: optimizer,
            form: fit.train.form, trainSeed: 1)
        return StepPair.Side(step, samples)
    }
}
