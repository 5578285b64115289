import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarProcess
import NightjarTensor

/// One training step: forward, loss, gradients and update, recorded on one tape and committed together.
public final class TrainingStep {
    public let session: Session
    public let model: Model
    public let loss: any TrainingLoss
    public let optimizer: Optimizer
    /// What labels it is trained on.
    public let form: LabelForm
    /// The seed of draws during training.
    public let trainSeed: UInt64
    /// Whether the share of samples that the moving model gets right is counted as well.
    public var countsHits = false
    /// Where a loss that asks for further samples gets them from.
    public var draws: SampleDraws?
    /// Looks once, at the next step, at whether gradients get to the parameters, and takes a sentence about those that
    /// get none. Where no parameter gets one, the step throws.
    public var gradientListener: ((String) throws -> Void)?
    /// Changes the inputs at random; nil leaves them as they are.
    public var augmentation: (any InputAugmentation)?
    /// Whether the norm of all gradients is measured, and what happens where they are not finite.
    public var gradients = GradientWatch()
    /// Marks where a script's draws stand and returns what goes back there: a step of two passes draws the same in both.
    public var markDraws: () -> () -> Void = { {} }

    /// Gives what takes the place of a step's gradients, which come by the paths of their parameters, recorded on the
    /// step's tape; of the same shapes and types. Of several batches these are the gradients of all.
    public typealias GradientChange = (Tape, [(path: String, gradient: NodeID)]) throws -> [NodeID]
    public var changeGradients: GradientChange?

    public convenience init(
        session: Session, model: Model, loss: any TrainingLoss, optimizer: Optimizer, classes: Int, trainSeed: UInt64
    ) {
        self.init(
            session: session, model: model, loss: loss, optimizer: optimizer, form: .classes(classes),
            trainSeed: trainSeed)
    }

    public init(
        session: Session, model: Model, loss: any TrainingLoss, optimizer: Optimizer, form: LabelForm,
        trainSeed: UInt64
    ) {
        self.session = session
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.form = form
        self.trainSeed = trainSeed
    }

    /// What a step gives back; both are of the weights before the update.
    public struct Result: Sendable {
        /// The mean loss of the batch, in the model's precision.
        public let loss: Double
        /// Labels that the model gets right: samples whose largest logit is that of the given label. nil where they are not
        /// counted.
        public let hits: Int?
        /// Labels that are not left out: samples, where each has one.
        public let labels: Int
        /// The Euclidean norm of all gradients, before clipping; nil where it is not measured.
        public var gradientNorm: Double?
        /// True when gradients or loss were not finite and nothing was written; see ``GradientWatch``.
        public var isLeftOut = false
    }

    /// Records and runs a step. Weights and all other state are written at its end, or not at all when it throws.
    /// - Parameters:
    ///   - epoch: counted from 1.
    ///   - step: counted from 1 over the whole run.
    public func run(_ batch: Batch, epoch: Int, step: Int, learningRate: Double) throws -> Result {
        try run([batch], epoch: epoch, step: step, learningRate: learningRate)
    }

    /// Records and runs a step over several batches, whose gradients are averaged by their numbers of labels: the
    /// gradient of one large batch in the memory of a small one. Running means and what a loss remembers are written
    /// after each batch, weights and the optimizer's state after the last. A loss that divides by weights divides by
    /// those of the whole step; where all weights of a step are 0, or all labels are left out, nothing is written.
    public func run(_ batches: [Batch], epoch: Int, step: Int, learningRate: Double) throws -> Result {
        let labels = batches.reduce(0) { $0 + $1.targets.kept }
        var (loss, hits) = (0.0, 0)
        var norm: Double?
        let whole = try SampleList(batches)
        let isIdle = try labels == 0 || self.loss.weighsNothing(labels: whole.labels, indices: whole.indices)
        for (number, batch) in batches.enumerated() {
            let share = Double(batch.targets.kept) / Double(max(labels, 1))
            let part = Part(
                batch: batch, number: number, isLast: number == batches.count - 1, share: share, whole: whole,
                isTrained: true)
            let result = try inStep { tape in
                session.profiler?.noteStep()
                let recorded = try StopPatience.during {
                    try record(on: tape, part, epoch: epoch, step: step, learningRate: learningRate)
                }
                var outputs = [recorded.mean]
                if countsHits { outputs.append(try self.hits(tape, recorded.forward)) }
                if let norm = recorded.norm { outputs.append(norm) }
                let updates = try gradients.guarded(
                    tape, isIdle ? [] : recorded.updates, norm: recorded.norm, loss: recorded.mean)
                let effects = updates.map { Session.Effect($0.tensor, $0.node) }
                return try session.commit(outputs: outputs, effects: effects).map { $0.value(at: 0) }
            }
            loss += batches.count == 1 ? result[0] : result[0] * share
            if countsHits { hits += Int(result[1]) }
            if gradients.isMeasured, part.isLast { norm = result.last }
        }
        return Result(
            loss: loss, hits: countsHits ? hits : nil, labels: labels, gradientNorm: norm,
            isLeftOut: gradients.action != nil && norm.map { !$0.isFinite || !loss.isFinite } ?? false)
    }

    /// One of the batches of a step.
    private struct Part {
        let batch: Batch
        var number = 0
        var isLast = true
        /// Of the step's labels.
        var share = 1.0
        /// The step's samples.
        let whole: SampleList
        /// Whether what is recorded is written, and not only looked at.
        var isTrained = false
    }

    /// Gradients of the batches so far, by the order of the optimizer's parameters; see ``accumulated(_:_:_:)``.
    private var sums: [Tensor] = []

    /// Records and runs a step and writes nothing: what it would do is only looked at.
    /// - Throws: ``TrainingError`` that names the first of loss, state and weights that would not be finite, and what
    ///   recording throws.
    public func rehearse(_ batch: Batch, epoch: Int, step: Int, learningRate: Double) throws {
        gradientListener = gradientListener ?? { _ in }
        try inStep { tape in
            let recorded = try record(
                on: tape, Part(batch: batch, whole: SampleList([batch])), epoch: epoch, step: step,
                learningRate: learningRate)
            let finite = try recorded.updates.filter { tape.dtype($0.node).isFloating }.map { update in
                (count: try GradientWatch.finiteCount(tape, update.node), of: update.tensor)
            }
            let results = try session.commit(outputs: [recorded.mean] + finite.map(\.count), effects: [])
            let value = results[0].value(at: 0)
            guard value.isFinite else {
                throw TrainingError("the loss '\(loss.name)' of the batch would be \(shortest(value))")
            }
            for (result, part) in zip(results.dropFirst(), finite) {
                let bad = part.of.shape.count - Int(result.value(at: 0))
                guard bad == 0 else {
                    throw TrainingError(
                        "\(bad) of \(part.of.shape.count) numbers of \(name(of: part.of)) would not be finite after the step"
                    )
                }
            }
        }
    }

    /// The first parameter whose gradient in a step holds numbers that are not finite, and how many these are. Records and
    /// runs the step again and writes nothing.
    func badGradient(
        in batches: [Batch], epoch: Int, step: Int, learningRate: Double
    ) throws -> (path: String, count: Int, of: Int)? {
        let whole = try SampleList(batches)
        for (number, batch) in batches.enumerated() {
            let found = try inStep { tape in
                let part = Part(batch: batch, number: number, share: Double(batch.count), whole: whole)
                let own = try record(on: tape, part, epoch: epoch, step: step, learningRate: learningRate).gradients
                return try session.commit(
                    outputs: own.map { try GradientWatch.finiteCount(tape, $0) }, effects: []
                ).map { $0.value(at: 0) }
            }
            for (entry, finite) in zip(optimizer.entries, found) where Int(finite) < entry.parameter.shape.count {
                return (entry.path, entry.parameter.shape.count - Int(finite), entry.parameter.shape.count)
            }
        }
        return nil
    }

    private func name(of tensor: Tensor) -> String {
        if let known = model.state.first(where: { $0.tensor === tensor }) { return "parameter '\(known.path)'" }
        if let known = optimizer.state.first(where: { $0.tensor === tensor }) { return "'\(known.path)'" }
        return loss.state.first { $0.tensor === tensor }.map { "state '\($0.name)' of the loss" } ?? "a state"
    }

    private func inStep<T>(_ body: (Tape) throws -> T) throws -> T {
        let outer = session.profiler?.enter(.step)
        defer { if let outer { session.profiler?.leave(outer) } }
        session.beginStep()
        defer { session.endStep() }
        return try body(session.tape)
    }

    /// What a step has recorded.
    private struct Recording {
        let forward: ForwardPass.Recorded
        let mean: NodeID
        /// Of the batch alone, in the order of the optimizer's parameters.
        let gradients: [NodeID]
        /// Of the whole step's gradients; nil where it is not asked for.
        let norm: NodeID?
        /// Of buffers, loss, weights and optimizer, in this order.
        let updates: [StateUpdate]
    }

    private func record(
        on tape: Tape, _ part: Part, epoch: Int, step: Int, learningRate: Double
    ) throws -> Recording {
        var first = tape.count
        func done(_ phase: ProfilePhase) {
            session.profiler?.note(tape, rows: first..<tape.count, as: phase)
            first = tape.count
        }
        let context = ForwardContext(
            tape: tape, mode: .training, provenance: session.provenance, trainSeed: trainSeed, step: step,
            part: part.number)
        let rewind = optimizer.looksAhead ? markDraws() : {}
        let pass = ForwardPass(
            model: model, form: form, needs: loss.needs, augmentation: augmentation, draws: draws,
            whole: part.whole)
        let forward = try pass.record(
            context, part.batch, epoch: epoch, step: step, moment: "step \(step), part \(part.number)")
        done(.forward)
        let recorded = try LossRecorder(loss: loss, provenance: session.provenance)
            .record(tape, logits: forward.logits, batch: forward.batch)
        done(.loss)
        if let listener = gradientListener {
            try checkGradients(tape, recorded.values ?? recorded.mean).map(listener)
            gradientListener = nil
        }
        var gradients = try tape.gradient(
            of: recorded.mean, withRespectTo: optimizer.parameters.map { tape.leaf($0.tensor) })
        if optimizer.looksAhead {
            rewind()
            gradients = try secondGradients(pass, forward, context, after: gradients)
        }
        let own = gradients
        if !part.isLast || part.number > 0 { gradients = try accumulated(gradients, part, tape) }
        if part.isLast, part.isTrained, let changeGradients {
            gradients = try changeGradients(tape, zip(optimizer.paths, gradients).map { ($0, $1) })
        }
        done(.backward)
        let updates =
            part.isLast
            ? try optimizer.record(
                tape, provenance: session.provenance, gradients: gradients, learningRate: learningRate, step: step)
                + optimizer.recordBuffers(context, step: step)
            : zip(sums, gradients).map { StateUpdate($0, $1) }
        done(.update)
        return Recording(
            forward: forward, mean: recorded.mean, gradients: own,
            norm: part.isLast && self.gradients.isMeasured ? try GradientWatch.norm(tape, gradients) : nil,
            updates: context.updates + recorded.updates + updates)
    }

    /// Gradients at the weights that the optimizer asks for, such as SAM's. The batch is the same, and so are draws; running
    /// means and what the loss remembers are those of the first pass.
    private func secondGradients(
        _ pass: ForwardPass, _ first: ForwardPass.Recorded, _ context: ForwardContext, after gradients: [NodeID]
    ) throws -> [NodeID] {
        let tape = context.tape
        let moved = try optimizer.perturbed(tape, provenance: session.provenance, gradients: gradients)
        let second = ForwardContext(
            tape: tape, mode: .training, provenance: session.provenance, trainSeed: trainSeed, step: context.step,
            part: context.part, substitutes: moved)
        let forward = try pass.repeated(second, first)
        let recorded = try LossRecorder(loss: loss, provenance: session.provenance)
            .record(tape, logits: forward.logits, batch: forward.batch)
        return try tape.gradient(
            of: recorded.mean,
            withRespectTo: optimizer.parameters.map { moved[ObjectIdentifier($0)] ?? tape.leaf($0.tensor) })
    }

    private func checkGradients(_ tape: Tape, _ values: NodeID) throws -> String? {
        try GradientCheck(tape: tape, provenance: session.provenance, lossName: loss.name)
            .check(values, optimizer.entries.map { ($0.path, tape.leaf($0.parameter.tensor)) })
    }

    /// The share of this batch in the step's gradient and those before it. The first of a step does not look at what
    /// lies in the sums, so a step that failed halfway leaves nothing behind.
    private func accumulated(_ gradients: [NodeID], _ part: Part, _ tape: Tape) throws -> [NodeID] {
        if sums.count != gradients.count {
            sums = try optimizer.parameters.map { try Tensor.zeros($0.shape, dtype: $0.dtype) }
        }
        return try zip(sums, gradients).map { sum, gradient in
            let share = try tape.number(part.share, dtype: sum.dtype)
            let own = try tape.binary(.mul, share, gradient)
            return part.number == 0 ? own : try tape.binary(.add, tape.leaf(sum), own)
        }
    }

    private func hits(_ tape: Tape, _ forward: ForwardPass.Recorded) throws -> NodeID {
        let first = tape.count
        tape.place = session.provenance.intern(.init(source: "running accuracy", line: 0))
        let predictions = try form.predictions(tape, forward.logits)
        let isHit = try tape.binary(.equal, predictions, forward.batch.labels)
        let axes = Reduction.all(rank: tape[isHit].rank)
        let count = try tape.reduce(.sum, tape.cast(isHit, .int32), axes: axes, keep: false)
        session.profiler?.note(tape, rows: first..<tape.count, as: .evaluation)
        return count
    }
}
