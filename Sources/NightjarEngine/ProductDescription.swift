import CKernels
import NightjarGraph
import NightjarTensor

/// Describes a row of the family `product` to the kernels, together with the program that runs on its tiles.
struct ProductDescription {
    private let graph: PlanGraph
    private let pool: PlanPool
    private let row: Node
    private let anew: Set<Int>
    private let imageLoader: ProgramBuilder?
    private let tileImages: Int

    /// - Parameters:
    ///   - anew: rows that are worked out where they are read; see ``Rematerialization``.
    ///   - imageLoader: loads the images of a convolution, and does more; nil where they only have to be loaded.
    ///   - tileImages: of the gradient of images, how many a tile takes; 0 for as is best for it alone.
    init(
        _ graph: PlanGraph, _ pool: PlanPool, _ index: Int, anew: Set<Int>, imageLoader: ProgramBuilder?,
        tileImages: Int
    ) {
        self.graph = graph
        self.pool = pool
        self.anew = anew
        self.imageLoader = imageLoader
        self.tileImages = tileImages
        row = graph.rows[index]
    }

    /// Nil when the description is not one the kernels take.
    func kernel(_ program: UnsafePointer<nj_program_desc>) throws -> TileKernel? {
        switch row.op {
        case .matmul: matrix(program)
        case .conv: try convolution(NJ_CONV_FORWARD, images: a, weights: b, output: row.shape, program)
        case .convInput: try convolution(NJ_CONV_INPUT_GRAD, images: row.shape, weights: b, output: a, program)
        case .convWeight: try convolution(NJ_CONV_WEIGHT_GRAD, images: a, weights: row.shape, output: b, program)
        case .poolMax:
            pooling(row.a == row.b ? NJ_POOL_MAX_FORWARD : NJ_POOL_MAX_TAKE, images: a, output: row.shape, program)
        case .unpoolMax: pooling(NJ_POOL_MAX_GRAD, images: row.shape, output: b, program)
        case .poolMean: pooling(NJ_POOL_AVG_FORWARD, images: a, output: row.shape, program)
        case .unpoolMean: pooling(NJ_POOL_AVG_GRAD, images: row.shape, output: a, program)
        default: throw EngineError("'\(row.op.name)' is no product")
        }
    }

    private var a: Shape { graph.shape(row.a.position) }
    private var b: Shape { graph.shape(row.b.position) }

    private func buffer(_ id: NodeID) -> UInt16 { pool.buffer(graph.memory(graph.root[id.position])) }

    /// Hands a program that computes an operand to `body`, or nil where the operand lies in memory.
    private func withLoader<R>(
        _ id: NodeID, given: ProgramBuilder? = nil, _ body: (UnsafePointer<nj_program_desc>?) throws -> R
    ) throws -> R {
        if let given { return try given.withDescription { try body($0) } }
        let root = graph.root[id.position]
        guard anew.contains(root) else { return try body(nil) }
        let domain = graph.shape(root)
        var builder = ProgramBuilder(
            graph, Group(domain: domain, splits: 1 << UInt16(max(domain.rank, 1) - 1)), pool, anew: anew)
        try builder.storeLoaded(root)
        return try builder.withDescription { try body($0) }
    }

    /// Products run on strips of our own and not in OpenBLAS: what follows runs on each tile while it is in the cache,
    /// and the bits do not depend on threads. OpenBLAS 0.3.21 on one core with AVX2 takes as
    /// long: 0.93 to 1.08 times as long from 128 x 512 x 512 up in float32, 0.75 to 1.0 in float64; below 64 x 64 x 64
    /// its calls cost half as much, which one sweep over the result makes up for.
    private func matrix(_ program: UnsafePointer<nj_program_desc>) -> TileKernel? {
        let (left, right) = (a, b)
        let rank = row.rank
        let (transposeA, transposeB) = (row.attribute & 1 != 0, row.attribute & 2 != 0)
        var description = nj_gemm_desc()
        description.dtype = row.dtype.rawValue
        description.m = Int64(row.shape[rank - 2])
        description.n = Int64(row.shape[rank - 1])
        description.k = Int64(left[transposeA ? rank - 2 : rank - 1])
        description.batch = Int64((0..<(rank - 2)).reduce(1) { $0 * row.shape[$1] })
        description.a_buffer = buffer(row.a)
        description.b_buffer = buffer(row.b)
        let (leftColumns, rightColumns) = (Int64(left[rank - 1]), Int64(right[rank - 1]))
        description.a_row_stride = transposeA ? 1 : leftColumns
        description.a_k_stride = transposeA ? leftColumns : 1
        description.a_batch_stride = Int64(left[rank - 2]) * leftColumns
        description.b_k_stride = transposeB ? 1 : rightColumns
        description.b_col_stride = transposeB ? rightColumns : 1
        description.b_batch_stride = Int64(right[rank - 2]) * rightColumns
        description.program = program
        return MatrixKernel(&description)
    }

    private func convolution(
        _ kind: nj_conv_kind, images: Shape, weights: Shape, output: Shape, _ program: UnsafePointer<nj_program_desc>
    ) throws -> TileKernel? {
        let window = ConvolutionWindow(attribute: row.attribute)
        var description = nj_conv_desc()
        description.dtype = row.dtype.rawValue
        description.kind = UInt8(kind.rawValue)
        description.exact = window.isExact ? 1 : 0
        description.n = Int64(images[0])
        description.h = Int64(images[1])
        description.w = Int64(images[2])
        description.cin = Int64(images[3])
        description.out_h = Int64(output[1])
        description.out_w = Int64(output[2])
        description.cout = Int64(output[3])
        description.kh = Int64(weights[0])
        description.kw = Int64(weights[1])
        description.stride_h = Int64(window.stride.0)
        description.stride_w = Int64(window.stride.1)
        description.pad_top = Int64(window.padding.0)
        description.pad_left = Int64(window.padding.1)
        description.dilation_h = Int64(window.dilation.0)
        description.dilation_w = Int64(window.dilation.1)
        description.groups = Int64(window.groups)
        description.program = program
        description.tile_images = Int64(tileImages)
        return try withLoader(row.a, given: imageLoader) { first in
            description.a_loader = first
            if first == nil { description.a_buffer = buffer(row.a) }
            return try withLoader(row.b) { second in
                description.b_loader = second
                if second == nil { description.b_buffer = buffer(row.b) }
                return ConvolutionKernel(&description)
            }
        }
    }

    /// - Parameter output: one entry a window.
    private func pooling(
        _ kind: nj_pool_kind, images: Shape, output: Shape, _ program: UnsafePointer<nj_program_desc>
    ) -> TileKernel? {
        let window = PoolingWindow(attribute: row.attribute)
        var description = nj_pool_desc()
        description.dtype = row.dtype.rawValue
        description.kind = UInt8(kind.rawValue)
        description.count_include_pad = window.countsPadding ? 1 : 0
        description.n = Int64(images[0])
        description.h = Int64(images[1])
        description.w = Int64(images[2])
        description.c = Int64(images[3])
        description.out_h = Int64(output[1])
        description.out_w = Int64(output[2])
        description.kh = Int64(window.kernel.0)
        description.kw = Int64(window.kernel.1)
        description.stride_h = Int64(window.stride.0)
        description.stride_w = Int64(window.stride.1)
        description.pad_top = Int64(window.padding.0)
        description.pad_left = Int64(window.padding.1)
        description.pad_bottom = description.pad_top
        description.pad_right = description.pad_left
        description.dilation_h = 1
        description.dilation_w = 1
        // What guides or is pooled, and what is taken from it or spread over it.
        if kind != NJ_POOL_AVG_GRAD { description.x_buffer = buffer(row.a) }
        if row.b != .none { description.dy_buffer = buffer(row.b) }
        if kind == NJ_POOL_AVG_GRAD { description.dy_buffer = buffer(row.a) }
        description.program = program
        return PoolingKernel(&description)
    }
}
