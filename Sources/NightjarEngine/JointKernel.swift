import CKernels

/// Several kernels that run as one: the threads take tiles of all of them from one list.
///
/// The update of a hundred small parameters is then one launch with one barrier, and kernels that sweep over the same
/// tensors meet them in the cache: the tiles of a phase are mixed in proportion, so that all kernels are at about the
/// same place of their data. Every kernel runs its own tiles as it would alone, so joining changes no bit.
final class JointKernel: TileKernel {
    private let kernels: [TileKernel]
    private let arrangement: JointArrangement

    /// - Parameter firstPhases: for each kernel, the phase of the whole in which it begins.
    init(_ kernels: [TileKernel], firstPhases: [Int]) {
        self.kernels = kernels
        let arrangement = JointArrangement(kernels, firstPhases)
        self.arrangement = arrangement
        super.init(
            tileCounts: arrangement.tileCounts, scratchBytes: arrangement.scratchBytes,
            partialBytes: arrangement.partialBytes, cost: arrangement.cost)
    }

    override var faultCount: Int { arrangement.faultCount }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {
        let entry = arrangement.entries[phase][tile]
        let part = arrangement.parts[Int(entry.part)]
        part.withBindings(bindings) { own in
            part.kernel._withUnsafeGuaranteedRef {
                $0.run(phase: phase - part.firstPhase, tile: Int(entry.tile), own, scratch)
            }
        }
    }

    override func finish(_ bindings: UnsafePointer<nj_bindings>) {
        for part in arrangement.parts {
            part.withBindings(bindings) { own in part.kernel._withUnsafeGuaranteedRef { $0.finish(own) } }
        }
    }
}

/// Where the kernels of a joint one stand among each other.
private struct JointArrangement {
    /// Where a kernel begins, and where its memory begins in the partial results and in the faults.
    struct Part {
        /// Held by the joint kernel; threads need no reference counts.
        let kernel: Unmanaged<TileKernel>
        let firstPhase: Int
        let partialOffset: Int
        let firstFault: Int

        func withBindings(
            _ bindings: UnsafePointer<nj_bindings>, _ body: (UnsafePointer<nj_bindings>) -> Void
        ) {
            bindings.beginning(partials: partialOffset, faults: firstFault, body)
        }
    }

    /// A tile of a part.
    struct Entry {
        let part: Int32
        let tile: Int32
    }

    private(set) var parts: [Part] = []
    /// The tiles of each phase.
    private(set) var entries: [[Entry]] = []
    private(set) var partialBytes = 0
    private(set) var scratchBytes = 0
    private(set) var faultCount = 0
    private(set) var cost = 0.0

    var tileCounts: [Int] { entries.map(\.count) }

    // Inlined into the initializer of a class, it makes the compiler fail (Swift 6.3).
    @inline(never)
    init(_ kernels: [TileKernel], _ firstPhases: [Int]) {
        var phases = 0
        for (kernel, firstPhase) in zip(kernels, firstPhases) {
            parts.append(
                Part(
                    kernel: .passUnretained(kernel), firstPhase: firstPhase, partialOffset: partialBytes,
                    firstFault: faultCount))
            partialBytes += (kernel.partialBytes + 63) / 64 * 64
            faultCount += kernel.faultCount
            scratchBytes = max(scratchBytes, kernel.scratchBytes)
            cost += kernel.cost
            phases = max(phases, firstPhase + kernel.tileCounts.count)
        }
        for phase in 0..<phases {
            let counts = zip(kernels, firstPhases).map { kernel, first in
                kernel.tileCounts.indices.contains(phase - first) ? kernel.tileCounts[phase - first] : 0
            }
            entries.append(JointArrangement.mixed(counts))
        }
    }

    /// The tiles of all parts, each where it begins among its own. Of those that begin together the longest come first,
    /// so that none is left to run alone at the end.
    private static func mixed(_ counts: [Int]) -> [Entry] {
        var placed: [(place: Double, count: Int, entry: Entry)] = []
        for (part, count) in counts.enumerated() {
            for tile in 0..<count {
                let entry = Entry(part: Int32(truncatingIfNeeded: part), tile: Int32(truncatingIfNeeded: tile))
                placed.append((Double(tile) / Double(count), count, entry))
            }
        }
        return placed.sorted { ($0.place, $0.count, $0.entry.part) < ($1.place, $1.count, $1.entry.part) }.map(\.entry)
    }
}
