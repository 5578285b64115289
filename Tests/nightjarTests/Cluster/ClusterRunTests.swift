import Foundation
import NightjarRuns
import Testing

/// `nightjar run --on slurm` against a stand-in for Slurm; `make test-slurm` has the real one.
@Suite struct ClusterRunTests {
    /// Cells that wait in the queue, left there by Ctrl-C.
    private func leftWaiting() throws -> FakeSlurm {
        let slurm = try FakeSlurm()
        try slurm.plan(#"{"*": "HOLD"}"#)
        let process = try slurm.start(FakeSlurm.onSlurm)
        try slurm.waitForCall("squeue")
        process.interrupt()
        process.waitUntilExit()
        return slurm
    }

    @Test func anArrayGivesTheSummaryOfASweep() throws {
        let slurm = try FakeSlurm()
        #expect(try slurm.place.run(["run", "tiny.lua", "--quiet", "--runs-dir", "here"]).status == 0)
        let ending = try slurm.run(FakeSlurm.onSlurm)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.errors == "note: 8 cells are job 1 of Slurm; Ctrl-C here leaves them alone\n")
        #expect(ending.output.contains("summary: runs/tiny/summary.csv\n"))
        #expect(try slurm.place.read("runs/tiny/summary.csv") == slurm.place.read("here/tiny/summary.csv"))
        for (run, other) in zip(try slurm.place.runs("runs/tiny"), try slurm.place.runs("here/tiny")) {
            #expect(try slurm.place.read(run + "/metrics.csv") == slurm.place.read(other + "/metrics.csv"))
        }
        #expect(try slurm.place.run(["runs", "list", "--csv"]).output.split(separator: "\n").count == 9)
    }

    @Test func onlyCellsThatAreNotDoneAreHandedOver() throws {
        let slurm = try FakeSlurm()
        let some = try slurm.place.run(["run", "tiny.lua", "--quiet", "--set", "loss=cce", "--set", "seed=2"])
        #expect(some.status == 0)
        let ending = try slurm.run(FakeSlurm.onSlurm)
        #expect(ending.status == 0)
        #expect(
            ending.errors == """
                note: 6 cells are job 1 of Slurm; Ctrl-C here leaves them alone
                note: 2 of 8 runs were finished already and stay as they are (--again runs them anew)

                """)
        let again = try slurm.run(FakeSlurm.onSlurm)
        #expect(again.errors.hasPrefix("note: 8 of 8 runs were finished already"))
        #expect(again.status == 0)
        #expect(try slurm.calls("sbatch").count == 1)
        // Anew, as an array of all.
        #expect(try slurm.run(FakeSlurm.onSlurm + ["--again", "--quiet"]).status == 0)
        #expect(try slurm.calls("sbatch").last?.contains("--array=0-7 ") == true)
    }

    @Test func optionsAndProfilesReachTheScheduler() throws {
        let slurm = try FakeSlurm()
        try slurm.place.write(
            """
            return { clusters = { hpc = {
              partition = "cpu", time = "60", cpus = 4, setup = "echo set up", options = { qos = "low", exclusive = true },
            } } }
            """, to: "config/nightjar/config.lua")
        let arguments = [
            "run", "tiny.lua", "--cluster-interval", "0.3", "--on", "hpc", "--time", "4:00:00", "--mem", "2G",
            "--max-at-once", "3", "--account", "ml", "--notice", "300", "--slurm", "qos=high", "--slurm", "nice",
        ]
        let ending = try slurm.run(arguments)
        #expect(ending.status == 0, "\(ending.errors)")
        let call = try slurm.calls("sbatch").first ?? ""
        #expect(call.contains("--array=0-7%3 "))
        #expect(call.contains("--signal=B:USR1@300 "))
        #expect(
            call.contains(
                " --partition=cpu --account=ml --time=4:00:00 --cpus-per-task=4 --mem=2G --exclusive --qos=high --nice "
            ))
        let batch = try #require(try slurm.place.names("runs/tiny/.batches").first)
        #expect(try slurm.place.read("runs/tiny/.batches/\(batch)/0.log") == "set up\n")
        // The cores of a cell are its threads.
        let run = try #require(try slurm.place.runs("runs/tiny").first)
        #expect(try slurm.place.read(run + "/config.json").contains("\"threads\": 4"))
    }

    @Test func whatIsWrongWithAProfileIsSaid() throws {
        let slurm = try FakeSlurm()
        try slurm.place.write(
            "return { clusters = { hpc = { partion = \"cpu\" } } }", to: "config/nightjar/config.lua")
        let ending = try slurm.run(["run", "tiny.lua", "--on", "hpc"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains("'clusters.hpc' has an unknown field 'partion': did you mean 'partition'?"),
            "\(ending.errors)")
        #expect(
            ending.errors.contains("error: there is no cluster 'hpc': --on takes slurm, or a profile of 'clusters' in ")
        )
        #expect(try slurm.calls("sbatch").isEmpty)
    }

    @Test func whatSlurmSaysOfAFailureReachesTheLog() throws {
        let slurm = try FakeSlurm()
        try slurm.plan(#"{"1": "TIMEOUT"}"#)
        let ending = try slurm.run(FakeSlurm.onSlurm + ["--set", "rate=0"])
        #expect(ending.status == 1)
        let title = "loss=rll rate=0 seed=2"
        let said = """
            error in \(title):
            \(title): was ended by Slurm: TIMEOUT
                slurmstepd: error: *** JOB 1 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***
                Slurm: JobState=TIMEOUT Reason=None ExitCode=0:15 NodeList=n1

            """
        #expect(ending.errors.hasSuffix(said), "\(ending.errors)")
        let failed = try slurm.place.runs("runs/tiny").filter {
            try slurm.place.read($0 + "/summary.json").contains("\"failed\"")
        }
        #expect(failed.count == 1)
        let run = try #require(failed.first)
        #expect(try slurm.place.read(run + "/log.txt").contains("DUE TO TIME LIMIT"))
        // It is the one that is not done.
        try slurm.plan(nil)
        let again = try slurm.run(FakeSlurm.onSlurm + ["--set", "rate=0"])
        #expect(again.status == 0)
        #expect(again.errors.hasPrefix("note: 1 cells are job 2 of Slurm;"))
    }

    @Test func aMistakeInTheScriptIsToldLikeThatOfASweep() throws {
        let slurm = try FakeSlurm()
        try slurm.place.write(
            """
            local nj = require "nightjar"
            return nj.experiment {
              name = "fails", grid = { { "seed", { 1, 2 } } },
              run = function(cfg)
                if cfg.seed == 2 then error("the second fails") end
                return { value = cfg.seed }
              end,
            }
            """, to: "fails.lua")
        let arguments = ["run", "fails.lua", "--quiet"]
        let expected = try slurm.place.run(arguments + ["--runs-dir", "here"])
        let ending = try slurm.run(arguments + ["--on", "slurm", "--cluster-interval", "0.3"])
        #expect(ending.errors == expected.errors)
        #expect(ending.status == 1 && expected.status == 1)
        #expect(try slurm.place.read("runs/fails/summary.csv") == slurm.place.read("here/fails/summary.csv"))
    }

    // MARK: Leaving, following, stopping

    @Test func ctrlCLeavesTheCellsAloneAndTheSameCommandFollowsThem() throws {
        let slurm = try FakeSlurm()
        try slurm.plan(#"{"*": "HOLD"}"#)
        let file = try slurm.place.write("", to: "errors")
        let process = try slurm.start(FakeSlurm.onSlurm, errors: try FileHandle(forWritingTo: file))
        try slurm.waitForCall("squeue")
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(
            try slurm.place.read("errors").contains(
                "note: 8 cells go on without this command: given again it follows them, and 'nightjar stop tiny' cancels them\n"
            ))
        #expect(try slurm.calls("scancel").isEmpty)
        let changed = tinyExperiment.replacing("A small grid.", with: "Another text.")
        try slurm.place.write(changed, to: "tiny.lua")
        let other = try slurm.run(FakeSlurm.onSlurm)
        #expect(other.status == 1)
        #expect(
            other.errors.hasPrefix(
                "error: job 1 of Slurm runs cells of experiment 'tiny' with another text of the script"))
        try slurm.place.write(tinyExperiment, to: "tiny.lua")
        try slurm.plan(nil)
        let ending = try slurm.run(FakeSlurm.onSlurm)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(try slurm.calls("sbatch").count == 1)
        #expect(try slurm.place.runs("runs/tiny").count == 8)
    }

    @Test func cellsThatEndWhileTheSchedulerIsAskedAreNotStartedAnew() throws {
        let slurm = try leftWaiting()
        // The question is answered when all have ended, which they had not when it was asked.
        try slurm.plan(#"{"*": "HOLD", "squeue": "END"}"#)
        let ending = try slurm.run(FakeSlurm.onSlurm)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(
            ending.errors == "note: 8 of 8 runs were finished already and stay as they are (--again runs them anew)\n")
        #expect(try slurm.calls("sbatch").count == 1)
    }

    @Test func stopCancelsWhatWaits() throws {
        let slurm = try FakeSlurm()
        try slurm.plan(#"{"*": "HOLD"}"#)
        let file = try slurm.place.write("", to: "errors")
        let process = try slurm.start(FakeSlurm.onSlurm, errors: try FileHandle(forWritingTo: file))
        try slurm.waitForCall("squeue")
        let stop = try slurm.run(["stop", "tiny"])
        #expect(stop.output == "cancelled: job 1 of Slurm, 8 cells\n")
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(
            try slurm.place.read("errors").hasSuffix(
                """
                error in 8 runs, from loss=rll rate=0 seed=1 on:
                it was cancelled: the same command goes on with it

                """))
        #expect(
            try slurm.run(["stop", "tiny"]).output == "nothing of experiment 'tiny' waits or runs on a cluster\n")
        #expect(
            try slurm.run(["stop", "tony"]).errors
                == "error: there is no experiment 'tony' in runs: nightjar runs list shows what there is\n")
    }

    @Test func textsOfCellsThatWaitAreKept() throws {
        let slurm = try leftWaiting()
        let prune = try slurm.run(["runs", "prune"])
        #expect((prune.output + prune.errors).contains("cells of a cluster's queue may need them"))
        #expect(try slurm.run(["stop", "tiny"]).status == 0)
    }

    // MARK: Refusals

    @Test func whatHasNoMeaningIsRefused() throws {
        let slurm = try FakeSlurm()
        try slurm.place.write("local nj = require 'nightjar'\nnj.record { value = 1 }\n", to: "plain.lua")
        #expect(
            try slurm.run(["run", "plain.lua", "--on", "slurm"]).errors
                == "error: plain.lua:2: --on slurm is for experiments: plain.lua returns none\n")
        func refusal(_ arguments: [String]) throws -> String {
            String(try slurm.run(["run", "tiny.lua"] + arguments).errors.prefix { $0 != "\n" })
        }
        #expect(try refusal(["--time", "4"]).hasPrefix("Error: --partition, --account, --time, "))
        #expect(
            try refusal(["--on", "slurm", "--slurm", "array=1"])
                == "Error: --slurm array: Nightjar sets this option of sbatch itself")
        #expect(
            try refusal(["--on", "slurm", "--jobs", "2"])
                == "Error: --jobs counts processes here: --max-at-once limits the cells that run on a cluster")
        #expect(try refusal(["--on", "slurm", "--untrusted"]).hasPrefix("Error: --untrusted keeps this command from"))
        #expect(try slurm.calls("sbatch").isEmpty)
    }

    @Test func withoutSlurmThatIsSaid() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try place.run(
            ["PATH=\(place.url.path)", Workplace.program.path, "run", "tiny.lua", "--on", "slurm"],
            program: URL(fileURLWithPath: "/usr/bin/env"))
        #expect(ending.status == 1)
        #expect(ending.errors.hasPrefix("error: sbatch was not found: --on slurm runs where Slurm's own programs are"))
        // Nothing is left of the batch that came to nothing.
        #expect(try place.names("runs/tiny/.batches").isEmpty)
    }
}
