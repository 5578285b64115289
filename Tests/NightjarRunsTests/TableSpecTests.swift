import Foundation
import NightjarRuns
import Testing

@Suite struct TableSpecTests {
    private func set() throws -> (QueryFixture, RunSet) {
        let fixture = try QueryFixture()
        return (fixture, try RunSet(try fixture.records(), in: fixture.store))
    }

    @Test func rowsColumnsMetricsAndStatisticsAreChosen() throws {
        let (fixture, set) = try set()
        defer { withExtendedLifetime(fixture) {} }
        var spec = TableSpec()
        spec.rows = ["rate"]
        spec.columns = ["loss"]
        spec.metrics = ["j2"]
        spec.statistics = [.mean, .interval, .count]
        let text = try spec.table(set).terminal(style: .plain)
        #expect(
            text == """
                rate                     loss cce   loss rll
                --------------------------------------------
                0      J2   61.5 [55.1, 67.9] (2)   96.0 (1)
                0.4    J2   61.1 [54.7, 67.5] (2)   95.6 (1)
                percent; mean, [95 % t-interval], (number of runs) over 1 to 2 runs (seed); 1 failed, 1 unfinished

                """)
    }

    @Test func whatIsNamedNowhereStandsInRows() throws {
        let (fixture, set) = try set()
        defer { withExtendedLifetime(fixture) {} }
        var spec = TableSpec()
        spec.columns = []
        spec.metrics = ["j2"]
        #expect(try spec.table(set).grid.head == ["loss", "rate", "J2"])
        spec.rows = ["rate"]
        #expect(try spec.table(set).grid.head == ["rate", "loss", "J2"])
    }

    @Test func statisticsAreTakenOverTheAxesThatAreNamed() throws {
        let (fixture, set) = try set()
        defer { withExtendedLifetime(fixture) {} }
        var spec = TableSpec()
        spec.over = ["seed", "rate"]
        spec.metrics = ["j2"]
        spec.statistics = [.mean, .lowest, .highest, .median]
        #expect(
            try spec.table(set).grid.lines == [
                ["cce", "61.3 60.6 62.0 61.3"], ["rll", "95.8 95.6 96.0 95.8 (2 of 4)"],
            ])
    }

    @Test func valuesOfAnEpochAndOfTheBestOneAreSaidToBeThat() throws {
        let (fixture, set) = try set()
        defer { withExtendedLifetime(fixture) {} }
        var spec = TableSpec()
        spec.metrics = ["j1", "j2"]
        spec.over = ["seed", "rate", "loss"]
        spec.moment = try RunMoment("2")
        var table = try spec.table(set)
        #expect(table.grid.head == ["J1 at epoch 2", "J2 at epoch 2"])
        #expect(table.note.hasSuffix("; values at epoch 2"))
        spec.moment = try RunMoment("best:j2")
        table = try spec.table(set)
        #expect(table.grid.head == ["J1 at best J2", "J2 at best J2"])
        #expect(table.grid.lines[0][0].hasPrefix("30.0 ± 0.0"))
        #expect(table.note.hasSuffix("values at the epoch of each run with the highest J2, chosen afterwards"))
        // What has a moment of its own is not taken to another one.
        spec.metrics = ["j2", "epoch@best(j2)", "best(j2)"]
        table = try spec.table(set)
        #expect(table.metrics.map(\.title) == ["J2 at best J2", "epoch of best J2", "J2 (best)"])
        #expect(table.grid.lines.allSatisfy { !$0.contains("–") }, "\(table.grid.lines)")
        spec.moment = .best(nil)
        spec.metrics = nil
        #expect(try spec.table(set).grid.head == ["J2 (best)"])
        spec.moment = .best("j1")
        #expect(
            message { _ = try spec.table(set) }
                == "the metric 'j1' does not say whether more or less of it is better (direction), so it has no best epoch"
        )
    }

    @Test func differencesArePairedOnEqualSeedsAndCorrectedForAllThatIsShown() throws {
        var rows: [RunRow] = []
        for (loss, gap) in [("cce", 0.0), ("rll", 30), ("mse", 1)] {
            for seed in 1...3 {
                let own = 60 + Double(seed * seed) + gap * (1 + Double(seed) / 100)
                rows.append(exampleRow(loss: loss, rate: 0.4, seed: seed, j1: 90 - own / 10, j2: own))
            }
        }
        var spec = TableSpec()
        spec.baseline = try .init(text: "loss=cce")
        let table = try spec.table(exampleSet(rows))
        let differences = try #require(try spec.differences(table))
        #expect(differences.differences.map(\.comparisons) == [4, 4, 4, 4])
        #expect(
            differences.csv.split(separator: "\n").map { $0.split(separator: ",").prefix(3).joined(separator: ",") }
                == [
                    "loss,baseline,metric", "mse,cce,j1", "rll,cce,j1", "mse,cce,j2", "rll,cce,j2",
                ])
        #expect(
            differences.terminal(style: .plain) == """
                difference to loss cce
                loss                      difference         p   pairs
                ------------------------------------------------------
                mse    J1 (%)      −0.1 [−0.1, −0.1]   < 0.001       3
                rll    J1 (%)      −3.1 [−3.1, −3.0]   < 0.001       3
                mse    J2 (%)      +1.0 [+1.0, +1.0]   < 0.001       3
                rll    J2 (%)   +30.6 [+29.9, +31.3]   < 0.001       3
                pair by pair of equal seed: mean, 95 % t-interval; p by the paired t-test, corrected for 4 comparisons (Holm)

                """)
        #expect(differences.latex.hasPrefix("% difference to loss cce; pair by pair of equal seed"))
        spec.baseline = try .init(text: "loss=ccee")
        #expect(
            message { _ = try spec.differences(table) } == """
                the axis 'loss' has no value 'ccee': did you mean 'cce'?
                  values are cce, mse, rll
                """)
    }

    @Test func mistakesAreNamed() throws {
        let (fixture, set) = try set()
        defer { withExtendedLifetime(fixture) {} }
        func said(_ change: (inout TableSpec) -> Void) -> String {
            var spec = TableSpec()
            change(&spec)
            return message { _ = try spec.table(set) }
        }
        #expect(
            said { $0.rows = ["lss"] } == """
                there is no axis 'lss': did you mean 'loss'?
                  axes are loss, rate, seed
                """)
        #expect(
            said { $0.metrics = ["j3"] } == """
                there is no metric 'j3': did you mean 'j1'?
                  metrics are corrected, j1, j2, memorized
                """)
        #expect(
            said {
                $0.rows = ["loss"]; $0.columns = ["loss"]
            } == "the axis 'loss' cannot stand in rows and in columns")
        #expect(
            said { $0.rows = ["seed"] } == """
                the axis 'seed' repeats runs, statistics are taken over it: to show its values, take them over other axes \
                (--over, over = { ... })
                """)
        #expect(
            message { _ = try RunMoment("worst") }
                == "'worst' is no moment of a run: write final, best, best:METRIC or the number of an epoch")
    }

    @Test func runsOfSeveralExperimentsAreToldApart() throws {
        let (fixture, _) = try set()
        for seed in 1...2 {
            let other = RunConfiguration(
                experiment: "other", cell: [CellSetting("depth", 3), CellSetting("seed", .integer(seed))],
                replicates: ["seed"], parts: ["metrics": .array(exampleMetrics.map(\.json))])
            let run = try RunFolder.create(in: fixture.folder.url, configuration: other)
            try run.writeSummary(RunSummary(status: .finished, epochs: 1, metrics: ["j2": 50], seconds: 1))
        }
        try fixture.store.refresh()
        var spec = TableSpec()
        spec.metrics = ["j2"]
        spec.columns = []
        let table = try spec.table(try RunSet(try fixture.records(), in: fixture.store))
        #expect(table.grid.head == ["experiment", "loss", "rate", "depth", "J2"])
        #expect(table.grid.lines.last == ["other", "–", "–", "3", "50.0 ± 0.0"])
        #expect(table.grid.lines.count == 5)
    }
}
