import NightjarEngine
import NightjarGraph
import NightjarTensor
import NightjarTraining

/// An optimizer's rule that a script defines, as the trainer calls it.
package final class ScriptOptimizer: OptimizerRule {
    package let name: String
    package let state: [OptimizerSlot]
    package let looksAhead: Bool
    /// Whether the last recording asked for a shape: only then do parameters of other shapes need their own.
    package private(set) var looksAtShapes = true
    /// The object.
    let rule: ScriptFunction
    /// The rule's method `(self, w, g, rate, step, factor, state...)`, which returns the new weight and the new state.
    private let method: ScriptFunction

    /// A rule takes and returns what it remembers as arguments and results, of which the shim takes so many.
    static let mostSlots = 24

    /// - Parameters:
    ///   - rule: a group's rule, or that of an optimizer alone.
    ///   - state: what it remembers, in the order of the rule's arguments.
    ///   - looksAhead: whether it has weights of its own at which the gradient is taken.
    package init(_ rule: ScriptFunction, name: String, state: [OptimizerSlot], looksAhead: Bool = false) throws {
        self.looksAhead = looksAhead
        guard state.count <= ScriptOptimizer.mostSlots else {
            throw ArgumentError(
                "optimizer '\(name)' remembers \(state.count) tensors a parameter: at most "
                    + "\(ScriptOptimizer.mostSlots) are possible, stack what belongs together")
        }
        guard let method = try rule.member("record") else { throw ScriptError("optimizer '\(name)' has no rule") }
        self.rule = rule
        self.method = method
        self.name = name
        self.state = state
        method.role = "optimizer '\(name)'"
    }

    package func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
        let readsBefore = method.host?.shapeReads
        let results = try method.call(count: 6 + request.state.count) { writer in
            writer.write(.function(rule), place: 0)
            writer.write(Value(tape, request.weight), place: 0)
            writer.write(Value(tape, request.gradient), place: 0)
            writer.write(request.learningRate)
            writer.write(request.step)
            writer.write(request.factor.map { .tensor(Value(tape, $0)) } ?? .nil, place: 0)
            for node in request.state { writer.write(Value(tape, node), place: 0) }
        }
        looksAtShapes = method.host?.shapeReads != readsBefore
        guard let weight = results.first?.asTensor, tape.shape(request.weight) == weight.shape else {
            // The script's side knows the words.
            let given = [.tensor(Value(tape, request.weight)), results.first ?? .nil]
            _ = try rule.callMethod("check", given)
            throw ScriptError("optimizer '\(name)' must return the new parameter")
        }
        return try ParameterUpdate(
            weight: node(weight, tape),
            state: state.enumerated().map { index, slot in
                guard index + 1 < results.count, let tensor = results[index + 1].asTensor else {
                    throw ScriptError("optimizer '\(name)' lost its state '\(slot.name)'")
                }
                return try node(tensor, tape)
            })
    }

    /// The Lua side calls the average of the weights, where it keeps one, so.
    package var averageSlot: Int? { state.firstIndex { $0.name == "average" && $0.start == .weights } }

    package func firstValue(of slot: String, for weight: Tensor) throws -> Tensor {
        guard let host = method.host else { throw ScriptError("the script of optimizer '\(name)' is gone") }
        let tape = host.session.tape
        let given: [ScriptValue] = [.string(slot), .tensor(Value(tape, tape.leaf(weight)))]
        guard let value = try rule.callMethod("start", given).first?.asTensor else {
            throw ScriptError("state '\(slot)' of optimizer '\(name)' must start as a tensor")
        }
        return try host.session.evaluate([value])[0]
    }

    package func part(_ tape: Tape, _ weight: NodeID, _ gradient: NodeID) throws -> NodeID {
        try call("part", [weight, gradient], tape)
    }

    package func perturbed(_ tape: Tape, _ weight: NodeID, _ gradient: NodeID, total: NodeID) throws -> NodeID {
        try call("moved", [weight, gradient, total], tape)
    }

    private func call(_ name: String, _ operands: [NodeID], _ tape: Tape) throws -> NodeID {
        let results = try rule.callMethod(name, operands.map { .tensor(Value(tape, $0)) })
        guard let value = results.first?.asTensor else {
            throw ScriptError("optimizer '\(self.name)' must return a tensor")
        }
        return try node(value, tape)
    }

    package func average(_ tape: Tape, _ average: NodeID, of value: NodeID, step: Int) throws -> NodeID {
        let given: [ScriptValue] = [.tensor(Value(tape, average)), .tensor(Value(tape, value)), .integer(step)]
        guard let next = try rule.callMethod("averaged", given).first?.asTensor else {
            throw ScriptError("the average of optimizer '\(name)' must return a tensor")
        }
        return try node(next, tape)
    }

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
