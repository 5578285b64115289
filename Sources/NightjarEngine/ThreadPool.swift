import CKernels
import NightjarProcess
import NightjarTensor
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One piece of work cut into tiles, which any thread may run in any order.
package struct TiledWork {
    /// Runs one tile. `scratch` belongs to the calling thread for the duration of the call.
    var run:
        @convention(c) (_ context: UnsafeMutableRawPointer, _ tile: Int, _ scratch: UnsafeMutableRawPointer) -> Void
    var context: UnsafeMutableRawPointer
    var tileCount: Int
    /// Whether the tiles that are left are passed over once a stop is due: what they were to make is thrown away then.
    var mayBeCut: Bool

    package init(
        run: @escaping @convention(c) (UnsafeMutableRawPointer, Int, UnsafeMutableRawPointer) -> Void,
        context: UnsafeMutableRawPointer, tileCount: Int, mayBeCut: Bool = false
    ) {
        self.run = run
        self.context = context
        self.tileCount = tileCount
        self.mayBeCut = mayBeCut
    }
}

/// Threads that stay: they spin through the launches of a plan and park between plans.
///
/// The caller takes part. Waking a parked thread costs tens to hundreds of microseconds, so a plan wakes the pool once
/// and its launches hand over by a counter. Which thread runs which tile never changes a result.
///
/// Every thread begins with its own share of the tiles, the same one in every launch, and helps the others when it has
/// none left: a tensor's rows stay in the caches of the core that works on them from launch to launch, which matters
/// most where cores have no cache in common.
package final class ThreadPool: @unchecked Sendable {
    package let threads: Int
    private let shared: UnsafeMutablePointer<Shared>
    private var workers: [pthread_t] = []
    /// Of all threads, one after the other.
    private var scratch: UnsafeMutableRawPointer
    /// Of a thread.
    private var scratchBytes: Int

    /// What the threads share. Lives behind a pointer so that workers need no reference counting.
    struct Shared: ~Copyable {
        /// The launch that is open: its number from bit 17 up, bit 16 while workers may enter, and below that how many
        /// are inside. A worker that wakes late finds the launch closed and is not waited for.
        let launch = Atomic<UInt64>(0)
        /// The open launch's tiles, a share for each thread.
        let shares: TileShares
        /// True while a plan runs: workers spin instead of parking.
        let busy = Atomic<Bool>(false)
        let stop = Atomic<Bool>(false)
        /// Whether tiles were passed over since ``ThreadPool/uncut()``.
        let isCut = Atomic<Bool>(false)
        /// Work beside launches, numbered and counted as launches are; see ``ThreadPool/begin(beside:)``.
        let side = Atomic<UInt64>(0)
        let nextSideTile = Atomic<Int>(0)
        var sideWork: UnsafePointer<TiledWork>?
        var work: UnsafePointer<TiledWork>?
        let scratch: UnsafeMutablePointer<UnsafeMutableRawPointer>
        /// Behind pointers of their own: handing over a part of this structure counts as changing all of it.
        let mutex: UnsafeMutablePointer<pthread_mutex_t>
        let condition: UnsafeMutablePointer<pthread_cond_t>
        /// Changes under the mutex only.
        let parked = Atomic<Int>(0)

        init(threads: Int) {
            scratch = .allocate(capacity: threads)
            shares = TileShares(threads)
            mutex = .allocate(capacity: 1)
            mutex.initialize(to: pthread_mutex_t())
            condition = .allocate(capacity: 1)
            condition.initialize(to: pthread_cond_t())
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(condition, nil)
        }

        deinit {
            pthread_cond_destroy(condition)
            pthread_mutex_destroy(mutex)
            condition.deallocate()
            mutex.deallocate()
            scratch.deallocate()
        }
    }

    package init(threads: Int) {
        self.threads = max(threads, 1)
        scratchBytes = 1 << 20
        scratch =
            ThreadPool.scratch(self.threads, scratchBytes)
            ?? .allocate(byteCount: self.threads * scratchBytes, alignment: 4096)
        shared = .allocate(capacity: 1)
        shared.initialize(to: Shared(threads: self.threads))
        shareScratch()
        for index in 1..<self.threads {
            let start = UnsafeMutablePointer<WorkerStart>.allocate(capacity: 1)
            start.initialize(to: WorkerStart(shared: shared, index: index))
            var thread = pthread_t()
            if pthread_create(&thread, nil, workerMain, start) == 0 {
                workers.append(thread)
            } else {
                start.deallocate()
            }
        }
    }

    deinit {
        shared.pointee.stop.store(true, ordering: .sequentiallyConsistent)
        wake()
        for worker in workers { pthread_join(worker, nil) }
        free(scratch)
        shared.deinitialize(count: 1)
        shared.deallocate()
    }

    /// Memory for so many bytes of each thread, in whole large pages where it fills one.
    private static func scratch(_ threads: Int, _ each: Int) -> UnsafeMutableRawPointer? {
        PageMemory.allocate(PageMemory.filled(threads * each), alignment: 4096)
    }

    /// Makes sure that each thread's scratch memory has at least this many bytes. Call between plans only.
    /// - Throws: ``TensorError`` when there is no more memory.
    package func reserveScratch(_ bytes: Int) throws {
        guard bytes > scratchBytes else { return }
        let each = (bytes + 4095) / 4096 * 4096
        guard let block = ThreadPool.scratch(threads, each) else {
            throw TensorError("out of memory: no room for the scratch memory of \(threads) threads, \(each) bytes each")
        }
        free(scratch)
        (scratch, scratchBytes) = (block, each)
        shareScratch()
    }

    private func shareScratch() {
        for index in 0..<threads { shared.pointee.scratch[index] = scratch + index * scratchBytes }
    }

    /// The calling thread's scratch memory, for work that is not spread.
    var callerScratch: UnsafeMutableRawPointer { shared.pointee.scratch[0] }

    /// Tells the workers that launches follow closely: they spin until ``finish()``.
    package func begin() {
        guard !workers.isEmpty else { return }
        shared.pointee.busy.store(true, ordering: .releasing)
        wake()
    }

    /// Lets the workers park again.
    package func finish() {
        guard !workers.isEmpty else { return }
        shared.pointee.busy.store(false, ordering: .releasing)
    }

    /// Whether tiles were passed over since ``uncut()``, because a stop was due: what they were to make is not there.
    var isCut: Bool { shared.pointee.isCut.load(ordering: .relaxed) }

    /// The work that follows is another.
    func uncut() { shared.pointee.isCut.store(false, ordering: .relaxed) }

    /// Whether the tiles that are left are to be passed over; remembers that they are.
    func cuts() -> Bool { isTimeToCut(shared) }

    /// What ``isTileCut(_:)`` is asked with.
    var cutContext: UnsafeMutableRawPointer { UnsafeMutableRawPointer(shared) }

    /// Runs all tiles and returns when the last one is done. Call between ``begin()`` and ``finish()``.
    package func run(_ work: inout TiledWork) {
        if workers.isEmpty || work.tileCount <= 1 {
            for tile in 0..<work.tileCount where !work.mayBeCut || !cuts() {
                work.run(work.context, tile, callerScratch)
            }
            return
        }
        let count = work.tileCount
        withUnsafePointer(to: &work) { pointer in
            shared.pointee.work = pointer
            let dealt = shared.pointee.shares.deal(count)
            let number = (shared.pointee.launch.load(ordering: .relaxed) >> 17) &+ 1
            shared.pointee.launch.store(number << 17 | launchIsOpen, ordering: .releasing)
            takeTiles(shared, 0)
            for tile in dealt..<count where !pointer.pointee.mayBeCut || !cuts() {
                pointer.pointee.run(pointer.pointee.context, tile, callerScratch)
            }
            shared.pointee.launch.bitwiseAnd(~launchIsOpen, ordering: .acquiringAndReleasing)
            while shared.pointee.launch.load(ordering: .acquiring) & launchCount != 0 { spinWait() }
        }
    }

    /// Lets workers run tiles of `work` whenever they have nothing else to do: while a script records, and between the
    /// launches of a plan. A launch never waits for one. `work` stays where it is until ``finishBeside()``; its tiles get
    /// no scratch memory of their own. One work at a time.
    package func begin(beside work: UnsafePointer<TiledWork>) {
        shared.pointee.sideWork = work
        shared.pointee.nextSideTile.store(0, ordering: .relaxed)
        let number = (shared.pointee.side.load(ordering: .relaxed) >> 17) &+ 1
        shared.pointee.side.store(number << 17 | launchIsOpen, ordering: .releasing)
        if !workers.isEmpty { wake() }
    }

    /// Runs what is left of the work beside, and returns when its last tile is done.
    package func finishBeside() {
        while takeSideTile(shared, callerScratch) {}
        shared.pointee.side.bitwiseAnd(~launchIsOpen, ordering: .acquiringAndReleasing)
        while shared.pointee.side.load(ordering: .acquiring) & launchCount != 0 { spinWait() }
    }

    private func wake() {
        pthread_mutex_lock(shared.pointee.mutex)
        if shared.pointee.parked.load(ordering: .relaxed) > 0 { pthread_cond_broadcast(shared.pointee.condition) }
        pthread_mutex_unlock(shared.pointee.mutex)
    }
}

private let launchIsOpen: UInt64 = 1 << 16
private let launchCount: UInt64 = launchIsOpen - 1

private struct WorkerStart {
    let shared: UnsafeMutablePointer<ThreadPool.Shared>
    let index: Int
}

@inline(__always)
private func spinWait() {
    #if arch(x86_64) || arch(arm64)
        nj_pause()
    #endif
}

private func takeTiles(_ shared: UnsafeMutablePointer<ThreadPool.Shared>, _ index: Int) {
    guard let work = shared.pointee.work?.pointee else { return }
    let scratch = shared.pointee.scratch[index]
    while let tile = shared.pointee.shares.take(index) {
        if work.mayBeCut, isTimeToCut(shared) { continue }
        work.run(work.context, tile, scratch)
    }
}

/// Two loads where nobody has asked for a stop. Once tiles were passed over, all that follow are: a stop that is not due any
/// more, since another thread is inside of a training step, must not let later work read what was never made.
@inline(__always)
private func isTimeToCut(_ shared: UnsafeMutablePointer<ThreadPool.Shared>) -> Bool {
    if shared.pointee.isCut.load(ordering: .relaxed) { return true }
    guard StopSignal.isDue else { return false }
    shared.pointee.isCut.store(true, ordering: .relaxed)
    return true
}

/// The same for a kernel whose one tile takes long (`nj_bindings`); not 0 where nobody wants the tile any more.
func isTileCut(_ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    return isTimeToCut(context.assumingMemoryBound(to: ThreadPool.Shared.self)) ? 1 : 0
}

/// - Returns: false where no tile was left.
private func takeSideTile(
    _ shared: UnsafeMutablePointer<ThreadPool.Shared>, _ scratch: UnsafeMutableRawPointer
) -> Bool {
    guard let work = shared.pointee.sideWork?.pointee else { return false }
    let tile = shared.pointee.nextSideTile.add(1, ordering: .relaxed).oldValue
    guard tile < work.tileCount else { return false }
    work.run(work.context, tile, scratch)
    return true
}

/// Runs one tile of the work beside, where there is one.
/// - Parameter seen: the number of the work that this worker has found empty.
/// - Returns: whether there may be more.
private func helpBeside(_ shared: UnsafeMutablePointer<ThreadPool.Shared>, _ seen: inout UInt64) -> Bool {
    let side = shared.pointee.side.load(ordering: .acquiring)
    guard side & launchIsOpen != 0, side >> 17 != seen else { return false }
    let entered = shared.pointee.side.compareExchange(
        expected: side, desired: side &+ 1, ordering: .acquiringAndReleasing
    ).exchanged
    guard entered else { return true }
    // Scratch memory may be replaced meanwhile; a tile beside does not look at it.
    let isMore = withUnsafeTemporaryAllocation(byteCount: 64, alignment: 64) { scratch in
        scratch.baseAddress.map { takeSideTile(shared, $0) } ?? false
    }
    if !isMore { seen = side >> 17 }
    shared.pointee.side.subtract(1, ordering: .releasing)
    return true
}

private func workerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = argument.assumingMemoryBound(to: WorkerStart.self)
    let (shared, index) = (start.pointee.shared, start.pointee.index)
    start.deallocate()
    var seen: UInt64 = 0
    var seenSide: UInt64 = 0
    while true {
        let launch = shared.pointee.launch.load(ordering: .acquiring)
        if launch & launchIsOpen != 0, launch >> 17 != seen {
            let entered = shared.pointee.launch.compareExchange(
                expected: launch, desired: launch &+ 1, ordering: .acquiringAndReleasing
            ).exchanged
            if entered {
                seen = launch >> 17
                takeTiles(shared, index)
                shared.pointee.launch.subtract(1, ordering: .releasing)
            }
            continue
        }
        if shared.pointee.stop.load(ordering: .relaxed) { return nil }
        if helpBeside(shared, &seenSide) { continue }
        if shared.pointee.busy.load(ordering: .acquiring) {
            spinWait()
            continue
        }
        // Spin a little, since the next step often follows at once; then park.
        var patience = 20_000
        while patience > 0, !isWanted(shared, seenSide) {
            spinWait()
            patience -= 1
        }
        guard patience == 0 else { continue }
        pthread_mutex_lock(shared.pointee.mutex)
        shared.pointee.parked.add(1, ordering: .relaxed)
        while !isWanted(shared, seenSide) {
            pthread_cond_wait(shared.pointee.condition, shared.pointee.mutex)
        }
        shared.pointee.parked.subtract(1, ordering: .relaxed)
        pthread_mutex_unlock(shared.pointee.mutex)
    }
}

/// Whether there is a reason for a worker not to park.
@inline(__always)
private func isWanted(_ shared: UnsafeMutablePointer<ThreadPool.Shared>, _ seenSide: UInt64) -> Bool {
    if shared.pointee.busy.load(ordering: .relaxed) || shared.pointee.stop.load(ordering: .relaxed) { return true }
    let side = shared.pointee.side.load(ordering: .relaxed)
    return side & launchIsOpen != 0 && side >> 17 != seenSide
}
