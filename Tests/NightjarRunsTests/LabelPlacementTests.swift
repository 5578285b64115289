import NightjarRuns
import Testing

@Suite struct LabelPlacementTests {
    @Test func labelsWithRoomStayWhereTheyAre() {
        #expect(LabelPlacement.spread([80, 10, 40], gap: 15, within: 0...100) == [80, 10, 40])
    }

    @Test func labelsThatTouchMoveApartAroundTheirMiddle() {
        #expect(LabelPlacement.spread([50, 50], gap: 10, within: 0...100) == [45, 55])
    }

    @Test func placesKeepTheOrderTheGapAndTheRange() {
        var generator = SplitMix(state: 5)
        for _ in 0..<2000 {
            let wishes = (0..<Int.random(in: 2...12, using: &generator)).map { _ in
                Double.random(in: -20...120, using: &generator)
            }
            let places = LabelPlacement.spread(wishes, gap: 12, within: 0...100)
            let gap = min(12, 100 / Double(wishes.count - 1))
            let sorted = zip(wishes, places).sorted { $0.0 < $1.0 }.map(\.1)
            for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(right - left >= gap - 1e-6) }
            #expect(sorted.allSatisfy { $0 >= -1e-6 && $0 <= 100 + 1e-6 })
        }
    }
}
