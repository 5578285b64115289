import NightjarTraining

/// A script's functions that are called while training goes on.
package final class ScriptCallbacks: TrainingObserver {
    /// The files of callbacks that were given as paths: `on_epoch` and where it lies.
    package let files: [(name: String, file: String)]
    private var functions: [String: Callback] = [:]
    private unowned let trainer: Trainer

    private struct Callback {
        var function: ScriptFunction
        /// What goes on when the first call of a new version fails, and who is told.
        var fallback: (function: ScriptFunction, failed: (any Error) -> Void)?
    }

    /// - Parameter table: what the Lua side hands over: functions by name, and files as `NAME_file`.
    init(_ table: ScriptFunction, trainer: Trainer) throws {
        self.trainer = trainer
        var files: [(name: String, file: String)] = []
        for name in ["on_epoch", "on_step"] {
            guard let function = try table.member(name) else { continue }
            function.role = name
            functions[name] = Callback(function: function)
            if let file = try table.field(name + "_file").asString { files.append((name, file)) }
        }
        self.files = files
    }

    /// Puts a new version in the place of a callback. When its first call fails, the one before comes back, does the
    /// call, and `failed` is told.
    package func replace(_ name: String, with function: ScriptFunction, failed: @escaping (any Error) -> Void) {
        function.role = name
        guard let old = functions[name] else { return }
        // A version that was never called is not one to go back to.
        let before = old.fallback?.function ?? old.function
        functions[name] = Callback(function: function, fallback: (before, failed))
    }

    /// Puts a version that has been used before in the place of a callback.
    package func restore(_ name: String, to function: ScriptFunction) {
        function.role = name
        functions[name] = Callback(function: function)
    }

    package func stepFinished(_ step: StepRecord) throws {
        if functions["on_step"] != nil { try call("on_step", step.table) }
    }

    package func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        guard functions["on_epoch"] != nil else { return }
        try call("on_epoch", record.table(extra: trainer.extraColumns))
    }

    /// A callback that returns false ends training after this step or epoch.
    private func call(_ name: String, _ facts: ScriptTable) throws {
        guard let callback = functions[name] else { return }
        var results: [ScriptValue]
        if let fallback = callback.fallback {
            do {
                results = try callback.function.call([.table(facts)])
                functions[name]?.fallback = nil
            } catch {
                functions[name] = Callback(function: fallback.function)
                fallback.failed(error)
                results = try fallback.function.call([.table(facts)])
            }
        } else {
            results = try callback.function.call([.table(facts)])
        }
        if results.first?.asBoolean == false { trainer.stop() }
    }
}

extension EpochRecord {
    /// The record as scripts see it; what is not defined is absent.
    func table(extra: [String]) -> ScriptTable {
        var fields: [(key: String, value: ScriptValue)] = []
        for (name, value) in zip(EpochRecord.columns + extra, values) {
            guard let value else { continue }
            let isWhole = name == "epoch" || name == "step"
            fields.append((name, isWhole ? Int(exactly: value).map { .integer($0) } ?? .number(value) : .number(value)))
        }
        return ScriptTable(fields: fields)
    }
}
