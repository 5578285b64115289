import NightjarEngine
import NightjarTensor
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    /// Counts how often each tile ran, and holds each tile's scratch memory against use by another thread.
    private final class Counts: Sendable {
        let runs: [Atomic64]
        let clashes = Atomic64()
        init(_ count: Int) { runs = (0..<count).map { _ in Atomic64() } }
    }

    private final class Atomic64: Sendable {
        let value = Atomic<Int>(0)
        func add() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
    }

    private static func launch(_ pool: ThreadPool, _ counts: Counts) {
        var work = TiledWork(
            run: { context, tile, scratch in
                let counts = Unmanaged<Counts>.fromOpaque(context).takeUnretainedValue()
                let mine = scratch.assumingMemoryBound(to: Int.self)
                mine.pointee = tile
                counts.runs[tile].add()
                if mine.pointee != tile { counts.clashes.add() }
            }, context: Unmanaged.passUnretained(counts).toOpaque(), tileCount: counts.runs.count)
        withExtendedLifetime(counts) { pool.run(&work) }
    }

    @Test(arguments: 1...4) func everyTileRunsExactlyOnce(threads: Int) throws {
        let pool = ThreadPool(threads: threads)
        for round in 0..<200 {
            pool.begin()
            for launch in 0..<20 {
                let counts = Counts((round * 7 + launch * 13) % 40)
                Self.launch(pool, counts)
                #expect(counts.runs.allSatisfy { $0.count == 1 })
                #expect(counts.clashes.count == 0)
            }
            pool.finish()
            if round % 50 == 0 { try pool.reserveScratch((2 << 20) + round * 4096) }
        }
    }

    @Test func aPoolThatHasJustBeenMadeOrIsAboutToGoDoesItsWork() {
        for threads in 1...4 {
            for _ in 0..<40 {
                let pool = ThreadPool(threads: threads)
                let counts = Counts(17)
                pool.begin()
                Self.launch(pool, counts)
                pool.finish()
                #expect(counts.runs.allSatisfy { $0.count == 1 })
            }
        }
    }

    @Test func launchesWithoutBeginRunOnWhoeverIsThere() {
        let pool = ThreadPool(threads: 3)
        for _ in 0..<200 {
            let counts = Counts(9)
            Self.launch(pool, counts)
            #expect(counts.runs.allSatisfy { $0.count == 1 })
        }
    }

    @Test func scratchMemoryThatTheSystemDoesNotHaveIsRefused() throws {
        let pool = ThreadPool(threads: 2)
        let error = #expect(throws: TensorError.self) { try pool.reserveScratch(1 << 58) }
        #expect(
            error?.message
                == "out of memory: no room for the scratch memory of 2 threads, 288230376151711744 bytes each")
        let counts = Counts(5)
        Self.launch(pool, counts)
        #expect(counts.runs.allSatisfy { $0.count == 1 })
    }
}
