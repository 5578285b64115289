import NightjarData
import NightjarEngine
import NightjarRuns
import NightjarTensor
import NightjarTraining

/// A metric that a script defines, as the trainer asks for it.
final class ScriptMetric: EvaluationMetric {
    let name: String
    /// How it is shown, as the script declares it.
    let info: MetricInfo
    private let metric: ScriptFunction
    private let session: Session

    /// - Parameter facts: title, doc, unit, direction, range and decimals, where the script declares them.
    init(_ metric: ScriptFunction, name: String, session: Session, facts: ScriptTable?) {
        let range = facts?["range"]?.asTable?.array.compactMap(\.asNumber) ?? []
        info = MetricInfo(
            name, title: facts?["title"]?.asString, doc: facts?["doc"]?.asString ?? "",
            unit: facts?["unit"]?.asString ?? "",
            direction: facts?["direction"]?.asString.flatMap(MetricInfo.Direction.init) ?? .none,
            range: range.count == 2 && range[0] < range[1] ? range[0]...range[1] : nil,
            decimals: facts?["decimals"]?.asInteger ?? 3)
        self.metric = metric
        self.name = name
        self.session = session
        metric.role = "metric '\(name)'"
    }

    func value(_ evaluation: Evaluation) throws -> Double? {
        let tape = session.tape
        func value(_ tensor: Tensor) -> ScriptValue { .tensor(Value(tape, tape.leaf(tensor))) }
        func predictions(_ list: [Int32], of targets: Targets) throws -> ScriptValue {
            let first: Int32 = targets.form.kind == .binary ? 0 : 1
            return value(
                try Tensor(list.map { $0 + first }, shape: targets.form.placeShape(samples: targets.count)))
        }
        let (train, onTrain) = (evaluation.train, evaluation.onTrain)
        var fields: [(key: String, value: ScriptValue)] = [
            ("epoch", .integer(evaluation.epoch)),
            ("kind", .string(train.form.kind.rawValue)),
            ("labels", value(try train.given.forScripts())),
            ("predictions", try predictions(onTrain.predictions, of: train.given)),
        ]
        if train.knowsTruth { fields.append(("true_labels", value(try train.dataset.targets.forScripts()))) }
        if let keep = try train.given.keep() { fields.append(("keep", value(keep))) }
        if let losses = evaluation.onTrain.sampleLosses {
            fields.append(("losses", value(try Tensor(losses))))
        }
        if let test = evaluation.test, let onTest = evaluation.onTest {
            fields.append(("test_labels", value(try test.given.forScripts())))
            fields.append(("test_predictions", try predictions(onTest.predictions, of: test.given)))
            if let keep = try test.given.keep() { fields.append(("test_keep", value(keep))) }
        }
        return try metric.call([.table(ScriptTable(fields: fields))]).first?.asNumber
    }
}
