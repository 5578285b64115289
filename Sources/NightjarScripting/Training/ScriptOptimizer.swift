import NightjarEngine
import NightjarGraph
import NightjarTraining

/// An optimizer's rule that a script defines, as the trainer calls it.
final class ScriptOptimizer: OptimizerRule {
    let name: String
    let state: [OptimizerSlot]
    /// Whether the last recording asked for a shape: only then do parameters of other shapes need their own.
    private(set) var looksAtShapes = true
    /// The object.
    let rule: ScriptFunction
    private let step: ScriptFunction

    /// - Parameters:
    ///   - rule: the optimizer object.
    ///   - step: its method `(self, w, g, state, rate, step, factor)`, which returns the new weight and the new state.
    init(_ rule: ScriptFunction, step: ScriptFunction, name: String, state: [OptimizerSlot]) {
        self.rule = rule
        self.step = step
        self.name = name
        self.state = state
        step.role = "optimizer '\(name)'"
    }

    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
        let readsBefore = step.host?.shapeReads
        let results = try step.call(count: 7) { writer in
            writer.write(.function(rule), place: 0)
            writer.write(Value(tape, request.weight), place: 0)
            writer.write(Value(tape, request.gradient), place: 0)
            writer.begin(array: 0, fields: state.count)
            for (slot, node) in zip(state, request.state) {
                writer.write(slot.name)
                writer.write(Value(tape, node), place: 0)
            }
            writer.write(request.learningRate)
            writer.write(request.step)
            writer.write(request.factor.map { .tensor(Value(tape, $0)) } ?? .nil, place: 0)
        }
        looksAtShapes = step.host?.shapeReads != readsBefore
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

    /// The Lua side calls the average of the weights, where it keeps one, so.
    var averageSlot: Int? { state.firstIndex { $0.name == "average" && $0.start == .weights } }

    private func node(_ value: Value, _ tape: Tape) throws -> NodeID {
        guard value.tape === tape else {
            throw ScriptError("optimizer '\(name)' returned a tensor that does not come from this step")
        }
        return value.id
    }
}

/// What a script makes of all gradients together.
final class ScriptMeasure: GradientMeasure {
    let name: String
    private let clip: ScriptFunction

    /// - Parameter clip: the object, whose methods are `part(gradient)` and `total(sum)`.
    init(_ clip: ScriptFunction, name: String) {
        self.clip = clip
        self.name = name
    }

    func part(_ tape: Tape, _ gradient: NodeID) throws -> NodeID { try call("part", gradient, tape) }
    func factor(_ tape: Tape, _ total: NodeID) throws -> NodeID { try call("total", total, tape) }

    private func call(_ method: String, _ operand: NodeID, _ tape: Tape) throws -> NodeID {
        guard let value = try clip.callMethod(method, [.tensor(Value(tape, operand))]).first?.asTensor else {
            throw ScriptError("clip '\(name)' must return a tensor")
        }
        guard value.tape === tape else {
            throw ScriptError("clip '\(name)' returned a tensor that does not come from this step")
        }
        return value.id
    }
}
