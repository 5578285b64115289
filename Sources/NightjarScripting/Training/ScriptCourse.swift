import NightjarEngine
import NightjarTensor
import NightjarTraining

/// Schedules and callbacks of a script's trainer, as the Lua side keeps them together: told of every epoch, and saved and
/// restored with checkpoints.
final class ScriptCourse: TrainingObserver {
    /// The object; called with epoch and step it gives the rate.
    private let course: ScriptFunction
    private unowned let trainer: Trainer

    init(_ course: ScriptFunction, trainer: Trainer) {
        self.course = course
        self.trainer = trainer
    }

    func trainingBegins(_ outline: TrainingOutline) throws {
        let columns = EpochRecord.columns + outline.extraColumns
        let facts = ScriptTable(fields: [
            ("columns", .table(ScriptTable(array: columns.map { .string($0) }))),
            ("epochs", .integer(outline.lastEpoch)),
            ("steps_per_epoch", .integer(outline.stepsPerEpoch)),
        ])
        // A training that had been ended when its checkpoint was written does not go on.
        if try course.callMethod("begin", [.table(facts)]).first?.asBoolean == true { trainer.stop() }
    }

    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        let results = try course.callMethod("epoch", [.table(record.table(extra: trainer.extraColumns))])
        let names = results.count > 1 ? results[1].asTable?.array.compactMap(\.asString) ?? [] : []
        if !names.isEmpty {
            // What evaluation has seen.
            try trainer.optimizer.withAverages {
                for name in names { try trainer.kept.keep(name, of: trainer.model) }
            }
        }
        if results.first?.asBoolean == true { trainer.stop() }
    }

    func trainingEnded(_ result: FitResult) throws {
        guard result.status != .interrupted else { return }
        if let name = try course.callMethod("finish").first?.asString {
            trainer.kept.restore(name, to: trainer.model)
        }
    }

    /// What schedules, callbacks and the cell remember.
    struct Memory {
        /// One line of plain characters; empty where nothing is remembered.
        var text = ""
        /// The tensors in it, which the text counts from 1.
        var tensors: [Tensor] = []
    }

    func saved() throws -> Memory {
        let answers = try course.callMethod("save")
        let tensors = answers.count > 1 ? answers[1].asTable?.array.compactMap(\.asTensor) ?? [] : []
        return Memory(
            text: answers.first?.asString ?? "",
            tensors: tensors.isEmpty ? [] : try trainer.session.evaluate(tensors))
    }

    /// What functions of the script changed in variables around them, which no checkpoint keeps; nil where nothing.
    func elsewhere() throws -> String? { try course.callMethod("elsewhere").first?.asString }

    /// Whether a schedule has asked how many epochs there will be.
    func asksLength() throws -> Bool { try course.callMethod("asks_length").first?.asBoolean == true }

    func restore(_ memory: Memory) throws {
        let tape = trainer.session.tape
        let tensors = memory.tensors.map { ScriptValue.tensor(Value(tape, tape.leaf($0))) }
        _ = try course.callMethod("load", [.string(memory.text), .table(ScriptTable(array: tensors))])
    }

    /// What is known of kept weights: the column, its value and the epoch, by name.
    func keptFacts() throws -> [String: [String: String]] {
        let facts = try course.callMethod("kept").first?.asTable ?? ScriptTable()
        return facts.fields.reduce(into: [:]) { result, entry in
            let values = entry.value.asTable?.fields ?? []
            result[entry.key] = values.reduce(into: [:]) { $0[$1.key] = $1.value.asString ?? $1.value.plainText }
        }
    }
}

extension ScriptValue {
    /// A number as files have it.
    fileprivate var plainText: String {
        if case .integer(let value) = self { return "\(value)" }
        return asNumber.map { "\($0)" } ?? ""
    }
}
