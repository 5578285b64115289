import NightjarData
import NightjarTraining

/// What benchmarks of training steps start from: a trainer of plugins, as any script makes it, and one random batch.
///
/// The trainer has not trained yet.
struct BenchSetup {
    let model: String
    let loss: String
    let optimizer: String
    let batch: Int

    /// Makes the trainer, ready for its first step, and the batch.
    /// - Throws: ``ScriptError`` for names that no plugin provides.
    func make(on host: ScriptHost) throws -> (fit: ScriptFit, samples: Batch) {
        let catcher = FitCatcher()
        let listener = host.fitListener
        host.fitListener = catcher
        defer { host.fitListener = listener }
        let script = try host.load(BenchSetup.script, chunkName: "=bench")
        _ = try script.call([.string(model), .string(loss), .string(optimizer), .integer(batch)])
        guard let fit = catcher.fit else { throw ScriptError("the benchmark's script made no trainer") }
        let loader = try BatchLoader(
            fit.train, batchSize: batch, shuffleSeed: 1, dtype: fit.trainer.model.dtype)
        return (fit, try loader.batch(0, of: loader.order(epoch: 1)))
    }

    private static let script = """
        local model, loss, optimizer, batch = ...
        local nj = require "nightjar"
        local shapes = { inception_lite = { 28, 28, 3 } }
        for _, depth in ipairs { 20, 32, 44, 56 } do
          shapes["resnet" .. depth] = { 32, 32, 3 }
        end
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

/// Keeps hold of what a script would train, and stops it before the first step.
private final class FitCatcher: FitListener {
    var fit: ScriptFit?
    func fitBegins(_ fit: ScriptFit) {
        self.fit = fit
        fit.trainer.interruption.request()
    }
    func fitEnded(_ fit: ScriptFit, _ result: FitResult) { fit.trainer.interruption.clear() }
    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error { error }
}
