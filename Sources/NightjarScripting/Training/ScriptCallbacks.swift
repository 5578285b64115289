import NightjarTraining

/// A script's functions that are called while training goes on.
final class ScriptCallbacks: TrainingObserver {
    private let onEpoch: ScriptFunction?
    private let onStep: ScriptFunction?
    private unowned let trainer: Trainer

    init(onEpoch: ScriptFunction?, onStep: ScriptFunction?, trainer: Trainer) {
        self.onEpoch = onEpoch
        self.onStep = onStep
        self.trainer = trainer
        onEpoch?.role = "on_epoch"
        onStep?.role = "on_step"
    }

    func stepFinished(_ step: StepRecord) throws {
        guard let onStep else { return }
        let facts = ScriptTable(fields: [
            ("epoch", .integer(step.epoch)), ("learning_rate", .number(step.learningRate)),
            ("loss", .number(step.loss)),
            ("step", .integer(step.step)),
        ])
        stopIfAsked(try onStep.call([.table(facts)]))
    }

    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        guard let onEpoch else { return }
        stopIfAsked(try onEpoch.call([.table(record.table(extra: trainer.metrics.map(\.name)))]))
    }

    /// A callback that returns false ends training after this step or epoch.
    private func stopIfAsked(_ results: [ScriptValue]) {
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
            fields.append((name, isWhole ? .integer(Int(value)) : .number(value)))
        }
        return ScriptTable(fields: fields)
    }
}
