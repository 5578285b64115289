import Foundation
import NightjarRuns
import Testing

/// A sweep is a set: nothing is mixed or lost, whatever happens to scripts and processes.
@Suite(.serialized) struct SweepSetTests {
    @Test func aChangedScriptIsSaidAndNotMixed() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--epochs", "1", "--set", "rate=0", "--quiet"]
        #expect(try place.run(arguments).status == 0)
        let summary = try place.read("runs/tiny/summary.csv")
        try place.write(tinyExperiment.replacing("learning_rate = 0.1", with: "learning_rate = 0.2"), to: "tiny.lua")
        let refused = try place.run(arguments)
        #expect(refused.status == 1)
        #expect(
            refused.errors == """
                error: 4 runs of experiment 'tiny' were made with another text of what is run now
                tiny.lua has changed:
                    - 14:       learning_rate = 0.1,
                    + 14:       learning_rate = 0.2,
                  --again runs all cells with the text of now and leaves those runs out of tables and report; another name \
                of the experiment keeps both

                """)
        #expect(try place.read("runs/tiny/summary.csv") == summary)
        #expect(try place.runs("runs/tiny").count == 4)
        #expect(try place.run(arguments + ["--again"]).status == 0)
        #expect(try place.runs("runs/tiny").count == 8)
        #expect(try place.read("runs/tiny/summary.csv").split(separator: "\n").count == 5)
        #expect(try place.read("runs/tiny/summary.csv") != summary)
        // Tables say the same, and what ran anew is done.
        let table = try place.run(["table", "tiny", "--metrics", "j1", "--stats", "mean,n"])
        #expect(table.output.contains("4 runs left out whose cells ran anew since"), "\(table.output)")
        #expect(!table.output.contains("(4)") && !table.output.contains("schedule"), "\(table.output)")
        let once = try place.run(arguments)
        #expect(once.status == 0, "\(once.errors)")
        #expect(try place.runs("runs/tiny").count == 8)
    }

    /// What an experiment shows cannot hide why its cells failed.
    @Test func whereEveryCellFailsWhyIsSaid() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "none", grid = { { "k", { 1, 2 } }, { "seed", { 1, 2 } } },
              show = { "j2", "best(j2)", "j2@1" }, figures = { { y = { "j2" }, by = "k" } },
              report = { "Words.", nj.figure { y = { "j2" } }, nj.table { metrics = { "j2" }, against = { k = 1 } } },
              run = function(cfg) error("no data for k " .. cfg.k) end }
            """, to: "none.lua")
        let ending = try place.run(["run", "none.lua"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains("no data for k 1") && ending.errors.contains("no data for k 2"), "\(ending.errors)")
        #expect(!ending.errors.contains("there is no metric"), "\(ending.errors)")
        #expect(try place.read("runs/none/report.html").contains("0 of 4 runs are finished: 4 failed."))
        let table = try place.run(["table", "none"])
        #expect(table.output == "no finished runs; 4 failed\n", "\(table.output)\(table.errors)")
        let figure = try place.run(["figure", "none", "--y", "j2", "-o", "none.svg"])
        #expect(figure.errors.contains("there is no metric 'j2': no run has finished (4 failed)"), "\(figure.errors)")
        let list = try place.run(["runs", "list", "none", "--columns", "run,status,message"])
        #expect(list.output.contains("no data for k 2"), "\(list.output)")
    }

    /// A loop of one's own may take hours as well. What it recorded has an end when its cell has one.
    @Test func whatAScriptRecordedByHandStaysWhereItsCellIsDone() throws {
        let place = try Workplace()
        let script = """
            local nj = require "nightjar"
            return nj.experiment { name = "loop", settings = { fails = false }, grid = { { "k", { 1, 2 } }, { "seed", { 1, 2 } } },
              run = function(cfg)
                nj.record { epoch = 1, drawn = nj.rand(1):item() }
                if cfg.fails and cfg.k == 2 then error("no luck") end
                return { value = cfg.k }
              end }
            """
        try place.write(script, to: "loop.lua")
        func summaries() throws -> [String] { try place.runs("runs/loop").map { try place.read($0 + "/summary.json") } }
        func note(_ found: Int) -> String {
            "note: \(found) of 4 runs were finished already and stay as they are (--again runs them anew)\n"
        }
        let first = try place.run(["run", "loop.lua"])
        #expect(first.status == 0 && first.errors == "", "\(first.errors)")
        let known = try summaries()
        let second = try place.run(["run", "loop.lua"])
        #expect(second.errors == note(4))
        #expect(second.output == first.output)
        #expect(try summaries() == known)
        // A part of the grid, and a file that is not what it was.
        #expect(
            try place.run(["run", "loop.lua", "--set", "k=1", "--seeds", "1"]).errors.hasPrefix(
                "note: 1 of 1 runs were"))
        try place.write("epoch,drawn\n1,7\n", to: try #require(try place.runs("runs/loop").first) + "/metrics.csv")
        #expect(try place.run(["run", "loop.lua"]).errors == note(3))
        #expect(try place.run(["run", "loop.lua"]).errors == note(4))
        // Another seed is another run; --again does all anew.
        #expect(try place.run(["run", "loop.lua", "--seed", "7"]).errors == "")
        #expect(try place.runs("runs/loop").count == 6)
        let before = try summaries()
        #expect(try place.run(["run", "loop.lua", "--again"]).errors == "")
        #expect(try summaries() != before)
        // What failed runs again.
        for _ in 1...2 {
            let failed = try place.run(["run", "loop.lua", "--set", "fails=true"])
            #expect(failed.status == 1)
            #expect(failed.errors.contains("no luck"), "\(failed.errors)")
        }
    }

    /// What a cell returns behind its training is no end of its own: it runs again, and finds the training done.
    @Test func whatFollowsATrainingRunsAgain() throws {
        let place = try Workplace()
        let script = tinyExperiment.replacing(
            "epochs = cfg.epochs })", with: "epochs = cfg.epochs })\n    return { seen = 1 }")
        try place.write(script, to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--set", "rate=0", "--set", "loss=cce", "--seeds", "1", "--epochs", "1"]
        #expect(try place.run(arguments + ["--quiet"]).status == 0)
        let run = try #require(try place.runs("runs/tiny").first)
        let folder = try RunFolder.open(place.url.appendingPathComponent(run))
        var summary = try #require(try folder.readSummary())
        #expect(summary.metrics["seen"] == 1)
        // Where it says the same again, the run is one that stays as it is.
        #expect(
            try place.run(arguments).errors
                == "note: 1 of 1 runs were finished already and stay as they are (--again runs them anew)\n")
        summary.metrics["seen"] = nil
        try folder.writeSummary(summary)
        #expect(try place.run(arguments).status == 0)
        #expect(try folder.readSummary()?.metrics["seen"] == 1)
    }

    /// What a cell depends on does not include the components of the other cells.
    @Test func aCellIsTheSameInASmallerGrid() throws {
        let place = try Workplace()
        try place.write(
            tinyExperiment.replacing("\"cce\"", with: "{ \"gce\", q = 0.7 }, \"cce\""), to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--epochs", "1", "--set", "rate=0"]
        #expect(try place.run(arguments + ["--quiet"]).status == 0)
        let count = try place.runs("runs/tiny").count
        let again = try place.run(arguments + ["--set", "loss=cce"])
        #expect(again.status == 0)
        #expect(again.errors.contains("runs were finished already and stay as they are"), "\(again.errors)")
        #expect(try place.runs("runs/tiny").count == count)
        for run in try place.runs("runs/tiny") where run.contains("cce") {
            let files =
                try RunFolder.open(place.url.appendingPathComponent(run)).configuration.parts["files"]?.text() ?? ""
            #expect(files.contains("cce.lua") && !files.contains("gce.lua"), "\(run): \(files)")
        }
    }

    /// Workers read the text that the sweep began with, however the file is edited meanwhile.
    @Test func aScriptThatIsEditedWhileItsCellsRunIsTheOneThatTheyBeganWith() throws {
        let place = try Workplace()
        let edit = """
            local file = io.open("tiny.lua", "a")
            file:write("\\nerror 'edited'\\n")
            file:close()
            """
        try place.write(tinyExperiment.replacing("local data =", with: edit + "\nlocal data ="), to: "tiny.lua")
        let ending = try place.run(
            ["run", "tiny.lua", "--trust", "--epochs", "1", "--set", "rate=0", "--jobs", "1", "--quiet"])
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        let hashes = try place.runs("runs/tiny").map {
            try RunFolder.open(place.url.appendingPathComponent($0)).configuration.parts["script"]
        }
        #expect(hashes.count == 4 && Set(hashes.map { $0?.text() }).count == 1)
    }

    @Test func aMistakeInAllCellsIsToldOnce() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "wrong", grid = { { "loss", { "cce", "rll", "mae" } },
              { "rate", { 0, 0.2, 0.4, 0.6 } }, { "seed", { 1, 2, 3, 4 } } },
              run = function(cfg) nj.models.mlp { inputs = 64, widht = 3 } end }
            """, to: "wrong.lua")
        let ending = try place.run(["run", "wrong.lua", "--jobs", "2"])
        #expect(ending.status == 1)
        #expect(ending.errors.components(separatedBy: "widht").count == 2, "\(ending.errors)")
        #expect(
            ending.errors.contains(
                "error: the other 44 cells were not started: these 4, which have little in common, all failed with the same "
                    + "words"))
        let rows = try place.read("runs/wrong/summary.csv").split(separator: "\n").dropFirst()
        #expect(rows.count == 48)
        #expect(rows.count { $0.contains(",failed,") } == 4 && rows.count { $0.contains(",missing,") } == 44)
    }

    @Test func aDryRunShowsCellsAndWhatTheyTakeAndWritesNothing() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--dry-run", "--jobs", "2"])
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        let lines = ending.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 7, "\(ending.output)")
        #expect(lines[0] == "experiment 'tiny': 8 cells, 4 of them distinct")
        #expect(lines[1] == "settings: epochs=2 hidden=16")
        for (line, title) in zip(lines[2...5], ["rll rate=0", "rll rate=0.4", "cce rate=0", "cce rate=0.4"]) {
            #expect(
                line.wholeMatch(
                    of: try Regex(
                        "  loss=\(title)  x 2: 24 steps of [0-9.]+ ms, about [0-9.]+s, [0-9.]+ KiB on the disk"))
                    != nil, "\(line)")
        }
        #expect(
            lines[6].wholeMatch(
                of: try Regex(
                    "in all about [0-9.]+s with [12] jobs?, [0-9.]+ MiB of memory for each, [0-9.]+ KiB on the disk"))
                != nil, "\(lines[6])")
        #expect(!FileManager.default.fileExists(atPath: place.url.appendingPathComponent("runs").path))
        try place.write(loss("wide", "return logits:softmax()"), to: "wide.lua")
        let wrong = try place.run(["run", "tiny.lua", "--dry-run", "--set", "loss=cce,./wide.lua"])
        #expect(wrong.status == 1)
        #expect(wrong.errors.hasPrefix("error in 2 cells, from loss=./wide.lua rate=0 on:\n"))
    }

    /// A sweep asks for the state of the checkout; its cells do not wait for the answer once more each.
    @Test func gitThatDoesNotAnswerIsAskedOnce() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        for folder in ["bin", ".git"] {
            try FileManager.default.createDirectory(
                at: place.url.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        try place.write("ref: refs/heads/some\n", to: ".git/HEAD")
        let asked = place.url.appendingPathComponent("asked").path
        try place.write("#!/bin/sh\necho asked >> '\(asked)'\nexec sleep 30\n", to: "bin/git")
        chmod(place.url.appendingPathComponent("bin/git").path, 0o755)
        let ending = try place.run(
            [
                "PATH=\(place.url.path)/bin:/usr/bin:/bin", Workplace.program.path, "run", "tiny.lua", "--set",
                "rate=0.4",
                "--jobs", "2", "--quiet",
            ], program: URL(fileURLWithPath: "/usr/bin/env"))
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(try place.read("asked") == "asked\n")
        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 4)
        for run in runs {
            let text = try place.read("\(run)/config.json")
            #expect(text.contains("\"branch\": \"some\"") && !text.contains("\"dirty\""))
        }
    }

    /// Killed at ten random moments, a worker before its parent in half of them: no worker lives a second longer than its
    /// parent, and what comes of it in the end is what a sweep without a kill has.
    @Test func aSweepThatIsKilledOverAndOverEndsWithTheSameSummary() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let arguments = ["run", "tiny.lua", "--epochs", "40", "--set", "rate=0.4", "--jobs", "2", "--quiet"]
        #expect(try place.run(arguments + ["--runs-dir", "whole"]).status == 0)
        var random = SystemRandomNumberGenerator()
        for round in 0..<10 {
            let process = try place.start(arguments + ["--runs-dir", "killed"])
            usleep(UInt32.random(in: 50_000...700_000, using: &random))
            let workers = children(of: process.processIdentifier)
            if round % 2 == 1, let first = workers.first { kill(first, SIGKILL) }
            kill(process.processIdentifier, SIGKILL)
            let limit = Date() + 1
            process.waitUntilExit()
            // Nobody but the system ends them.
            while workers.contains(where: { isAlive($0) }), Date() < limit { usleep(5_000) }
            #expect(!workers.contains { isAlive($0) }, "round \(round)")
        }
        #expect(try place.run(arguments + ["--runs-dir", "killed"]).status == 0)
        #expect(try place.read("killed/tiny/summary.csv") == place.read("whole/tiny/summary.csv"))
        for run in try place.runs("whole/tiny") {
            let other = run.replacing("whole/", with: "killed/")
            for name in ["metrics.csv", "labels.csv", "weights.safetensors", "ledger.npy"] {
                #expect(
                    try Data(contentsOf: place.url.appendingPathComponent("\(run)/\(name)"))
                        == Data(contentsOf: place.url.appendingPathComponent("\(other)/\(name)")), "\(other)/\(name)")
            }
            #expect(!FileManager.default.fileExists(atPath: place.url.appendingPathComponent("\(other)/.lock").path))
        }
    }

    private func children(of process: pid_t) -> [pid_t] {
        let text = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    }

    /// Whether a process is there and no zombie.
    private func isAlive(_ process: pid_t) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        // One that has ended stands there until somebody asks how.
        return !["Z", "X"].contains(text.split(separator: ")").last?.split(separator: " ").first ?? "")
    }
}
