import NightjarTensor

/// Gradients of what works along one dimension or on matrices: they close among themselves and the products.
extension GradientRules {
    func routine(_ reach: Add) throws {
        let (x, g) = (node.a, gradient)
        let walk = Walk(attribute: node.attribute)
        switch node.op {
        case .cumsum: try reach(x) { try tape.cumsum(g, axis: walk.axis, reverse: !walk.isBackward) }
        case .gather:
            try reach(x) { try tape.scatterAdd(g, node.b, axis: walk.axis, extent: tape.shape(x)[walk.axis]) }
        case .scatterAdd: try reach(x) { try tape.gather(g, node.b, axis: walk.axis) }
        case .inverse:
            // d (A^-1) = -A^-1 dA A^-1
            try reach(x) {
                let left = try tape.matmul(id, g, transposeA: true)
                return try tape.unary(.neg, tape.matmul(left, id, transposeB: true))
            }
        case .det:
            // d det A = det A tr(A^-1 dA)
            try reach(x) { try scaledInverse(tape.binary(.mul, g, id)) }
        case .slogdet:
            // d log |det A| = tr(A^-1 dA); the sign is constant.
            try reach(x) { try scaledInverse(tape.narrow(g, axis: node.rank - 1, start: 1, count: 1)) }
        // Positions are whole numbers.
        default: return
        }
    }

    /// The transposed inverse of each matrix times a number for each.
    private func scaledInverse(_ factor: NodeID) throws -> NodeID {
        let shape = tape.shape(node.a)
        let turned = try tape.transpose(tape.inverse(node.a), shape.rank - 2, shape.rank - 1)
        let ones = try tape.reshape(factor, Shape(Array(shape.dimensions.dropLast(2)) + [1, 1]))
        return try tape.binary(.mul, turned, ones)
    }
}
