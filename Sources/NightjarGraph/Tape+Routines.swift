import NightjarTensor

/// The attribute of an operation that works along one dimension.
public struct Walk: Sendable, Equatable {
    /// The dimension.
    public var axis: Int
    /// From the end (running sums), or the largest first (sorting).
    public var isBackward: Bool

    public init(axis: Int, isBackward: Bool = false) {
        self.axis = axis
        self.isBackward = isBackward
    }

    public init(attribute: UInt64) {
        axis = Int(attribute & 0xFF)
        isBackward = attribute & 0x100 != 0
    }

    public var attribute: UInt64 { UInt64(axis) | (isBackward ? 0x100 : 0) }

    /// A tensor of this shape as (outer, extent, inner), the walk along the middle.
    public func view(_ shape: Shape) -> (outer: Int, extent: Int, inner: Int) {
        let dimensions = shape.dimensions
        return (
            dimensions[..<axis].reduce(1, *), dimensions[axis], dimensions[(axis + 1)...].reduce(1, *)
        )
    }
}

/// Recording of operations that work along one dimension: running sums, sorting, moving by position.
extension Tape {
    private func checkAxis(_ axis: Int, _ a: NodeID, _ name: String) throws {
        guard axis >= 0, axis < self[a].rank else {
            throw GraphError(
                self[a].rank == 0
                    ? "'\(name)' needs at least one dimension, got a single number"
                    : "'\(name)' needs a dimension of \(shape(a)), there is no dimension \(axis + 1)", [a])
        }
    }

    private func checkOrdered(_ a: NodeID, _ name: String) throws {
        guard self[a].dtype.isFloating || self[a].dtype == .int32 else {
            throw GraphError(
                "'\(name)' does not work on \(self[a].dtype) tensors: convert them first with :to(\"float32\")", [a])
        }
    }

    /// The sum of each entry and those before it along a dimension; `reverse`: and those after it.
    ///
    /// Of masks it counts, in int32.
    public func cumsum(_ given: NodeID, axis: Int, reverse: Bool = false) throws -> NodeID {
        let a = counted(given)
        try checkAxis(axis, a, "cumsum")
        try checkOrdered(a, "cumsum")
        let node = self[a]
        return append(
            Node(.cumsum, node.dtype, node.shape, a, attribute: Walk(axis: axis, isBackward: reverse).attribute))
    }

    /// Where the entries of each line stand in ascending (or descending) order: positions from 0, int32. Equal entries
    /// keep their order, NaN counts as the largest. `count` takes only the first ones.
    public func argsort(_ a: NodeID, axis: Int, descending: Bool = false, count: Int? = nil) throws -> NodeID {
        try checkAxis(axis, a, count == nil ? "sort" : "topk")
        try checkOrdered(a, count == nil ? "sort" : "topk")
        let node = self[a]
        let wanted = count ?? node.shape[axis]
        guard wanted >= 0, wanted <= node.shape[axis] else {
            throw GraphError(
                "'topk' of \(wanted) entries: dimension \(axis + 1) of \(node.shape) has \(node.shape[axis])", [a])
        }
        var extents = node.extents
        extents[axis] = Int32(truncatingIfNeeded: wanted)
        return append(
            Node(
                .argsort, .int32, Shape(uncheckedExtents: extents, rank: node.rank), a,
                attribute: Walk(axis: axis, isBackward: descending).attribute))
    }

    /// Entries along a dimension by position (int32, from 0).
    ///
    /// A list of positions serves every line: (n, 10) with a list of 3 along dimension 1 gives (n, 3). Positions of the
    /// tensor's rank choose for each line: all extents but that of `axis` are equal, and the result has their shape. A
    /// position out of range is reported when the plan runs.
    public func gather(_ a: NodeID, _ positions: NodeID, axis: Int, name: String = "gather") throws -> NodeID {
        try checkAxis(axis, a, name)
        let extents = try chosen(a, positions, axis: axis, name: name)
        return append(
            Node(
                .gather, self[a].dtype, Shape(uncheckedExtents: extents, rank: self[a].rank), a, positions,
                attribute: Walk(axis: axis).attribute))
    }

    /// Zeros to which the entries of `values` are added at their positions along a dimension that has `extent` places.
    /// Where positions are equal, entries are added in their order.
    public func scatterAdd(
        _ values: NodeID, _ positions: NodeID, axis: Int, extent: Int, name: String = "scatter_add"
    ) throws -> NodeID {
        try checkAxis(axis, values, name)
        try checkOrdered(values, name)
        let node = self[values]
        guard try chosen(values, positions, axis: axis, name: name) == node.extents else {
            throw GraphError(
                "'\(name)' needs one position an entry: values of shape \(node.shape) and positions of shape "
                    + "\(shape(positions)) along dimension \(axis + 1)", [values, positions])
        }
        var dimensions = node.shape.dimensions
        dimensions[axis] = extent
        return append(
            Node(
                .scatterAdd, node.dtype, try Shape(dimensions), values, positions,
                attribute: Walk(axis: axis).attribute))
    }

    /// The extents of what positions choose.
    private func chosen(_ a: NodeID, _ positions: NodeID, axis: Int, name: String) throws -> SIMD8<Int32> {
        let (node, index) = (self[a], self[positions])
        guard index.dtype == .int32 else {
            throw GraphError(
                "positions must be int32, got \(index.dtype): convert them with :to(\"int32\")", [positions])
        }
        var extents = node.extents
        if index.rank == node.rank {
            extents[axis] = index.extents[axis]
            if extents == index.extents { return extents }
        } else if index.rank == 1 {
            extents[axis] = index.extents[0]
            guard Broadcasting.holdsCount(extents, rank: node.rank) else {
                throw GraphError(
                    "'\(name)' of \(index.shape) positions from \(node.shape) makes too many elements: at most 2^40",
                    [a, positions])
            }
            return extents
        }
        throw GraphError(
            "'\(name)' along dimension \(axis + 1) of \(node.shape) needs positions of equal shape but for that "
                + "dimension, or one list of them, got \(index.shape)", [a, positions])
    }
}

/// Recording of operations on square matrices, which lie in the last two dimensions.
extension Tape {
    private func squareMatrices(_ a: NodeID, _ name: String) throws -> Node {
        let node = self[a]
        guard node.dtype.isFloating else {
            throw GraphError(
                "'\(name)' needs float32 or float64 tensors, got \(node.dtype): convert them first with "
                    + ":to(\"float64\")", [a])
        }
        guard node.rank >= 2, node.extents[node.rank - 1] == node.extents[node.rank - 2] else {
            throw GraphError("'\(name)' needs square matrices in the last two dimensions, got \(node.shape)", [a])
        }
        return node
    }

    /// The inverse of each matrix. A singular one is reported when the plan runs. n^3 operations a matrix.
    public func inverse(_ a: NodeID) throws -> NodeID {
        let node = try squareMatrices(a, "inverse")
        return append(Node(.inverse, node.dtype, node.shape, a))
    }

    /// The determinant of each matrix, 0 where it is singular.
    public func det(_ a: NodeID) throws -> NodeID {
        let node = try squareMatrices(a, "det")
        return append(Node(.det, node.dtype, try Shape(Array(node.shape.dimensions.dropLast(2))), a))
    }

    /// The cofactors of each matrix: entry (i, j) is how the determinant grows with it. Where the matrix has an inverse, its
    /// transpose times the determinant; others have cofactors as well.
    func cofactors(_ a: NodeID) throws -> NodeID {
        let node = try squareMatrices(a, "det")
        return append(Node(.cofactors, node.dtype, node.shape, a))
    }

    /// How the cofactors of each matrix change along `direction`, a matrix for each: the second derivative of the
    /// determinant, of singular matrices as well.
    func cofactorChange(_ a: NodeID, along direction: NodeID) throws -> NodeID {
        let node = try squareMatrices(a, "det")
        return append(Node(.cofactorChange, node.dtype, node.shape, a, direction))
    }

    /// The sign of each determinant and the logarithm of its magnitude: (0, -inf) where the matrix is singular.
    public func slogdet(_ a: NodeID) throws -> (sign: NodeID, logarithm: NodeID) {
        let node = try squareMatrices(a, "slogdet")
        let lead = Array(node.shape.dimensions.dropLast(2))
        let both = append(Node(.slogdet, node.dtype, try Shape(lead + [2]), a))
        func part(_ position: Int) throws -> NodeID {
            try reshape(narrow(both, axis: lead.count, start: position, count: 1), Shape(lead))
        }
        return (try part(0), try part(1))
    }
}
