import NightjarRuns
import Testing

@Suite struct PairedDifferenceTests {
    @Test func intervalsAndProbabilitiesAreThoseOfSciPy() throws {
        for item in try #require(try statisticsFixture()["paired"]).items {
            var rows: [SummaryRow] = []
            for (seed, value) in (item["ours"]?.numbers ?? []).enumerated() {
                rows.append(exampleRow(loss: "rll", rate: 0.4, seed: seed, j1: 60, j2: value))
            }
            // Other order and a seed without a partner: pairs go by seed, not by place.
            for (seed, value) in (item["base"]?.numbers ?? []).enumerated().reversed() {
                rows.append(exampleRow(loss: "cce", rate: 0.4, seed: seed, j1: 100, j2: value))
            }
            rows.append(exampleRow(loss: "cce", rate: 0.4, seed: 99, j1: 100, j2: 0))
            let all = PairedDifference.all(rows, baseline: "cce")
            #expect(all.count == 1)
            let difference = try #require(all.first)
            let interval = try #require(difference.statistics.interval())
            #expect(abs(interval.lowerBound - (item["low"]?.doubleValue ?? .nan)) < 1e-9)
            #expect(abs(interval.upperBound - (item["high"]?.doubleValue ?? .nan)) < 1e-9)
            #expect(abs((difference.probability ?? .nan) - (item["p"]?.doubleValue ?? .nan)) < 1e-9)
        }
    }

    @Test func theTextShowsSignsAndTheInterval() throws {
        let rows = [(1, 96.0, 59.0), (2, 96.4, 59.1), (3, 95.9, 60.0)].flatMap { seed, ours, base in
            [
                exampleRow(loss: "rll", rate: 0.4, seed: seed, j1: 60, j2: ours),
                exampleRow(loss: "cce", rate: 0.4, seed: seed, j1: 100, j2: base),
            ]
        }
        #expect(PairedDifference.all(rows, baseline: "cce").first?.text() == "+36.7 [+34.9, +38.6]")
        #expect(PairedDifference.all(rows, baseline: "rll").first?.text() == "−36.7 [−38.6, −34.9]")
        #expect(PairedDifference.all(Array(rows.prefix(2)), baseline: "cce").first?.text() == "+37.0")
    }
}
