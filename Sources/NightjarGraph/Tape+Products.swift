import NightjarTensor

/// Recording of matrix products.
extension Tape {
    /// Matrix product of the last two dimensions, each side transposed first where asked.
    ///
    /// Leading dimensions are stacks of matrices; they are aligned at the last one and repeated where they are 1 or
    /// missing. A side of one dimension is a vector: (n, k) times (k) is (n), (k) times (k, m) is (m), and two vectors
    /// give a single number.
    public func matmul(_ a: NodeID, _ b: NodeID, transposeA: Bool = false, transposeB: Bool = false) throws -> NodeID {
        let (left, right) = (self[a], self[b])
        guard left.dtype == right.dtype, left.dtype.isFloating else {
            if left.dtype != right.dtype {
                throw GraphError(
                    "'matmul' does not work on \(left.dtype) and \(right.dtype): convert one with :to(\"float32\")",
                    [a, b])
            }
            throw GraphError("'matmul' needs float32 or float64 tensors, got \(left.dtype)", [a, b])
        }
        guard left.rank >= 2, right.rank == left.rank else { return try mixed(a, b, transposeA, transposeB) }
        let (row, column) = (left.rank - 2, left.rank - 1)
        let inner = (left.shape[transposeA ? row : column], right.shape[transposeB ? column : row])
        guard inner.0 == inner.1 else { throw misfit(a, b, transposeA, transposeB, inner) }
        guard (0..<row).allSatisfy({ left.extents[$0] == right.extents[$0] }) else {
            return try stacked(a, b, transposeA, transposeB)
        }
        var extents = left.extents
        extents[row] = left.extents[transposeA ? column : row]
        extents[column] = right.extents[transposeB ? row : column]
        guard Broadcasting.holdsCount(extents, rank: left.rank) else {
            throw GraphError(
                "'matmul' of \(text(a, transposeA)) and \(text(b, transposeB)) makes too many elements: at most 2^40",
                [a, b])
        }
        return append(
            Node(
                .matmul, left.dtype, Shape(uncheckedExtents: extents, rank: left.rank), a, b,
                attribute: (transposeA ? 1 : 0) | (transposeB ? 2 : 0)))
    }

    private func text(_ id: NodeID, _ isTransposed: Bool) -> String {
        "\(shape(id))\(isTransposed ? " transposed" : "")"
    }

    private func misfit(
        _ a: NodeID, _ b: NodeID, _ transposeA: Bool, _ transposeB: Bool, _ inner: (Int, Int)
    ) -> GraphError {
        GraphError(
            "'matmul' does not fit: \(text(a, transposeA)) times \(text(b, transposeB)) needs \(inner.0) == \(inner.1)",
            [a, b])
    }

    /// Vectors, and stacks of different rank.
    private func mixed(_ a: NodeID, _ b: NodeID, _ transposeA: Bool, _ transposeB: Bool) throws -> NodeID {
        let (left, right) = (shape(a).dimensions, shape(b).dimensions)
        guard !left.isEmpty, !right.isEmpty else {
            throw GraphError(
                "'matmul' needs matrices or vectors, got \(shape(a)) and \(shape(b)): multiply by a single number with "
                    + "'*'", [a, b])
        }
        let isRow = left.count == 1
        let isColumn = right.count == 1
        guard !(isRow && transposeA), !(isColumn && transposeB) else {
            throw GraphError("'matmul' cannot transpose a vector: got \(shape(a)) and \(shape(b))", [a, b])
        }
        var one = isRow ? [1] + left : left
        var two = isColumn ? right + [1] : right
        let inner = (one[one.count - (transposeA ? 2 : 1)], two[two.count - (transposeB ? 1 : 2)])
        guard inner.0 == inner.1 else { throw misfit(a, b, transposeA, transposeB, inner) }
        one = [Int](repeating: 1, count: max(0, two.count - one.count)) + one
        two = [Int](repeating: 1, count: max(0, one.count - two.count)) + two
        guard Self.lead(one, two) != nil else { throw leadMisfit(a, b, transposeA, transposeB) }
        let product = try matmul(
            reshape(a, Shape(one)), reshape(b, Shape(two)), transposeA: transposeA, transposeB: transposeB)
        guard isRow || isColumn else { return product }
        var result = shape(product).dimensions
        if isColumn { result.remove(at: result.count - 1) }
        if isRow { result.remove(at: result.count - (isColumn ? 1 : 2)) }
        return try reshape(product, Shape(result))
    }

    private func leadMisfit(_ a: NodeID, _ b: NodeID, _ transposeA: Bool, _ transposeB: Bool) -> GraphError {
        GraphError(
            "'matmul' does not fit: \(text(a, transposeA)) times \(text(b, transposeB)): the leading dimensions must be "
                + "equal or 1", [a, b])
    }

    /// The common leading dimensions of two stacks of equal rank.
    private static func lead(_ one: [Int], _ two: [Int]) -> [Int]? {
        var result: [Int] = []
        for (x, y) in zip(one.dropLast(2), two.dropLast(2)) {
            guard x == y || x == 1 || y == 1 else { return nil }
            result.append(x == 1 ? y : x)
        }
        return result
    }

    /// Stacks of equal rank whose leading dimensions are repeated.
    private func stacked(_ a: NodeID, _ b: NodeID, _ transposeA: Bool, _ transposeB: Bool) throws -> NodeID {
        let (left, right) = (shape(a).dimensions, shape(b).dimensions)
        guard let lead = Self.lead(left, right) else { throw leadMisfit(a, b, transposeA, transposeB) }
        let two = Array(right.suffix(2))
        if right.dropLast(2).allSatisfy({ $0 == 1 }), !transposeA {
            // One matrix for the whole stack: the rows of all are the rows of one product.
            let rows = try reshape(a, Shape([left.dropLast().reduce(1, *), left[left.count - 1]]))
            let product = try matmul(rows, reshape(b, Shape(two)), transposeB: transposeB)
            return try reshape(product, Shape(Array(left.dropLast()) + [two[transposeB ? 0 : 1]]))
        }
        return try matmul(
            expand(a, Shape(lead + left.suffix(2))), expand(b, Shape(lead + two)), transposeA: transposeA,
            transposeB: transposeB)
    }

    /// Products of every entry of one tensor with every entry of the other: (n) and (m) give (n, m).
    public func outer(_ a: NodeID, _ b: NodeID) throws -> NodeID {
        let (left, right) = (shape(a).dimensions, shape(b).dimensions)
        guard left.count == 1, right.count == 1 else {
            throw GraphError("'outer' needs two vectors, got \(shape(a)) and \(shape(b))", [a, b])
        }
        return try binary(.mul, reshape(a, Shape([left[0], 1])), reshape(b, Shape([1, right[0]])))
    }
}
