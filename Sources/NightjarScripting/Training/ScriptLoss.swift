import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining

/// A loss that a script defines, as the trainer calls it.
package final class ScriptLoss: TrainingLoss {
    package let name: String
    package var reduction: LossReduction { form.reduction }
    /// What the script declares as `state`, its values held here.
    package var state: [(name: String, tensor: Tensor)] { form.state }
    package var needs: LossNeeds { form.needs }
    package var labels: LossLabels { form.labels }
    /// The object.
    let loss: ScriptFunction
    /// What may change with the script's text while training goes on; see ``renew(_:)``.
    package var form: Form
    private let session: Session
    /// Functions of the library: `values (loss, logits, labels, batch)`; `values_and_state`, which takes the state as
    /// well and returns it anew; both for one class a sample, and under the names with `_of_kind` for labels of any kind;
    /// `check (loss, values, rows)`, which says what is wrong with a result; and
    /// `weight (loss, labels, indices)`, the sum of the samples' weights. Then `start (loss, facts)` and
    /// `adopt (loss, values)` for what the loss remembers.
    private let functions:
        (
            values: ScriptFunction, valuesAndState: ScriptFunction, valuesOfKind: ScriptFunction,
            valuesOfKindAndState: ScriptFunction, check: ScriptFunction, weight: ScriptFunction,
            start: ScriptFunction, adopt: ScriptFunction
        )
    private var setting: LossSetting?

    /// - Parameters:
    ///   - loss: the object, which is called with logits, labels and what is known about the batch.
    init(_ loss: ScriptFunction, host: ScriptHost, name: String, form: Form) throws {
        self.loss = loss
        session = host.session
        self.name = name
        self.form = form
        let role = "loss '\(name)'"
        let side = try host.library?.callForReferences([.string("loss_functions")]).first?.asFunction
        func function(_ field: String) throws -> ScriptFunction {
            guard let found = try side?.member(field) else { throw ScriptError("the library has no '\(field)'") }
            found.role = role
            return found
        }
        functions = try (
            function("values"), function("values_and_state"), function("values_of_kind"),
            function("values_of_kind_and_state"), function("check"), function("weight"), function("start"),
            function("adopt")
        )
        loss.role = role
    }

    /// What a loss declares, and the state that follows from it.
    package struct Form {
        var reduction: LossReduction
        /// Whether it, or a term of it, declares state.
        var remembers: Bool
        var needs: LossNeeds
        var labels = LossLabels()
        /// Whether it, or a term of it, looks at what is known about the batch: only then the table is made.
        var takesBatch: Bool
        /// Whether it weighs samples, some of them by 0.
        var canWeighNothing = false
        var state: [(name: String, tensor: Tensor)] = []
    }

    /// Asks the script for the first values of the state. Training that goes on with the same data keeps what it has.
    package func prepare(_ setting: LossSetting) throws {
        guard setting != self.setting else { return }
        form.state = try firstState(setting)
        self.setting = setting
    }

    /// Asks the script for the sum of the weights, where it can be 0.
    package func weighsNothing(labels: Tensor, indices: Tensor) throws -> Bool {
        guard form.canWeighNothing else { return false }
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        func counted(_ tensor: Tensor) throws -> ScriptValue {
            .tensor(try Value.counted(tensor, on: tape))
        }
        let total = try functions.weight.call([.function(loss), counted(labels), counted(indices)]).first
        return total?.asNumber == 0
    }

    /// The script's text has changed. State keeps its values where name, shape and type agree.
    package func renew(_ renewed: Form) throws {
        var new = renewed
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
        let values = try functions.start.call([.function(loss), .table(facts)]).first?.asTable ?? ScriptTable()
        return try values.fields.map { path, value in
            guard let tensor = value.asTensor else {
                throw ScriptError("state '\(path)' of loss '\(name)' must start as a tensor, got \(value.phrase)")
            }
            // A copy: the script may hold, or share, what it started from.
            return (path, try session.evaluate([tensor])[0].copy())
        }
    }

    package func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput {
        let form = form
        // One class for each of these samples: what most losses get, on the shortest way.
        let isPlain = form.labels.kind == .classes && batch.form.isPlain && batch.targets.keep == nil
        let labels = try isPlain ? Value.counted(batch.labels, on: tape) : Value.labels(batch.targets, on: tape)
        let ofValues = isPlain ? functions.values : functions.valuesOfKind
        guard form.takesBatch || form.remembers || batch.targets.keep != nil else {
            let results = try ofValues.call(count: 3) { writer in
                writer.write(.function(loss), place: 0)
                writer.write(Value(tape, logits), place: 0)
                writer.write(labels, place: 0)
            }
            return LossOutput(try value(results.first, on: tape, batch))
        }
        let indices = try Value.counted(batch.indices, on: tape)
        let draws = try batch.draws.map { draw in
            (
                draw.inputs, try Value.labels(draw.targets, on: tape), try Value.counted(draw.indices, on: tape),
                draw.targets.keep
            )
        }
        let whole = try batch.whole.map {
            (
                try Value.counted($0.labels, on: tape), try Value.counted($0.indices, on: tape)
            )
        }
        let sets = ScriptTable(
            fields: try batch.labelSets.map { ($0.name, .tensor(try Value.labels($0.labels, on: tape))) })
        if needs.model { loss.host?.lossModels.append(batch.model) }
        defer { if needs.model { loss.host?.lossModels.removeLast() } }
        // The loss, logits, labels and what is known of the batch.
        func give(_ writer: TokenWriter) {
            writer.write(.function(loss), place: 0)
            writer.write(Value(tape, logits), place: 0)
            writer.write(labels, place: 0)
            let extra =
                (draws.isEmpty ? 0 : 1) + (batch.views.isEmpty ? 0 : 1) + (whole == nil ? 0 : 1)
                + (batch.targets.keep == nil ? 0 : 1) + (sets.fields.isEmpty ? 0 : 1)
            writer.begin(array: 0, fields: 7 + extra)
            writer.write(name: "count")
            writer.write(batch.count)
            writer.write(name: "epoch")
            writer.write(batch.epoch)
            writer.write(name: "indices")
            writer.write(indices, place: 0)
            writer.write(name: "inputs")
            writer.write(Value(tape, batch.inputs), place: 0)
            if let keep = batch.targets.keep {
                writer.write(name: "keep")
                writer.write(Value(tape, tape.leaf(keep)), place: 0)
            }
            if !sets.fields.isEmpty {
                writer.write(name: "label_sets")
                writer.write(.table(sets), place: 0)
            }
            writer.write(name: "outputs")
            writer.begin(array: batch.outputs.count, fields: 0)
            for output in batch.outputs { writer.write(Value(tape, output), place: 0) }
            writer.write(name: "step")
            writer.write(batch.step)
            writer.write(name: "training")
            writer.write(batch.mode == .training)
            if !draws.isEmpty {
                writer.write(name: "draws")
                writer.begin(array: draws.count, fields: 0)
                for (inputs, labels, indices, keep) in draws {
                    writer.begin(array: 0, fields: keep == nil ? 3 : 4)
                    writer.write(name: "indices")
                    writer.write(indices, place: 0)
                    writer.write(name: "inputs")
                    writer.write(Value(tape, inputs), place: 0)
                    if let keep {
                        writer.write(name: "keep")
                        writer.write(Value(tape, tape.leaf(keep)), place: 0)
                    }
                    writer.write(name: "labels")
                    writer.write(labels, place: 0)
                }
            }
            if let (labels, indices) = whole {
                writer.write(name: "whole")
                writer.begin(array: 0, fields: 2)
                writer.write(name: "indices")
                writer.write(indices, place: 0)
                writer.write(name: "labels")
                writer.write(labels, place: 0)
            }
            if !batch.views.isEmpty {
                writer.write(name: "views")
                writer.begin(array: batch.views.count, fields: 0)
                for view in batch.views { writer.write(Value(tape, view), place: 0) }
            }
        }
        guard form.remembers else {
            return LossOutput(try value(ofValues.call(count: 4, give).first, on: tape, batch))
        }
        let leaves = state.map { tape.leaf($0.tensor) }
        let before = ScriptTable(fields: zip(state, leaves).map { ($0.name, .tensor(Value(tape, $1))) })
        let ofState = isPlain ? functions.valuesAndState : functions.valuesOfKindAndState
        let results = try ofState.call(count: 5) { writer in
            give(writer)
            writer.write(.table(before), place: 0)
        }
        let after = results.count > 1 ? results[1].asTable ?? ScriptTable() : ScriptTable()
        return LossOutput(
            try value(results.first, on: tape, batch),
            updates: try zip(state, leaves).compactMap { slot, leaf in
                guard let new = after[slot.name]?.asTensor else {
                    throw ScriptError("loss '\(name)' lost its state '\(slot.name)'")
                }
                let node = new.tape === tape ? new.id : tape.leaf(try session.evaluate([new])[0])
                return node == leaf ? nil : StateUpdate(slot.tensor, node)
            })
    }

    private func value(_ result: ScriptValue?, on tape: Tape, _ batch: LossBatch) throws -> NodeID {
        guard let value = result?.asTensor, fits(value.shape, batch) else {
            // The script's side knows the words.
            _ = try functions.check.call([.function(loss), result ?? .nil, .integer(batch.count)])
            throw ScriptError("loss '\(name)' must return a tensor, it returned \(result?.phrase ?? "nothing")")
        }
        guard value.tape === tape else {
            throw ScriptError(
                "loss '\(name)' returned a tensor that does not come from this step: it must be computed from the logits"
            )
        }
        return value.id
    }

    private func fits(_ shape: Shape, _ batch: LossBatch) -> Bool {
        if form.reduction == .batch { return shape.rank == 0 }
        return shape == batch.valueShape || form.labels.kind == .any && shape.rank == 1 && shape[0] == batch.count
    }

    /// Shows the script what the loss remembers after training, as fields of the object.
    func publish() throws {
        guard form.remembers, !state.isEmpty else { return }
        let tape = session.tape
        let values = try state.map { ($0.name, ScriptValue.tensor(Value(tape, tape.leaf(try $0.tensor.copy())))) }
        _ = try functions.adopt.call([.function(loss), .table(ScriptTable(fields: values))])
    }
}

extension Value {
    /// Classes or positions as scripts count them; soft and binary labels as they are.
    fileprivate static func counted(_ node: NodeID, on tape: Tape) throws -> Value {
        guard tape.dtype(node) == .int32 else { return Value(tape, node) }
        return Value(tape, try tape.binary(.add, node, tape.constant(1, dtype: .int32)))
    }

    fileprivate static func counted(_ tensor: Tensor, on tape: Tape) throws -> Value {
        try counted(tape.leaf(tensor), on: tape)
    }

    /// The labels of a batch as they were given. They are known before the step runs, so that they can be read in it.
    fileprivate static func labels(_ labels: BatchLabels, on tape: Tape) throws -> Value {
        Value(tape, tape.leaf(try labels.numbers ?? labels.forScripts()))
    }
}
