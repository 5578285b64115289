import Foundation
import NightjarRuns
import Testing

@Suite struct RunSetTests {
    /// Runs of one cell, which differ in what is said of each.
    private func set(_ parts: [[String: JSONValue]], cell: [CellSetting]) throws -> RunSet {
        let place = try TemporaryFolder()
        let runs = try parts.map { part in
            try RunFolder.create(
                in: place.url,
                configuration: RunConfiguration(
                    experiment: "twice", cell: cell, replicates: ["seed"], epochs: 1, parts: part))
        }
        return try RunSet(
            runs, summaries: runs.map { _ in RunSummary(status: .finished, epochs: 1, metrics: [:], seconds: 1) })
    }

    @Test func settingsInWhichRunsOfACellDifferAreCompared() throws {
        let set = try set(
            [["loss": ["name": "cce"], "seeds": ["init": 1]], ["loss": ["name": "rll"], "seeds": ["init": 2]]],
            cell: [CellSetting("seed", 1)])
        #expect(set.factors.map(\.name) == ["loss.name"])
        #expect(set.replicates.map(\.name) == ["seed"])
    }

    /// What is recorded by hand beside a training has none of its settings: one name tells the two apart, however many
    /// settings go with the cell, and what was measured is none.
    @Test func whatIsRecordedBesideATrainingIsToldApartOnce() throws {
        let place = try TemporaryFolder()
        var runs: [RunFolder] = []
        for (rate, seed) in [(0.1, 1), (0.1, 2), (0.4, 1), (0.4, 2)] {
            let cell = [CellSetting("rate", .number(rate)), CellSetting("seed", .integer(seed))]
            let noise: JSONValue = [
                "name": "uniform", "parameters": ["rate": .number(rate)],
                "matrix": [[.number(1 - rate)], [.number(rate)]],
                "realised_rate": .number(rate + Double(seed) / 100),
            ]
            for (epochs, parts) in [(2, ["noise": noise]), (0, [:])] as [(Int, [String: JSONValue])] {
                runs.append(
                    try RunFolder.create(
                        in: place.url,
                        configuration: RunConfiguration(
                            experiment: "beside", cell: cell, replicates: ["seed"], epochs: epochs, parts: parts)))
            }
        }
        let set = try RunSet(
            runs, summaries: runs.map { _ in RunSummary(status: .finished, epochs: 1, metrics: ["v": 1], seconds: 1) })
        #expect(set.factors.map(\.name) == ["rate", "epochs"])
        #expect(ResultTable(set).groups.map(\.rows.count) == [2, 2, 2, 2])
    }

    /// Noise of several seeds in one setting comes to several rates: they are no setting.
    @Test func aRateThatWasMeasuredIsNoSetting() throws {
        let set = try set(
            [0.31, 0.46].enumerated().map { place, rate in
                ["noise": ["realised_rate": .number(rate)], "seeds": ["init": .integer(place)]]
            }, cell: [CellSetting("k", 1)])
        #expect(set.factors.map(\.name) == ["k"] && set.replicates.map(\.name) == ["seeds.init"])
    }

    /// A cell that trains several times has a row for each, and they are told apart.
    @Test func runsOfACellThatDifferInSeedsOnlyRepeatASetting() throws {
        let set = try set(
            [1, 2, 3].map { ["loss": ["name": "cce"], "seeds": ["init": $0, "train": $0, "noise": 1]] },
            cell: [CellSetting("seed", 1)])
        #expect(set.factors.isEmpty)
        #expect(set.replicates.map(\.name) == ["seed", "seeds.init"])
        #expect(set.replicates.last?.values == [1, 2, 3])
        #expect(set.rows.map { $0.cell.count } == [2, 2, 2])
    }

    // MARK: Runs that were made anew

    /// A run on disk with a value, at a second of its own.
    private func run(
        _ place: TemporaryFolder, cell: [CellSetting], script: String, second: Int, value: Double?,
        parts: [String: JSONValue] = [:], epochs: Int = 1
    ) throws {
        var parts = parts
        parts["script"] = ["name": "made.lua", "sha256": .string(script)]
        let run = try RunFolder.create(
            in: place.url,
            configuration: RunConfiguration(
                experiment: "made", cell: cell, replicates: ["seed"], epochs: epochs, parts: parts))
        let moment = Date(timeIntervalSince1970: 1_700_000_000 + Double(second))
        try run.writeSummary(
            RunSummary(
                status: value == nil ? .failed : .finished, message: value == nil ? "made.lua:1: no" : nil,
                epochs: value == nil ? 0 : epochs, metrics: value.map { ["v": $0] } ?? [:], seconds: 1,
                started: moment, ended: moment))
    }

    private func cell(_ k: Int, _ seed: Int) -> [CellSetting] {
        [CellSetting("k", .integer(k)), CellSetting("seed", .integer(seed))]
    }

    /// From folders and from the store: the same.
    private func sets(_ place: TemporaryFolder) throws -> [RunSet] {
        let store = try RunStore(reading: place.url)
        return [
            try RunSet(try ExperimentFolder("made", in: place.url).runs().runs),
            try RunSet(try store.runs(), in: store),
        ]
    }

    /// What a plain script was set to is what its table shows: a component with its parameters in one column, seeds in none.
    @Test func aScriptsSettingTellsItsComponentAndSeedsRepeat() throws {
        let place = try TemporaryFolder()
        let gce = JSONValue.object(["name": "gce", "parameters": ["q": 0.3]])
        for (setting, loss) in [
            ("cce", ["name": "cce"]), ("gce", ["name": "gce", "parameters": ["q": 0.7]]), (gce, gce),
        ] as [(JSONValue, JSONValue)] {
            for seed in 1...2 {
                let number = JSONValue.integer(seed)
                try run(
                    place, cell: [], script: "same", second: seed, value: Double(seed),
                    parts: [
                        "loss": loss, "noise": ["name": "uniform", "parameters": ["rate": 0.4], "seed": number],
                        "seeds": ["init": number, "noise": number, "script": 1],
                        "settings": ["loss": setting, "seed": number, "rate": 0.4],
                    ])
            }
        }
        for set in try sets(place) {
            #expect(set.factors.map(\.name) == ["settings.loss"])
            #expect(set.factors[0].values.map(\.plainText) == ["cce", "gce", "gce{q=0.3}"])
            #expect(set.replicates.map(\.name) == ["seeds.init"])
            #expect(ResultTable(set).lines.count == 3 && ResultTable(set).groups.allSatisfy { $0.rows.count == 2 })
        }
        // A setting that is a seed by chance in one run alone is what it is.
        try run(
            place, cell: [], script: "same", second: 3, value: 3,
            parts: [
                "loss": gce, "noise": ["name": "uniform", "parameters": ["rate": 0.4], "seed": 1],
                "seeds": ["init": 1, "noise": 1, "script": 1], "settings": ["loss": gce, "seed": 9, "rate": 0.4],
            ])
        for set in try sets(place) { #expect(set.factors.map(\.name) == ["settings.loss", "settings.seed"]) }
    }

    /// A command that restricts an axis says nothing of the place of values that it leaves out.
    @Test func valuesOutsideOfACommandStandInTheirOrder() {
        let rows = ["cce", "mae", "rll"].map { RunRow(cell: [CellSetting("loss", .string($0))]) }
        func order(_ listed: [JSONValue]) -> [String] {
            RunSet(axes: [SweepAxis("loss", listed)], metrics: [], rows: rows).axes[0].values.map(\.plainText)
        }
        #expect(order(["rll"]) == ["cce", "mae", "rll"])
        #expect(order(["mae", "rll"]) == ["cce", "mae", "rll"])
        #expect(order(["rll", "cce"]) == ["rll", "cce", "mae"])
        #expect(order(["rll", "mae", "cce"]) == ["rll", "mae", "cce"])
    }

    @Test func noMeanIsTakenOverRunsOfTwoTextsOfAScript() throws {
        let place = try TemporaryFolder()
        for seed in 1...3 {
            for k in 1...2 { try run(place, cell: cell(k, seed), script: "old", second: seed, value: 100) }
        }
        // The script has changed; of the first setting two seeds are there anew, of the second one none.
        for seed in 1...2 { try run(place, cell: cell(1, seed), script: "new", second: 10, value: Double(seed)) }
        for set in try sets(place) {
            let table = ResultTable(set)
            #expect(table.group(["k": 1])?.statistics("v")?.values == [1, 2])
            #expect(table.group(["k": 2])?.statistics("v")?.values == [100, 100, 100])
            #expect(set.outdated == 3)
            #expect(
                table.note.contains(
                    "3 runs left out whose cells ran anew since; cells were made with different versions of the script"),
                "\(table.note)")
            // Rows of one version are no mixture.
            let one = set.filter { $0.cell[axis: "k"] == 1 }
            #expect(!ResultTable(one).note.contains("versions"), "\(ResultTable(one).note)")
        }
        // What lists and exports show is all of them.
        let store = try RunStore(reading: place.url)
        #expect(try RunExport(try store.runs(), in: store).csv().split(separator: "\n").count == 9)
        let ofTwo = try ExperimentFolder("made", in: place.url).runs().runs
        #expect(RunFolder.newest(ofTwo).count == 5)
    }

    /// A plain script that is edited and run again is about what its settings say: nothing of it is left out but what only
    /// its text tells apart.
    @Test func runsOfAPlainScriptAreComparedHoweverItsTextChanged() throws {
        let place = try TemporaryFolder()
        for (text, rate, second) in [("one", 0.1, 1), ("two", 0.2, 2), ("three", 0.2, 3)] {
            try run(
                place, cell: [], script: text, second: second, value: rate + Double(second),
                parts: ["schedule": ["base": .number(rate)]])
        }
        for set in try sets(place) {
            #expect(set.factors.map(\.name) == ["schedule.base"] && set.outdated == 1)
            #expect(set.rows.compactMap { $0.value("v") } == [1.1, 3.2])
        }
        // Beside another experiment as well.
        let other = try RunFolder.create(
            in: place.url, configuration: RunConfiguration(experiment: "other", cell: cell(1, 1), epochs: 1))
        try other.writeSummary(RunSummary(status: .finished, epochs: 1, metrics: ["v": 5], seconds: 1))
        let store = try RunStore(reading: place.url)
        #expect(try RunSet(try store.runs(), in: store).rows.compactMap { $0.value("v") }.sorted() == [1.1, 3.2, 5])
    }

    /// What was killed has no end; it does not stand in the way of what ran later.
    @Test func aRunThatWasKilledIsAsOldAsItsBeginning() throws {
        let place = try TemporaryFolder()
        let killed = try RunFolder.create(
            in: place.url,
            configuration: RunConfiguration(
                experiment: "made", cell: cell(1, 1), replicates: ["seed"], epochs: 1,
                parts: ["script": ["name": "made.lua", "sha256": "old"]]))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: killed.configurationURL.path)
        try run(place, cell: cell(1, 1), script: "new", second: 5, value: 7)
        for set in try sets(place) {
            #expect(set.rows.map { $0.value("v") } == [7] && set.outdated == 1)
        }
    }

    /// The other machine's run of a cell is no second seed; runs of different seeds on two machines are.
    @Test func aRunThatWasRepeatedIsNoReplicateOfItself() throws {
        let place = try TemporaryFolder()
        func program(_ set: String) -> [String: JSONValue] { ["program": ["instruction_set": .string(set)]] }
        try run(place, cell: cell(1, 1), script: "a", second: 1, value: 10, parts: program("avx2"))
        try run(place, cell: cell(1, 2), script: "a", second: 2, value: 20, parts: program("avx2"))
        try run(place, cell: cell(1, 1), script: "a", second: 3, value: 12, parts: program("avx512"))
        for set in try sets(place) {
            #expect(ResultTable(set).group(["k": 1])?.statistics("v")?.values == [12, 20])
            #expect(set.axes.map(\.name) == ["k", "seed"] && set.outdated == 1)
        }
    }

    /// A cell that failed before it recorded anything and was mended says nothing any more, and adds no columns.
    @Test func whatFailedAtOnceGivesWayToALaterRunOfItsCell() throws {
        let place = try TemporaryFolder()
        let failed: [String: JSONValue] = ["failed": "before it recorded anything"]
        let parts: [String: JSONValue] = ["loss": ["name": "cce"], "optimizer": ["name": "sgd"], "batch_size": 10]
        for seed in 1...2 {
            try run(place, cell: cell(1, seed), script: "a", second: 1, value: nil, parts: failed, epochs: 0)
            try run(place, cell: cell(1, seed), script: "b", second: 5, value: 7, parts: parts)
        }
        // The second setting failed and was never mended; the third one, which was there, fails by now.
        try run(place, cell: cell(2, 1), script: "b", second: 6, value: nil, parts: failed, epochs: 0)
        try run(place, cell: cell(3, 1), script: "a", second: 1, value: 7, parts: parts)
        try run(place, cell: cell(3, 1), script: "b", second: 6, value: nil, parts: failed, epochs: 0)
        for set in try sets(place) {
            let table = ResultTable(set)
            let value = try #require(set.metric("v"))
            #expect(set.axes.map(\.name) == ["k", "seed"])
            #expect(
                (1...3).map { table.text(table.group(["k": .integer($0)]), value) } == [
                    "7.000 ± 0.000", "failed", "7.000 (1 of 2)",
                ])
            #expect(RunStateCount(set.rows).failed == 2)
        }
    }

    /// What trains and what records by hand in one cell are two rows, told apart by one axis and not by forty.
    @Test func whatSomeRunsDoNotHaveIsNoColumnForEachPart() throws {
        let place = try TemporaryFolder()
        let parts: [String: JSONValue] = [
            "loss": ["name": "cce", "kind": "loss"], "optimizer": ["name": "sgd", "parameters": ["nesterov": false]],
            "batch_size": 10,
        ]
        try run(place, cell: cell(1, 1), script: "a", second: 1, value: 7, parts: parts)
        try run(place, cell: cell(1, 1), script: "a", second: 1, value: 8, epochs: 0)
        for set in try sets(place) { #expect(set.factors.map(\.name) == ["k", "epochs"]) }
        // An optimizer that has other parameters is one difference, that a parameter has another value another one.
        let other = try TemporaryFolder()
        for (optimizer, rate, second) in [("sgd", 0.1, 1), ("adam", 0.1, 2), ("adam", 0.2, 3)] {
            let parameters: JSONValue = optimizer == "sgd" ? ["nesterov": false] : ["beta1": 0.9, "beta2": 0.99]
            try run(
                other, cell: cell(1, 1), script: "a", second: second, value: 1,
                parts: [
                    "optimizer": ["name": .string(optimizer), "parameters": parameters], "rate": .number(rate),
                ])
        }
        for set in try sets(other) { #expect(set.factors.map(\.name) == ["k", "optimizer.name", "rate"]) }
    }

    /// Values that a training has logged are metrics of their own; those of its best epoch are shown to who asks.
    @Test func whatNobodyDeclaredIsShownAtTheEndOnly() throws {
        let place = try TemporaryFolder()
        let declared = MetricInfo("acc", direction: .higher, isHeadline: false)
        let run = try RunFolder.create(
            in: place.url,
            configuration: RunConfiguration(
                experiment: "logged", cell: [CellSetting("k", 1)], parts: ["metrics": .array([declared.json])]))
        try run.writeSummary(
            RunSummary(
                status: .finished, epochs: 5, metrics: ["extra": 3, "acc": 1],
                best: .init(by: "acc", epoch: 4, metrics: ["extra": 2, "acc": 2]), seconds: 1))
        let set = try RunSet([run])
        #expect(set.headlines.map(\.name) == ["extra"])
        #expect(
            set.metrics.map(\.title) == ["acc", "extra", "epoch of best acc", "extra at best acc", "acc (best)"])
    }
}
