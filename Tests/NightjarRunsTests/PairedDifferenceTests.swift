import NightjarRuns
import Testing

@Suite struct PairedDifferenceTests {
    private func compared(_ rows: [RunRow], _ baseline: String) -> [PairedDifference] {
        let set = exampleSet(rows)
        return set.metric("j2").map {
            PairedDifference.all(set, metric: $0, axis: "loss", baseline: .string(baseline))
        } ?? []
    }

    @Test func intervalsAndProbabilitiesAreThoseOfSciPy() throws {
        for item in try #require(try statisticsFixture()["paired"]).items {
            var rows: [RunRow] = []
            for (seed, value) in (item["ours"]?.numbers ?? []).enumerated() {
                rows.append(exampleRow(loss: "rll", rate: 0.4, seed: seed, j1: 60, j2: value))
            }
            // Other order and a seed without a partner: pairs go by seed, not by place.
            for (seed, value) in (item["base"]?.numbers ?? []).enumerated().reversed() {
                rows.append(exampleRow(loss: "cce", rate: 0.4, seed: seed, j1: 100, j2: value))
            }
            rows.append(exampleRow(loss: "cce", rate: 0.4, seed: 99, j1: 100, j2: 0))
            let all = compared(rows, "cce")
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
        #expect(compared(rows, "cce").first?.text() == "+36.7 [+34.9, +38.6]")
        #expect(compared(rows, "rll").first?.text() == "−36.7 [−38.6, −34.9]")
        #expect(compared(Array(rows.prefix(2)), "cce").first?.text() == "+37.0")
    }

    /// 0.1 + 0.2 is not 0.3: what differs by rounding alone is no evidence.
    @Test func differencesThatAreEqualButForRoundingHaveNoProbability() {
        let rows = (1...4).flatMap { seed in
            [
                exampleRow(loss: "rll", rate: 0.4, seed: seed, j1: 60, j2: Double(seed) / 10 + 6),
                exampleRow(loss: "cce", rate: 0.4, seed: seed, j1: 100, j2: Double(seed) / 10),
            ]
        }
        #expect(compared(rows, "cce").first?.text() == "+6.0 [+6.0, +6.0]")
        #expect(compared(rows, "cce").first?.rawProbability == nil)
    }

    /// Holm (1979): the smallest p-value times their number, the next times one less, and never below the one before.
    @Test func probabilitiesAreCorrectedForAllComparisons() throws {
        var rows: [RunRow] = []
        for (loss, values) in [
            ("cce", [50.0, 51, 52, 53]), ("a", [60.0, 61.5, 61.9, 63]), ("b", [50.1, 51.2, 52, 53.4]),
        ] {
            for (seed, value) in values.enumerated() {
                rows.append(exampleRow(loss: loss, rate: 0.4, seed: seed, j1: 1, j2: value))
            }
        }
        let all = compared(rows, "cce")
        let (a, b) = (try #require(all.first { $0.value == "a" }), try #require(all.first { $0.value == "b" }))
        let (p, q) = (try #require(a.rawProbability), try #require(b.rawProbability))
        #expect(p < q && a.comparisons == 2)
        #expect(a.probability == 2 * p)
        #expect(b.probability == max(2 * p, q))
    }
}
