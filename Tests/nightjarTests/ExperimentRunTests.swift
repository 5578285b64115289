import Foundation
import NightjarRuns
import Testing

/// A whole experiment, as the command runs it.
@Suite(.serialized) struct ExperimentRunTests {
    @Test func aGridLeavesOneRowAndOneFolderForEachCell() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua"])
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        #expect(ending.output.hasPrefix("digits, mlp\n"))
        #expect(
            ending.output.hasSuffix(
                "percent; mean ± sample standard deviation over 2 seeds\n"
                    + "summary: runs/tiny/summary.csv\nreport:  runs/tiny/report.html\n"))

        let lines = try place.read("runs/tiny/summary.csv").split(separator: "\n").map(String.init)
        #expect(lines[0] == "data,model,loss,rate,seed,epochs,j1,j2,memorized,corrected,test_accuracy,seconds")
        let rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let settings = rows.map { $0.prefix(6).joined(separator: ",") }
        #expect(
            settings == [
                "digits,mlp,rll,0,1,2", "digits,mlp,rll,0,2,2", "digits,mlp,rll,0.4,1,2", "digits,mlp,rll,0.4,2,2",
                "digits,mlp,cce,0,1,2", "digits,mlp,cce,0,2,2", "digits,mlp,cce,0.4,1,2", "digits,mlp,cce,0.4,2,2",
            ])
        for row in rows {
            let isClean = row[3] == "0"
            #expect((row[6] == row[7]) == isClean, "J1 and J2 are the same on true labels only")
            #expect(row[8].isEmpty == isClean, "nothing can be memorized without wrong labels")
            for field in row[6...10] where !field.isEmpty {
                let value = try #require(Double(field))
                #expect((0...100).contains(value))
            }
        }

        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 8)
        for run in runs {
            #expect(
                try place.names(run) == [
                    "config.json", "labels.csv", "metrics.csv", "summary.json", "weights.safetensors",
                ])
            #expect(try place.read(run + "/metrics.csv").split(separator: "\n").count == 3)
        }
        #expect(try place.read("runs/tiny/report.html").contains("A small grid."))
    }

    @Test func theNoiseOfASeedIsTheSameForEveryLoss() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--set", "rate=0.4", "--epochs", "1", "--quiet"])
        #expect(ending.status == 0)
        #expect(ending.output == "")
        var labels: [String: Set<String>] = [:]
        for run in try place.runs("runs/tiny") {
            labels[run.contains("seed1") ? "1" : "2", default: []].insert(try place.read(run + "/labels.csv"))
        }
        #expect(labels["1"]?.count == 1)
        #expect(labels["2"]?.count == 1)
        #expect(labels["1"] != labels["2"])
    }

    /// In this process or in a worker, again, and with another number of threads.
    @Test func theSameCellGivesTheSameBytes() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let one = ["run", "tiny.lua", "--quiet", "--set", "hidden=128,128", "--set", "rate=0.4", "--set", "loss=rll"]
        for (folder, arguments) in [
            ("first", ["--seeds", "1", "--threads", "1"]), ("second", ["--seeds", "1", "--threads", "1"]),
            ("threads", ["--seeds", "1", "--threads", "2"]), ("workers", ["--seeds", "1,2"]),
        ] {
            #expect(try place.run(one + arguments + ["--runs-dir", folder]).status == 0)
        }
        let first = try #require(try place.runs("first/tiny").first)
        let name = first.dropFirst("first/tiny/".count)
        for file in ["config.json", "labels.csv", "metrics.csv"] {
            let expected = try place.read("\(first)/\(file)")
            #expect(expected.utf8.count > 40)
            for folder in ["second", "threads", "workers"] {
                #expect(try place.read("\(folder)/tiny/\(name)/\(file)") == expected, "\(file) of \(folder)")
            }
        }
    }

    /// The files that a run was made of are part of what it is: a loss that was edited gives another run.
    @Test func anEditedLossIsAnotherRun() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let arguments = [
            "run", "tiny.lua", "--quiet", "--set", "rate=0", "--set", "loss=./mine.lua", "--seeds", "1", "--epochs",
            "1",
        ]
        for factor in [1, 2] {
            try place.write(
                loss("mine", "return -\(factor) * logits:log_softmax():pick(labels)"), to: "mine.lua")
            #expect(try place.run(arguments).status == 0)
        }
        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 2)
        let text = try place.read("mine.lua")
        let hashes = try runs.map { run -> [String: String] in
            let configuration = try JSONValue(parsing: Data(place.read(run + "/config.json").utf8), source: run)
            guard case .array(let files)? = configuration["settings"]?["files"] else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: files.map {
                    ($0["name"]?.stringValue ?? "", $0["sha256"]?.stringValue ?? "")
                })
        }
        for files in hashes {
            #expect(
                files.keys.sorted() == [
                    "digits/digits.lua", "mine.lua", "models/mlp.lua", "noise/uniform.lua",
                    "optimizers/sgd.lua", "schedules/constant.lua",
                ])
        }
        #expect(hashes.contains { $0["mine.lua"] == ContentHash.sha256(text.utf8) })
        #expect(Set(hashes.map { $0["mine.lua"] }).count == 2)
    }

    @Test func aRunThatIsThereAlreadyIsMadeAnew() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--quiet", "--set", "rate=0", "--set", "loss=cce", "--seed", "2"]
        #expect(try place.run(arguments).status == 0)
        let run = try #require(try place.runs("runs/tiny").first)
        let metrics = try place.read(run + "/metrics.csv")
        try place.write("left over", to: run + "/metrics.csv")
        #expect(try place.run(arguments).status == 0)
        #expect(try place.runs("runs/tiny") == [run])
        #expect(try place.read(run + "/metrics.csv") == metrics)
    }

    @Test func runsThatTheTableCannotTellApartAreNoted() throws {
        let place = try Workplace()
        let script = tinyExperiment.replacing(
            "{ \"rate\", { 0, 0.4 } }", with: "{ \"rate\", { 0 } }, { \"width\", { 4, 8 } }"
        )
        .replacing("hidden = cfg.hidden", with: "hidden = { cfg.width }")
        try place.write(script, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--set", "loss=cce", "--seeds", "1", "--epochs", "1", "--quiet"])
        #expect(ending.status == 0)
        #expect(
            ending.errors
                == "note: 1 of 2 runs have the data, model, loss, rate and seed of another run: table and report "
                + "take them for further seeds (does the grid vary something else, or do two losses share a name?)\n")
        #expect(try place.runs("runs/tiny").count == 2)
    }

    @Test func aFailingCellLeavesTheOthersAlone() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        try place.write(loss("wide", "return logits:softmax()"), to: "wide.lua")
        let ending = try place.run(["run", "tiny.lua", "--set", "loss=./wide.lua,rll", "--set", "rate=0.4", "--quiet"])
        #expect(ending.status == 1)
        #expect(
            ending.errors == """
                error in 2 runs, from loss=./wide.lua rate=0.4 seed=1 on:
                wide.lua:5: forward of loss 'wide' must return one value per sample, shape (128), it returned shape \
                (128, 10): sum over the classes with :sum(-1)
                  the result (128, 10) made at wide.lua:6 by softmax

                """)
        let rows = try place.read("runs/tiny/summary.csv").split(separator: "\n")
        #expect(rows.count == 3)
        #expect(rows.dropFirst().allSatisfy { $0.hasPrefix("digits,mlp,rll,0.4,") })
        let failed = try place.runs("runs/tiny").filter { $0.contains("wide") }
        #expect(failed.count == 2)
        for run in failed {
            let summary = try place.read(run + "/summary.json")
            #expect(summary.contains("\"status\": \"failed\""))
            #expect(summary.contains("must return one value per sample"))
        }
    }
}
