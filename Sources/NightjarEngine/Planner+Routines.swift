import CKernels
import NightjarGraph
import NightjarTensor

/// Launches of rows that walk along one dimension or take whole matrices.
extension Planner {
    func routine(_ index: Int) throws -> Launch {
        let row = graph.rows[index]
        let kernel: TileKernel?
        switch row.op {
        case .inverse, .det, .slogdet:
            kernel = row.dtype == .float64 ? matrices(index, Double.self) : matrices(index, Float.self)
        case .cofactors, .cofactorChange:
            kernel = row.dtype == .float64 ? cofactors(index, Double.self) : cofactors(index, Float.self)
        case .cumsum: kernel = lines(index, NJ_ROUTINE_CUMSUM)
        case .argsort: kernel = lines(index, NJ_ROUTINE_ARGSORT)
        case .gather: kernel = lines(index, NJ_ROUTINE_GATHER)
        case .scatterAdd: kernel = lines(index, NJ_ROUTINE_SCATTER_ADD)
        case .native: kernel = try native(index)
        default: throw EngineError("'\(row.name)' is no routine")
        }
        guard let kernel else { throw EngineError("the kernels refuse '\(row.name)' to \(row.shape)") }
        return Launch(kernel, isFallible: graph.canFail[index], members: [index])
    }

    private func native(_ index: Int) throws -> TileKernel? {
        let row = graph.rows[index]
        guard let operation = row.nativeOperation else { return nil }
        let shapes = row.operands.map { graph.shape($0.position) }
        // Floating operands are of the row's type; a row of whole numbers has to look.
        let floating = zip(operation.inputs, row.operands).first { $0.0.dtype == nil }
        return NativeKernel(
            operation, layout: try operation.layout(shapes, result: row.shape),
            isWide: floating.map { graph.rows[$0.1.position].dtype == .float64 } ?? false,
            sources: row.operands.map { pool.buffer(graph.memory(graph.root[$0.position])) },
            target: pool.buffer(.row(index)), firstNumber: NativeCall(attribute: row.attribute).slot, tag: index)
    }

    private func lines(_ index: Int, _ kind: nj_routine_op) -> TileKernel? {
        let row = graph.rows[index]
        let walk = Walk(attribute: row.attribute)
        let source = graph.shape(row.a.position)
        var description = nj_routine_desc()
        description.dtype = graph.rows[row.a.position].dtype.rawValue
        description.backward = walk.isBackward ? 1 : 0
        description.source = pool.buffer(graph.memory(graph.root[row.a.position]))
        description.target = pool.buffer(.row(index))
        description.tag = Int32(truncatingIfNeeded: index)
        // What is walked along: what is picked from, or added to.
        let view = walk.view(row.op == .scatterAdd ? row.shape : source)
        description.outer = Int64(view.outer)
        description.extent = Int64(view.extent)
        description.inner = Int64(view.inner)
        description.count = Int64((row.op == .scatterAdd ? source : row.shape)[walk.axis])
        description.op = UInt8(kind.rawValue)
        if row.b != .none {
            description.index = pool.buffer(graph.memory(graph.root[row.b.position]))
            let isList = graph.shape(row.b.position).rank == 1
            description.index_strides.0 = isList ? 0 : description.count * description.inner
            description.index_strides.1 = isList ? 1 : description.inner
            description.index_strides.2 = isList ? 0 : 1
        }
        return LineKernel(&description)
    }

    private func matrices<Number: LapackNumber>(_ index: Int, _: Number.Type) -> TileKernel? {
        let row = graph.rows[index]
        let (order, lead) = stack(row)
        let task: FactorizationKernel<Number>.Task =
            row.op == .inverse ? .inverse : row.op == .det ? .determinant : .signAndLogarithm
        return FactorizationKernel<Number>(
            task, order: order, count: lead, source: pool.buffer(graph.memory(graph.root[row.a.position])),
            target: pool.buffer(.row(index)), tag: index)
    }

    private func cofactors<Number: LapackNumber>(_ index: Int, _: Number.Type) -> TileKernel? {
        let row = graph.rows[index]
        let (order, count) = stack(row)
        return CofactorKernel<Number>(
            order: order, count: count, source: pool.buffer(graph.memory(graph.root[row.a.position])),
            direction: row.b == .none ? nil : pool.buffer(graph.memory(graph.root[row.b.position])),
            target: pool.buffer(.row(index)))
    }

    /// Rows (and columns) of each matrix, and how many there are.
    private func stack(_ row: Node) -> (order: Int, count: Int) {
        let shape = graph.shape(row.a.position)
        return (shape.last, (0..<(shape.rank - 2)).reduce(1) { $0 * shape[$1] })
    }
}
