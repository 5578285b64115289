import NightjarRuns
import Testing

@Suite struct SeedStatisticsTests {
    @Test func meanSpreadAndIntervalAreThoseOfSciPy() throws {
        for sample in try #require(try statisticsFixture()["samples"]).items {
            let statistics = try #require(SeedStatistics(sample["values"]?.numbers ?? []))
            let interval = try #require(statistics.interval())
            #expect(abs(statistics.mean - (sample["mean"]?.doubleValue ?? .nan)) < 1e-12)
            #expect(abs((statistics.standardDeviation ?? .nan) - (sample["sd"]?.doubleValue ?? .nan)) < 1e-12)
            #expect(abs(interval.lowerBound - (sample["low"]?.doubleValue ?? .nan)) < 1e-9)
            #expect(abs(interval.upperBound - (sample["high"]?.doubleValue ?? .nan)) < 1e-9)
        }
    }

    @Test func oneSeedHasNoSpread() throws {
        let one = try #require(SeedStatistics([96.06]))
        #expect(one.text() == "96.1")
        #expect(one.standardDeviation == nil)
        #expect(one.interval() == nil)
        #expect(try #require(SeedStatistics([95.7, 96.1, 96.5])).text() == "96.1 ± 0.4")
        #expect(SeedStatistics([]) == nil)
    }
}
