import NightjarRuns
import Testing

@Suite struct AxisTicksTests {
    @Test(
        arguments: [
            (0.0...100, 5, [0, 20, 40, 60, 80, 100]), (1...60, 6, [10, 20, 30, 40, 50, 60]),
            (1...5, 6, [1, 2, 3, 4, 5]),
            (70...100, 5, [70, 80, 90, 100]), (1...200, 6, [50, 100, 150, 200]), (1...2, 6, [1, 2]), (3...3, 4, [3]),
        ] as [(ClosedRange<Double>, Int, [Double])])
    func ticksAreRoundNumbersInsideTheRange(range: ClosedRange<Double>, count: Int, ticks: [Double]) {
        #expect(AxisTicks.round(in: range, about: count, whole: true) == ticks)
    }

    @Test func fractionsAreAllowedWhereAsked() {
        let ticks = AxisTicks.round(in: 0...1, about: 5)
        #expect(ticks.count == 6)
        for (tick, value) in zip(ticks, [0, 0.2, 0.4, 0.6, 0.8, 1]) { #expect(abs(tick - value) < 1e-12) }
    }

    @Test func ticksAreWrittenAsPeopleWriteThem() {
        #expect(AxisTicks.round(in: 0...0.4, about: 6).map(AxisTicks.text) == ["0", "0.1", "0.2", "0.3", "0.4"])
        #expect(
            AxisTicks.round(in: -0.2...0.1, about: 6).map(AxisTicks.text) == [
                "-0.2", "-0.15", "-0.1", "-0.05", "0", "0.05", "0.1",
            ])
        #expect([1e-7, 3e9, 123456.7].map(AxisTicks.text) == ["1e-07", "3000000000", "123456.7"])
    }
}
