import NightjarEngine
import NightjarGraph
import NightjarTraining

/// A loss that a script defines, as the trainer calls it.
final class ScriptLoss: TrainingLoss {
    let name: String
    let reduction: LossReduction
    private let loss: ScriptFunction

    init(_ loss: ScriptFunction, name: String, isBatch: Bool) {
        self.loss = loss
        self.name = name
        reduction = isBatch ? .batch : .sample
    }

    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput {
        func counted(_ node: NodeID) throws -> ScriptValue {
            .tensor(Value(tape, try tape.binary(.add, node, tape.constant(1, dtype: .int32))))
        }
        let facts = ScriptTable(fields: [
            ("count", .integer(batch.count)), ("epoch", .integer(batch.epoch)), ("indices", try counted(batch.indices)),
            ("inputs", .tensor(Value(tape, batch.inputs))), ("step", .integer(batch.step)),
            ("training", .boolean(batch.mode == .training)),
        ])
        let results = try loss.call([.tensor(Value(tape, logits)), counted(batch.labels), .table(facts)])
        guard let value = results.first?.asTensor else {
            throw ScriptError("loss '\(name)' must return a tensor, it returned \(results.first?.phrase ?? "nothing")")
        }
        guard value.tape === tape else {
            throw ScriptError(
                "loss '\(name)' returned a tensor that does not come from this step: it must be computed from the logits"
            )
        }
        return LossOutput(value.id)
    }
}
