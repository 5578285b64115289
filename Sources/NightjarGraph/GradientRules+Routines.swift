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
            // d det A = sum of cofactors * dA, of singular matrices as well.
            try reach(x) { try tape.binary(.mul, tape.cofactors(x), perMatrix(g)) }
        case .cofactors: try reach(x) { try cofactors() }
        case .slogdet:
            // d log |det A| = tr(A^-1 dA); the sign is constant.
            try reach(x) { try scaledInverse(tape.narrow(g, axis: node.rank - 1, start: 1, count: 1)) }
        // Positions are whole numbers.
        default: return
        }
    }

    /// The transposed inverse of each matrix times a number for each.
    private func scaledInverse(_ factor: NodeID) throws -> NodeID {
        try tape.binary(.mul, turnedInverse(), perMatrix(factor))
    }

    private func turnedInverse() throws -> NodeID {
        let rank = tape[node.a].rank
        return try tape.transpose(tape.inverse(node.a), rank - 2, rank - 1)
    }

    /// One number a matrix, seen as matrices of one entry.
    private func perMatrix(_ numbers: NodeID) throws -> NodeID {
        try tape.reshape(numbers, Shape(Array(tape.shape(node.a).dimensions.dropLast(2)) + [1, 1]))
    }

    /// With C = det A B and B the transposed inverse: dC = tr(B' dA) C - C dA' B. Needs the inverse.
    private func cofactors() throws -> NodeID {
        let inverse = try turnedInverse()
        let axes: UInt8 = 0b11 << UInt8(node.rank - 2)
        let share = try tape.reduce(.sum, tape.binary(.mul, gradient, inverse), axes: axes, keep: true)
        let turned = try tape.matmul(inverse, tape.matmul(gradient, id, transposeA: true))
        return try tape.binary(.sub, tape.binary(.mul, id, share), turned)
    }
}
