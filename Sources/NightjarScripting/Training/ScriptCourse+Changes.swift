import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarTensor
import NightjarTraining

/// What callbacks put in the place of batches and gradients.
extension ScriptCourse {
    /// A batch as `on_batch` leaves it.
    /// - Throws: ``ScriptError`` for labels that are none.
    func changed(_ batch: Batch, _ epoch: Int, _ step: Int) throws -> Batch {
        let session = trainer.session
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        func value(_ tensor: Tensor) -> ScriptValue { .tensor(Value(tape, tape.leaf(tensor))) }
        let places = try batch.indices.elements(of: Int32.self)
        let subject = ScriptTable(fields: [
            ("epoch", .integer(epoch)), ("indices", value(try Tensor.made(places.count) { places[$0] + 1 })),
            ("inputs", value(batch.inputs)), ("labels", value(try batch.targets.forScripts())),
            ("step", .integer(step)),
        ])
        let answer = try tell("on_batch", subject)
        guard !answer.changed.isEmpty else { return batch }
        let made = try session.evaluate(answer.changed.map(\.value))
        var (inputs, targets) = (batch.inputs, batch.targets)
        for ((name, _), tensor) in zip(answer.changed, made) {
            if name == "inputs" { inputs = tensor } else { targets = try labels(tensor, batch.targets.form, answer.by) }
        }
        return Batch(inputs: inputs, targets: targets, indices: batch.indices, labelSets: batch.labelSets)
    }

    private func labels(_ tensor: Tensor, _ form: LabelForm, _ owner: String) throws -> BatchLabels {
        let options = ScriptTable(
            fields: [("kind", .string(form.kind.rawValue))]
                + (form.ignore.map { [("ignore", ScriptValue.integer($0))] } ?? []))
        let targets = try LabelReading("the labels that \(owner) put into a batch", options: options)
            .read(tensor, classes: form.classes)
        return try targets.batch((0..<Int32(clamping: targets.count)).map { $0 }[...])
    }

    /// The gradients of a step as `on_gradient` leaves them.
    func changed(_ tape: Tape, _ gradients: [(path: String, gradient: NodeID)]) throws -> [NodeID] {
        let subject = ScriptTable(fields: gradients.map { ($0.path, .tensor(Value(tape, $0.gradient))) })
        let answer = try tell("on_gradient", subject)
        let changed = Dictionary(answer.changed.map { ($0.key, $0.value) }) { $1 }
        return try gradients.map { path, gradient in
            try changed[path].map { try trainer.session.node($0) } ?? gradient
        }
    }

    /// What callbacks put into the fields of a subject, and who changed its labels last.
    private func tell(
        _ event: String, _ subject: ScriptTable
    ) throws -> (changed: [(key: String, value: Value)], by: String) {
        let answers = try named { try course.callMethod("tell", [.string(event), .table(subject)]) }
        if answers.first?.asBoolean == true { trainer.stop() }
        guard answers.count > 3 else { return ([], "") }
        // What states remember outlives the step.
        let remembered = answers[3].asTable?.array.compactMap(\.asTensor) ?? []
        if !remembered.isEmpty { _ = try trainer.session.evaluate(remembered) }
        let fields = answers[1].asTable?.fields ?? []
        return (fields.compactMap { field in field.value.asTensor.map { (field.key, $0) } }, answers[2].asString ?? "")
    }
}

extension StepRecord {
    /// The record as scripts see it.
    var table: ScriptTable {
        var facts = ScriptTable(fields: [
            ("epoch", .integer(epoch)), ("learning_rate", .number(learningRate)), ("loss", .number(loss)),
            ("step", .integer(step)),
        ])
        if let gradientNorm { facts.fields.append(("gradient_norm", .number(gradientNorm))) }
        if isLeftOut { facts.fields.append(("skipped", .boolean(true))) }
        return facts
    }
}
