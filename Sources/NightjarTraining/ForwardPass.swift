import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// Records what training and evaluation have in common: a batch, the model, the shape its logits must have, and what the
/// loss needs besides.
struct ForwardPass {
    let model: Model
    /// What labels its logits are for.
    let form: LabelForm
    /// What the loss asks for.
    var needs = LossNeeds()
    /// Changes the inputs in training; nil leaves them as they are.
    var augmentation: (any InputAugmentation)?
    /// Where further samples come from, for a loss that asks for some.
    var draws: SampleDraws?

    /// The samples whose values go into one mean, for a loss that looks at them.
    var whole: SampleList?

    struct Recorded {
        let logits: NodeID
        let batch: LossBatch
    }

    /// Records the model once more on the same batch, with other parameters: the inputs are not changed or drawn anew.
    func repeated(_ context: ForwardContext, _ first: Recorded) throws -> Recorded {
        let outputs = try outputs(context, first.batch.inputs)
        return Recorded(
            logits: outputs[model.logitsOutput],
            batch: first.batch.with(outputs: outputs) { try self.logits(context, $0) })
    }

    /// - Parameter moment: what tells the batch from others of the run, for draws.
    /// - Throws: ``TrainingError`` when the model does not give one row of logits a sample and one column a class, or
    ///   the loss asks for what there is not.
    func record(
        _ context: ForwardContext, _ batch: Batch, epoch: Int, step: Int, moment: String
    ) throws -> Recorded {
        let tape = context.tape
        let plain = tape.leaf(batch.inputs)
        let labels = tape.leaf(batch.labels)
        let indices = tape.leaf(batch.indices)
        for leaf in [plain, labels, indices] where tape.shape(leaf).dimensions.first == batch.count {
            tape.markBatch(leaf)
        }
        let inputs = try view(context, plain)
        let outputs = try outputs(context, inputs)
        let logits = outputs[model.logitsOutput]
        let others = try further(batch.count, moment, epoch: epoch).map {
            let inputs = tape.leaf($0.inputs)
            if tape.shape(inputs).dimensions.first == batch.count { tape.markBatch(inputs) }
            return LossBatch.Draw(
                inputs: try view(context, inputs), targets: $0.targets, indices: tape.leaf($0.indices))
        }
        let views = try (0..<needs.views).map { try further(view: $0 + 1, context, batch, plain, epoch: epoch) }
        return Recorded(
            logits: logits,
            batch: LossBatch(
                form: form, labels: labels, targets: batch.targets, indices: indices, inputs: inputs,
                count: batch.count, epoch: epoch, step: step, mode: context.mode, draws: others, views: views,
                outputs: outputs, labelSets: batch.labelSets,
                whole: needs.whole
                    ? whole.map { .init(labels: tape.leaf($0.labels), indices: tape.leaf($0.indices)) } : nil,
                model: { try self.logits(context, $0) }))
    }

    private func further(_ count: Int, _ moment: String, epoch: Int) throws -> [Batch] {
        guard needs.draws > 0 else { return [] }
        guard let draws else {
            throw TrainingError("the loss asks for further samples, and here there is no data set to draw them from")
        }
        return try (0..<needs.draws).map { try draws.batch($0, count: count, moment: moment, epoch: epoch) }
    }

    /// Another view of the inputs of a batch: by the script's function, or by what happens to images.
    private func further(
        view number: Int, _ context: ForwardContext, _ batch: Batch, _ plain: NodeID, epoch: Int
    ) throws -> NodeID {
        guard context.mode == .training, augmentation == nil else { return try view(context, plain) }
        guard let draws, draws.changesImages else {
            throw TrainingError(
                "the loss asks for another view of its inputs, and nothing makes one: give the trainer "
                    + "augment = { crop = 4, flip = true } for images, or augment = function(inputs) ... end, which "
                    + "returns inputs changed at random")
        }
        let view = context.tape.leaf(try draws.view(number, of: batch, epoch: epoch))
        context.tape.markBatch(view)
        return view
    }

    /// The inputs as training sees them; evaluation sees them as they are.
    private func view(_ context: ForwardContext, _ inputs: NodeID) throws -> NodeID {
        guard context.mode == .training, let augmentation else { return inputs }
        let tape = context.tape
        let changed = try augmentation.record(tape, inputs: inputs)
        guard tape.shape(changed) == tape.shape(inputs), tape.dtype(changed) == tape.dtype(inputs) else {
            throw TrainingError(
                "augment must give back inputs of the shape and type that it gets, \(tape.shape(inputs)) of "
                    + "\(tape.dtype(inputs)), got \(tape.shape(changed)) of \(tape.dtype(changed))", [changed])
        }
        return changed
    }

    private func logits(_ context: ForwardContext, _ inputs: NodeID) throws -> NodeID {
        try outputs(context, inputs)[model.logitsOutput]
    }

    /// All that the model gives; what is the logits has their shape.
    private func outputs(_ context: ForwardContext, _ inputs: NodeID) throws -> [NodeID] {
        let tape = context.tape
        let given = tape.shape(inputs)
        let outputs = try context.outputs(model, inputs)
        guard outputs.indices.contains(model.logitsOutput) else {
            throw TrainingError(
                "'logits' of nj.trainer is \(model.logitsOutput + 1), and the model has "
                    + (outputs.count == 1 ? "1 output" : "\(outputs.count) outputs"))
        }
        let logits = outputs[model.logitsOutput]
        let shape = tape.shape(logits)
        guard try form.logitsFit(shape, samples: given[0]) else {
            throw TrainingError(
                "\(try form.logitsWanted(samples: given[0])), got \(shape) from inputs of shape \(given)", [logits])
        }
        return outputs
    }
}

extension LabelForm {
    /// The logits of so many samples: one for each class of a place; of binary labels one a place.
    private func logitsShape(samples: Int) throws -> Shape {
        try Shape([samples] + places.dimensions + (kind == .binary ? [] : [classes]))
    }

    /// Whether a model's logits are for such labels. For binary ones, a last dimension of 1 may stand behind.
    func logitsFit(_ shape: Shape, samples: Int) throws -> Bool {
        let wanted = try logitsShape(samples: samples)
        return shape == wanted || (kind == .binary && shape.dimensions == wanted.dimensions + [1])
    }

    func logitsWanted(samples: Int) throws -> String {
        let shape = try logitsShape(samples: samples)
        if kind == .binary { return "the model must give one logit a label, shape \(shape)" }
        return
            "the model must give one row of logits a \(places.rank == 0 ? "sample" : "place") and one column a class, "
            + "shape \(shape)"
    }

    /// What a model says of each place: the class with the largest logit, 0-based, the first of equals; of binary labels 1
    /// where the logit is above 0.
    func predictions(_ tape: Tape, _ logits: NodeID) throws -> NodeID {
        let shape = tape.shape(logits)
        guard kind == .binary else { return try tape.argument(.argmax, logits, axis: shape.rank - 1, keep: false) }
        let isOne = try tape.cast(
            tape.binary(.greater, logits, tape.constant(0, dtype: tape.dtype(logits))), .int32)
        let wanted = try placeShape(samples: shape[0])
        return shape == wanted ? isOne : try tape.reshape(isOne, wanted)
    }
}
