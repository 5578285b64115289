import NightjarEngine
import NightjarTensor
import NightjarTraining

/// A metric that a script defines, as the trainer asks for it.
final class ScriptMetric: EvaluationMetric {
    let name: String
    private let metric: ScriptFunction
    private let session: Session

    init(_ metric: ScriptFunction, name: String, session: Session) {
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
