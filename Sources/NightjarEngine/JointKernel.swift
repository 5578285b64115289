import CKernels

/// Several kernels that do not wait for each other, run as one: the threads take tiles of all of them from one list.
///
/// The update of a hundred small parameters is then one launch with one barrier. Every kernel runs its own tiles as it
/// would alone, so joining changes no bit.
final class JointKernel: TileKernel {
    private let kernels: [TileKernel]
    /// Where a kernel stands in the list of tiles, in the partial results and in the faults.
    private struct Part {
        /// Held by `kernels`; threads need no reference counts.
        let kernel: Unmanaged<TileKernel>
        let firstTile: Int
        let partialOffset: Int
    }
    private let parts: [Part]
    /// The part of each tile.
    private let partOf: [Int32]

    /// Nil when one of the kernels has several phases.
    init?(_ kernels: [TileKernel]) {
        guard kernels.allSatisfy({ $0.tileCounts.count == 1 }) else { return nil }
        self.kernels = kernels
        var parts: [Part] = []
        var partOf: [Int32] = []
        var bytes = 0
        for (index, kernel) in kernels.enumerated() {
            parts.append(
                Part(kernel: .passUnretained(kernel), firstTile: partOf.count, partialOffset: bytes))
            partOf.append(
                contentsOf: repeatElement(Int32(truncatingIfNeeded: index), count: kernel.tileCounts[0]))
            bytes += (kernel.partialBytes + 63) / 64 * 64
        }
        self.parts = parts
        self.partOf = partOf
        super.init(
            tileCounts: [partOf.count], scratchBytes: kernels.map(\.scratchBytes).max() ?? 0, partialBytes: bytes,
            cost: kernels.reduce(0) { $0 + $1.cost })
    }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {
        let part = parts[Int(partOf[tile])]
        withBindings(of: part, bindings) { own in
            part.kernel._withUnsafeGuaranteedRef {
                $0.run(phase: 0, tile: tile - part.firstTile, own, scratch)
            }
        }
    }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) {
        for part in parts {
            withBindings(of: part, bindings) { own in part.kernel._withUnsafeGuaranteedRef { $0.finish(own) } }
        }
    }

    private func withBindings(
        of part: Part, _ bindings: UnsafePointer<nj_bindings>, _ body: (UnsafePointer<nj_bindings>) -> Void
    ) {
        var own = bindings.pointee
        own.partials = own.partials.map { $0 + part.partialOffset }
        own.faults = own.faults.map { $0 + part.firstTile }
        withUnsafePointer(to: &own, body)
    }
}
