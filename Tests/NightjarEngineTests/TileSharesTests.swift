import NightjarEngine
import Synchronization
import Testing

@Suite struct TileSharesTests {
    @Test(arguments: 1...5) func threadsBeginWithSharesOfTheirOwnThatDifferByOneAtMost(threads: Int) {
        let shares = TileShares(threads)
        for count in [threads, threads + 1, 7 * threads, 7 * threads + threads - 1] {
            #expect(shares.deal(count) == count)
            var first = 0
            for thread in 0..<threads {
                let size = count / threads + (thread < count % threads ? 1 : 0)
                for tile in first..<first + size - 1 { #expect(shares.take(thread) == tile) }
                first += size
            }
            #expect(first == count)
        }
    }

    @Test func whoHasNoTileLeftTakesTheLastOfAnother() {
        let shares = TileShares(3)
        _ = shares.deal(9)
        #expect((0..<9).map { _ in shares.take(1) } == [3, 4, 5, 8, 7, 6, 2, 1, 0])
        #expect((0..<3).allSatisfy { shares.take($0) == nil })
        _ = shares.deal(2)
        #expect([shares.take(2), shares.take(2), shares.take(2)] == [0, 1, nil])
    }

    @Test func thereMayBeNoTiles() {
        let shares = TileShares(2)
        #expect(shares.deal(0) == 0)
        #expect(shares.take(0) == nil)
        #expect(shares.take(1) == nil)
    }

    @Test func tilesWithoutANumberAreLeftToTheCaller() {
        let shares = TileShares(2)
        #expect(shares.deal(1 << 40) == Int(UInt32.max))
        #expect(shares.take(0) == 0)
        #expect(shares.take(1) == 1 << 31)
    }

    /// What threads that take tiles at the same time share.
    private final class Race: Sendable {
        let shares = TileShares(4)
        let taken: [Taken]
        init(_ tiles: Int) {
            taken = (0..<tiles).map { _ in Taken() }
            _ = shares.deal(tiles)
        }
    }

    private final class Taken: Sendable {
        let times = Atomic<Int>(0)
    }

    @Test func everyTileIsTakenOnceThoughAllTakeAtOnce() async {
        for tiles in [3, 1000, 100_000] {
            let race = Race(tiles)
            await withTaskGroup(of: Void.self) { group in
                for thread in 0..<4 {
                    group.addTask {
                        while let tile = race.shares.take(thread) { race.taken[tile].times.add(1, ordering: .relaxed) }
                    }
                }
            }
            #expect(race.taken.allSatisfy { $0.times.load(ordering: .relaxed) == 1 })
        }
    }
}
