import NightjarTensor

/// Functions that bring their own gradient.
extension Tape {
    /// A row that stands for a value that is put in later; see ``custom(_:gradient:result:routes:)``.
    public func placeholder(_ shape: Shape, dtype: DType) -> NodeID { append(Node(.placeholder, dtype, shape)) }

    /// A function whose gradient is not that of the rows that compute it, but what `routes` say.
    ///
    /// The rule is recorded like anything else, once, in terms of two placeholders: when a gradient is derived, the rows
    /// between the placeholders and the function are repeated with the gradient that arrives and with the function's
    /// result in their places. So the rule is part of the plan's key, costs nothing where no gradient is asked for,
    /// and has gradients of its own as far as its operations have.
    /// - Parameters:
    ///   - value: what the function gives.
    ///   - gradient: a placeholder of the value's shape and type, recorded before the rows of the rule: d loss / d value.
    ///   - result: another one, for the value itself where the rule uses it: the result carries the rule, `value` does not.
    ///   - routes: for each operand, the row that computes d loss / d operand from the placeholders. An operand without a
    ///     route gets nothing. Operands are recorded before the placeholders.
    /// - Returns: the row that stands for the function's result.
    /// - Throws: ``GraphError`` where a gradient differs from its operand in shape or type.
    public func custom(
        _ value: NodeID, gradient: NodeID, result: NodeID, routes: [(operand: NodeID, gradient: NodeID)]
    ) throws -> NodeID {
        let node = self[value]
        for row in [gradient, result] {
            guard self[row].op == .placeholder, shape(row) == node.shape, dtype(row) == node.dtype else {
                throw GraphError("a custom function needs two placeholders like its value", [row])
            }
        }
        for (operand, row) in routes {
            guard shape(operand) == shape(row), dtype(operand) == dtype(row) else {
                throw GraphError(
                    "a gradient of shape \(shape(row)) and type \(dtype(row)) does not fit an operand of shape "
                        + "\(shape(operand)) and type \(dtype(operand))", [row])
            }
        }
        var last = append(Node(.custom, node.dtype, node.shape, value, gradient, result))
        for (operand, row) in routes { last = append(Node(.route, node.dtype, node.shape, last, operand, row)) }
        return last
    }
}
