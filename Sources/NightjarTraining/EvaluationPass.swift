import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarProcess
import NightjarTensor

/// Goes through a data set in order, with fixed weights and in evaluation mode, and keeps what the model says.
public struct EvaluationPass {
    public let session: Session
    public let model: Model
    /// nil where only predictions are asked for.
    public let loss: (any TrainingLoss)?
    public let batchSize: Int
    /// Of the samples that a loss may ask for besides.
    public let drawSeed: UInt64
    /// Whether the result has the logits as well.
    public let keepsLogits: Bool

    public init(
        session: Session, model: Model, loss: (any TrainingLoss)? = nil, batchSize: Int = 512,
        drawSeed: UInt64 = 0, keepsLogits: Bool = false
    ) {
        self.keepsLogits = keepsLogits
        self.session = session
        self.model = model
        self.loss = loss
        self.batchSize = batchSize
        self.drawSeed = drawSeed
    }

    /// What the model says about every sample, in the order of the data set.
    public struct Result: Sendable {
        /// For every place of a sample the class with the largest logit, 0-based; the first of equals. Of binary labels 1
        /// where the logit is above 0.
        public internal(set) var predictions: [Int32] = []
        /// The loss of each sample against its given label: the mean over its labels that are not left out, 0 where none is.
        /// nil without a loss or with one that returns a number a batch.
        public internal(set) var sampleLosses: [Double]?
        /// The mean loss against the given labels that are not left out; nil without a loss.
        public internal(set) var meanLoss: Double?
        /// What the model gives for every sample, `samples x classes`; nil unless it was asked for.
        public internal(set) var logits: Tensor?
    }

    /// - Parameters:
    ///   - data: without the labels that the loss leaves out.
    ///   - epoch: the epoch after which this is done, counted from 1.
    ///   - step: the last step before it.
    public func run(_ data: LabelledDataset, epoch: Int, step: Int) throws -> Result {
        let outer = session.profiler?.enter(.evaluation)
        defer { if let outer { session.profiler?.leave(outer) } }
        let loader = try BatchLoader(data, batchSize: batchSize, shuffleSeed: nil, dtype: model.dtype)
        let feed = BatchFeed(loader, epoch: epoch, session: session)
        var forward = ForwardPass(model: model, form: data.form)
        if let loss {
            forward.needs = loss.needs
            forward.draws = SampleDraws(loader, seed: drawSeed)
            if loss.needs.whole { forward.whole = try SampleList(data) }
        }
        var result = Result()
        try result.predictions.makeRoom(data.givenLabels.count)
        if loss?.reduction == .sample { result.sampleLosses = [] }
        var total = 0.0
        var parts: [Tensor] = []
        for number in 0..<loader.batchesPerEpoch {
            try StopSignal.check()
            let batch = try feed.batch(number)
            total += try run(
                batch, forward, epoch: epoch, step: step, moment: "evaluation after epoch \(epoch), batch \(number)",
                &result, &parts)
        }
        if loss != nil { result.meanLoss = total / Double(max(data.given.kept, 1)) }
        if keepsLogits { result.logits = try EvaluationPass.joined(parts) }
        return result
    }

    /// What the model says about one batch, in its order; see ``Result/predictions``. A loss is not looked at.
    public func predictions(for batch: Batch) throws -> [Int32] {
        var result = Result()
        var parts: [Tensor] = []
        let forward = ForwardPass(model: model, form: batch.targets.form)
        _ = try EvaluationPass(session: session, model: model, batchSize: batchSize)
            .run(batch, forward, epoch: 1, step: 0, moment: "evaluation of one batch", &result, &parts)
        return result.predictions
    }

    /// Returns the sum of the losses of the batch's labels.
    private func run(
        _ batch: Batch, _ forward: ForwardPass, epoch: Int, step: Int, moment: String, _ result: inout Result,
        _ parts: inout [Tensor]
    ) throws -> Double {
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        let context = ForwardContext(tape: tape, mode: .evaluation, provenance: session.provenance)
        let recorded = try forward.record(context, batch, epoch: epoch, step: step, moment: moment)
        var outputs = [try forward.form.predictions(tape, recorded.logits)]
        if let loss {
            let output = try LossRecorder(loss: loss, provenance: session.provenance)
                .record(tape, logits: recorded.logits, batch: recorded.batch)
            outputs.append(output.values ?? output.mean)
        }
        if keepsLogits { outputs.append(recorded.logits) }
        var tensors = try session.commit(outputs: outputs, effects: [])
        if keepsLogits { parts.append(try tensors.removeLast().copy()) }
        result.predictions += try tensors[0].elements(of: Int32.self)
        guard tensors.count > 1 else { return 0 }
        let losses = try tensors[1].doubles()
        guard result.sampleLosses != nil else { return losses[0] * Double(batch.targets.kept) }
        result.sampleLosses?.append(contentsOf: try bySample(losses, batch.targets))
        let total = losses.reduce(0, +)
        // A loss that looks at its labels itself may give one value a sample that has several.
        return losses.count == batch.labels.count ? total : total / Double(batch.count) * Double(batch.targets.kept)
    }

    /// The mean loss of each sample over its places that are not left out.
    private func bySample(_ losses: [Double], _ targets: BatchLabels) throws -> [Double] {
        let width = targets.form.places.count
        guard targets.form.places.rank > 0, width > 0, losses.count == targets.labels.count else { return losses }
        let classes = try targets.labels.elements(of: Int32.self)
        return stride(from: 0, to: losses.count, by: width).map { first in
            let kept = classes[first..<first + width].count { $0 != Targets.leftOut }
            return losses[first..<first + width].reduce(0, +) / Double(max(kept, 1))
        }
    }

    /// The rows of all batches, in order.
    private static func joined(_ parts: [Tensor]) throws -> Tensor? {
        guard let first = parts.first, first.shape.rank >= 1 else { return nil }
        let rows = parts.reduce(0) { $0 + $1.shape[0] }
        let whole = try Tensor.zeros(Shape([rows] + first.shape.dimensions.dropFirst()), dtype: first.dtype)
        var offset = 0
        for part in parts {
            (UnsafeMutableRawPointer(whole.pointer) + offset).copyMemory(from: part.pointer, byteCount: part.byteCount)
            offset += part.byteCount
        }
        return whole
    }
}
