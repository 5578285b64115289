import CKernels
import NightjarTensor

/// One thing that a plan runs: a region over its tiles, or a matrix product or a routine in its phases.
final class Launch {
    enum Kernel {
        case region(OpaquePointer)
        case product(OpaquePointer)
        case routine(Routine)
    }

    let kernel: Kernel
    /// Tiles of each phase, with a barrier between phases.
    let tileCounts: [Int]
    let scratchBytes: Int
    let partialBytes: Int
    /// Estimated nanoseconds on one core.
    let cost: Double
    let isFallible: Bool
    /// The rows of the plan's graph that this launch computes.
    let members: [Int]

    /// Nil when the description is not one the kernels take.
    init?(region description: UnsafePointer<nj_program_desc>, isFallible: Bool, members: [Int]) {
        guard let program = nj_program_create(description) else { return nil }
        kernel = .region(program)
        tileCounts = [Int(nj_program_tile_count(program))]
        scratchBytes = nj_program_scratch_bytes(program)
        partialBytes = nj_program_partial_bytes(program)
        cost = nj_program_cost(program)
        self.isFallible = isFallible
        self.members = members
    }

    init?(product description: UnsafePointer<nj_gemm_desc>, isFallible: Bool, members: [Int]) {
        guard let gemm = nj_gemm_create(description) else { return nil }
        kernel = .product(gemm)
        tileCounts = (0..<nj_gemm_phase_count(gemm)).map { Int(nj_gemm_tile_count(gemm, $0)) }
        scratchBytes = nj_gemm_scratch_bytes(gemm)
        partialBytes = nj_gemm_partial_bytes(gemm)
        cost = nj_gemm_cost(gemm)
        self.isFallible = isFallible
        self.members = members
    }

    init(routine: Routine, isFallible: Bool, members: [Int]) {
        kernel = .routine(routine)
        tileCounts = routine.tileCounts
        scratchBytes = routine.scratchBytes
        partialBytes = routine.partialBytes
        cost = routine.cost
        self.isFallible = isFallible
        self.members = members
    }

    deinit {
        switch kernel {
        case .region(let program): nj_program_destroy(program)
        case .product(let gemm): nj_gemm_destroy(gemm)
        case .routine: break
        }
    }

    /// Faults that may be reported: one a tile of the last phase.
    var faultCount: Int { max(tileCounts.last ?? 1, 1) }

    /// What a tile needs to know while it runs.
    struct Context {
        var kernel: OpaquePointer
        var phase: Int32
        var bindings: UnsafePointer<nj_bindings>
    }

    /// Runs all tiles, spread over the pool where `parallel`, and combines partial results.
    func run(_ bindings: UnsafePointer<nj_bindings>, _ pool: ThreadPool, parallel: Bool) {
        switch kernel {
        case .region(let program):
            if parallel {
                var context = Context(kernel: program, phase: 0, bindings: bindings)
                spread(&context, tileCounts[0], pool, runRegionTile)
            } else {
                for tile in 0..<tileCounts[0] { nj_program_run(program, Int64(tile), bindings, pool.callerScratch) }
            }
            nj_program_finish(program, bindings)
        case .product(let gemm):
            for (phase, count) in tileCounts.enumerated() {
                if parallel {
                    var context = Context(kernel: gemm, phase: Int32(phase), bindings: bindings)
                    spread(&context, count, pool, runProductTile)
                } else {
                    for tile in 0..<count {
                        nj_gemm_run(gemm, Int32(phase), Int64(tile), bindings, pool.callerScratch)
                    }
                }
            }
            nj_gemm_finish(gemm, bindings)
        case .routine(let routine):
            for (phase, count) in tileCounts.enumerated() {
                if parallel {
                    let kernel = OpaquePointer(Unmanaged.passUnretained(routine).toOpaque())
                    var context = Context(kernel: kernel, phase: Int32(phase), bindings: bindings)
                    spread(&context, count, pool, runRoutineTile)
                } else {
                    for tile in 0..<count { routine.run(phase: phase, tile: tile, bindings, pool.callerScratch) }
                }
            }
        }
    }

    private func spread(
        _ context: inout Context, _ count: Int, _ pool: ThreadPool,
        _ body: @escaping @convention(c) (UnsafeMutableRawPointer, Int, UnsafeMutableRawPointer) -> Void
    ) {
        withUnsafeMutablePointer(to: &context) { pointer in
            var work = TiledWork(run: body, context: UnsafeMutableRawPointer(pointer), tileCount: count)
            pool.run(&work)
        }
    }
}

private func runRegionTile(_ raw: UnsafeMutableRawPointer, _ tile: Int, _ scratch: UnsafeMutableRawPointer) {
    let context = raw.assumingMemoryBound(to: Launch.Context.self)
    nj_program_run(context.pointee.kernel, Int64(tile), context.pointee.bindings, scratch)
}

private func runProductTile(_ raw: UnsafeMutableRawPointer, _ tile: Int, _ scratch: UnsafeMutableRawPointer) {
    let context = raw.assumingMemoryBound(to: Launch.Context.self)
    nj_gemm_run(context.pointee.kernel, context.pointee.phase, Int64(tile), context.pointee.bindings, scratch)
}

private func runRoutineTile(_ raw: UnsafeMutableRawPointer, _ tile: Int, _ scratch: UnsafeMutableRawPointer) {
    let context = raw.assumingMemoryBound(to: Launch.Context.self)
    // The launch holds the routine while its tiles run.
    let routine = Unmanaged<Routine>.fromOpaque(UnsafeRawPointer(context.pointee.kernel)).takeUnretainedValue()
    routine.run(phase: Int(context.pointee.phase), tile: tile, context.pointee.bindings, scratch)
}
