import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining

/// A loss that a script defines, as the trainer calls it.
final class ScriptLoss: TrainingLoss {
    let name: String
    var reduction: LossReduction { form.reduction }
    /// What the script declares as `state`, its values held here.
    var state: [(name: String, tensor: Tensor)] { form.state }
    var needs: LossNeeds { form.needs }
    /// The object.
    let loss: ScriptFunction
    /// What may change with the script's text while training goes on; see ``renew(isBatch:remembers:needs:)``.
    var form: Form
    private let session: Session
    private var setting: LossSetting?

    /// - Parameters:
    ///   - loss: the object, which is called with logits, labels and what is known about the batch.
    ///   - remembers: whether it, or a term of it, declares state.
    init(
        _ loss: ScriptFunction, session: Session, name: String, isBatch: Bool, remembers: Bool, needs: LossNeeds
    ) {
        self.loss = loss
        self.session = session
        self.name = name
        form = Form(reduction: isBatch ? .batch : .sample, remembers: remembers, needs: needs)
        loss.role = "loss '\(name)'"
    }

    /// What a loss declares, and the state that follows from it.
    struct Form {
        var reduction: LossReduction
        /// Whether it, or a term of it, declares state.
        var remembers: Bool
        var needs: LossNeeds
        var state: [(name: String, tensor: Tensor)] = []
    }

    /// Asks the script for the first values of the state. Training that goes on with the same data keeps what it has.
    func prepare(_ setting: LossSetting) throws {
        guard setting != self.setting else { return }
        form.state = try firstState(setting)
        self.setting = setting
    }

    /// The script's text has changed. State keeps its values where name, shape and type agree.
    func renew(isBatch: Bool, remembers: Bool, needs: LossNeeds) throws {
        var new = Form(reduction: isBatch ? .batch : .sample, remembers: remembers, needs: needs)
        let old = form
        form = new
        if let setting { new.state = try firstState(setting) }
        for (index, slot) in new.state.enumerated() {
            if let kept = old.state.first(where: { $0.name == slot.name })?.tensor, kept.shape == slot.tensor.shape,
                kept.dtype == slot.tensor.dtype
            {
                new.state[index].tensor = kept
            }
        }
        form = new
    }

    private func firstState(_ setting: LossSetting) throws -> [(name: String, tensor: Tensor)] {
        guard form.remembers else { return [] }
        let facts = ScriptTable(fields: [
            ("classes", .integer(setting.classes)), ("dtype", .string("\(setting.dtype)")),
            ("samples", .integer(setting.samples)),
        ])
        let values = try loss.callMethod("start", [.table(facts)]).first?.asTable ?? ScriptTable()
        return try values.fields.map { path, value in
            guard let tensor = value.asTensor else {
                throw ScriptError("state '\(path)' of loss '\(name)' must start as a tensor, got \(value.phrase)")
            }
            // A copy: the script may hold, or share, what it started from.
            return (path, try session.evaluate([tensor])[0].copy())
        }
    }

    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput {
        func counted(_ node: NodeID) throws -> Value {
            Value(tape, try tape.binary(.add, node, tape.constant(1, dtype: .int32)))
        }
        let (indices, labels) = (try counted(batch.indices), try counted(batch.labels))
        let draws = try batch.draws.map { ($0.inputs, try counted($0.labels), try counted($0.indices)) }
        if needs.model { loss.host?.lossModels.append(batch.model) }
        defer { if needs.model { loss.host?.lossModels.removeLast() } }
        // Logits, labels and what is known of the batch.
        func give(_ writer: TokenWriter) {
            writer.write(Value(tape, logits), place: 0)
            writer.write(labels, place: 0)
            writer.begin(array: 0, fields: 6 + (draws.isEmpty ? 0 : 1) + (batch.views.isEmpty ? 0 : 1))
            writer.write(name: "count")
            writer.write(batch.count)
            writer.write(name: "epoch")
            writer.write(batch.epoch)
            writer.write(name: "indices")
            writer.write(indices, place: 0)
            writer.write(name: "inputs")
            writer.write(Value(tape, batch.inputs), place: 0)
            writer.write(name: "step")
            writer.write(batch.step)
            writer.write(name: "training")
            writer.write(batch.mode == .training)
            if !draws.isEmpty {
                writer.write(name: "draws")
                writer.begin(array: draws.count, fields: 0)
                for (inputs, labels, indices) in draws {
                    writer.begin(array: 0, fields: 3)
                    writer.write(name: "indices")
                    writer.write(indices, place: 0)
                    writer.write(name: "inputs")
                    writer.write(Value(tape, inputs), place: 0)
                    writer.write(name: "labels")
                    writer.write(labels, place: 0)
                }
            }
            if !batch.views.isEmpty {
                writer.write(name: "views")
                writer.begin(array: batch.views.count, fields: 0)
                for view in batch.views { writer.write(Value(tape, view), place: 0) }
            }
        }
        guard form.remembers else { return LossOutput(try value(loss.call(count: 3, give).first, on: tape)) }
        let leaves = state.map { tape.leaf($0.tensor) }
        let before = ScriptTable(fields: zip(state, leaves).map { ($0.name, .tensor(Value(tape, $1))) })
        let results = try method("record").call(count: 5) { writer in
            writer.write(.function(loss), place: 0)
            writer.write(.table(before), place: 0)
            give(writer)
        }
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

    private func method(_ name: String) throws -> ScriptFunction {
        guard let method = try loss.member(name) else { throw ScriptError("there is no method '\(name)'") }
        return method
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
        guard form.remembers, !state.isEmpty else { return }
        let tape = session.tape
        let values = try state.map { ($0.name, ScriptValue.tensor(Value(tape, tape.leaf(try $0.tensor.copy())))) }
        _ = try loss.callMethod("adopt", [.table(ScriptTable(fields: values))])
    }
}
