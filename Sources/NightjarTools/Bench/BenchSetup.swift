import NightjarData
import NightjarScripting
import NightjarTraining

/// What benchmarks of training steps start from: a trainer of plugins, as any script makes it, and one random batch.
///
/// The trainer has not trained yet.
struct BenchSetup {
    let model: String
    let loss: String
    let optimizer: String
    let batch: Int
    let image: SampleImage?

    /// Makes the trainer, ready for its first step, and the batch.
    /// - Throws: ``ScriptError`` for names that no plugin provides.
    func make(on host: ScriptHost) throws -> (fit: ScriptFit, samples: Batch) {
        let catcher = FitCatcher()
        let listener = host.fitListener
        host.fitListener = catcher
        defer { host.fitListener = listener }
        let script = try host.load(BenchSetup.script, chunkName: "=bench")
        let extents = image.map { [$0.height, $0.width, $0.channels] } ?? []
        _ = try script.call(
            [.string(model), .string(loss), .string(optimizer), .integer(batch)] + extents.map { .integer($0) })
        guard let fit = catcher.fit else { throw ScriptError("the benchmark's script made no trainer") }
        let loader = try BatchLoader(
            fit.train, batchSize: batch, shuffleSeed: 1, dtype: fit.trainer.model.dtype)
        return (fit, try loader.batch(0, of: loader.order(epoch: 1)))
    }

    private static let script = """
        local model, loss, optimizer, batch, height, width, depth = ...
        local nj = require "nightjar"
        local definition = nj.models[model]
        local channels = definition.specs.channels
        -- Images like those of MNIST or of CIFAR-10, by their channels; Inception-Lite's are cut to 28 x 28.
        local count = depth or channels and channels.default or 1
        local side = count == 3 and definition.name ~= "inception_lite" and 32 or 28
        local shape = { height or side, width or side, count }
        local parts = {
          classes = definition.specs.classes and 10,
          channels = channels and count,
          inputs = definition.specs.inputs and shape[1] * shape[2] * shape[3],
        }
        local data = nj.data.from_tensors {
          name = "random",
          inputs = nj.randn({ batch, shape[1], shape[2], shape[3] }, { seed = 1, name = "inputs" }),
          labels = nj.losses[loss].labels == "binary"
            and nj.rand({ batch, 10 }, { seed = 1, name = "labels" }):gt(0.5)
            or ((nj.rand({ batch }, { seed = 1, name = "labels" }) * 10):floor() + 1):int(),
          classes = 10,
        }
        local trainer = nj.trainer {
          model = definition(parts), loss = nj.losses[loss] {}, learning_rate = 0.01, batch_size = batch, seed = 1,
          optimizer = nj.optim[optimizer](optimizer == "sgd" and { momentum = 0.9 } or {}),
        }
        trainer:fit(data, { epochs = 1 })
        """
}

/// The size of the images that a benchmark makes.
public struct SampleImage: Sendable, Equatable {
    public let height, width, channels: Int

    /// From text like `32x32x3`; nil when it is something else.
    public init?(_ text: String) {
        let extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard extents.count == 3, let height = extents[0], let width = extents[1], let channels = extents[2],
            [height, width, channels].allSatisfy({ (1...65536).contains($0) })
        else { return nil }
        (self.height, self.width, self.channels) = (height, width, channels)
    }
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
