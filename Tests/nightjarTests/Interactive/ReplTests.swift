import Foundation
import Testing

/// `nightjar repl` at a terminal, and with input that is none.
@Suite(.serialized) struct ReplTests {
    /// Talks to the program on a terminal of its own; see terminal.py.
    private func talk(
        _ steps: [String], _ arguments: [String] = [], place: Workplace? = nil
    ) throws -> (shown: String, hasPassed: Bool) {
        let place = try place ?? Workplace()
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("terminal.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path, Workplace.program.path, "repl"] + arguments
        process.currentDirectoryURL = place.url
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["XDG_STATE_HOME": place.url.path, "NIGHTJAR_HOME": Workplace.package.path]) { _, new in new }
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data((steps.joined(separator: "\n") + "\n").utf8))
        try input.fileHandleForWriting.close()
        let shown = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (shown, process.terminationStatus == 0)
    }

    /// Expects everything in its order, and a terminal that is left as it was found.
    private func check(
        _ steps: [String], _ arguments: [String] = [], status: Int = 0, place: Workplace? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (shown, hasPassed) = try talk(steps, arguments, place: place)
        #expect(hasPassed, Comment(rawValue: shown), sourceLocation: sourceLocation)
        #expect(
            shown.hasSuffix("status \(status), terminal as it was\n"), Comment(rawValue: shown),
            sourceLocation: sourceLocation)
    }

    @Test func valuesNamesAndSeveralLines() throws {
        try check([
            #"expect ? tells how to use this, exit leaves."#, #"expect [1]> "#, #"send local x = 40\r"#,
            #"expect [2]> "#, #"send function f(y)\r"#, #"expect ...> "#, #"send return x + y\r"#, #"expect ...> "#,
            #"send end\r"#, #"expect [3]> "#, #"send f(2)\r"#, #"expect \n42\n"#, #"expect  ms\n"#, #"expect [4]> "#,
            #"send print('à', #'à')\r"#, #"expect \nà\t2\n"#, #"send exit\r"#, "end",
        ])
    }

    @Test func errorsDoNotLeave() throws {
        try check([
            #"expect [1]> "#, #"send nothing.x\r"#, #"expect [1]:1: there is no variable 'nothing'"#, #"expect [2]> "#,
            #"send )\r"#, #"expect [2]:1: unexpected symbol near ')'"#, #"expect [3]> "#, #"send \x04"#, "end",
        ])
    }

    @Test func ctrlCStopsAComputationAndNotTheSession() throws {
        try check([
            #"expect [1]> "#, #"send x = 7 print('on') while true do pcall(function() while true do end end) end\r"#,
            #"expect \non\n"#, #"send \x03"#, #"expect interrupted"#, #"expect [2]> "#, #"send x\r"#, #"expect \n7\n"#,
            #"send local a = nj.randn(700, 700) print('on') while true do a:matmul(a):sum():item() end\r"#,
            #"expect \non\n"#, #"send \x03"#, #"expect interrupted"#, #"expect [4]> "#,
            #"send coroutine.wrap(function() coroutine.yield(nj.ones(3):sum():item()) end)()\r"#, #"expect \n3.0\n"#,
            #"send \x04"#, "end",
        ])
    }

    /// One launch of many tiles, which would take longer than anybody waits here: those that are left are passed over. Of
    /// numbers that differ: of equal ones one would be worked out.
    @Test func ctrlCStopsInTheMidstOfALaunch() throws {
        try check([
            #"expect [1]> "#, #"send local a = nj.rand(1 << 25) for i = 1, 400 do a = a:exp():log1p() end b = a\r"#,
            #"expect [2]> "#, #"send print('on') b:sum():item()\r"#, #"expect \non\n"#, #"send \x03"#,
            #"expect interrupted"#, #"expect [3]> "#, #"send nj.ones(3):sum():item()\r"#, #"expect \n3.0\n"#,
            #"send \x04"#, "end",
        ])
    }

    @Test func ctrlCAtThePromptDropsWhatWasTyped() throws {
        try check([
            #"expect [1]> "#, #"send function f(\r"#, #"expect ...> "#, #"send 1, 2\x03"#, #"expect [1]> "#,
            #"send 'kept'\r"#, #"expect \n"kept"\n"#, #"expect [2]> "#, #"send abc\x03"#, #"expect [2]> "#,
            #"send \x04"#,
            "end",
        ])
    }

    @Test func tabCompletes() throws {
        try check([
            #"expect [1]> "#, #"send nj.eye(2):totab\t()[1][1]\r"#, #"expect \n1.0\n"#, #"expect [2]> "#,
            #"send nj.zero\t\t"#, #"expect zeros"#, #"expect zeros_like"#, #"expect nj.zeros"#, #"send (1):numel()\r"#,
            #"expect \n1\n"#, #"send \tlocal y = 2\r"#, #"send y\r"#, #"expect \n2\n"#,
            #"expect [5]> "#, #"send \x04"#, "end",
        ])
    }

    @Test func whatWasTypedIsRememberedFromSessionToSession() throws {
        let place = try Workplace()
        try check(
            [#"expect [1]> "#, #"send 'first' .. 1\r"#, #"expect "first1""#, #"expect [2]> "#, #"send \x04"#, "end"],
            place: place)
        try check(
            [#"expect [1]> "#, #"send \x1b[A\r"#, #"expect \n"first1"\n"#, #"expect [2]> "#, #"send \x04"#, "end"],
            place: place)
        let attributes = try FileManager.default.attributesOfItem(
            atPath: place.url.appendingPathComponent("nightjar/history").path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try check(
            [#"expect [1]> "#, #"send \x1b[A\r"#, #"send 'other'\r"#, #"expect \n"other"\n"#, #"send \x04"#, "end"],
            ["--no-history"], place: place)
    }

    @Test func imagesAreDrawn() throws {
        try check([
            #"expect [1]> "#, #"send nj.arange(64):reshape(8, 8)\r"#, #"expect tensor (8, 8) float32"#,
            #"expect [colours]▀"#, #"expect [2]> "#, #"send nj.randn(1000)\r"#, #"expect █"#, #"send \x04"#, "end",
        ])
    }

    @Test func aSignalThatEndsProgramsLeavesTheTerminalAsItWas() throws {
        try check([#"expect [1]> "#, #"send half a line"#, #"expect half a line"#, "term", "end"], status: 143)
        try check(
            [#"expect [1]> "#, #"send print('on') while true do end\r"#, #"expect \non\n"#, "term", "end"], status: 143)
    }

    // MARK: Input that is no terminal

    private func pipe(_ input: String, _ arguments: [String] = []) throws -> Workplace.Ending {
        try Workplace().run(["repl"] + arguments, input: input)
    }

    @Test func linesOfAPipeAreRunWithoutPrompts() throws {
        let ending = try pipe("local x = 2\nfunction f()\n  return x * 3\nend\nf()\nprint('a')\nnj.arange(3)\n")
        #expect(ending.output == "6\na\n{0, 1, 2}\ntensor (3) float32\n")
        #expect(ending.errors == "")
        #expect(ending.status == 0)
    }

    @Test func anErrorInAPipeIsToldAtTheEnd() throws {
        let ending = try pipe("nothing\n1\n")
        #expect(ending.output == "1\n")
        #expect(ending.errors == "[1]:1: there is no variable 'nothing'\n")
        #expect(ending.status == 1)
        #expect(try pipe("x = {\n").errors == "[1]:1: unexpected symbol near <eof>\n")
        #expect(try pipe("exit\n'not reached'\n").output == "")
    }

    @Test func ctrlCEndsWhatNobodyTypes() throws {
        let place = try Workplace()
        let input = try place.write("print('on')\nwhile true do end\n'not reached'\n", to: "lines")
        let output = try place.write("", to: "out")
        let process = try place.start(
            ["repl"], input: FileHandle(forReadingFrom: input), output: FileHandle(forWritingTo: output))
        while try place.read("out").isEmpty, process.isRunning { usleep(10_000) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(try place.read("out") == "on\n")
    }

    @Test func optionsAreChecked() throws {
        let ending = try pipe("", ["--threads", "0"])
        #expect(ending.errors.contains("--threads must be at least 1, got 0"))
        #expect(ending.status == 64)
    }

    @Test func aRunThatIsNotThereIsAnError() throws {
        let ending = try pipe("1\n", ["nowhere"])
        #expect(ending.output == "")
        #expect(ending.status == 1)
    }

    @Test func theNamesOfARun() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load("digits")
            nj.trainer {
              model = nj.models.mlp { inputs = data.features, hidden = { 8 }, classes = data.classes },
              loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
            }:fit(data.train:with_labels(nj.noise.uniform { rate = 0.4 }), { test = data.test, epochs = 1 })
            """, to: "small.lua")
        #expect(try place.run(["run", "small.lua", "--quiet"]).errors == "")
        let folder = try #require(try place.runs("runs/small").first)
        let ending = try place.run(
            ["repl", String(folder.dropFirst("runs/".count))],
            input: """
                run.status
                model:predict(data.test, { as = "classes" }):shape()[1] == #data.test
                noise.rate
                tostring(loss)
                ledger.prediction:shape()[1]
                #curves.epoch
                config.data.name
                """)
        #expect(ending.errors == "")
        #expect(
            ending.output == """
                "finished"
                true
                0.4
                "loss 'cce'"
                1
                1
                "digits"

                """)
        #expect(try place.run(["repl", folder], input: "run.epochs\n").output == "1\n")
    }
}
