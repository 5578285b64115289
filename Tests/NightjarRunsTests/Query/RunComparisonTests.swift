import NightjarRuns
import Testing

@Suite struct RunComparisonTests {
    private let texts = [
        QueryFixture.script: "local a = 1\nlocal b = 2\nreturn a + b\n",
        QueryFixture.changed: "local a = 1\nlocal b = 3\nreturn a + b\n",
    ]

    @Test func configurationsMetricsAndScriptsAreCompared() throws {
        let fixture = try QueryFixture(changing: true)
        let runs = [
            try fixture.one("loss = cce and rate = 0 and seed = 1"),
            try fixture.one("loss = rll and rate = 0.4 and seed = 2"),
        ]
        let comparison = try RunComparison(runs, in: fixture.store) { texts[$0] }
        #expect(
            try fixture.plain(comparison.text) == """
                A  memorization/cce-rate0-seed1-########  finished, 60 epochs
                B  memorization/rll-rate0.4-seed2-########  failed, 2 epochs

                configuration  A    B
                  loss         cce  rll
                  rate         0    0.4
                  seed         1    2
                  loss.alpha   -    0.1

                environment  A    B
                  host       one  two

                metrics at the end     A  B  B - A
                  j1                90.0  -      -
                  j2                61.0  -      -

                scripts
                  memorization.lua: A aaaaaaaaaaaa, B bbbbbbbbbbbb
                @@ -1,3 +1,3 @@
                 local a = 1
                -local b = 2
                +local b = 3
                 return a + b

                """)
    }

    @Test func whatIsEqualIsCountedAndTextsThatAreGoneAreSaid() throws {
        let fixture = try QueryFixture(changing: true)
        let runs = [
            try fixture.one("loss = rll and rate = 0 and seed = 1"),
            try fixture.one("loss = rll and rate = 0 and seed = 2"),
        ]
        let text = try RunComparison(runs, in: fixture.store) { _ in nil }.text
        #expect(text.contains("  memorization.lua: A aaaaaaaaaaaa, B bbbbbbbbbbbb\n  (the texts were not kept)\n"))
        let same = try RunComparison([runs[0], runs[0]], in: fixture.store) { _ in nil }.text
        #expect(same.hasSuffix("2 metrics are equal\n\nthe configurations and the scripts are the same\n"))
    }

    @Test func threeRunsHaveThreeColumnsAndNoDifference() throws {
        let fixture = try QueryFixture(changing: true)
        let runs =
            try fixture.records("seed = 1 and rate = 0") + fixture.records("loss = cce and rate = 0.4 and seed = 1")
        let comparison = try RunComparison(runs, in: fixture.store) { _ in nil }
        #expect(comparison.metrics.first { $0.name == "j2" }?.texts == ["61.0", "96.0", "60.6"])
        #expect(comparison.json["metrics"]?["j2"]?.numbers == [61, 96, 60.6])
    }
}

@Suite struct RunReasonsTests {
    private func report(_ fixture: QueryFixture, _ condition: String) throws -> String {
        let record = try fixture.one(condition)
        let reasons = try RunReasons(record, among: try fixture.records(), in: fixture.store) { _ in nil }
        return try fixture.plain(reasons.report())
    }

    @Test func aFailureIsExplainedByItsMessageItsLogAndItsNearestSibling() throws {
        let fixture = try QueryFixture(changing: true)
        let record = try fixture.one("status = failed")
        try AtomicFile.write(
            "started\nnan in step 7\n", to: fixture.store.folder(of: record.id).appendingPathComponent("log.txt"))
        #expect(
            try report(fixture, "status = failed") == """
                memorization/rll-rate0.4-seed2-########
                failed after 2 of 60 epochs: memorization.lua:7: the loss is nan

                the end of log.txt
                  started
                  nan in step 7

                the nearest sibling that finished is A:

                A  memorization/cce-rate0.4-seed2-########  finished, 60 epochs
                B  memorization/rll-rate0.4-seed2-########  failed, 2 epochs

                configuration  A    B
                  loss         cce  rll
                  loss.alpha   -    0.1

                metrics at the end     A  B  B - A
                  j1                90.0  -      -
                  j2                61.6  -      -

                scripts
                  memorization.lua: A aaaaaaaaaaaa, B bbbbbbbbbbbb
                  (the texts were not kept)

                """)
    }

    @Test func whatFailuresHaveInCommonIsNamed() throws {
        let fixture = try QueryFixture(changing: true)
        for record in try fixture.records("loss = rll and rate = 0.4") {
            let folder = try RunFolder.open(fixture.store.folder(of: record.id))
            try folder.writeSummary(RunSummary(status: .failed, message: "nan", epochs: 1, metrics: [:], seconds: 1))
        }
        try fixture.store.refresh()
        let text = try report(fixture, "status = failed and seed = 1")
        #expect(text.contains("2 of 8 runs of 'memorization' failed so\n"))
        for record in try fixture.records("loss = rll and rate = 0") {
            let folder = try RunFolder.open(fixture.store.folder(of: record.id))
            try folder.writeSummary(RunSummary(status: .failed, message: "nan", epochs: 1, metrics: [:], seconds: 1))
        }
        try fixture.store.refresh()
        let all = try report(fixture, "status = failed and seed = 1 and rate = 0")
        #expect(all.contains("4 of 8 runs of 'memorization' failed so: all runs with loss rll, and no others\n"))
    }

    @Test func aRunWithoutAnEndIsSaidToBeGoingOrKilled() throws {
        let fixture = try QueryFixture(changing: true)
        #expect(
            try report(fixture, "status = running").contains(
                "no end is on record after 3 of 60 epochs: it is going on, or was killed; its files were last written 2"
            ))
    }
}
