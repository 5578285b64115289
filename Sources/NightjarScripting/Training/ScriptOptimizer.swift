import NightjarEngine
import NightjarGraph
import NightjarTraining

/// An optimizer's rule that a script defines, as the trainer calls it.
final class ScriptOptimizer: OptimizerRule {
    let name: String
    let state: [OptimizerSlot]
    private let rule: ScriptFunction
    private let step: ScriptFunction

    /// - Parameters:
    ///   - rule: the optimizer object.
    ///   - step: its method `(self, w, g, state, rate, step)`, which returns the new weight and the new state.
    init(_ rule: ScriptFunction, step: ScriptFunction, name: String, state: [OptimizerSlot]) {
        self.rule = rule
        self.step = step
        self.name = name
        self.state = state
        step.role = "optimizer '\(name)'"
    }

    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
        func value(_ node: NodeID) -> ScriptValue { .tensor(Value(tape, node)) }
        let before = ScriptTable(fields: zip(state, request.state).map { ($0.name, value($1)) })
        let results = try step.call([
            .function(rule), value(request.weight), value(request.gradient), .table(before),
            .number(request.learningRate), .integer(request.step),
        ])
        guard results.count >= 2, let weight = results[0].asTensor, let after = results[1].asTable else {
            throw ScriptError("optimizer '\(name)' must return the new parameter")
        }
        return try ParameterUpdate(
            weight: node(weight, tape),
            state: state.map { slot in
                guard let tensor = after[slot.name]?.asTensor else {
                    throw ScriptError("optimizer '\(name)' lost its state '\(slot.name)'")
                }
                return try node(tensor, tape)
            })
    }

    private func node(_ value: Value, _ tape: Tape) throws -> NodeID {
        guard value.tape === tape else {
            throw ScriptError("optimizer '\(name)' returned a tensor that does not come from this step")
        }
        return value.id
    }
}
