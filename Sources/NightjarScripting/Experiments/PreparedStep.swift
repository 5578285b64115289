import NightjarData
import NightjarEngine
import NightjarTraining

/// A training step of parts from plugins, on random inputs, that can be run again and again.
final class PreparedStep {
    let trainer: Trainer
    private let host: ScriptHost
    private let step: TrainingStep
    private let samples: Batch
    private var number: Int

    /// - Throws: ``ScriptError`` for names that no plugin provides, and what the first step throws.
    init(session: Session, model: String, loss: String, optimizer: String, batch: Int) throws {
        host = try ScriptHost(session: session)
        let catcher = FitCatcher()
        host.fitListener = catcher
        for path in [model, loss, optimizer] where path.hasSuffix(".lua") { _ = try host.files.script(path) }
        let script = try host.load(PreparedStep.script, chunkName: "=bench")
        _ = try script.call([.string(model), .string(loss), .string(optimizer), .integer(batch)])
        guard let fit = catcher.fit else { throw ScriptError("the benchmark's script trained nothing") }
        trainer = fit.trainer
        step = TrainingStep(
            session: session, model: trainer.model, loss: trainer.loss, optimizer: trainer.optimizer,
            classes: fit.train.dataset.classes, trainSeed: 1)
        let loader = try BatchLoader(fit.train, batchSize: batch, shuffleSeed: 1, dtype: trainer.model.dtype)
        samples = try loader.batch(0, of: loader.order(epoch: 1))
        number = trainer.progress.steps
    }

    func run() throws {
        number += 1
        let result = try step.run(samples, epoch: 1, step: number, learningRate: 0.01)
        guard result.loss.isFinite else { throw ScriptError("the loss became \(result.loss) in the benchmark") }
    }

    private static let script = """
        local model, loss, optimizer, batch = ...
        local nj = require "nightjar"
        local shapes = { resnet32 = { 32, 32, 3 }, inception_lite = { 28, 28, 3 } }
        local shape = shapes[model] or { 28, 28, 1 }
        local definition = nj.models[model]
        local parts = {
          classes = definition.specs.classes and 10,
          inputs = definition.specs.inputs and shape[1] * shape[2] * shape[3],
        }
        local data = nj.data.from_tensors {
          name = "random",
          inputs = nj.randn({ batch, shape[1], shape[2], shape[3] }, { seed = 1, name = "inputs" }),
          labels = ((nj.rand({ batch }, { seed = 1, name = "labels" }) * 10):floor() + 1):int(),
          classes = 10,
        }
        local trainer = nj.trainer {
          model = definition(parts), loss = nj.losses[loss] {}, learning_rate = 0.01, batch_size = batch, seed = 1,
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
