import NightjarGraph
import NightjarProcess
import NightjarTensor

/// Records an optimizer's rule for one parameter and holds it to what it declares.
struct UpdateRecorder {
    let tape: Tape
    let provenance: ProvenanceTable

    /// - Returns: the new weight and then the new state.
    /// - Throws: ``TrainingError`` when the rule returns another number of tensors, shape or type than it should.
    func record(_ rule: any OptimizerRule, _ request: UpdateRequest, path: String) throws -> [NodeID] {
        try StopPatience.check()
        let owner = "optimizer '\(rule.name)'"
        tape.place = provenance.intern(ProvenanceTable.Place(source: owner, line: 0))
        let update: ParameterUpdate
        do {
            update = try rule.record(tape, request)
        } catch let error as GraphError {
            throw TrainingError("\(owner), parameter '\(path)': \(error.message)", error.operands)
        }
        let slots = rule.state
        guard update.state.count == slots.count else {
            throw TrainingError(
                "\(owner) remembers \(slots.count) tensors a parameter but returned \(update.state.count)")
        }
        try check(update.weight, as: "a new weight", like: request.weight, owner: owner, path: path)
        for (index, slot) in slots.enumerated() {
            try check(update.state[index], as: "a new '\(slot.name)'", like: request.weight, owner: owner, path: path)
        }
        return [update.weight] + update.state
    }

    private func check(_ node: NodeID, as what: String, like weight: NodeID, owner: String, path: String) throws {
        let (shape, dtype) = (tape.shape(node), tape.dtype(node))
        guard shape != tape.shape(weight) || dtype != tape.dtype(weight) else { return }
        let place = provenance.place(tape.place(of: node))
        throw TrainingError(
            "\(owner) returned \(what) of shape \(shape) and type \(dtype) for parameter '\(path)', expected "
                + "\(tape.shape(weight)) and \(tape.dtype(weight))",
            place: place?.source == owner ? nil : place, [node])
    }

    /// The weights at which rules that look ahead want the gradient, in the order of `parameters`.
    /// - Throws: ``TrainingError`` when a part is not a single number, or weights have another shape or type.
    func perturbed(
        _ parameters: [(rule: any OptimizerRule, group: Int, path: String, weight: NodeID, gradient: NodeID)]
    ) throws -> [NodeID] {
        func owner(_ rule: any OptimizerRule) -> String { "optimizer '\(rule.name)'" }
        func enter(_ rule: any OptimizerRule) {
            tape.place = provenance.intern(ProvenanceTable.Place(source: owner(rule), line: 0))
        }
        let (parts, moves) = (RowRepeater(tape), RowRepeater(tape))
        var total: NodeID?
        for (rule, group, _, weight, gradient) in parameters {
            enter(rule)
            let key = RowRepeater.Key(shape: tape.shape(gradient), dtype: tape.dtype(gradient), rule: group)
            let part = try parts.results(key, operands: [weight, gradient]) {
                let part = try rule.part(tape, weight, gradient)
                guard tape.shape(part) == .scalar, tape.dtype(part) == tape.dtype(gradient) else {
                    throw TrainingError(
                        "measure of \(owner(rule)) must make a single \(tape.dtype(gradient)) number of a parameter and its "
                            + "gradient, got \(tape.dtype(part)) of shape \(tape.shape(part)): reduce it, for example with "
                            + ":sum()", [part])
                }
                return [part]
            }[0]
            total = try total.map { try tape.binary(.add, $0, part) } ?? part
        }
        guard let total else { return [] }
        return try parameters.map { rule, group, path, weight, gradient in
            enter(rule)
            let key = RowRepeater.Key(shape: tape.shape(weight), dtype: tape.dtype(weight), rule: group)
            return try moves.results(key, operands: [weight, gradient]) {
                let moved = try rule.perturbed(tape, weight, gradient, total: total)
                try check(moved, as: "perturbed weights", like: weight, owner: owner(rule), path: path)
                // The way there is no part of what is differentiated.
                return [try tape.unary(.stopGradient, moved)]
            }[0]
        }
    }

    /// One number of all gradients together, which every rule gets.
    ///
    /// It may be worked out in another floating type than gradients have: sums of squares in float64. What rules get has
    /// the gradients' type.
    /// - Throws: ``TrainingError`` when a part or the result is not a single float number.
    func measure(_ measure: any GradientMeasure, _ gradients: [NodeID]) throws -> NodeID? {
        let owner = "'\(measure.name)'"
        tape.place = provenance.intern(ProvenanceTable.Place(source: owner, line: 0))
        let repeater = RowRepeater(tape)
        func single(_ node: NodeID, _ what: String) throws -> NodeID {
            guard tape.shape(node) == .scalar, tape.dtype(node).isFloating else {
                throw TrainingError(
                    "\(owner) must make a single float number of \(what), got \(tape.dtype(node)) of "
                        + "shape \(tape.shape(node)): reduce it, for example with :sum()", [node])
            }
            return node
        }
        var total: NodeID?
        for gradient in gradients {
            let key = RowRepeater.Key(shape: tape.shape(gradient), dtype: tape.dtype(gradient), rule: 0)
            let part = try repeater.results(key, operands: [gradient]) {
                [try single(measure.part(tape, gradient), "a gradient")]
            }[0]
            total = try total.map { try tape.binary(.add, $0, part) } ?? part
        }
        guard let total, let first = gradients.first else { return nil }
        return tape.cast(try single(measure.factor(tape, total), "the total"), tape.dtype(first))
    }
}
