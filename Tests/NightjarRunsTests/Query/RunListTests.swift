import NightjarRuns
import Testing

@Suite struct RunListTests {
    private func list(_ fixture: QueryFixture, _ choice: RunList.Choice = .init()) throws -> RunList {
        try RunList(try fixture.records(), in: fixture.store, choice)
    }

    @Test func theUsualColumnsAreTheFolderTheEndAndTheHeadlines() throws {
        let fixture = try QueryFixture()
        #expect(
            try fixture.plain(list(fixture).text()) == """
                run                                      status    epochs    j1    j2  seconds
                memorization/cce-rate0-seed1-########    finished      60  90.0  61.0      1.3
                memorization/cce-rate0-seed2-########    finished      60  90.0  62.0      1.3
                memorization/cce-rate0.4-seed1-########  finished      60  90.0  60.6      1.3
                memorization/cce-rate0.4-seed2-########  finished      60  90.0  61.6      1.3
                memorization/rll-rate0-seed1-########    finished      60  90.0  96.0      1.3
                memorization/rll-rate0-seed2-########    running        3     -     -        -
                memorization/rll-rate0.4-seed1-########  finished      60  90.0  95.6      1.3
                memorization/rll-rate0.4-seed2-########  failed         2     -     -      1.3

                """)
    }

    @Test func columnsAreChosenRowsSortedAndCut() throws {
        let fixture = try QueryFixture()
        let choice = RunList.Choice(
            columns: ["loss", "rate", "seed", "j2", "loss.alpha"], sort: ["-j2", "seed"], limit: 3)
        #expect(
            try list(fixture, choice).text() == """
                loss  rate  seed    j2  loss.alpha
                rll   0     1     96.0  0.1
                rll   0.4   1     95.6  0.1
                cce   0     2     62.0  -
                3 of 8 runs (--limit 0 shows all)

                """)
    }

    @Test func whatARunDoesNotHaveComesLastInBothDirections() throws {
        let fixture = try QueryFixture()
        for key in ["j2", "-j2"] {
            let last = try list(fixture, .init(columns: ["status"], sort: [key])).records.suffix(2).map(\.status)
            #expect(Set(last) == [.failed, .running])
        }
    }

    @Test func numbersAreSortedAsNumbers() throws {
        let fixture = try QueryFixture()
        let rates = try list(fixture, .init(columns: ["rate"], sort: ["-rate"])).csv
        #expect(rates == "rate\n0.4\n0.4\n0.4\n0.4\n0\n0\n0\n0\n")
    }

    @Test func csvAndJSONHaveFullPrecisionAndSayWhatIsMissing() throws {
        let fixture = try QueryFixture()
        let choice = RunList.Choice(columns: ["seed", "j2", "message"], sort: ["-message"], limit: 2)
        #expect(
            try list(fixture, choice).csv == """
                seed,j2,message
                2,,memorization.lua:7: the loss is nan
                1,61,

                """)
        #expect(
            try list(fixture, choice).json.text(pretty: false)
                == #"[{"j2":null,"message":"memorization.lua:7: the loss is nan","seed":2},{"j2":61,"message":null,"seed":1}]"#
        )
    }

    @Test func anUnknownColumnNamesTheNearest() throws {
        let fixture = try QueryFixture()
        #expect(
            message { _ = try list(fixture, .init(columns: ["memorised"])) }.hasPrefix("there is no column 'memorised'")
        )
        #expect(
            message { _ = try list(fixture, .init(sort: ["los"])) }
                == """
                there is no column 'los': did you mean 'loss'?
                  names are ended, epochs, experiment, hash, hidden, j1, j2, learning_rate, loss, loss.alpha, message, \
                rate, run, script, script.sha256, seconds, seed, started, status
                """)
    }

    @Test func noRunsAreSaid() throws {
        let fixture = try QueryFixture()
        #expect(try RunList([], in: fixture.store).text() == "no runs\n")
    }
}
