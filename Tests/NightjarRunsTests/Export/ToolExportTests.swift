import Foundation
import NightjarRuns
import Testing

/// What is written; `Tests/Export/check.py` reads it with the tools themselves.
@Suite struct ToolExportTests {
    private func export(_ tool: ToolExport.Tool, _ condition: String? = nil) throws -> (QueryFixture, TemporaryFolder) {
        let fixture = try QueryFixture()
        let target = try TemporaryFolder()
        try ToolExport(fixture.records(condition), in: fixture.store).write(tool, to: target.file("out"))
        return (fixture, target)
    }

    @Test func tablesHaveARowForEachRunAndEpoch() throws {
        let (fixture, target) = try export(.csv, "loss = cce and rate = 0.4")
        #expect(
            try fixture.plain(target.text("out/metrics.csv")) == """
                run,epoch,j1,j2
                memorization/cce-rate0.4-seed1-########,1,30,85
                memorization/cce-rate0.4-seed1-########,2,60,84
                memorization/cce-rate0.4-seed1-########,3,90,83
                memorization/cce-rate0.4-seed2-########,1,30,85
                memorization/cce-rate0.4-seed2-########,2,60,84
                memorization/cce-rate0.4-seed2-########,3,90,83

                """)
        #expect(try target.text("out/runs.csv").split(separator: "\n").count == 3)
    }

    @Test func linesOfJSONHaveTheSame() throws {
        let (fixture, target) = try export(.jsonl, "loss = rll and rate = 0.4")
        let lines = try fixture.plain(target.text("out/metrics.jsonl")).split(separator: "\n")
        #expect(lines.count == 6)
        #expect(
            lines[1] == #"{"epoch":2,"run":"memorization/rll-rate0.4-seed1-########","values":{"j1":60,"j2":84}}"#)
        let runs = try target.text("out/runs.jsonl").split(separator: "\n").map {
            try JSONValue(parsing: Data($0.utf8), source: "runs.jsonl")
        }
        #expect(runs.map { $0["status"]?.stringValue } == ["finished", "failed"])
        #expect(runs[0]["cell"]?["rate"]?.doubleValue == 0.4)
        #expect(runs[0]["asked"]?["loss.alpha"]?.doubleValue == 0.1)
        #expect(runs[0]["metrics"]?["j2"]?.doubleValue == 95 - 0.4 + 1)
        #expect(runs[1]["message"]?.stringValue == "memorization.lua:7: the loss is nan")
    }

    @Test func aRunOfMLflowIsAFolderOfItsOwn() throws {
        let (fixture, target) = try export(.mlflow, "loss = rll and rate = 0.4 and seed = 1")
        let record = try fixture.one("loss = rll and rate = 0.4 and seed = 1")
        let experiments = try FileManager.default.contentsOfDirectory(atPath: target.file("out").path)
        #expect(experiments.count == 1 && experiments[0].allSatisfy(\.isNumber))
        let experiment = try #require(experiments.first)
        #expect(try target.text("out/\(experiment)/meta.yaml").contains("\nname: 'memorization'\n"))
        let runs = try FileManager.default.contentsOfDirectory(atPath: target.file("out/\(experiment)").path)
            .filter { $0 != "meta.yaml" }
        let run = "out/\(experiment)/" + (try #require(runs.first))
        #expect(runs.count == 1)
        #expect(try target.text("\(run)/meta.yaml").contains("\nstatus: 3\n"))
        #expect(try target.text("\(run)/params/loss.alpha") == "0.1")
        #expect(try target.text("\(run)/tags/nightjar.run") == record.id)
        let lines = try target.text("\(run)/metrics/j2").split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.map { "\($0[1]) \($0[2])" } == ["85 1", "84 2", "83 3"])
        // The fixture begins in September 2020.
        #expect(lines.allSatisfy { $0[0].count == 13 && $0[0] > "1600000000000" })
    }

    @Test func namesAreThoseThatMLflowTakes() {
        #expect(MLflowExport.key("test_accuracy") == "test_accuracy")
        #expect(MLflowExport.key("recall[3]") == "recall.3")
        #expect(MLflowExport.key("j1@best(test_accuracy)") == "j1.best.test_accuracy")
        #expect(!MLflowExport.key("../../x").contains("/"))
        #expect(MLflowExport.key("..") == "_" && MLflowExport.key("") == "_" && MLflowExport.key("é/") == "_")
    }

    @Test func aRunForTensorBoardHasAFolderWithAnEventFile() throws {
        let (fixture, target) = try export(.tensorboard)
        for record in try fixture.records() {
            let bytes = try Data(contentsOf: target.file("out/\(record.id)/\(EventFile.name)"))
            #expect(bytes.range(of: Data("j2".utf8)) != nil)
            #expect(bytes.range(of: Data("_hparams_/session_start_info".utf8)) != nil)
        }
    }

    /// A run that goes on begins its file with the rows that it has.
    @Test func theFileOfARunThatGoesOnHasAllOfItsRows() throws {
        let fixture = try QueryFixture()
        let folder = try RunFolder.open(fixture.store.folder(of: try fixture.one("loss = cce").id))
        let events = try RunEvents(folder, goesOn: true, now: { 0 })
        try events.append(epoch: 4, [("j1", 1), ("j2", 2)])
        let before = try Data(contentsOf: folder.eventsURL)
        let again = try RunEvents(folder, goesOn: true, now: { 0 })
        try again.append(epoch: 4, [("j1", 1), ("j2", 2)])
        #expect(try Data(contentsOf: folder.eventsURL) == before)
        try again.finish(.finished)
        #expect(try Data(contentsOf: folder.eventsURL).starts(with: before))
    }

    @Test func whatIsThereStays() throws {
        let fixture = try QueryFixture()
        let target = try TemporaryFolder()
        let export = ToolExport(try fixture.records(), in: fixture.store)
        #expect(
            message { try export.write(.csv, to: target.url) }
                == "\(target.url.path) is there already: give a new name, or remove it first")
    }
}
