import CKernels

/// Running sums, sorting and moving by index; see `nj_routine.h`.
final class LineKernel: TileKernel {
    private let routine: OpaquePointer

    /// Nil when the description is not one the kernels take.
    init?(_ description: UnsafePointer<nj_routine_desc>) {
        guard let routine = nj_routine_create(description) else { return nil }
        self.routine = routine
        super.init(
            tileCounts: (0..<nj_routine_phase_count(routine)).map { Int(nj_routine_tile_count(routine, $0)) },
            scratchBytes: nj_routine_scratch_bytes(routine), partialBytes: nj_routine_partial_bytes(routine),
            cost: nj_routine_cost(routine))
    }

    deinit { nj_routine_destroy(routine) }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) { nj_routine_run(routine, Int32(truncatingIfNeeded: phase), Int64(tile), bindings, scratch) }
}
