import NightjarEngine
import NightjarProcess
import NightjarTensor
import NightjarTraining

/// Schedules and callbacks of a script's trainer, as the Lua side keeps them together: told of every epoch, and saved and
/// restored with checkpoints.
package final class ScriptCourse: TrainingObserver {
    /// The object; called with epoch and step it gives the rate.
    let course: ScriptFunction
    unowned let trainer: Trainer
    /// The events that callbacks want to hear of.
    private var wanted: Set<String> = []
    /// Why a callback ended the training that is going on.
    package private(set) var failure: (any Error)?

    init(_ course: ScriptFunction, trainer: Trainer) {
        self.course = course
        self.trainer = trainer
    }

    package func trainingBegins(_ outline: TrainingOutline) throws {
        let columns = EpochRecord.columns + outline.extraColumns
        let facts = ScriptTable(fields: [
            ("columns", .table(ScriptTable(array: columns.map { .string($0) }))),
            ("epochs", .integer(outline.lastEpoch)),
            ("steps_per_epoch", .integer(outline.stepsPerEpoch)),
        ])
        failure = nil
        let answers = try named { try course.callMethod("begin", [.table(facts)]) }
        wanted = Set(answers.count > 1 ? answers[1].asTable?.array.compactMap(\.asString) ?? [] : [])
        trainer.changeBatch = wanted.contains("on_batch") ? { [unowned self] in try changed($0, $1, $2) } : nil
        trainer.changeGradients = wanted.contains("on_gradient") ? { [unowned self] in try changed($0, $1) } : nil
        // A training that had been ended when its checkpoint was written does not go on.
        stopIfAsked(answers)
    }

    package func stepFinished(_ step: StepRecord) throws {
        guard wanted.contains("on_step"), failure == nil else { return }
        try orderly { stopIfAsked(try course.callMethod("tell", [.string("on_step"), .table(step.table)])) }
    }

    package func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        guard failure == nil else { return }
        let row = ScriptValue.table(record.table(extra: trainer.extraColumns))
        try orderly {
            if evaluation != nil, wanted.contains("on_evaluate") {
                // The weights that were judged are there.
                try trainer.optimizer.withAverages { stopIfAsked(try course.callMethod("evaluated", [row])) }
            }
            try tellEpoch(row, isMeasured: evaluation != nil)
        }
    }

    private func tellEpoch(_ row: ScriptValue, isMeasured: Bool) throws {
        let results = try course.callMethod("epoch", [row, .boolean(isMeasured)])
        let names = results.count > 1 ? results[1].asTable?.array.compactMap(\.asString) ?? [] : []
        if !names.isEmpty {
            // What evaluation has seen.
            try trainer.optimizer.withAverages {
                for name in names { try trainer.kept.keep(name, of: trainer.model) }
            }
        }
        stopIfAsked(results)
    }

    /// Before a checkpoint is written.
    package func checkpointComes(_ progress: TrainingProgress) throws {
        guard wanted.contains("on_checkpoint") else { return }
        let facts = ScriptTable(fields: [("epoch", .integer(progress.epochs)), ("step", .integer(progress.steps))])
        stopIfAsked(try named { try course.callMethod("tell", [.string("on_checkpoint"), .table(facts)]) })
    }

    package func trainingEnded(_ result: FitResult) throws {
        if let failure { throw failure }
        guard result.status != .interrupted else { return }
        if wanted.contains("on_end") {
            let facts = ScriptTable(fields: [
                ("epoch", .integer(result.progress.epochs)), ("status", .string("\(result.status)")),
                ("step", .integer(result.progress.steps)),
            ])
            _ = try named { try course.callMethod("tell", [.string("on_end"), .table(facts)]) }
        }
        if wanted.contains("report") {
            _ = try named { try course.callMethod("report", [.string("ending"), .string("\(result.status)")]) }
        }
        if let name = try course.callMethod("finish").first?.asString {
            trainer.kept.restore(name, to: trainer.model)
        }
    }

    /// An error ends the training: callbacks are told, unless nothing of the script runs any more.
    /// - Returns: what went wrong while they were told, if anything did.
    func failed(_ error: any Error) -> (any Error)? {
        guard wanted.contains("on_error"), canRun else { return nil }
        let facts = ScriptTable(fields: [
            ("epoch", .integer(trainer.progress.epochs)), ("message", .string(ScriptMessage.text(error))),
            ("step", .integer(trainer.progress.steps)),
        ])
        do {
            _ = try named { try course.callMethod("tell", [.string("on_error"), .table(facts)]) }
            return nil
        } catch {
            return error
        }
    }

    // MARK: What callbacks do wrong

    private func stopIfAsked(_ answers: [ScriptValue]) {
        if answers.first?.asBoolean == true { trainer.stop() }
    }

    private var canRun: Bool { !StopSignal.isRaised && course.host?.metLimit == nil }

    /// An error of a callback says whose it is, and in which event. No step was left half done, so the weights are good.
    func named<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ScriptError where canRun {
            guard let name = try course.callMethod("failing").first?.asString else { throw error }
            let named = ScriptError(
                error.message + "\n  in \(name)", traceback: error.traceback, hasPlace: true)
            failure = named
            throw named
        }
    }

    /// After a step, an error of a callback ends training as a stop does: the epoch's row is written, and the error comes
    /// at the end.
    private func orderly(_ body: () throws -> Void) throws {
        do {
            try named(body)
        } catch {
            guard failure != nil else { throw error }
            trainer.stop()
        }
    }

    /// What schedules, callbacks and the cell remember.
    package struct Memory {
        /// One line of plain characters; empty where nothing is remembered.
        package var text = ""
        /// The tensors in it, which the text counts from 1.
        package var tensors: [Tensor] = []

        package init(text: String = "", tensors: [Tensor] = []) {
            self.text = text
            self.tensors = tensors
        }
    }

    package func saved() throws -> Memory {
        let answers = try course.callMethod("save")
        let tensors = answers.count > 1 ? answers[1].asTable?.array.compactMap(\.asTensor) ?? [] : []
        return Memory(
            text: answers.first?.asString ?? "",
            tensors: tensors.isEmpty ? [] : try trainer.session.evaluate(tensors))
    }

    /// What functions of the script changed in variables around them, which no checkpoint keeps; nil where nothing.
    package func elsewhere() throws -> String? { try course.callMethod("elsewhere").first?.asString }

    /// Whether a schedule has asked how many epochs there will be.
    package func asksLength() throws -> Bool { try course.callMethod("asks_length").first?.asBoolean == true }

    package func restore(_ memory: Memory) throws {
        let tape = trainer.session.tape
        let tensors = memory.tensors.map { ScriptValue.tensor(Value(tape, tape.leaf($0))) }
        _ = try course.callMethod("load", [.string(memory.text), .table(ScriptTable(array: tensors))])
    }

    /// What is known of kept weights: the column, its value and the epoch, by name.
    package func keptFacts() throws -> [String: [String: String]] {
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
