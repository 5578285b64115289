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
        #expect(ending.output.hasPrefix("┌"))
        #expect(
            ending.output.hasSuffix(
                "percent; mean ± sample standard deviation over 2 runs (seed)\n"
                    + "summary: runs/tiny/summary.csv\nreport:  runs/tiny/report.html\n"))

        let lines = try place.read("runs/tiny/summary.csv").split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "loss,rate,seed,status,epochs,train_loss_running,j1_running,metric_loss,j1,j2,fit_clean,memorized,"
                + "corrected,other,test_accuracy,epoch@best(test_accuracy),train_loss_running@best(test_accuracy),"
                + "j1_running@best(test_accuracy),loss@best(test_accuracy),j1@best(test_accuracy),"
                + "j2@best(test_accuracy),fit_clean@best(test_accuracy),memorized@best(test_accuracy),"
                + "corrected@best(test_accuracy),other@best(test_accuracy),best(test_accuracy)")
        let rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let settings = rows.map { $0.prefix(5).joined(separator: ",") }
        #expect(
            settings == [
                "rll,0,1,finished,2", "rll,0,2,finished,2", "rll,0.4,1,finished,2", "rll,0.4,2,finished,2",
                "cce,0,1,finished,2", "cce,0,2,finished,2", "cce,0.4,1,finished,2", "cce,0.4,2,finished,2",
            ])
        for row in rows {
            let isClean = row[1] == "0"
            #expect((row[8] == row[9]) == isClean, "J1 and J2 are the same on true labels only")
            #expect(row[11].isEmpty == isClean, "nothing can be memorized without wrong labels")
            for field in row[8...14] where !field.isEmpty {
                let value = try #require(Double(field))
                #expect((0...100).contains(value))
            }
        }

        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 8)
        for run in runs {
            #expect(
                try place.names(run) == [
                    "config.json", "labels.csv", "ledger.npy", "log.txt", "metrics.csv", "summary.json",
                    "weights.safetensors",
                ])
            #expect(try place.read(run + "/metrics.csv").split(separator: "\n").count == 3)
        }
        #expect(try place.read("runs/tiny/report.html").contains("A small grid."))
    }

    /// A script that forgets to pass the seed on would repeat one run under several names.
    @Test func replicatesSeedWhatTheScriptDoesNot() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        try place.write(
            tinyExperiment.replacing(", { seed = cfg.seed }", with: "").replacing("seed = cfg.seed,", with: ""),
            to: "unseeded/tiny.lua")
        let flags = ["--set", "rate=0.4", "--set", "loss=rll", "--epochs", "1", "--quiet"]
        #expect(try place.run(["run", "tiny.lua"] + flags).status == 0)
        #expect(try place.run(["run", "unseeded/tiny.lua", "--runs-dir", "others"] + flags).status == 0)
        let seeded = try place.runs("runs/tiny").sorted()
        let unseeded = try place.runs("others/tiny").sorted()
        #expect(seeded.count == 2 && unseeded.count == 2)
        for (one, other) in zip(seeded, unseeded) {
            for file in ["metrics.csv", "labels.csv"] {
                #expect(try place.read(one + "/" + file) == place.read(other + "/" + file))
            }
        }
        #expect(try place.read(seeded[0] + "/metrics.csv") != place.read(seeded[1] + "/metrics.csv"))
        #expect(try place.read(seeded[0] + "/labels.csv") != place.read(seeded[1] + "/labels.csv"))
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
        for folder in ["second", "threads", "workers"] {
            for file in ["labels.csv", "metrics.csv"] {
                let expected = try place.read("\(first)/\(file)")
                #expect(expected.utf8.count > 40)
                #expect(try place.read("\(folder)/tiny/\(name)/\(file)") == expected, "\(file) of \(folder)")
            }
            // Where it was made is beside what it is: the number of threads, for one.
            let (one, other) = (
                try RunFolder.open(place.url.appendingPathComponent(first)),
                try RunFolder.open(place.url.appendingPathComponent("\(folder)/tiny/\(name)"))
            )
            #expect(one.configuration.identityText == other.configuration.identityText)
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
            #expect(try place.run(arguments + (factor == 1 ? [] : ["--again"])).status == 0)
        }
        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 2)
        let text = try place.read("mine.lua")
        let hashes = try runs.map { run -> [String: String] in
            let configuration = try JSONValue(parsing: Data(place.read(run + "/config.json").utf8), source: run)
            guard case .array(let files)? = configuration["files"] else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: files.map {
                    ($0["name"]?.stringValue ?? "", $0["sha256"]?.stringValue ?? "")
                })
        }
        for files in hashes {
            #expect(
                files.keys.sorted() == [
                    "digits/digits.lua", "mine.lua", "models/mlp.lua", "noise/rates.lua", "noise/uniform.lua",
                    "optimizers/sgd.lua", "schedules/constant.lua",
                ])
        }
        #expect(hashes.contains { $0["mine.lua"] == ContentHash.sha256(text.utf8) })
        #expect(Set(hashes.map { $0["mine.lua"] }).count == 2)
    }

    @Test func aRunThatIsThereAlreadyStaysUnlessItIsAskedForAgain() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--quiet", "--set", "rate=0", "--set", "loss=cce", "--seed", "2"]
        #expect(try place.run(arguments).status == 0)
        let run = try #require(try place.runs("runs/tiny").first)
        let (metrics, summary) = (try place.read(run + "/metrics.csv"), try place.read(run + "/summary.json"))
        let second = try place.run(arguments.filter { $0 != "--quiet" })
        #expect(second.status == 0)
        #expect(
            second.errors.contains(
                "note: 1 of 1 runs were finished already and stay as they are (--again runs them anew)"))
        #expect(try place.read(run + "/summary.json") == summary)
        try place.write("left over", to: run + "/metrics.csv")
        #expect(try place.run(arguments + ["--again"]).status == 0)
        #expect(try place.runs("runs/tiny") == [run])
        #expect(try place.read(run + "/metrics.csv") == metrics)
    }

    @Test func whateverTheGridVariesHasAColumn() throws {
        let place = try Workplace()
        let script = tinyExperiment.replacing(
            "{ \"rate\", { 0, 0.4 } }", with: "{ \"rate\", { 0 } }, { \"width\", { 4, 8 } }"
        )
        .replacing("hidden = cfg.hidden", with: "hidden = { cfg.width }")
        try place.write(script, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--set", "loss=cce", "--seeds", "1", "--epochs", "1", "--quiet"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        #expect(try place.runs("runs/tiny").count == 2)
        let lines = try place.read("runs/tiny/summary.csv").split(separator: "\n")
        #expect(lines.map { $0.split(separator: ",")[2] } == ["width", "4", "8"])
    }

    @Test func theSummaryCoversWhatWasThereBefore() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        for loss in ["cce", "rll"] {
            let ending = try place.run(["run", "tiny.lua", "--quiet", "--set", "rate=0.4", "--set", "loss=\(loss)"])
            #expect(ending.status == 0 && ending.errors == "")
        }
        let lines = try place.read("runs/tiny/summary.csv").split(separator: "\n").dropFirst()
        #expect(
            lines.map { $0.split(separator: ",").prefix(3).joined(separator: ",") }
                == ["cce,0.4,1", "cce,0.4,2", "rll,0.4,1", "rll,0.4,2"])
    }

    /// Final values that come behind a training are its own, as those that a function returns.
    @Test func whatIsRecordedBehindATrainingIsAddedToIt() throws {
        let place = try Workplace()
        func script(_ name: String) -> String {
            """
            local nj = require "nightjar"
            return nj.experiment { name = "behind", settings = { epochs = 1 }, grid = { { "seed", { 1, 2 } } },
              run = function(cfg)
                local data = nj.data.load "digits"
                nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
                  optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed }:fit(data.train:first(50), { epochs = 1 })
                nj.record { \(name) = 2 * cfg.seed }
                return { returned = cfg.seed }
              end }
            """
        }
        try place.write(script("own"), to: "behind.lua")
        let ending = try place.run(["run", "behind.lua"])
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        #expect(try place.runs("runs/behind").count == 2)
        let table = try place.run(["table", "behind", "--metrics", "own,returned", "--format", "csv"])
        #expect(table.output.contains("\n2,3,"), "\(table.output)\(table.errors)")
        try place.write(script("j1"), to: "behind.lua")
        let wrong = try place.run(["run", "behind.lua", "--again"])
        #expect(wrong.status == 1)
        #expect(
            wrong.errors.contains(
                "behind.lua:7: 'j1' is a column that the training fills itself: record your value under another name"),
            "\(wrong.errors)")
    }

    @Test func whatAFunctionReturnsAndRecordsReachesTheSummary() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "hand", grid = { { "rho", { 0.5, 2 } }, { "seed", { 1, 2 } } },
              run = function(cfg)
                for epoch = 1, 3 do nj.record { epoch = epoch, error = cfg.rho / epoch } end
                return { accuracy = cfg.rho * cfg.seed }
              end }
            """, to: "hand.lua")
        let ending = try place.run(["run", "hand.lua"])
        #expect(ending.errors == "")
        #expect(
            try place.read("runs/hand/summary.csv") == """
                rho,seed,status,epochs,accuracy,error
                0.5,1,finished,3,0.5,0.16666666666666666
                0.5,2,finished,3,1,0.16666666666666666
                2,1,finished,3,2,0.6666666666666666
                2,2,finished,3,4,0.6666666666666666

                """)
        let run = try #require(try place.runs("runs/hand").first)
        #expect(try place.read(run + "/metrics.csv") == "epoch,error\n1,0.5\n2,0.25\n3,0.16666666666666666\n")
        #expect(ending.output.contains("│ rho │      accuracy │"))
        try place.write(
            "return require('nightjar').experiment { name = 'x', run = function() return { a = 'b' } end }",
            to: "bad.lua")
        #expect(
            try place.run(["run", "bad.lua"]).errors.contains(
                "run of experiment 'x' returned 'a', which is a string: it returns numbers by name"))
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
        #expect(
            rows.dropFirst().map { $0.split(separator: ",").prefix(4).joined(separator: ",") } == [
                "./wide.lua,0.4,1,failed", "./wide.lua,0.4,2,failed", "rll,0.4,1,finished", "rll,0.4,2,finished",
            ])
        let failed = try place.runs("runs/tiny").filter { $0.contains("wide") }
        #expect(failed.count == 2)
        for run in failed {
            let summary = try place.read(run + "/summary.json")
            #expect(summary.contains("\"status\": \"failed\""))
            #expect(summary.contains("must return one value per sample"))
        }
    }
}
