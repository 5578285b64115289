import CKernels

/// What a launch runs: a native kernel that does its work tile by tile, in phases with a barrier between them.
///
/// Tiles depend on the work alone, never on the number of threads, and may run in any order and at the same time.
class TileKernel {
    /// Tiles of each phase.
    let tileCounts: [Int]
    /// For each thread.
    let scratchBytes: Int
    /// For each run.
    let partialBytes: Int
    /// Estimated nanoseconds on one core.
    let cost: Double

    init(tileCounts: [Int], scratchBytes: Int, partialBytes: Int, cost: Double) {
        self.tileCounts = tileCounts
        self.scratchBytes = scratchBytes
        self.partialBytes = partialBytes
        self.cost = cost
    }

    /// Faults that may be reported: one a tile of the last phase.
    var faultCount: Int { max(tileCounts.last ?? 1, 1) }

    func run(phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer) {}

    /// After all tiles: combines partial results.
    func finish(_ bindings: UnsafePointer<nj_bindings>) {}
}

extension UnsafePointer<nj_bindings> {
    /// Calls `body` with the bindings of a kernel whose partial results and faults begin further on: one among several
    /// that run as one.
    func beginning(partials: Int, faults: Int, _ body: (UnsafePointer<nj_bindings>) -> Void) {
        var own = pointee
        own.partials = own.partials.map { $0 + partials }
        own.faults = own.faults.map { $0 + faults }
        withUnsafePointer(to: &own, body)
    }
}

/// A block program over a domain; see `nj_region.h`.
final class RegionKernel: TileKernel {
    private let program: OpaquePointer

    /// Nil when the description is not one the kernels take.
    init?(_ description: UnsafePointer<nj_program_desc>) {
        guard let program = nj_program_create(description) else { return nil }
        self.program = program
        super.init(
            tileCounts: [Int(nj_program_tile_count(program))], scratchBytes: nj_program_scratch_bytes(program),
            partialBytes: nj_program_partial_bytes(program), cost: nj_program_cost(program))
    }

    deinit { nj_program_destroy(program) }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) { nj_program_run(program, Int64(tile), bindings, scratch) }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) { nj_program_finish(program, bindings) }
}

/// A matrix product with a program on its tiles; see `nj_gemm.h`.
final class MatrixKernel: TileKernel {
    private let gemm: OpaquePointer

    /// Nil when the description is not one the kernels take.
    init?(_ description: UnsafePointer<nj_gemm_desc>) {
        guard let gemm = nj_gemm_create(description) else { return nil }
        self.gemm = gemm
        super.init(
            tileCounts: (0..<nj_gemm_phase_count(gemm)).map { Int(nj_gemm_tile_count(gemm, $0)) },
            scratchBytes: nj_gemm_scratch_bytes(gemm), partialBytes: nj_gemm_partial_bytes(gemm),
            cost: nj_gemm_cost(gemm))
    }

    deinit { nj_gemm_destroy(gemm) }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) { nj_gemm_run(gemm, Int32(truncatingIfNeeded: phase), Int64(tile), bindings, scratch) }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) { nj_gemm_finish(gemm, bindings) }
}

/// A convolution or one of its gradients with a program on its tiles; see `nj_conv.h`.
final class ConvolutionKernel: TileKernel {
    let conv: OpaquePointer

    /// Nil when the description is not one the kernels take.
    init?(_ description: UnsafePointer<nj_conv_desc>) {
        guard let conv = nj_conv_create(description) else { return nil }
        self.conv = conv
        super.init(
            tileCounts: (0..<nj_conv_phase_count(conv)).map { Int(nj_conv_tile_count(conv, $0)) },
            scratchBytes: nj_conv_scratch_bytes(conv), partialBytes: nj_conv_partial_bytes(conv),
            cost: nj_conv_cost(conv))
    }

    deinit { nj_conv_destroy(conv) }

    /// Which algorithm the shapes led to.
    var algorithm: String { String(cString: nj_conv_algorithm(conv)) }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) { nj_conv_run(conv, Int32(truncatingIfNeeded: phase), Int64(tile), bindings, scratch) }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) { nj_conv_finish(conv, bindings) }
}

/// Pooling or its opposite with a program on its tiles; see `nj_pool.h`.
final class PoolingKernel: TileKernel {
    private let pool: OpaquePointer

    /// Nil when the description is not one the kernels take.
    init?(_ description: UnsafePointer<nj_pool_desc>) {
        guard let pool = nj_pool_create(description) else { return nil }
        self.pool = pool
        super.init(
            tileCounts: (0..<nj_pool_phase_count(pool)).map { Int(nj_pool_tile_count(pool, $0)) },
            scratchBytes: nj_pool_scratch_bytes(pool), partialBytes: nj_pool_partial_bytes(pool),
            cost: nj_pool_cost(pool))
    }

    deinit { nj_pool_destroy(pool) }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) { nj_pool_run(pool, Int32(truncatingIfNeeded: phase), Int64(tile), bindings, scratch) }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) { nj_pool_finish(pool, bindings) }
}
