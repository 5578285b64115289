import CKernels

/// One thing that a plan runs: a kernel, and the rows of the plan's graph that it computes.
final class Launch {
    let kernel: TileKernel
    let isFallible: Bool
    /// The rows of the plan's graph that this launch computes.
    let members: [Int]

    init(_ kernel: TileKernel, isFallible: Bool, members: [Int]) {
        self.kernel = kernel
        self.isFallible = isFallible
        self.members = members
    }

    var cost: Double { kernel.cost }

    /// What a tile needs to know while it runs. The launch holds the kernel meanwhile.
    fileprivate struct Context {
        var kernel: Unmanaged<TileKernel>
        var phase: Int
        var bindings: UnsafePointer<nj_bindings>
    }

    /// Runs all tiles, spread over the pool where `parallel`, and combines partial results.
    /// - Parameter mayBeCut: whether a stop may leave tiles out. Where it did, ``ThreadPool/isCut``, the results are not there.
    func run(_ bindings: UnsafePointer<nj_bindings>, _ pool: ThreadPool, parallel: Bool, mayBeCut: Bool) {
        for (phase, count) in kernel.tileCounts.enumerated() {
            if parallel {
                var context = Context(kernel: Unmanaged.passUnretained(kernel), phase: phase, bindings: bindings)
                withUnsafeMutablePointer(to: &context) { pointer in
                    var work = TiledWork(
                        run: runTile, context: UnsafeMutableRawPointer(pointer), tileCount: count, mayBeCut: mayBeCut)
                    pool.run(&work)
                }
            } else {
                for tile in 0..<count where !mayBeCut || !pool.cuts() {
                    kernel.run(phase: phase, tile: tile, bindings, pool.callerScratch)
                }
            }
            // A later phase would read what an earlier one has not written.
            if mayBeCut, pool.isCut { return }
        }
        kernel.finish(bindings)
    }
}

private func runTile(_ raw: UnsafeMutableRawPointer, _ tile: Int, _ scratch: UnsafeMutableRawPointer) {
    let context = raw.assumingMemoryBound(to: Launch.Context.self)
    context.pointee.kernel._withUnsafeGuaranteedRef {
        $0.run(phase: context.pointee.phase, tile: tile, context.pointee.bindings, scratch)
    }
}
