import NightjarData
import NightjarEngine
import NightjarRuns
import NightjarTensor
import NightjarTraining

/// A metric that a script defines, as the trainer asks for it.
package final class ScriptMetric: EvaluationMetric {
    package let name: String
    package let kind: MetricInfo.Kind
    /// How it is shown, as the script declares it.
    package let info: MetricInfo
    private let metric: ScriptFunction
    private unowned let host: ScriptHost
    private let model: ModuleObject

    /// - Parameter facts: title, doc, unit, direction, range, decimals and what it returns, where the script declares them.
    init(_ metric: ScriptFunction, name: String, host: ScriptHost, model: ModuleObject, facts: ScriptTable?) {
        var info = MetricInfo(name, declared: facts)
        kind = facts?["returns"]?.asString.flatMap(MetricInfo.Kind.init) ?? .number
        info.kind = kind
        self.info = info
        self.metric = metric
        self.name = name
        self.host = host
        self.model = model
        metric.role = "metric '\(name)'"
    }

    package func columns(classNames: [String]) -> [String] {
        switch kind {
        case .number: [name]
        case .byClass, .bySample: [name] + entries(classNames).map { "\(name)[\($0)]" }
        case .matrix: []
        }
    }

    /// What stands in brackets behind the name: classes, or quantiles of the samples.
    private func entries(_ classNames: [String]) -> [String] {
        switch kind {
        case .number, .matrix: []
        case .byClass: classNames
        case .bySample: SampleQuantiles.names
        }
    }

    /// The declarations of its columns. The mean over classes or samples is what tables show unless they are asked for
    /// more.
    package func infos(classNames: [String]) -> [MetricInfo] {
        if kind == .matrix { return [] }
        let titles = kind == .bySample ? SampleQuantiles.titles : classNames
        return [info]
            + zip(entries(classNames), titles).map { entry, title in
                var part = info
                part.name = "\(name)[\(entry)]"
                part.title = "\(info.title) (\(title))"
                part.isHeadline = false
                part.kind = .number
                part.parent = name
                return part
            }
    }

    package func value(_ evaluation: Evaluation) throws -> Double? { try measure(evaluation).values.first ?? nil }

    package func measure(_ evaluation: Evaluation) throws -> MetricMeasure {
        let details = evaluation.details
        let outer = host.evaluation
        host.evaluation = details
        defer { host.evaluation = outer }
        let sets = EvaluationSet.allCases.filter { details.data($0) != nil }.map { ScriptValue.string($0.rawValue) }
        let answer = try metric.call([
            .table(
                ScriptTable(fields: [
                    ("classes", .integer(evaluation.train.form.classes)),
                    ("count", .integer(evaluation.train.count)),
                    ("epoch", .integer(evaluation.epoch)), ("kind", .string(evaluation.train.form.kind.rawValue)),
                    ("model", .object(model)),
                    ("sets", .table(ScriptTable(array: sets))), ("step", .integer(evaluation.step)),
                ]))
        ]).first
        switch kind {
        case .number: return MetricMeasure([answer?.asNumber])
        case .byClass:
            let values = answer?.asTable?.array.map(\.asNumber) ?? []
            return MetricMeasure([SampleQuantiles.mean(values.compactMap { $0 })] + values)
        case .matrix, .bySample:
            guard let value = answer?.asTensor else { return MetricMeasure() }
            let array = try host.session.evaluate([value])[0]
            return MetricMeasure(kind == .matrix ? [] : SampleQuantiles.summary(array.values), array: array)
        }
    }
}

extension MetricInfo {
    /// As a script declares a number: title, doc, unit, direction, range and decimals, where it does.
    init(_ name: String, declared facts: ScriptTable?) {
        let range = facts?["range"]?.asTable?.array.compactMap(\.asNumber) ?? []
        let unit = facts?["unit"]?.asString ?? ""
        self.init(
            name, title: facts?["title"]?.asString, doc: facts?["doc"]?.asString ?? "", unit: unit,
            direction: facts?["direction"]?.asString.flatMap(Direction.init) ?? .none,
            range: range.count == 2 && range[0] < range[1] ? range[0]...range[1] : nil,
            decimals: facts?["decimals"]?.asInteger ?? (unit == "%" ? 1 : 3))
    }

    /// The same of a table that has the name as well; nil for one without.
    package init?(_ facts: ScriptTable) {
        guard let name = facts["name"]?.asString else { return nil }
        self.init(name, declared: facts)
    }
}

/// What metrics ask of the evaluation that is going on.
let evaluationBindings: [Binding] = [
    Binding(
        "evaluation_part", .library, [Parameter("set", .string), Parameter("field", .string)], returns: "tensor",
        "A field of a set of the evaluation that is going on; nil where it has none."
    ) { call in
        guard let details = call.host.evaluation else {
            throw ArgumentError(
                "an evaluation is read while its metric is computed, and not later: keep the tensor itself")
        }
        guard let set = EvaluationSet(rawValue: try call.string(0)), let data = details.data(set) else {
            return call.answer(values: [.nil])
        }
        func predicted(_ list: [Int32]) throws {
            let first: Int32 = data.form.kind == .binary ? 0 : 1
            call.answer(
                owned: try Tensor(list.map { $0 + first }, shape: data.form.placeShape(samples: data.given.count)))
        }
        switch try call.string(1) {
        case "labels": call.answer(owned: try data.given.forScripts())
        case "true_labels":
            guard data.knowsTruth else { return call.answer(values: [.nil]) }
            call.answer(owned: try data.dataset.targets.forScripts())
        case "label_sets":
            let tape = call.tape
            let fields = try data.labelSets.map { set -> (key: String, value: ScriptValue) in
                (key: set.name, value: .tensor(Value(tape, tape.leaf(try set.targets.forScripts()))))
            }
            call.answer(values: [.table(ScriptTable(fields: fields))])
        case "keep":
            guard let keep = try data.given.keep() else { return call.answer(values: [.nil]) }
            call.answer(owned: keep)
        case "predictions": try predicted(details.predictions(set) ?? [])
        case "inputs": call.answer(owned: try data.dataset.normalizedInputs())
        case "logits":
            guard let logits = try details.logits(set) else { return call.answer(values: [.nil]) }
            call.answer(owned: logits)
        case "losses":
            guard let losses = try details.losses(set) else { return call.answer(values: [.nil]) }
            call.answer(owned: try Tensor(losses))
        default: throw ArgumentError("an evaluation has no such field")
        }
    }
]
