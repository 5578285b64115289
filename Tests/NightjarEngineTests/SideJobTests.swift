import NightjarEngine
import NightjarGraph
import NightjarTensor
import Synchronization
import Testing

/// Work that is done beside launches.
@Suite struct SideJobTests {
    /// How often each piece was run.
    private final class Counts: Sendable {
        private final class Entry: Sendable {
            let value = Atomic<Int>(0)
        }
        private let entries: [Entry]
        init(_ count: Int) { entries = (0..<count).map { _ in Entry() } }
        func add(_ index: Int) { entries[index].value.add(1, ordering: .relaxed) }
        var all: [Int] { entries.map { $0.value.load(ordering: .relaxed) } }
    }

    @Test(arguments: [1, 2, 3, 5]) func everyPieceIsDoneOnceBesideLaunches(threads: Int) throws {
        let session = Session(threads: threads)
        let x = try Tensor([Float](repeating: 1, count: 300_000))
        for round in 0..<40 {
            let counts = Counts(round)
            let job = session.beside(pieces: round) { counts.add($0) }
            if round % 3 != 0 {
                let sum = try session.tape.reduce(
                    .sum, session.tape.unary(.exp, session.tape.leaf(x)), axes: 1, keep: false)
                let value = try session.evaluate([Value(session.tape, sum)])[0].values[0]
                #expect(abs(value / 300_000 - 2.718_281_8) < 1e-5)
            }
            job.finish()
            #expect(counts.all == [Int](repeating: 1, count: round))
            job.finish()
        }
    }

    /// On whichever thread a piece is done, its memory is that of whoever began the work.
    @Test(arguments: [1, 3]) func whatPiecesTakeCountsInTheAccountOfWhoeverBeganThem(threads: Int) throws {
        let session = Session(threads: threads)
        let account = MemoryAccount()
        let made = Mutex<[Storage]>([])
        let work = MemoryAccount.begin(account)
        let job = session.beside(pieces: 40) { _ in
            if let storage = try? Storage(byteCount: 4096) { made.withLock { $0.append(storage) } }
        }
        work.end()
        // The last pieces are done by whoever waits, who has no account any more.
        job.finish()
        #expect(made.withLock { $0.count } == 40)
        #expect(account.live == 40 * 4096)
        made.withLock { $0 = [] }
        #expect(account.live == 0)
    }

    @Test func theOneBeforeIsFinishedFirst() throws {
        let session = Session(threads: 2)
        let (first, second) = (Counts(9), Counts(4))
        let one = session.beside(pieces: 9) { first.add($0) }
        let two = session.beside(pieces: 4) { second.add($0) }
        #expect(first.all == [Int](repeating: 1, count: 9))
        one.finish()
        two.finish()
        #expect(second.all == [1, 1, 1, 1])
    }

    @Test func aJobThatIsLetGoIsDone() throws {
        let session = Session(threads: 2)
        let counts = Counts(20)
        _ = session.beside(pieces: 20) { counts.add($0) }
        #expect(counts.all == [Int](repeating: 1, count: 20))
    }
}
