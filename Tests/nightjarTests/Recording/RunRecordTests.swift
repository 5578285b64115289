import Foundation
import NightjarRuns
import Testing

/// What a run's folder says of how it came about.
@Suite(.serialized) struct RunRecordTests {
    private func experiment(_ body: String, grid: String = "{ { \"seed\", { 1, 2 } } }") -> String {
        """
        local nj = require "nightjar"
        return nj.experiment { name = "log", settings = {}, grid = \(grid), run = function(cfg)
          \(body)
        end }
        """
    }

    private let training = """
        local data = nj.data.load("digits")
        nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
          optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = nj.schedules.step { base = 0.1, drops = { 3 } },
          seed = cfg.seed, on_epoch = function(r) print("epoch", r.epoch) end,
          callbacks = { nj.callbacks.early_stopping { patience = 5 } } }:fit(
            data.train:first(200):with_labels(nj.noise.uniform { rate = 0.3 }, { seed = cfg.seed }),
            { epochs = 2, test = data.test })
        """

    private func lines(_ place: Workplace, _ run: String) throws -> [String] {
        try place.read(run + "/log.txt").split(separator: "\n").map { String($0.drop { $0 != " " }.dropFirst()) }
    }

    @Test func theLogHasWhatAScriptPrintedAndHowTheRunWent() throws {
        let place = try Workplace()
        try place.write(experiment("print('cell', cfg.seed)\n" + training), to: "log.lua")
        #expect(try place.run(["run", "log.lua", "--quiet"]).status == 0)
        let runs = try place.runs("runs/log")
        #expect(runs.count == 2)
        for (run, seed) in zip(runs, 1...2) {
            let name = run.split(separator: "/").last ?? ""
            #expect(
                try lines(place, run) == [
                    "info    cell\t\(seed)", "notice  run \(name) begins", "info    epoch\t1", "info    epoch\t2",
                    "notice  finished after 2 epochs",
                ])
        }
    }

    @Test func aCellThatFailsBeforeTrainingHasALogAndARowThatSaysWhy() throws {
        let place = try Workplace()
        let text = experiment("print('going', cfg.seed)\nif cfg.seed == 2 then error('no such luck') end\n" + training)
        try place.write(text, to: "log.lua")
        for jobs in ["1", "2"] {
            let ending = try place.run(["run", "log.lua", "--jobs", jobs, "--again"])
            #expect(ending.status == 1)
            #expect(ending.errors.contains("error in seed=2:\nlog.lua:4: no such luck"))
            let runs = try place.runs("runs/log")
            #expect(runs.count == 2)
            let failed = try #require(runs.first { $0.contains("seed2") })
            #expect(try lines(place, failed).contains { $0 == "info    going\t2" })
            #expect(try lines(place, failed).contains { $0.hasPrefix("error   log.lua:4: no such luck") })
            let summary = try #require(
                try RunFolder.open(place.url.appendingPathComponent(failed)).readSummary())
            #expect(summary.status == .failed)
            #expect(summary.message?.hasPrefix("log.lua:4: no such luck") == true)
            let rows = try place.read("runs/log/summary.csv").split(separator: "\n")
            #expect(rows.count == 3 && rows[2].hasPrefix("2,failed,0,"))
        }
    }

    /// The second attempt goes on from the checkpoint of the first, or begins anew; the log has both.
    @Test func aWorkerThatCrashesIsStartedAgainAndTheLogSaysSo() throws {
        let place = try Workplace()
        let crash = """
            if cfg.seed == 2 and not io.open("tried") then
              io.open("tried", "w"):close()
              io.stderr:write("the ground opens\\n")
              os.execute("kill -KILL $PPID")
            end
            """
        try place.write(experiment(crash + "\n" + training), to: "log.lua")
        let ending = try place.run(["run", "log.lua", "--trust", "--jobs", "1"])
        #expect(ending.status == 0)
        #expect(
            ending.errors
                == "note: seed=2: was killed by signal 9\n    the ground opens\n  it is started once more\n")
        let runs = try place.runs("runs/log")
        #expect(runs.count == 2)
        #expect(
            try lines(place, try #require(runs.last)).contains("error   seed=2: was killed by signal 9"))
        #expect(
            try place.read(try #require(runs.last) + "/log.txt").hasSuffix(
                "\n      the ground opens\n  it was started once more\n"))
    }

    /// Twice is a failure, with a folder that says so although the worker wrote none.
    @Test func aWorkerThatCrashesTwiceIsAFailedCell() throws {
        let place = try Workplace()
        try place.write(
            experiment("print 'alive'\nif cfg.seed == 2 then os.execute('kill -KILL $PPID') end\n" + training),
            to: "log.lua")
        let ending = try place.run(["run", "log.lua", "--trust", "--jobs", "2", "--quiet"])
        #expect(ending.status == 1)
        let rows = try place.read("runs/log/summary.csv").split(separator: "\n")
        #expect(rows.count == 3 && rows[2].hasPrefix("2,failed,0,"))
        let failed = try #require(try place.runs("runs/log").first { $0.contains("seed2") })
        #expect(try lines(place, failed).contains("error   seed=2: was killed by signal 9"))
    }

    @Test func labelSetsAreInTheConfigurationAndInAFileOfTheirOwn() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local inputs, color = nj.randn({ 6, 4 }, { seed = 1 }), nj.tensor({ 1, 2, 3, 3, 2, 1 })
            local data = nj.data.from_tensors { inputs = inputs, labels = nj.tensor({ 1, 2, 1, 2, 1, 2 }), classes = 2,
              label_sets = { color = { labels = color, classes = 3 } } }
            local noisy = data:with_labels(nj.noise.uniform { rate = 0.5, count = "exact" }, { set = "color", seed = 7 })
            local loss = nj.loss { name = "both", needs = { outputs = 2 }, forward = function(_, z, y, batch)
              return nj.losses.cce {} (z, y) + nj.losses.cce {} (batch.outputs[2], batch.label_sets.color)
            end } {}
            nj.trainer { model = { nj.nn.linear(4, 2), nj.nn.linear(4, 3) }, loss = loss, optimizer = nj.optim.sgd {},
              learning_rate = 0.1 }:fit(noisy, { epochs = 1 })
            """, to: "sets.lua")
        let ending = try place.run(["run", "sets.lua", "--quiet"])
        #expect(ending.status == 0, "\(ending.errors)")
        let path = try #require(try place.runs("runs/sets").first)
        let parts = try RunFolder.open(place.url.appendingPathComponent(path)).configuration.parts
        let color = try #require(parts["label_sets"]?["color"])
        #expect(color["kind"] == "classes" && color["sha256"]?.stringValue?.count == 64)
        #expect(color["noise"]?["name"] == "uniform" && color["noise"]?["seed"] == 7)
        let file = try SafetensorsFile(contentsOf: place.url.appendingPathComponent(path + "/label_sets.safetensors"))
        #expect(file.arrays.map(\.name).sorted() == ["color.given", "color.true"])
        // Classes from 0, half of them wrong.
        let truth = try file.withBytes(of: "color.true") { Array($0.bindMemory(to: Int32.self)) }
        let given = try file.withBytes(of: "color.given") { Array($0.bindMemory(to: Int32.self)) }
        #expect(truth == [0, 1, 2, 2, 1, 0] && zip(truth, given).count { $0 != $1 } == 3)
    }

    @Test func denseLabelsAreKeptAsTheyWereGivenAndAsTheyAre() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local truth = nj.arange(24, { dtype = "int32" }):reshape(6, 4) % 3 + 1
            local data = nj.data.from_tensors { inputs = nj.randn({ 6, 4 }, { seed = 1 }), labels = truth, classes = 3 }
            local noisy = data:with_labels(truth % 3 + 1)
            local model = nj.nn.sequential { nj.nn.linear(4, 12), nj.layer { name = "places", forward = function(_, x)
              return x:reshape(x:size(1), 4, 3)
            end } {} }
            nj.trainer { model = model, loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1 }:fit(
              noisy, { epochs = 1 })
            """, to: "dense.lua")
        let ending = try place.run(["run", "dense.lua", "--quiet"])
        #expect(ending.status == 0, "\(ending.errors)")
        let path = try #require(try place.runs("runs/dense").first) + "/labels.safetensors"
        let file = try SafetensorsFile(contentsOf: place.url.appendingPathComponent(path))
        let truth = try file.withBytes(of: "true") { Array($0.bindMemory(to: Int32.self)) }
        let given = try file.withBytes(of: "given") { Array($0.bindMemory(to: Int32.self)) }
        #expect(truth == (0..<24).map { $0 % 3 } && given == (0..<24).map { ($0 + 1) % 3 })
    }

    @Test func theConfigurationNamesEveryComponentWithItsPluginVersionAndText() throws {
        let place = try Workplace()
        try place.write(experiment(training), to: "log.lua")
        #expect(try place.run(["run", "log.lua", "--quiet", "--seeds", "1"]).status == 0)
        let folder = try RunFolder.open(
            place.url.appendingPathComponent(try #require(try place.runs("runs/log").first)))
        let parts = folder.configuration.parts
        let store = TextStore(runsDirectory: place.url.appendingPathComponent("runs"))
        for (name, kind, plugin) in [
            ("data", "data set", "digits"), ("noise", "noise model", "noise"), ("loss", "loss", "losses"),
            ("model", "model", "models"), ("optimizer", "optimizer", "optimizers"),
            ("schedule", "schedule", "schedules"),
        ] {
            let part = try #require(parts[name])
            #expect(part["kind"]?.stringValue == kind)
            #expect(part["plugin"]?.stringValue == plugin)
            #expect(part["version"]?.stringValue?.isEmpty == false)
            let text = try store.text(try #require(part["sha256"]?.stringValue))
            #expect(text.contains("return"), "\(name) is kept")
        }
        #expect(parts["noise"]?["parameters"]?["rate"] == 0.3)
        #expect(parts["model"]?["parameters"]?["hidden"] == [8])
        #expect(parts["optimizer"]?["parameters"]?["momentum"] == 0.9)
        #expect(parts["schedule"]?["parameters"]?["drops"] == [3])
        guard case .array(let callbacks)? = parts["callbacks"] else { throw RunError("no callbacks") }
        #expect(callbacks.map { $0["name"]?.stringValue } == ["early_stopping", "on_epoch"])
        #expect(callbacks[0]["parameters"]?["patience"] == 5)
        #expect(callbacks[1]["file"] == "log.lua")
        #expect(
            ["init", "shuffle", "train", "noise", "script"].allSatisfy { parts["seeds"]?[$0]?.intValue == 1 })
        let environment = folder.configuration.environment
        #expect(environment["lua"]?.stringValue?.hasPrefix("Lua 5.4.") == true)
        #expect(environment["blas"]?.stringValue?.hasPrefix("OpenBLAS 0.") == true)
        #expect(environment["processor"]?.stringValue?.isEmpty == false)
    }

    @Test func aSecondProcessIsToldWhoWritesTheFolder() throws {
        let place = try Workplace()
        let script = training.replacing(
            "print(\"epoch\", r.epoch)",
            with: "nj.save(\"mark.npz\", { x = nj.ones(1) })\n"
                + "while true do end")
        try place.write(experiment(script, grid: "{ { \"seed\", { 1 } } }"), to: "log.lua")
        let first = try place.start(["run", "log.lua", "--quiet"])
        defer { kill(first.processIdentifier, SIGKILL) }
        let mark = place.url.appendingPathComponent("mark.npz").path
        let limit = Date() + 60
        while !FileManager.default.fileExists(atPath: mark), Date() < limit { usleep(20_000) }
        let run = try #require(try place.runs("runs/log").first)
        let second = try place.run(["run", "log.lua", "--quiet"])
        #expect(second.status == 1)
        #expect(
            second.errors.contains(
                "\(run): another process (pid \(first.processIdentifier)) is writing this run\n"
                    + "  wait until it has ended, stop it, or give this one another folder with --runs-dir"))
        // It is no run that failed: nothing of it is written down.
        #expect(try place.runs("runs/log") == [run])
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
    }

    /// Cells whose runs another process writes are told of, the others run, and nothing is written down of the first, by the
    /// worker or by the process that started it.
    @Test func aSweepLeavesCellsOfAnotherProcessAlone() throws {
        let place = try Workplace()
        let script = training.replacing(
            "print(\"epoch\", r.epoch)",
            with: "nj.save(\"mark\" .. cfg.seed .. \".npz\", { x = nj.ones(1) })\nwhile cfg.seed == 1 do end")
        try place.write(experiment(script, grid: "{ { \"seed\", { 1, 2 } } }"), to: "log.lua")
        let first = try place.start(["run", "log.lua", "--quiet", "--jobs", "1"])
        defer { kill(first.processIdentifier, SIGKILL) }
        let limit = Date() + 60
        let mark = place.url.appendingPathComponent("mark1.npz").path
        while !FileManager.default.fileExists(atPath: mark), Date() < limit { usleep(20_000) }
        let second = try place.run(["run", "log.lua", "--quiet", "--jobs", "2"])
        #expect(second.status == 1)
        #expect(
            second.errors.contains(/^error in seed=1:\n.*another process \(pid \d+\) is writing this run\n/),
            "\(second.errors)")
        let names = try place.runs("runs/log").compactMap { $0.split(separator: "/").last }
        #expect(names.count == 2 && names[0].contains("seed1") && names[1].contains("seed2"), "\(names)")
        #expect(
            try place.run(["runs", "list", "--where", "status = failed", "--csv"]).output.split(separator: "\n").count
                <= 1)
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
    }
}
