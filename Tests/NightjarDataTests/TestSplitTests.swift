import NightjarData
import NightjarTensor
import Testing

struct TestSplitTests {
    private func randomLabels(_ count: Int, classes: Int, _ seed: UInt64) -> [Int32] {
        let stream = RandomStream(seed: seed, purpose: "labels")
        return (0..<UInt64(count)).map { Int32(stream.below(classes, $0)) }
    }

    @Test func everySampleIsInOnePart() throws {
        for (seed, share) in [(0, 1), (1, 200), (2, 333), (3, 500), (4, 950)] as [(UInt64, Int)] {
            for isStratified in [true, false] {
                let labels = randomLabels(501, classes: 7, seed)
                let split = try TestSplit(testPerMille: share, isStratified: isStratified, seed: seed)
                let (train, test) = try split.indices(labels: labels)
                #expect((train + test).sorted() == Array(0..<501))
                #expect(train == train.sorted() && test == test.sorted())
                #expect(test.count == (501 * share + 999) / 1000)
            }
        }
    }

    @Test func eachClassGivesItsShareToWithinOne() throws {
        for seed in 0..<20 as Range<UInt64> {
            let labels = randomLabels(300, classes: 9, seed)
            let share = 50 + 37 * Int(seed)
            let (_, test) = try TestSplit(testPerMille: share, seed: seed).indices(labels: labels)
            for label in 0..<9 as Range<Int32> {
                let own = labels.count { $0 == label }
                let held = test.count { labels[$0] == label }
                #expect(abs(Double(held) - Double(own * share) / 1000) < 1)
            }
        }
    }

    @Test func theLargestRemaindersAreRoundedUpLowerClassFirst() throws {
        // Shares of a fifth: 1.2, 1.4, 1.4, 0.4 of 22 samples, 4.4, so 5: 1 + 1 + 1 + 0 and two more, to 1 and 2.
        let labels = [6, 7, 7, 2].enumerated().flatMap { [Int32](repeating: Int32($0), count: $1) }
        let (_, test) = try TestSplit(testPerMille: 200).indices(labels: labels)
        #expect((0..<4).map { label in test.count { labels[$0] == Int32(label) } } == [1, 2, 2, 0])
    }

    @Test func theSeedDecidesWhichSamples() throws {
        let labels = randomLabels(200, classes: 4, 1)
        func test(_ seed: UInt64) throws -> [Int] {
            try TestSplit(testPerMille: 200, seed: seed).indices(labels: labels).test
        }
        #expect(try test(3) == test(3))
        #expect(try test(3) != test(4))
    }

    @Test func aSplitThatCannotBeIsAnError() throws {
        for share in [0, 1000, -1, Int.max] {
            #expect(throws: DataError("the test share must be 1 to 999 per mille, got \(share)")) {
                try TestSplit(testPerMille: share)
            }
        }
        #expect(
            throws: DataError("1 samples cannot be split with 200 of 1000 to test on: a part is empty")
        ) { try TestSplit(testPerMille: 200).indices(labels: [0]) }
        #expect(
            throws: DataError("0 samples cannot be split with 200 of 1000 to test on: a part is empty")
        ) { try TestSplit(testPerMille: 200).indices(labels: []) }
        #expect(throws: DataError("label -3 is not a class")) {
            try TestSplit(testPerMille: 200).indices(labels: [0, -3])
        }
    }

    /// Largest remainders: of 7, 5 and 3 samples, 4 of 15 are 1.87, 1.33 and 0.8, so 2, 1 and 1.
    @Test func aPartOfSoManySamplesIsStratified() throws {
        let labels: [Int32] = (0..<15).map { $0 < 7 ? 0 : $0 < 12 ? 1 : 2 }
        let split = try TestSplit(testCount: 4, of: 15, seed: 9)
        let parts = try split.indices(labels: labels)
        #expect(parts.test.count == 4)
        #expect((0...2).map { label in parts.test.count { labels[$0] == label } } == [2, 1, 1])
        #expect((parts.train + parts.test).sorted() == Array(0..<15))
        #expect(
            try TestSplit(testCount: 4, of: 15, isStratified: false, seed: 9).indices(labels: labels).test.count == 4)
        for count in [0, 15, 16, -1] {
            #expect(throws: DataError.self) { try TestSplit(testCount: count, of: 15) }
        }
    }
}
