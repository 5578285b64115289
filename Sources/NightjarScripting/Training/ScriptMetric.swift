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
        func labels(_ list: [Int32]) throws -> ScriptValue {
            let tape = session.tape
            return .tensor(Value(tape, tape.leaf(try Tensor(list.map { $0 + 1 }))))
        }
        var fields: [(key: String, value: ScriptValue)] = [
            ("epoch", .integer(evaluation.epoch)),
            ("labels", try labels(evaluation.train.givenLabels)),
            ("predictions", try labels(evaluation.onTrain.predictions)),
            ("true_labels", try labels(evaluation.train.trueLabels)),
        ]
        if let losses = evaluation.onTrain.sampleLosses {
            let tape = session.tape
            fields.append(("losses", .tensor(Value(tape, tape.leaf(try Tensor(losses))))))
        }
        if let test = evaluation.test, let onTest = evaluation.onTest {
            fields.append(("test_labels", try labels(test.labels)))
            fields.append(("test_predictions", try labels(onTest.predictions)))
        }
        return try metric.call([.table(ScriptTable(fields: fields))]).first?.asNumber
    }
}
