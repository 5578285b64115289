import NightjarData
import NightjarEngine
import NightjarScripting
import NightjarTraining

/// A training step of parts from plugins, on random inputs, that can be run again and again; or an evaluation pass over
/// the same batch.
final class PreparedStep {
    let trainer: Trainer
    private let host: ScriptHost
    private let step: TrainingStep
    private let samples: Batch
    private var number: Int

    /// - Parameter image: of the inputs; nil for what the model's channels suggest.
    /// - Throws: ``ScriptError`` for names that no plugin provides, and what the plugins throw.
    init(
        session: Session, options: ScriptOptions = ScriptOptions(), model: String, loss: String, optimizer: String,
        batch: Int, image: SampleImage?
    ) throws {
        host = try ScriptHost(session: session, options: options)
        for path in [model, loss, optimizer] where path.hasSuffix(".lua") { _ = try host.files.script(path) }
        let setup = BenchSetup(model: model, loss: loss, optimizer: optimizer, batch: batch, image: image)
        let (fit, samples) = try setup.make(on: host)
        self.samples = samples
        trainer = fit.trainer
        step = TrainingStep(
            session: session, model: trainer.model, loss: trainer.loss, optimizer: trainer.optimizer,
            form: fit.train.form, trainSeed: 1)
        step.draws = SampleDraws(
            try BatchLoader(fit.train, batchSize: batch, shuffleSeed: nil, dtype: trainer.model.dtype), seed: 1)
        number = trainer.progress.steps
    }

    func run() throws {
        number += 1
        let result = try step.run(samples, epoch: 1, step: number, learningRate: 0.01)
        guard result.loss.isFinite else { throw ScriptError("the loss became \(result.loss) in the benchmark") }
    }

    func evaluate() throws {
        _ = try EvaluationPass(session: step.session, model: trainer.model)
            .predictions(for: samples)
    }
}
