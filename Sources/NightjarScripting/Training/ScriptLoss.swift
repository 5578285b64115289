import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining

/// A loss that a script defines, as the trainer calls it.
final class ScriptLoss: TrainingLoss {
    let name: String
    let reduction: LossReduction
    /// What the script declares as `state`, its values held here.
    private(set) var state: [(name: String, tensor: Tensor)] = []
    private let loss: ScriptFunction
    private let session: Session
    private let remembers: Bool
    private var setting: LossSetting?

    /// - Parameters:
    ///   - loss: the object, which is called with logits, labels and what is known about the batch.
    ///   - remembers: whether it, or a term of it, declares state.
    init(_ loss: ScriptFunction, session: Session, name: String, isBatch: Bool, remembers: Bool) {
        self.loss = loss
        self.session = session
        self.name = name
        self.remembers = remembers
        reduction = isBatch ? .batch : .sample
        loss.role = "loss '\(name)'"
    }

    /// Asks the script for the first values of the state. Training that goes on with the same data keeps what it has.
    func prepare(_ setting: LossSetting) throws {
        guard remembers, setting != self.setting else { return }
        let facts = ScriptTable(fields: [
            ("classes", .integer(setting.classes)), ("dtype", .string("\(setting.dtype)")),
            ("samples", .integer(setting.samples)),
        ])
        let values = try loss.callMethod("start", [.table(facts)]).first?.asTable ?? ScriptTable()
        state = try values.fields.map { path, value in
            guard let tensor = value.asTensor else {
                throw ScriptError("state '\(path)' of loss '\(name)' must start as a tensor, got \(value.phrase)")
            }
            // A copy: the script may hold, or share, what it started from.
            return (path, try session.evaluate([tensor])[0].copy())
        }
        self.setting = setting
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
        let given: [ScriptValue] = [.tensor(Value(tape, logits)), try counted(batch.labels), .table(facts)]
        guard remembers else { return LossOutput(try value(loss.call(given).first, on: tape)) }
        let leaves = state.map { tape.leaf($0.tensor) }
        let before = ScriptTable(fields: zip(state, leaves).map { ($0.name, .tensor(Value(tape, $1))) })
        let results = try loss.callMethod("record", [.table(before)] + given)
        let after = results.count > 1 ? results[1].asTable ?? ScriptTable() : ScriptTable()
        return LossOutput(
            try value(results.first, on: tape),
            updates: try zip(state, leaves).compactMap { slot, leaf in
                guard let new = after[slot.name]?.asTensor else {
                    throw ScriptError("loss '\(name)' lost its state '\(slot.name)'")
                }
                let node = new.tape === tape ? new.id : tape.leaf(try session.evaluate([new])[0])
                return node == leaf ? nil : StateUpdate(slot.tensor, node)
            })
    }

    private func value(_ result: ScriptValue?, on tape: Tape) throws -> NodeID {
        guard let value = result?.asTensor else {
            throw ScriptError("loss '\(name)' must return a tensor, it returned \(result?.phrase ?? "nothing")")
        }
        guard value.tape === tape else {
            throw ScriptError(
                "loss '\(name)' returned a tensor that does not come from this step: it must be computed from the logits"
            )
        }
        return value.id
    }

    /// Shows the script what the loss remembers after training, as fields of the object.
    func publish() throws {
        guard remembers, !state.isEmpty else { return }
        let tape = session.tape
        let values = try state.map { ($0.name, ScriptValue.tensor(Value(tape, tape.leaf(try $0.tensor.copy())))) }
        _ = try loss.callMethod("adopt", [.table(ScriptTable(fields: values))])
    }
}
