import Foundation
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import Testing

/// The commands besides `run`, and how they answer to wrong usage.
@Suite(.serialized) struct CommandLineTests {
    @Test func wrongUsageHasAStatusOfItsOwn() throws {
        let place = try Workplace()
        for (arguments, message) in [
            (
                ["run"],
                "Error: Missing expected argument '<script>'\nHelp:  <script>  A Lua file; - reads the script from standard input.\n"
            ),
            (["run", "x.lua", "--set", "loss"], "Error: --set takes name=value, got 'loss'\n"),
            (["run", "x.lua", "--runs-dir", ""], "Error: --runs-dir names a folder, got nothing\n"),
            (["run", "x.lua", "--jobs", "0"], "Error: --jobs must be at least 1, got 0\n"),
            (
                ["run", "x.lua", "--seeds", "a"],
                "Error: --seeds takes a number of seeds or a list such as 1,5,7, got 'a'\n"
            ),
            (
                ["run", "x.lua", "--seeds", "2", "--seed", "1"],
                "Error: --seed and --seeds say the same thing: give one of them\n"
            ),
            (["run", "x.lua", "--once"], "Error: Unknown option '--once'. Did you mean '--on'?\n"),
            (
                ["run", "x.lua", "--again", "--resume"],
                "Error: --again and --resume say opposite things: give one of them\n"
            ),
            (["bench", "step", "--batch", "0"], "Error: --batch must be at least 1, got 0\n"),
            (
                ["explain", "lenet", "--image", "28x28"],
                "expected height, width and channels from 1 to 65536, as 32x32x3, got '28x28'\n"
                    + "Help:  --image <size>  Height, width and channels of the images, as 32x32x3; by default 28x28x1, "
                    + "or 32x32x3 for a model of three channels.\n"
            ),
        ] {
            let ending = try place.run(arguments)
            #expect(ending.status == 64)
            #expect(ending.errors.replacing("Usage:", with: "\u{0}").split(separator: "\u{0}")[0].hasSuffix(message))
        }
    }

    /// The parser repeats what was typed, which may be the name of somebody's file: it acts on no terminal, and begins no line.
    @Test(arguments: [
        (["\u{1B}[31mrun"], "Error: Unexpected argument '\\x1B[31mrun'"),
        (["runs", "\u{1B}]0;x\u{7}"], "Error: Unexpected argument '\\x1B]0;x\\x07'"),
        (["run", "x.lua", "--\u{1B}[31mx"], "Error: Unknown option '--\\x1B[31mx'"),
        (["run", "x.lua", "-\u{9B}31m"], "Error: Unknown option '-\\x9B31m'. Did you mean '--mem'?"),
        (
            ["run", "x.lua", "--threads", "\u{202E}3"],
            "Error: The value '\\u{202E}3' is invalid for '--threads <threads>'"
        ),
        (
            ["run", "x.lua", "--threads=a\nerror: b"],
            "Error: The value 'a\\nerror: b' is invalid for '--threads <threads>'"
        ),
        (["run", "x.lua", "y\nerror: z"], "Error: Unexpected argument 'y\\nerror: z'"),
        (["run", "x.lua", "--a\nerror: b"], "Error: Unknown option '--a\\nerror: b'"),
        (["run", "x.lua", "--set", "a\u{1B}[31m"], "Error: --set takes name=value, got 'a\\x1B[31m'"),
        (["run", "x\nerror: y.lua"], "error: there is no file x\\nerror: y.lua (working directory: FOLDER)"),
        (["table", "x\n\u{1B}[31my"], nil), (["verify", "x\ny"], nil), (["plugins", "add", "x\ny.tar"], nil),
        (["serve", "x\ny"], nil), (["explain", "x\ny.lua"], nil), (["check", "x\ny.lua"], nil),
        (["runs", "show", "x\ny"], nil), (["predict", "x\ny", "z\n.npy"], nil), (["stop", "x\ny"], nil),
        (["rerun", "x\ny"], nil), (["test", "x\ny"], nil), (["new", "loss", "x\ny"], nil),
    ])
    func whatWasTypedActsOnNoTerminal(_ arguments: [String], _ first: String?) throws {
        let place = try Workplace()
        let ending = try place.run(arguments)
        #expect(ending.status != 0)
        let said = ending.output + ending.errors
        #expect(!said.contains("\u{1B}") && !said.contains("\u{9B}") && !said.contains("\u{202E}"))
        // Of a line end that was typed none is left.
        #expect(!said.contains("x\n") && !said.contains("z\n."), "\(said)")
        guard let first else { return }
        let line = ending.errors.split(separator: "\n").first.map(String.init)
        #expect(line == first.replacing("FOLDER", with: place.url.resolvingSymlinksInPath().path))
    }

    @Test func theVersionIsPrinted() throws {
        #expect(try Workplace().run(["version"]).output == "nightjar \(NightjarVersion.text)\n")
    }

    @Test func testsInLuaAreCounted() throws {
        let place = try Workplace()
        let head = "local test = require \"nightjar.test\"\n"
        try place.write(head + "test(\"adds\", function(t) t.equal(1 + 1, 2) end)\n", to: "tests/good.lua")
        let good = try place.run(["test", "tests"])
        #expect(good.output == "1 passed, 0 failed\n")
        #expect(good.status == 0)
        try place.write(head + "test(\"lies\", function(t) t.equal(1 + 1, 3) end)\n", to: "tests/wrong.lua")
        let wrong = try place.run(["test", "."])
        #expect(wrong.status == 1)
        #expect(wrong.output.hasPrefix("FAILED ./tests/wrong.lua: lies\n"))
        #expect(wrong.output.contains("value is 2, expected 3"))
        #expect(wrong.output.hasSuffix("\n1 passed, 1 failed\n"))
        let missing = try place.run(["test", "nowhere"])
        #expect(missing.status == 1)
        #expect(missing.errors == "error: there is no file or folder nowhere\n")
    }

    @Test func pluginsAreListedWithTheirReasons() throws {
        let place = try Workplace()
        try place.write(
            "return { name = 'late', version = '1', api = '>= 9.0', provides = {} }",
            to: "nightjar/plugins/late/plugin.lua")
        let ending = try place.run(["plugins", "--json"])
        #expect(ending.status == 0)
        guard case .array(let entries) = try JSONValue(parsing: Data(ending.output.utf8), source: "output") else {
            Issue.record("no list")
            return
        }
        let losses = try #require(entries.first { $0["name"] == "losses" })
        #expect(losses["status"] == "loaded")
        guard case .array(let names)? = losses["provides"]?["losses"] else {
            Issue.record("the plugin 'losses' lists no losses")
            return
        }
        #expect(names.contains("cce") && names.contains("rll"))
        #expect(names.compactMap(\.stringValue) == names.compactMap(\.stringValue).sorted())
        let late = try #require(entries.first { $0["name"] == "late" })
        #expect(late["status"] == "failed")
        #expect(late["reason"] == "it needs API >= 9.0, this is 1.0: it needs a newer Nightjar")
        #expect(try place.run(["plugins"]).output.contains("failed  late  "))
    }

    @Test func benchmarksPrintTheirNumbersAsJSON() throws {
        let place = try Workplace()
        let step = try place.run(["bench", "step", "--batch", "32", "--threads", "1", "--repeats", "1", "--json"])
        #expect(step.status == 0)
        let numbers = try JSONValue(parsing: Data(step.output.utf8), source: "step")
        #expect(numbers["parameters"] == 669_706)
        for key in [
            "min_ms", "median_ms", "peak_rss_mib", "planned_mib", "gflops", "roofline", "first_ms", "machine_gflops",
        ] {
            #expect((numbers[key]?.doubleValue ?? 0) > 0, "\(key)")
        }
        let pass = try place.run(["bench", "eval", "--batch", "32", "--repeats", "1", "--no-machine", "--json"])
        let figures = try JSONValue(parsing: Data(pass.output.utf8), source: "eval")
        #expect((figures["gflops"]?.doubleValue ?? 0) > 0)
        #expect(figures["roofline"] == nil)
        #expect(numbers["machine_hand_over_ns"] == nil)
        let two = try place.run(["bench", "step", "--batch", "32", "--threads", "2", "--repeats", "1", "--json"])
        let shared = try JSONValue(parsing: Data(two.output.utf8), source: "step")
        // Left out where other programs keep the second thread from answering soon.
        if let time = shared["machine_hand_over_ns"]?.doubleValue { #expect((1...100_000).contains(time)) }
        let loss = try place.run(["bench", "loss", "--loss", "mae", "--threads", "1", "--repeats", "1", "--json"])
        let times = try JSONValue(parsing: Data(loss.output.utf8), source: "loss")
        #expect((times["min_us"]?.doubleValue ?? 0) > 0)
        let boundary = try place.run(["bench", "boundary", "--threads", "1", "--repeats", "1", "--json"])
        let costs = try JSONValue(parsing: Data(boundary.output.utf8), source: "boundary")
        for key in ["operations_per_second", "record_min_ns", "run_min_ns", "peak_rss_mib"] {
            #expect((costs[key]?.doubleValue ?? 0) > 0, "\(key)")
        }
        // A million operations at a time, and the tables they are recorded in, stay in bounded memory.
        #expect(try #require(costs["peak_rss_mib"]?.doubleValue) < 200)
        let unknown = try place.run(["bench", "loss", "--loss", "rrl"])
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("there is no loss 'rrl': did you mean 'rll'?"))
    }

    @Test func anInstalledCopyNeedsNothingOfTheCheckout() throws {
        let place = try Workplace()
        let install = Workplace.package.appendingPathComponent("scripts/install.sh")
        let installed = try place.run(
            [install.path, Workplace.program.path, place.url.path + "/prefix"], program: URL(fileURLWithPath: "/bin/sh")
        )
        #expect(installed.status == 0)
        let program = place.url.appendingPathComponent("prefix/bin/nightjar")
        let doctor = try place.run(["doctor"], program: program)
        #expect(doctor.status == 0)
        let share = place.url.path + "/prefix/share/nightjar/"
        #expect(doctor.output.contains("OK      lua/nightjar: \(share)lua/nightjar\n"))
        #expect(doctor.output.contains("OK      plugins: \(share)plugins\n"))
        #expect(!doctor.output.contains(Workplace.package.path + "/"))
        let run = try place.run(
            [
                "run", share + "lua/experiments/memorization.lua", "--set", "hidden=8", "--epochs", "1", "--seeds", "1",
                "--set", "rate=0.4", "--set", "loss=cce", "--quiet",
            ], program: program)
        #expect(run.errors == "")
        #expect(run.status == 0)
        #expect(try place.read("runs/memorization/summary.csv").split(separator: "\n").count == 2)
    }

    // MARK: What a program starts with

    /// Runs a line of the shell, in which $N is the program.
    private func shell(_ place: Workplace, _ line: String) throws -> Workplace.Ending {
        try place.run(
            ["-c", line.replacing("$N", with: "'\(Workplace.program.path)'")], program: URL(fileURLWithPath: "/bin/sh"))
    }

    @Test func anInstructionSetThatIsNoneIsAnError() throws {
        let place = try Workplace()
        let ending = try shell(place, "NIGHTJAR_ISA=quux $N version")
        #expect(ending.status == 1)
        #expect(
            try ending.errors.wholeMatch(
                of: Regex(
                    "error: NIGHTJAR_ISA=quux: this build and processor have baseline[a-z0-9, ]*: set one of these, or "
                        + "unset it for the best\n")) != nil, "\(ending.errors)")
        #expect(try shell(place, "NIGHTJAR_ISA=baseline $N version").status == 0)
        #expect(try shell(place, "NIGHTJAR_ISA= $N version").status == 0)
    }

    /// Else the first file that is opened would be standard output.
    @Test func closedStreamsAreOpenedOnNothing() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let command = "$N run tiny.lua --epochs 1 --set rate=0 --set loss=cce --seed 1"
        #expect(try shell(place, command + " --runs-dir open").status == 0)
        #expect(try shell(place, command + " --runs-dir closed <&- >&- 2>&-").status == 0)
        let (open, closed) = (try place.runs("open/tiny"), try place.runs("closed/tiny"))
        #expect(open.count == 1 && closed.count == 1)
        #expect(try place.names(open[0]) == place.names(closed[0]))
        for name in ["metrics.csv", "labels.csv"] {
            #expect(try place.read("\(open[0])/\(name)") == place.read("\(closed[0])/\(name)"))
        }
    }

    @Test func aFullDiskBehindStandardOutputIsAnError() throws {
        let place = try Workplace()
        for command in ["version", "--help", "plugins"] {
            let ending = try shell(place, "$N \(command) > /dev/full")
            #expect(ending.status == 1)
            #expect(
                ending.errors
                    == "error: standard output could not be written (no space left on device): what was printed is not "
                    + "all there\n", "\(command)")
        }
    }

    @Test func whoStopsReadingEndsNoRun() throws {
        let place = try Workplace()
        try place.write("for i = 1, 20000 do print(i) end\n" + tinyExperiment, to: "tiny.lua")
        let ending = try shell(
            place,
            "{ $N run tiny.lua --epochs 1 --set rate=0 --set loss=cce --seed 1; echo \"status $?\" >&2; } | head -n 1")
        #expect(ending.output == "1\n")
        #expect(
            ending.errors.hasSuffix(
                "note: nobody reads standard output any more: what was printed is in the log.txt of the runs\nstatus 0\n"
            ),
            "\(ending.errors)")
        #expect(try place.read(place.runs("runs/tiny")[0] + "/summary.json").contains("\"finished\""))
    }

    /// Else "runs" would be a folder of the root.
    @Test func aWorkingDirectoryThatWasRemovedIsAnError() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try shell(place, "mkdir gone && cd gone && rmdir ../gone && $N run ../tiny.lua --epochs 1")
        #expect(ending.status == 1)
        #expect(
            ending.errors
                == "error: the working directory cannot be found (no such file or directory): it was removed: change into "
                + "one that is there\n")
    }

    /// A run that cannot write says which file, and is no finished one.
    @Test func aFileThatMayNotGrowIsNamed() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let command = "$N run tiny.lua --epochs 1 --set hidden=512 --set rate=0 --set loss=cce --seed 1"
        // In blocks of 512 bytes: texts and labels fit, weights do not.
        let ending = try shell(place, "ulimit -f 160; \(command)")
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(".safetensors: could not write the file (file too large)"), "\(ending.errors)")
        #expect(try !place.read(place.runs("runs/tiny")[0] + "/summary.json").contains("\"finished\""))
        #expect(try shell(place, command).status == 0)
    }

    /// What the system refuses is said in its words, with the path.
    @Test func aRunsFolderThatCannotBeMadeIsNamed() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        try place.write("", to: "file")
        let command = ["run", "tiny.lua", "--epochs", "1", "--set", "rate=0", "--set", "loss=cce", "--seed", "1"]
        for (folder, reason) in [
            ("file", "\(place.url.path)/file is no folder"), ("/proc/x", "no such file or directory"),
        ] {
            let ending = try place.run(command + ["--runs-dir", folder])
            #expect(ending.status == 1)
            #expect(ending.errors.contains(reason), "\(ending.errors)")
            #expect(!ending.errors.contains("NSCocoaErrorDomain"), "\(ending.errors)")
        }
    }
}
