import NightjarTensor

/// Recording of operations that work element by element.
extension Tape {
    /// One operand. `neg`, `abs`, `sign`, `relu` and `square` also take int32; `not` takes masks.
    @inline(__always)
    public func unary(_ op: Op, _ a: NodeID) throws -> NodeID {
        let node = core.pointee.rows.nodes[a.position]
        if node.dtype.isFloating && !op.makesMask {
            return append(Node(op, node.dtype, node.shape, a))
        }
        return try otherUnary(op, a, node)
    }

    private func otherUnary(_ op: Op, _ a: NodeID, _ node: Node) throws -> NodeID {
        switch (op, node.dtype) {
        case (.not, .bool): return append(Node(op, .bool, node.shape, a))
        case (.not, _):
            throw GraphError(
                "\(op.title) needs a bool tensor, got \(node.dtype): compare first, for example with :ne(0)", [a])
        case (.isNaN, .float32), (.isNaN, .float64), (.isFinite, .float32), (.isFinite, .float64):
            return append(Node(op, .bool, node.shape, a))
        case (.neg, .int32), (.abs, .int32), (.sign, .int32), (.square, .int32), (.stopGradient, _), (.variable, _):
            return append(Node(op, node.dtype, node.shape, a))
        default:
            throw GraphError(
                "\(op.title) needs a float32 or float64 tensor, got \(node.dtype): "
                    + "convert it first with :to(\"float32\")", [a])
        }
    }

    /// Two operands of the same element type, broadcast to a common shape.
    @inline(__always)
    public func binary(_ op: Op, _ a: NodeID, _ b: NodeID) throws -> NodeID {
        let left = core.pointee.rows.nodes[a.position]
        let right = core.pointee.rows.nodes[b.position]
        guard left.dtype == right.dtype, let shape = Broadcasting.merge(left.shape, right.shape) else {
            throw binaryError(op, a, left, b, right)
        }
        if left.dtype.isFloating {
            switch op {
            case .and, .or, .xor: throw maskError(op, a, left)
            case _: return append(Node(op, op.makesMask ? .bool : left.dtype, shape, a, b))
            }
        }
        return try otherBinary(op, a, left, b, shape)
    }

    private func otherBinary(_ op: Op, _ a: NodeID, _ left: Node, _ b: NodeID, _ shape: Shape) throws -> NodeID {
        switch (op, left.dtype) {
        case (.equal, _), (.notEqual, _), (.less, _), (.lessEqual, _), (.greater, _), (.greaterEqual, _):
            return append(Node(op, .bool, shape, a, b))
        case (.and, .bool), (.or, .bool), (.xor, .bool): return append(Node(op, .bool, shape, a, b))
        case (.and, _), (.or, _), (.xor, _): throw maskError(op, a, left)
        case (.add, .int32), (.sub, .int32), (.mul, .int32), (.maximum, .int32), (.minimum, .int32), (.mod, .int32):
            return append(Node(op, .int32, shape, a, b))
        case (.div, .int32):
            throw GraphError(
                "int32 tensors cannot be divided with '/': a // b rounds down, and a:double() / b:double() keeps "
                    + "fractions", [a, b])
        default:
            throw GraphError(
                "\(op.title) does not work on \(left.dtype) tensors: convert them first with :to(\"float32\")", [a, b])
        }
    }

    /// The quotient rounded down, as Lua's `//`: of whole numbers exactly, with division by 0 an error (see
    /// ``WholeNumberFault``); of others floor(a / b), whose gradient is 0.
    public func floorDivide(_ a: NodeID, _ b: NodeID) throws -> NodeID {
        let (left, right) = (self[a], self[b])
        guard left.dtype == right.dtype, let shape = Broadcasting.merge(left.shape, right.shape) else {
            throw binaryError(.div, a, left, b, right, title: "'//'")
        }
        // The kernel of whole numbers rounds down.
        if left.dtype == .int32 { return append(Node(.div, .int32, shape, a, b)) }
        guard left.dtype.isFloating else {
            throw GraphError(
                "'//' does not work on \(left.dtype) tensors: convert them first with :to(\"int32\")", [a, b])
        }
        return try unary(.floor, binary(.div, a, b))
    }

    private func maskError(_ op: Op, _ a: NodeID, _ node: Node) -> GraphError {
        GraphError("\(op.title) needs bool tensors, got \(node.dtype): compare first, for example with :gt(0)", [a])
    }

    private func binaryError(
        _ op: Op, _ a: NodeID, _ left: Node, _ b: NodeID, _ right: Node, title: String? = nil
    ) -> GraphError {
        let title = title ?? op.title
        if left.dtype != right.dtype {
            return GraphError(
                "\(title) does not work on \(left.dtype) and \(right.dtype): convert one, for example with "
                    + ":to(\"\(left.dtype.isFloating ? left.dtype : right.dtype)\")", [a, b])
        }
        return GraphError(Broadcasting.reason(left.shape, right.shape, title), [a, b])
    }

    /// `a` where `mask` holds, `b` elsewhere; the three are broadcast.
    public func select(_ mask: NodeID, _ a: NodeID, _ b: NodeID) throws -> NodeID {
        let (m, x, y) = (self[mask], self[a], self[b])
        guard m.dtype == .bool else {
            throw GraphError("the condition of 'where' must be a bool tensor, got \(m.dtype)", [mask])
        }
        guard x.dtype == y.dtype else { throw binaryError(.select, a, x, b, y) }
        guard let values = Broadcasting.merge(x.shape, y.shape), let shape = Broadcasting.merge(m.shape, values) else {
            throw GraphError("shapes \(m.shape), \(x.shape) and \(y.shape) do not fit for 'where'", [mask, a, b])
        }
        return append(Node(.select, x.dtype, shape, mask, a, b))
    }

    /// Conversion to another element type, for whole numbers by the rule of ``WholeNumberFault``; any number but 0, NaN
    /// too, is a true mask.
    public func cast(_ a: NodeID, _ dtype: DType) -> NodeID {
        let node = self[a]
        return node.dtype == dtype ? a : append(Node(.cast, dtype, node.shape, a))
    }
}
