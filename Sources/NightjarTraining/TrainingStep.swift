import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// One training step: forward, loss, gradients and update, recorded on one tape and committed together.
public final class TrainingStep {
    public let session: Session
    public let model: Model
    public let loss: any TrainingLoss
    public let optimizer: Optimizer
    public let classes: Int
    /// The seed of draws during training.
    public let trainSeed: UInt64
    /// Whether the share of samples that the moving model gets right is counted as well.
    public var countsHits = false

    public init(
        session: Session, model: Model, loss: any TrainingLoss, optimizer: Optimizer, classes: Int, trainSeed: UInt64
    ) {
        self.session = session
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.classes = classes
        self.trainSeed = trainSeed
    }

    /// What a step gives back; both are of the weights before the update.
    public struct Result: Sendable {
        /// The mean loss of the batch, in the model's precision.
        public let loss: Double
        /// Samples whose largest logit is that of the given label; nil where they are not counted.
        public let hits: Int?
    }

    /// Records and runs a step. Weights and all other state are written at its end, or not at all when it throws.
    /// - Parameters:
    ///   - epoch: counted from 1.
    ///   - step: counted from 1 over the whole run.
    public func run(_ batch: Batch, epoch: Int, step: Int, learningRate: Double) throws -> Result {
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        let context = ForwardContext(
            tape: tape, mode: .training, provenance: session.provenance, trainSeed: trainSeed, step: step)
        let forward = try ForwardPass(model: model, classes: classes).record(context, batch, epoch: epoch, step: step)
        let recorded = try LossRecorder(loss: loss, provenance: session.provenance)
            .record(tape, logits: forward.logits, batch: forward.batch)
        let gradients = try tape.gradient(
            of: recorded.mean, withRespectTo: optimizer.parameters.map { tape.leaf($0.tensor) })
        let updates = try optimizer.record(
            tape, provenance: session.provenance, gradients: gradients, learningRate: learningRate, step: step)

        var outputs = [recorded.mean]
        if countsHits { outputs.append(try hits(tape, forward)) }
        let effects = (context.updates + recorded.updates + updates).map { Session.Effect($0.tensor, $0.node) }
        let results = try session.commit(outputs: outputs, effects: effects)
        return Result(loss: results[0].value(at: 0), hits: countsHits ? Int(results[1].value(at: 0)) : nil)
    }

    private func hits(_ tape: Tape, _ forward: ForwardPass.Recorded) throws -> NodeID {
        let predictions = try tape.argument(.argmax, forward.logits, axis: 1, keep: false)
        let isHit = try tape.binary(.equal, predictions, forward.batch.labels)
        return try tape.reduce(.sum, tape.cast(isHit, .int32), axes: 1, keep: false)
    }
}
