import NightjarTensor

/// Gradients of what works along one dimension or on matrices: they close among themselves and the products.
extension GradientRules {
    func line(_ reach: Add) throws {
        let (x, g) = (node.a, gradient)
        let walk = Walk(attribute: node.attribute)
        switch node.op {
        case .cumsum: try reach(x) { try tape.cumsum(g, axis: walk.axis, reverse: !walk.isBackward) }
        case .gather:
            try reach(x) { try tape.scatterAdd(g, node.b, axis: walk.axis, extent: tape.shape(x)[walk.axis]) }
        case .scatterAdd: try reach(x) { try tape.gather(g, node.b, axis: walk.axis) }
        default: throw misplaced()
        }
    }

    func matrix(_ reach: Add) throws {
        let (x, g) = (node.a, gradient)
        switch node.op {
        case .inverse:
            // d (A^-1) = -A^-1 dA A^-1
            try reach(x) {
                let left = try tape.matmul(id, g, transposeA: true)
                return try tape.unary(.neg, tape.matmul(left, id, transposeB: true))
            }
        case .det:
            // d det A = sum of cofactors * dA, of singular matrices as well.
            try reach(x) { try tape.binary(.mul, tape.cofactors(x), perMatrix(g)) }
        // The second derivative of det A is symmetric.
        case .cofactors: try reach(x) { try tape.cofactorChange(x, along: g) }
        case .cofactorChange:
            try reach(x) { try thirdOfDeterminant(g) }
            try reach(node.b) { try tape.cofactorChange(x, along: g) }
        case .slogdet:
            // d log |det A| = tr(A^-1 dA); the sign is constant.
            try reach(x) { try scaledInverse(tape.narrow(g, axis: node.rank - 1, start: 1, count: 1)) }
        default: throw misplaced()
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

    /// What A gets from g * (the change of A's cofactors along H): the third derivative of det A along g and H.
    ///
    /// With M the inverse, it is det A times the transpose of
    /// (tr(Mg) tr(MH) - tr(MgMH)) M - tr(MH) MgM - tr(Mg) MHM + MgMHM + MHMgM. It needs the inverse: a singular matrix is
    /// an error of the run.
    private func thirdOfDeterminant(_ g: NodeID) throws -> NodeID {
        let inverse = try tape.inverse(node.a)
        let axes: UInt8 = 0b11 << UInt8(node.rank - 2)
        func trace(_ a: NodeID, _ b: NodeID) throws -> NodeID {
            let turned = try tape.transpose(b, node.rank - 2, node.rank - 1)
            return try tape.reduce(.sum, tape.binary(.mul, a, turned), axes: axes, keep: true)
        }
        func times(_ a: NodeID, _ b: NodeID) throws -> NodeID { try tape.binary(.mul, a, b) }
        let (one, two) = (try tape.matmul(inverse, g), try tape.matmul(inverse, node.b))
        let (firstTrace, secondTrace) = (try trace(inverse, g), try trace(inverse, node.b))
        let scale = try tape.binary(.sub, times(firstTrace, secondTrace), trace(one, two))
        let (first, second) = (try tape.matmul(one, inverse), try tape.matmul(two, inverse))
        var sum = try tape.binary(.sub, times(scale, inverse), times(secondTrace, first))
        sum = try tape.binary(.sub, sum, times(firstTrace, second))
        sum = try tape.binary(.add, sum, tape.matmul(one, second))
        sum = try tape.binary(.add, sum, tape.matmul(two, first))
        let turned = try tape.transpose(sum, node.rank - 2, node.rank - 1)
        return try times(turned, perMatrix(tape.det(node.a)))
    }
}
