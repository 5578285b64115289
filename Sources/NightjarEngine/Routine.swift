import CKernels
import NightjarTensor

/// The work of a launch that is neither a region nor a product, in phases of tiles: tiles of a phase run in any order
/// and on any thread, phases one after the other. Results must not depend on which thread runs what.
class Routine {
    /// Tiles of each phase.
    var tileCounts: [Int] { [] }
    /// For each thread.
    var scratchBytes: Int { 0 }
    /// For each run.
    var partialBytes: Int { 0 }
    /// Estimated nanoseconds on one core.
    var cost: Double { 0 }

    func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {}
}

/// Running sums, sorting and moving by index: the kernels of `nj_routine.h`.
final class LineRoutine: Routine {
    private let routine: OpaquePointer

    /// Nil when the description is not one the kernels take.
    init?(_ description: nj_routine_desc) {
        var description = description
        guard let routine = nj_routine_create(&description) else { return nil }
        self.routine = routine
    }

    deinit { nj_routine_destroy(routine) }

    override var tileCounts: [Int] {
        (0..<nj_routine_phase_count(routine)).map { Int(nj_routine_tile_count(routine, $0)) }
    }
    override var scratchBytes: Int { nj_routine_scratch_bytes(routine) }
    override var partialBytes: Int { nj_routine_partial_bytes(routine) }
    override var cost: Double { nj_routine_cost(routine) }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {
        nj_routine_run(routine, Int32(phase), Int64(tile), bindings, scratch)
    }
}
