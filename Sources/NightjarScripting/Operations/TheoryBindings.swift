import NightjarGraph
import NightjarTheory

/// What is certain of a loss, from the graph that it recorded; see `lua/nightjar/check/theory.lua`.
let theoryBinding = Binding(
    "theory", .library,
    [
        Parameter("values", .tensor, "one value a sample"), Parameter("logits", .tensor),
        Parameter("labels", .tensor),
        Parameter("other_values", .tensor, "those of another batch, which have to be the same function"),
        Parameter("other_logits", .tensor), Parameter("other_labels", .tensor),
    ], returns: "table",
    "What is proven of a loss: the sum over labels, bounds, formulas; or the reason why its graph is not read."
) { call in
    do {
        let theory = try LossTheory(
            call.tape, value: call.node(0), logits: call.node(1), labels: call.node(2))
        let other = try LossTheory(call.tape, value: call.node(3), logits: call.node(4), labels: call.node(5))
        guard theory.agrees(with: other) else {
            throw TheoryFault.reason("numbers in it depend on the batch")
        }
        call.answer(values: [.table(ScriptTable(theory))])
    } catch let fault as TheoryFault {
        call.answer(values: [.table(ScriptTable(fields: [("reason", .string(fault.description))]))])
    }
}

extension ScriptTable {
    fileprivate init(_ theory: LossTheory) {
        let noise = NoiseTheory(theory)
        var fields: [(key: String, value: ScriptValue)] = [
            ("formula", .string(theory.loss.text())), ("bounds", ScriptTable.pair(theory.bounds)),
            ("sum", ScriptTable.pair(theory.sum)), ("unbounded", .boolean(theory.isUnbounded)),
            ("by_class", .boolean(noise.holdsByClass)),
        ]
        func put(_ key: String, _ value: ScriptValue?) {
            if let value { fields.append((key, value)) }
        }
        switch theory.symmetry {
        case .proven(let constant, let steps):
            put("constant", .number(constant.middle))
            put("steps", ScriptTable.texts(steps.map { "\($0.rule): \($0.text)" }))
        case .refuted(let example):
            put(
                "counter_example",
                .table(
                    ScriptTable(fields: [
                        ("first", ScriptTable.numbers(example.first)), ("second", ScriptTable.numbers(example.second)),
                        ("first_sum", .number(example.firstSum.middle)),
                        ("second_sum", .number(example.secondSum.middle)),
                    ])))
        case .open(let reason): put("open", .string(reason ?? "the sum over labels is not simplified to a number"))
        }
        put("trend", theory.trend.map { .string($0.rawValue) })
        put("uniform_rate", noise.uniformRate.map { .number($0) })
        put("asymmetry", theory.asymmetry.map { .number($0.low) })
        put("asymmetric_rate", noise.asymmetricRate.map { .number($0) })
        put("latex", .string(LossFormula(theory).latex))
        self.init(fields: fields)
    }

    private static func pair(_ interval: Interval) -> ScriptValue { numbers([interval.low, interval.high]) }
    private static func numbers(_ list: [Double]) -> ScriptValue {
        .table(ScriptTable(array: list.map { .number($0) }))
    }
    private static func texts(_ list: [String]) -> ScriptValue { .table(ScriptTable(array: list.map { .string($0) })) }
}
