import Foundation
import Testing

/// `nightjar run -`: the script comes by standard input.
@Suite struct StandardInputTests {
    @Test func aScriptIsRead() throws {
        let ending = try Workplace().run(["run", "-"], input: "print('sum', 1 + 1)\n")
        #expect(ending.output == "sum\t2\n" && ending.errors == "" && ending.status == 0)
    }

    @Test func errorsNameStandardInput() throws {
        let ending = try Workplace().run(["run", "-"], input: "local x = 1\nx.y.z = 2\n")
        #expect(ending.errors == "error: stdin.lua:2: attempt to index a number value (local 'x')\n")
        #expect(ending.status == 1)
        #expect(try Workplace().run(["run", "-"], input: "").status == 0)
    }

    @Test func itReadsItsNeighboursAndSettings() throws {
        let place = try Workplace()
        try place.write("return { factor = 3 }\n", to: "helper.lua")
        let ending = try place.run(
            ["run", "-", "--set", "n=5"],
            input: """
                local nj = require "nightjar"
                local cfg = nj.config { n = 1 }
                print(cfg.n * require("helper").factor)
                """)
        #expect(ending.output == "15\n" && ending.errors == "")
    }

    /// Workers and reruns get the text from where runs keep it.
    @Test func anExperimentRunsInWorkersAndIsMadeAgain() throws {
        let place = try Workplace()
        let ending = try place.run(
            ["run", "-", "--quiet", "--set", "loss=cce", "--set", "rate=0.4", "--epochs", "1"], input: tinyExperiment)
        #expect(ending.errors == "" && ending.status == 0)
        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 2)
        let rerun = try place.run(["rerun", try #require(runs.first), "--quiet"])
        #expect(rerun.errors == "" && rerun.status == 0)
    }

    @Test func whatLooksAtFilesRefusesIt() throws {
        let ending = try Workplace().run(["run", "-", "--watch"], input: "")
        #expect(ending.errors.contains("--watch looks at files, and - is none: give the path of the script"))
        #expect(ending.status == 64)
    }

    @Test func textThatIsNoUTF8IsRefused() throws {
        let place = try Workplace()
        let file = place.url.appendingPathComponent("bytes")
        try Data([0x70, 0xFF, 0xFE]).write(to: file)
        let output = Pipe()
        let process = try place.start(
            ["run", "-"], input: FileHandle(forReadingFrom: file), errors: output)
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(said == "error: standard input is not text in UTF-8\n")
    }
}
