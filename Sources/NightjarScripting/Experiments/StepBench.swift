import NightjarData
import NightjarEngine
import NightjarNN
import NightjarRuns
import NightjarTraining

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
        let session = Session(threads: threads)
        let host = try ScriptHost(session: session)
        let catcher = FitCatcher()
        host.fitListener = catcher
        let script = try host.load(StepBench.script, chunkName: "=bench")
        _ = try script.call([.string(model), .string(loss), .string(optimizer), .integer(batch)])
        guard let fit = catcher.fit else { throw ScriptError("the benchmark's script trained nothing") }
        let trainer = fit.trainer
        let step = TrainingStep(
            session: session, model: trainer.model, loss: trainer.loss, optimizer: trainer.optimizer,
            classes: fit.train.dataset.classes, trainSeed: 1)
        let loader = try BatchLoader(fit.train, batchSize: batch, shuffleSeed: 1, dtype: trainer.model.dtype)
        let samples = try loader.batch(0, of: loader.order(epoch: 1))
        var number = trainer.progress.steps
        let times = try BenchTimes.measure(repeats: repeats) { count in
            for _ in 0..<count {
                number += 1
                let result = try step.run(samples, epoch: 1, step: number, learningRate: 0.01)
                guard result.loss.isFinite else { throw ScriptError("the loss became \(result.loss) in the benchmark") }
            }
        }
        let work = flops(trainer.model)
        return Result(
            times: times, parameters: trainer.model.parameterCount, gigaflops: work.map { $0 / times.minimum / 1e9 })
    }

    /// Two operations a weight and sample in each of three products; the first layer has no gradient of its inputs.
    private func flops(_ model: Model) -> Double? {
        let weights = model.parameters.map(\.parameter.shape).filter { $0.rank > 1 }
        guard let first = weights.first, weights.allSatisfy({ $0.rank == 2 }) else { return nil }
        return Double(batch) * (6 * Double(weights.reduce(0) { $0 + $1.count }) - 2 * Double(first.count))
    }

    private static let script = """
        local model, loss, optimizer, batch = ...
        local nj = require "nightjar"
        local shapes = { resnet32 = { 32, 32, 3 }, inception_lite = { 28, 28, 3 } }
        local shape = shapes[model] or { 28, 28, 1 }
        local parts = { classes = 10 }
        if model == "mlp" then
          parts.inputs, parts.hidden = shape[1] * shape[2] * shape[3], { 512, 512 }
        end
        local data = nj.data.from_tensors {
          name = "random",
          inputs = nj.randn({ batch, shape[1], shape[2], shape[3] }, { seed = 1, name = "inputs" }),
          labels = ((nj.rand({ batch }, { seed = 1, name = "labels" }) * 10):floor() + 1):int(),
          classes = 10,
        }
        local trainer = nj.trainer {
          model = nj.models[model](parts), loss = nj.losses[loss] {}, learning_rate = 0.01, batch_size = batch, seed = 1,
          optimizer = nj.optim[optimizer](optimizer == "sgd" and { momentum = 0.9 } or {}),
        }
        trainer:fit(data, { epochs = 1 })
        """
}

/// Keeps hold of what a script trains.
private final class FitCatcher: FitListener {
    var fit: ScriptFit?
    func fitBegins(_ fit: ScriptFit) { self.fit = fit }
    func fitEnded(_ fit: ScriptFit, _ result: FitResult) {}
    func fitFailed(_ fit: ScriptFit, _ error: any Error) {}
}
