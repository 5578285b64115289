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
        try run([batch], epoch: epoch, step: step, learningRate: learningRate)
    }

    /// Records and runs a step over several batches, whose gradients are averaged by their numbers of samples: the
    /// gradient of one large batch in the memory of a small one. Running means and what a loss remembers are written
    /// after each batch, weights and the optimizer's state after the last.
    public func run(_ batches: [Batch], epoch: Int, step: Int, learningRate: Double) throws -> Result {
        let samples = batches.reduce(0) { $0 + $1.count }
        var (loss, hits) = (0.0, 0)
        for (part, batch) in batches.enumerated() {
            let result = try runPart(
                Part(
                    batch: batch, number: part, isLast: part == batches.count - 1,
                    share: Double(batch.count) / Double(samples)),
                epoch: epoch, step: step, learningRate: learningRate)
            loss += batches.count == 1 ? result.loss : result.loss * Double(batch.count) / Double(samples)
            hits += result.hits ?? 0
        }
        return Result(loss: loss, hits: countsHits ? hits : nil)
    }

    /// One of the batches of a step.
    private struct Part {
        let batch: Batch
        let number: Int
        let isLast: Bool
        /// Of the step's samples.
        let share: Double
    }

    /// Gradients of the batches so far, by the order of the optimizer's parameters; see ``accumulated(_:_:_:)``.
    private var sums: [Tensor] = []

    private func runPart(_ part: Part, epoch: Int, step: Int, learningRate: Double) throws -> Result {
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        let context = ForwardContext(
            tape: tape, mode: .training, provenance: session.provenance, trainSeed: trainSeed, step: step,
            part: part.number)
        let forward = try ForwardPass(model: model, classes: classes)
            .record(context, part.batch, epoch: epoch, step: step)
        let recorded = try LossRecorder(loss: loss, provenance: session.provenance)
            .record(tape, logits: forward.logits, batch: forward.batch)
        var gradients = try tape.gradient(
            of: recorded.mean, withRespectTo: optimizer.parameters.map { tape.leaf($0.tensor) })
        if !part.isLast || part.number > 0 { gradients = try accumulated(gradients, part, tape) }
        let updates =
            part.isLast
            ? try optimizer.record(
                tape, provenance: session.provenance, gradients: gradients, learningRate: learningRate, step: step)
            : zip(sums, gradients).map { StateUpdate($0, $1) }

        var outputs = [recorded.mean]
        if countsHits { outputs.append(try hits(tape, forward)) }
        let effects = (context.updates + recorded.updates + updates).map { Session.Effect($0.tensor, $0.node) }
        let results = try session.commit(outputs: outputs, effects: effects)
        return Result(loss: results[0].value(at: 0), hits: countsHits ? Int(results[1].value(at: 0)) : nil)
    }

    /// The share of this batch in the step's gradient and those before it. The first of a step does not look at what
    /// lies in the sums, so a step that failed halfway leaves nothing behind.
    private func accumulated(_ gradients: [NodeID], _ part: Part, _ tape: Tape) throws -> [NodeID] {
        if sums.count != gradients.count {
            sums = try optimizer.parameters.map { try Tensor.zeros($0.shape, dtype: $0.dtype) }
        }
        return try zip(sums, gradients).map { sum, gradient in
            let share = tape.number(part.share, dtype: sum.dtype)
            let own = try tape.binary(.mul, share, gradient)
            return part.number == 0 ? own : try tape.binary(.add, tape.leaf(sum), own)
        }
    }

    private func hits(_ tape: Tape, _ forward: ForwardPass.Recorded) throws -> NodeID {
        let predictions = try tape.argument(.argmax, forward.logits, axis: 1, keep: false)
        let isHit = try tape.binary(.equal, predictions, forward.batch.labels)
        return try tape.reduce(.sum, tape.cast(isHit, .int32), axes: 1, keep: false)
    }
}
