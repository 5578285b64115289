import NightjarTensor
import NightjarTraining
import Testing

struct MemorizationCountsTests {
    @Test func labelsThatAreLeftOutDoNotCount() throws {
        let counts = try MemorizationCounts(
            predictions: [0, 1, 2, 2, 0], givenLabels: [0, -1, 1, 2, -1], trueLabels: [0, 1, 2, -1, -1])
        #expect((counts.labelled, counts.fit) == (3, 2))
        #expect((counts.clean, counts.mislabelled, counts.corrected) == (1, 1, 1))
        #expect(counts.j1Percent == 200.0 / 3)
        let unknown = try MemorizationCounts(predictions: [0, 1], givenLabels: [0, 0], trueLabels: nil)
        #expect(unknown.j1Percent == 50)
        #expect(unknown.j2Percent == nil && unknown.memorizedPercent == nil && unknown.fitCleanPercent == nil)
    }

    @Test func countsAreThoseOfAHandMadeCase() throws {
        let counts = try MemorizationCounts(
            predictions: [0, 1, 2, 2, 0, 1, 2, 0], givenLabels: [0, 1, 1, 2, 1, 1, 0, 0],
            trueLabels: [0, 1, 2, 2, 0, 0, 1, 1])
        // Clean: samples 0, 1, 3, all fitted. Mislabelled: 2 and 4 corrected, 5 and 7 memorized, 6 neither.
        #expect(counts.clean == 3)
        #expect(counts.mislabelled == 5)
        #expect(counts.fitCleanPercent == 100)
        #expect(counts.correctedPercent == 40)
        #expect(counts.memorizedPercent == 40)
        #expect(counts.otherPercent == 20)
        #expect(counts.j1Percent == 62.5)
        #expect(counts.j2Percent == 62.5)
    }

    @Test func theIdentitiesHoldInRandomCases() throws {
        for trial in 0..<200 as Range<UInt64> {
            let stream = RandomStream(seed: trial, purpose: "labels")
            let classes = 2 + stream.below(9, 0)
            let count = 1 + stream.below(60, 1)
            func labels(_ purpose: String) -> [Int32] {
                let part = stream.derive(purpose)
                return (0..<count).map { Int32(part.below(classes, UInt64($0))) }
            }
            let (predictions, given, truth) = (labels("predictions"), labels("given"), labels("true"))
            let counts = try MemorizationCounts(predictions: predictions, givenLabels: given, trueLabels: truth)
            let j1 = 100 * Double(zip(predictions, given).count { $0 == $1 }) / Double(count)
            let j2 = 100 * Double(zip(predictions, truth).count { $0 == $1 }) / Double(count)
            #expect(counts.j1Percent == j1)
            #expect(counts.j2Percent == j2)
            let rate = Double(zip(given, truth).count { $0 != $1 }) / Double(count)
            let (a, m, c) = (counts.fitCleanPercent, counts.memorizedPercent, counts.correctedPercent)
            #expect((a == nil) == (rate == 1))
            #expect((m == nil) == (rate == 0))
            #expect(abs((1 - rate) * (a ?? 0) + rate * (m ?? 0) - j1) < 1e-9)
            #expect(abs((1 - rate) * (a ?? 0) + rate * (c ?? 0) - j2) < 1e-9)
            if let m, let c, let other = counts.otherPercent { #expect(abs(m + c + other - 100) < 1e-9) }
        }
    }

    @Test func fullMemorizationGivesJ2OfTheCleanShare() throws {
        let truth = (0..<50).map { Int32($0 % 10) }
        let given = truth.enumerated().map { $0 < 20 ? ($1 + 3) % 10 : $1 }
        let counts = try MemorizationCounts(predictions: given, givenLabels: given, trueLabels: truth)
        #expect(counts.j1Percent == 100)
        #expect(counts.j2Percent == 60)
        #expect(counts.memorizedPercent == 100)
    }

    @Test func sharesOfNothingAreNotDefined() throws {
        let clean = try MemorizationCounts(predictions: [1], givenLabels: [0], trueLabels: [0])
        #expect(clean.memorizedPercent == nil)
        #expect(clean.correctedPercent == nil)
        #expect(clean.otherPercent == nil)
        #expect(clean.fitCleanPercent == 0)
        let wrong = try MemorizationCounts(predictions: [1], givenLabels: [1], trueLabels: [0])
        #expect(wrong.fitCleanPercent == nil)
        #expect(try MemorizationCounts(predictions: [], givenLabels: [], trueLabels: []).j1Percent == nil)
    }

    @Test func listsOfOtherLengthsAreRefused() {
        let error = #expect(throws: TrainingError.self) {
            try MemorizationCounts(predictions: [0, 1], givenLabels: [0], trueLabels: [0, 1])
        }
        #expect(error?.description == "predictions, given and true labels must be equally many: 2, 1, 2")
    }
}
