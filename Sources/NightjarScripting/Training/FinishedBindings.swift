import NightjarData
import NightjarEngine
import NightjarTensor
import NightjarTraining

/// What `lua/nightjar/finished.lua` asks of the host.
let finishedBindings: [Binding] = [
    Binding(
        "trainer_evaluate", .library,
        [Parameter("trainer", .any), Parameter("data", .any), Parameter("with_loss", .boolean)], returns: "table",
        "What a trainer's model says about a data set: accuracies in percent, the mean loss, and how often each class was "
            + "taken for each."
    ) { call in
        let trainer = try call.object(0, TrainerObject.self).trainer
        let data = try call.object(1, DatasetObject.self).data.leavingOut(trainer.loss.labels.ignore)
        let loss = try call.boolean(2) ? trainer.loss : nil
        try loss?.prepare(
            LossSetting(samples: data.count, classes: data.form.classes, dtype: trainer.model.dtype))
        let result = try EvaluationPass(
            session: call.session, model: trainer.model, loss: loss, batchSize: trainer.options.evaluationBatchSize
        ).run(data, epoch: 1, step: 0)
        var fields: [(String, ScriptValue)] = []
        if let loss = result.meanLoss { fields.append(("loss", .number(loss))) }
        if let share = agreement(result.predictions, data.givenLabels) {
            fields.append(("accuracy", .number(share)))
        }
        let truth = data.knowsTruth ? data.trueLabels : data.givenLabels
        if data.knowsTruth, truth != data.givenLabels, let share = agreement(result.predictions, truth) {
            fields.append(("true_accuracy", .number(share)))
        }
        let classes = data.form.kind == .binary ? 2 : data.form.classes
        if classes <= ConfusionCounts.mostClasses {
            let counts = ConfusionCounts(predictions: result.predictions, labels: truth, classes: classes)
            let rows = counts.rows.map { row in ScriptValue.table(ScriptTable(array: row.map { .integer($0) })) }
            fields.append(("confusion", .table(ScriptTable(array: rows))))
        }
        call.answer(values: [.table(ScriptTable(fields: fields))])
    },
    Binding(
        "data_like", .library,
        [Parameter("data", .any), Parameter("inputs", .tensor), Parameter("is_image", .boolean)], returns: "tensor",
        "Bytes as a model that was trained on a data set sees them. Those of an image are 0 to 255, whatever the data set "
            + "counts up to."
    ) { call in
        let known = try call.object(0, DatasetObject.self).data.dataset
        let inputs = try call.tensor(1)
        let stored = known.normalization
        let normalization =
            try call.boolean(2)
            ? try Normalization(scale: 255, mean: stored.mean, deviation: stored.deviation) : stored
        let labels = try [Int32](room: inputs.shape[0], repeating: 0)
        let data = try Dataset(
            name: known.name, inputs: inputs, labels: labels, classes: 2, normalization: normalization)
        try call.answer(owned: data.normalizedInputs())
    },
]

/// Percent of the labels that are not left out.
private func agreement(_ predictions: [Int32], _ labels: [Int32]) -> Double? {
    var (count, right) = (0, 0)
    for (prediction, label) in zip(predictions, labels) where label != Targets.leftOut {
        count += 1
        if prediction == label { right += 1 }
    }
    return count == 0 ? nil : 100 * Double(right) / Double(count)
}

/// How often each class, a row, was taken for each, a column.
struct ConfusionCounts {
    /// Classes up to which counts are kept.
    static let mostClasses = 1000
    private(set) var rows: [[Int]]

    init(predictions: [Int32], labels: [Int32], classes: Int) {
        rows = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
        for (prediction, label) in zip(predictions, labels) where label != Targets.leftOut {
            guard rows.indices.contains(Int(label)), rows.indices.contains(Int(prediction)) else { continue }
            rows[Int(label)][Int(prediction)] += 1
        }
    }
}
