import NightjarProcess
import NightjarTensor

extension Tape {
    /// The derivative of `loss` (one element) with respect to each of `targets`, which may be any nodes.
    ///
    /// What is recorded are requests: the rules are applied when a plan is made, and a plan that is found in the cache
    /// needs neither. A target that does not influence the loss has a gradient of zeros.
    /// - Throws: ``GraphError`` when the loss has more than one element, or a type cannot carry gradients.
    public func gradient(of loss: NodeID, withRespectTo targets: [NodeID]) throws -> [NodeID] {
        let node = self[loss]
        guard node.shape.count == 1 else {
            throw GraphError(
                "a gradient needs a loss of one element, got shape \(node.shape): reduce it first, "
                    + "for example with :mean()", [loss])
        }
        guard node.dtype.isFloating else {
            throw GraphError("a gradient needs a float32 or float64 loss, got \(node.dtype)", [loss])
        }
        return try targets.map { target in
            let variable = self[target]
            guard variable.dtype.isFloating else {
                throw GraphError("\(variable.dtype) tensors have no gradient: use float32 or float64", [target])
            }
            return append(Node(.gradient, variable.dtype, variable.shape, loss, target))
        }
    }
}

/// Reverse-mode differentiation of a tape into itself.
package struct Differentiation {
    let tape: Tape

    package init(tape: Tape) { self.tape = tape }

    /// Appends the nodes of d loss / d target for each target.
    package func gradients(of loss: NodeID, withRespectTo targets: [NodeID]) throws -> [NodeID] {
        let influenced = influencedNodes(targets, upTo: loss)
        var gradients: [NodeID: NodeID] = [:]
        let place = tape.place
        defer { tape.place = place }
        if influenced[loss.position] {
            let seed = tape.constant(1, dtype: tape[loss].dtype)
            gradients[loss] = try tape.expand(seed, tape.shape(loss))
            let wanted = Set(targets)
            for position in stride(from: loss.position, through: 0, by: -1) where influenced[position] {
                try StopPatience.check()
                let id = NodeID(position)
                guard let gradient = gradients[id] else { continue }
                if !wanted.contains(id) { gradients[id] = nil }
                tape.place = tape.place(of: id)
                try propagate(gradient, through: id) { operand, contribution in
                    guard influenced[operand.position] else { return }
                    let sum = try contribution()
                    if let other = gradients[operand] {
                        gradients[operand] = try tape.binary(.add, other, sum)
                    } else {
                        gradients[operand] = sum
                    }
                }
            }
        }
        return try targets.map { target in
            if let gradient = gradients[target] { return gradient }
            return try tape.expand(tape.constant(0, dtype: tape[target].dtype), tape.shape(target))
        }
    }

    /// Which nodes depend on a target through operations that carry gradients.
    private func influencedNodes(_ targets: [NodeID], upTo last: NodeID) -> [Bool] {
        var influenced = [Bool](repeating: false, count: tape.count)
        for target in targets { influenced[target.position] = true }
        for position in 0...last.position where !influenced[position] {
            let node = tape[NodeID(position)]
            guard node.dtype.isFloating, node.op.gradientFlow != .none else { continue }
            influenced[position] = node.operands.contains { influenced[$0.position] }
        }
        return influenced
    }

    private func propagate(
        _ gradient: NodeID, through id: NodeID,
        _ add: (NodeID, () throws -> NodeID) throws -> Void
    ) throws {
        try GradientRules(tape: tape, id: id, gradient: gradient).apply(add)
    }
}
