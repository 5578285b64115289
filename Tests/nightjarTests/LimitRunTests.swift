import Foundation
import NightjarScripting
import Testing

/// `--limit-time`, `--limit-memory` and `--limit-instructions`: a run that meets one has failed, and all that it had is
/// written.
@Suite(.serialized) struct LimitRunTests {
    private static let training = """
        local nj = require "nightjar"
        local data = nj.data.load("digits")
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = data.features, hidden = { 16 }, classes = data.classes },
          loss = nj.losses.rll {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1,
        }
        trainer:fit(data.train, { test = data.test, epochs = 100000 })
        """

    @Test(arguments: [
        ("--limit-time", "1s", "the run took longer than 1s (the limit that --limit-time sets)"),
        (
            "--limit-instructions", "3e5",
            "the run used up its 300000 instructions (the limit that --limit-instructions sets)"
        ),
    ]) func aTrainingThatMeetsALimitHasFailedAndIsWritten(_ flag: String, _ value: String, _ words: String) throws {
        let place = try Workplace()
        try place.write(LimitRunTests.training, to: "train.lua")
        let ending = try place.run(["run", "train.lua", flag, value])
        #expect(ending.status == 1)
        #expect(ending.errors.contains(words), "\(ending.errors)")
        let run = try #require(try place.runs("runs/train").first)
        let summary = try place.read(run + "/summary.json")
        #expect(summary.contains("\"failed\"") && summary.contains(words), "\(summary)")
        #expect(try place.read(run + "/log.txt").contains(words))
        #expect(try place.read(run + "/metrics.csv").split(separator: "\n").count >= 2)
    }

    @Test func theLineIsSaidInFull() throws {
        let place = try Workplace()
        try place.write("local n = 0\nwhile true do\n  n = n + 1\nend\n", to: "loop.lua")
        let ending = try place.run(["run", "loop.lua", "--limit-instructions", "1000000"])
        #expect(ending.status == 1)
        let first = ending.errors.prefix { $0 != "\n" }
        #expect(
            [2, 3].map {
                "error: loop.lua:\($0): the run used up its 1000000 instructions (the limit that --limit-instructions sets)"
            }.contains(String(first)), "\(ending.errors)")
    }

    @Test func whatALoopOfOnesOwnRecordedIsAFailedRun() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local kept = {}
            nj.record { best = 0.5 }
            while true do kept[#kept + 1] = nj.rand(1000):copy() end
            """, to: "hand.lua")
        let ending = try place.run(["run", "hand.lua", "--limit-memory", "64MiB"])
        let words = "the run needs more than 64MiB for Lua and tensors (the limit that --limit-memory sets)"
        #expect(ending.status == 1 && ending.errors.hasPrefix("error: hand.lua:4: \(words)"), "\(ending.errors)")
        let summary = try place.read(try #require(try place.runs("runs/hand").first) + "/summary.json")
        #expect(summary.contains("\"failed\"") && summary.contains(words) && summary.contains("0.5"), "\(summary)")
    }

    /// Each cell has them for itself; the sweep as a whole has none.
    @Test func everyCellOfASweepHasTheLimits() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment {
              name = "cells", grid = { { "work", { 1, 1000000 } }, { "seed", { 1, 2 } } },
              run = function(cfg)
                for i = 1, cfg.work do for j = 1, 1000 do end end
                return { done = 1 }
              end,
            }
            """, to: "cells.lua")
        let ending = try place.run(["run", "cells.lua", "--limit-instructions", "1e7"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(
                "the run used up its 10000000 instructions (the limit that --limit-instructions sets)"))
        let summaries = try place.runs("runs/cells").map { try place.read($0 + "/summary.json") }
        #expect(
            summaries.count { $0.contains("\"finished\"") } == 2 && summaries.count { $0.contains("\"failed\"") } == 2)
    }

    @Test func testsHaveThem() throws {
        let place = try Workplace()
        try place.write(
            """
            local test = require "nightjar.test"
            test("ends", function(t) t.equal(1, 1) end)
            test("never ends", function() while true do end end)
            """, to: "tests/loop.lua")
        let ending = try place.run(["test", "tests", "--limit-instructions", "1e7"])
        #expect(ending.status == 1)
        #expect(ending.output.contains("FAILED tests/loop.lua: never ends"))
        #expect(
            ending.output.contains(
                "the run used up its 10000000 instructions (the limit that --limit-instructions sets)"))
    }

    /// What cannot be interrupted ends with the process.
    @Test func oneEnormousOperationEndsWithTheProcess() throws {
        let place = try Workplace()
        try place.write(
            "local nj = require 'nightjar'\nprint(nj.ones(9000, 9000):matmul(nj.ones(9000, 9000)):sum():item())",
            to: "large.lua")
        let ending = try place.run(
            ["run", "large.lua", "--threads", "1", "--limit-time", "0.3", "--limit-patience", "0.3"])
        #expect(ending.status == 1 && ending.output == "")
        // A machine that others keep busy may need the time before the operation begins.
        #expect(
            [
                "error: the run took longer than 0.3s (the limit that --limit-time sets), and an operation went on: the "
                    + "process was ended\n",
                "error: large.lua:2: the run took longer than 0.3s (the limit that --limit-time sets)\n",
            ].contains(ending.errors), "\(ending.errors)")
    }

    @Test func aWrongLimitIsARefusal() throws {
        let ending = try Workplace().run(["run", "x.lua", "--limit-time", "soon"])
        #expect(ending.status == 64)
        #expect(
            ending.errors.hasPrefix(
                "Error: --limit-time takes seconds, or a number with s, m or h such as 90s or 1.5h, got 'soon'"))
    }
}
