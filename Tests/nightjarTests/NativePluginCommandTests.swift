import Foundation
import NightjarProcess
import TestLibraries
import Testing

/// Native plugins by the command: the examples, `plugins check`, trusted folders, and the tutorial.
@Suite struct NativePluginCommandTests {
    private static let examples = Workplace.package.appendingPathComponent("examples/native")

    /// A copy of an example in a workplace, built by `cc` alone.
    private func example(_ name: String) throws -> Workplace {
        let place = try Workplace()
        let folder = place.url.appendingPathComponent(name)
        try FileManager.default.copyItem(at: Self.examples.appendingPathComponent(name), to: folder)
        _ = try TestLibrary.build(
            folder.appendingPathComponent(name + ".c"), into: folder, flags: ["-fno-trapping-math"])
        return place
    }

    /// What the command says, with the numbers of differences left out.
    private func withoutNumbers(_ text: String) -> String {
        text.replacing(#/within [0-9.e+-]+/#, with: "within D")
    }

    // MARK: Examples

    @Test func theFusedLossIsCheckedTestedAndExplained() throws {
        let place = try example("smooth")
        let check = try place.run(["plugins", "check", "./smooth", "--trust", "--skip", "time"])
        #expect(check.status == 0, "\(check.errors)\(check.output)")
        #expect(
            withoutNumbers(check.output).hasPrefix(
                """
                plugin 'smooth' 1.0.0: the manifest is right
                native library: operation 'smoothed' keeps to its memory
                native library: operation 'smoothed_gradient' keeps to its memory
                native library: metric 'margin' keeps to its memory
                native library: operation 'smoothed' gives the same bits for any number of threads
                native library: operation 'smoothed': its gradient agrees with differences within D
                native library: operation 'smoothed_gradient' gives the same bits for any number of threads
                native library: note: operation 'smoothed_gradient': it has no gradient, for 'arriving'

                """), "\(check.output)")
        #expect(check.output.hasSuffix("plugin 'smooth': all is well\n"))
        let tests = try place.run(["test", "smooth", "--plugin", "smooth", "--trust"])
        #expect(tests.output == "3 passed, 0 failed\n", "\(tests.errors)")
        let plan = try place.run(["explain", "smooth/losses/smooth.lua", "--plugin", "smooth", "--trust"])
        #expect(plan.output.contains("smooth.smoothed over (128), tiles 1\n"), "\(plan.errors)\(plan.output)")
        #expect(plan.output.contains("smooth.smoothed_gradient over (128, 10), tiles 1\n"))
    }

    @Test func theFusedLossTrainsToWhatTheScriptedOneDoes() throws {
        let place = try example("smooth")
        try place.write(
            """
            local nj = require "nightjar"
            local cfg = nj.config { loss = "smooth" }
            local data = nj.data.load("digits")
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = data.features, hidden = { 32 }, classes = data.classes },
              loss = nj.losses[cfg.loss] {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1, seed = 1,
              metrics = { "test_accuracy", nj.metrics.smooth_margin {} },
            }
            local records = trainer:fit(data.train, { test = data.test, epochs = 3 })
            print(records[#records].test_accuracy, records[#records].smooth_margin)
            """, to: "train.lua")
        func train(_ loss: String, threads: Int) throws -> [Double] {
            let ending = try place.run([
                "run", "train.lua", "--plugin", "smooth", "--trust", "--set", "loss=\(loss)", "--threads", "\(threads)",
                "--runs-dir", "runs-\(loss)-\(threads)", "--quiet",
            ])
            #expect(ending.status == 0, "\(ending.errors)")
            return (ending.output.split(separator: "\n").first ?? "").split(separator: "\t").compactMap { Double($0) }
        }
        let (native, again, scripted) = try (
            train("smooth", threads: 1), train("smooth", threads: 2), train("ls", threads: 1)
        )
        #expect(native.count == 2)
        #expect(native == again)
        #expect(zip(native, scripted).allSatisfy { abs($0 - $1) < 0.02 * max(1, abs($1)) }, "\(native) \(scripted)")
    }

    @Test func theReaderIsCheckedAndTrainedWith() throws {
        let place = try example("records")
        let check = try place.run(["plugins", "check", "./records", "--trust"])
        #expect(check.status == 0, "\(check.errors)\(check.output)")
        #expect(check.output.contains("native library: reader 'records' keeps to its memory\n"))
        let tests = try place.run(["test", "records", "--plugin", "records", "--trust"])
        #expect(tests.output == "2 passed, 0 failed\n", "\(tests.errors)\(tests.output)")
        let refused = try place.run(["test", "records", "--plugin", "records"])
        #expect(refused.status == 0)
        #expect(refused.output.hasPrefix("skipped records/tests/bars.lua: plugin 'records' has a native library, "))
        #expect(refused.output.contains("which no sandbox holds: --trust allows it, or trust = { \""))
        #expect(refused.output.hasSuffix("\n0 passed, 0 failed, 1 skipped\n"))
    }

    // MARK: What plugins check finds

    private func check(_ body: String, trusted: Bool = true) throws -> (place: Workplace, Workplace.Ending) {
        let place = try Workplace()
        let source = try place.write(
            """
            #include <nightjar_plugin.h>
            #include <unistd.h>
            #include <stdlib.h>
            #include <fcntl.h>
            #define KERNEL(TYPE) static const char *k_##TYPE(nightjar_tile *tile) { \\
                const TYPE *x = tile->inputs[0]; TYPE *y = tile->output; int64_t n = tile->rows; \\
                for (int64_t i = 0; i < n; i++) y[i] = 2 * x[i]; \\
                \(body) \\
                return NULL; }
            KERNEL(float)
            KERNEL(double)
            static const char *shape(const nightjar_shape *in, const double *a, nightjar_shape *out) {
                (void)a; *out = in[0]; return NULL;
            }
            static const nightjar_operation operations[] = {{.name = "twice", .inputs = {{"x", NIGHTJAR_FLOAT, 0, 0, 0}},
                .output_type = NIGHTJAR_FLOAT, .shape = shape, .float32 = k_float, .float64 = k_double}};
            NIGHTJAR_PLUGIN(operations, 1, NULL, 0, NULL, 0)
            """, to: "bad/bad.c")
        try place.write("return { name = 'bad', version = '1.0', native = 'bad.so' }", to: "bad/plugin.lua")
        _ = try TestLibrary.build(source, into: source.deletingLastPathComponent())
        return (place, try place.run(["plugins", "check", "./bad"] + (trusted ? ["--trust"] : [])))
    }

    @Test func aKernelThatWritesTooMuchFailsTheCheckByName() throws {
        let (_, ending) = try check("y[n] = 0;")
        #expect(ending.status == 1)
        #expect(
            ending.output == """
                plugin 'bad' 1.0: the manifest is right
                note: it names no license
                native library: FAIL operation 'twice' wrote past the end of its output (float32, inputs (1))

                """)
        #expect(ending.errors.hasSuffix("error: plugin 'bad': bad.so failed\n"))
    }

    @Test func aKernelThatEndsTheProcessFailsTheCheck() throws {
        let (_, ending) = try check("_exit(3);")
        #expect(ending.status == 1)
        #expect(ending.errors.hasSuffix("error: plugin 'bad': bad.so failed\n"))
    }

    @Test func aKernelReachesNoFilesDuringTheCheck() throws {
        guard Wall.isWholeHere else { return }
        let (place, ending) = try check(#"int f = open("proof", O_CREAT | O_WRONLY, 0600); if (f >= 0) y[0] = 0;"#)
        #expect(ending.status == 0, "\(ending.output)")
        #expect(try !place.names(".").contains("proof"))
    }

    @Test func withoutTrustNothingIsLoaded() throws {
        let (place, ending) = try check("_exit(3);", trusted: false)
        #expect(ending.status == 1)
        let folder = place.url.path + "/bad"
        #expect(
            ending.output.hasSuffix(
                "native library: plugin 'bad' has a native library, \(folder)/bad.so, which no sandbox holds: --trust allows it, "
                    + "or trust = { \"\(folder)\" } in \(place.url.path)/config/nightjar/config.lua\n"))
    }

    // MARK: Trusted folders

    private let reaching = "print(io.open('/etc/hostname') ~= nil, os.getenv('HOME') ~= nil, debug ~= nil)\n"

    @Test func aTrustedFolderLiftsTheSandboxForItsScriptsAlone() throws {
        let place = try Workplace()
        try place.write(reaching, to: "mine/script.lua")
        try place.write(reaching, to: "other/script.lua")
        try place.write("return { trust = { \"\(place.url.path)/mine\" } }", to: "config/nightjar/config.lua")
        #expect(try place.run(["run", "mine/script.lua"]).output == "true\ttrue\ttrue\n")
        let other = try place.run(["run", "other/script.lua"])
        #expect(other.status == 1)
        #expect(other.errors.hasPrefix("error: other/script.lua:1: there is no variable 'io'"), "\(other.errors)")
        // A link does not lead out of the sandbox.
        try FileManager.default.createSymbolicLink(
            at: place.url.appendingPathComponent("mine/link.lua"),
            withDestinationURL: place.url.appendingPathComponent("other/script.lua"))
        #expect(try place.run(["run", "mine/link.lua"]).status == 1)
        // Who says that a script is a stranger's is believed.
        #expect(try place.run(["run", "mine/script.lua", "--untrusted"]).status == 1)
    }

    @Test func onlyWhatLiesInAFolderIsTrustedByIt() throws {
        let place = try Workplace()
        try place.write("return { trust = { \"\(place.url.path)\" } }", to: "config/nightjar/config.lua")
        // A text from elsewhere that goes by a name of the folder.
        let given = try place.run(["run", "-"], input: reaching)
        #expect(given.status == 1)
        #expect(given.errors.hasPrefix("error: stdin.lua:1: there is no variable 'io'"), "\(given.errors)")
        // Workers of a sweep read what the sweep read.
        try place.write(
            """
            return require("nightjar").experiment {
              name = "trusted", grid = { { "seed", { 1, 2 } } },
              run = function(cfg) return { reached = io.open("/etc/hostname") ~= nil and cfg.seed or 0 } end,
            }
            """, to: "sweep.lua")
        let sweep = try place.run(["run", "sweep.lua", "--jobs", "2", "--runs-dir", "runs"])
        #expect(sweep.status == 0, "\(sweep.errors)\(sweep.output)")
    }

    @Test func aTrustedScriptSharesNothingWithTheOthers() throws {
        let place = try Workplace()
        try place.write("return { trust = { \"\(place.url.path)/mine\" } }", to: "config/nightjar/config.lua")
        try place.write("leaked = 1\nreturn function() return io ~= nil, leaked end\n", to: "mine/helper.lua")
        try place.write(
            """
            local helper = require "../mine/helper.lua"
            print(helper())
            print(pcall(function() return leaked end))
            """, to: "other/script.lua")
        let ending = try place.run(["run", "other/script.lua"])
        #expect(ending.errors.contains("scripts may not read ../mine/helper.lua"), "\(ending.errors)")
        try place.write(
            """
            local stranger = require "stranger"
            print(stranger() ~= nil)
            """, to: "mine/script.lua")
        try place.write("return function() return io end\n", to: "mine/stranger.lua")
        #expect(try place.run(["run", "mine/script.lua"]).output == "true\n")
    }

    @Test func aTrustedFolderLetsItsNativeLibraryBeLoaded() throws {
        let place = try example("smooth")
        try place.write(
            """
            local nj = require "nightjar"
            print(nj.native.smooth.smoothed(nj.zeros(2, 4), nj.ones({ 2 }, { dtype = "int32" }), { r = 0 }))
            """, to: "use.lua")
        #expect(try place.run(["run", "use.lua", "--plugin", "smooth"]).status == 1)
        try place.write("return { trust = { \"\(place.url.path)/smooth\" } }", to: "config/nightjar/config.lua")
        let ending = try place.run(["run", "use.lua", "--plugin", "smooth"])
        #expect(ending.output.hasPrefix("{1.3863, 1.3863}\n"), "\(ending.errors)")
        // A check behind the wall may load it as well.
        let check = try place.run(["check", "smooth/losses/smooth.lua", "--plugin", "smooth", "--skip", "time"])
        #expect(check.status == 0, "\(check.errors)\(check.output)")
        let refused = try place.run(["run", "use.lua", "--plugin", "smooth", "--untrusted"])
        #expect(refused.errors.contains("which no sandbox holds"), "\(refused.errors)")
    }

    // MARK: The tutorial

    @Test func theTutorialDoesWhatItSays() throws {
        let page = try String(
            contentsOf: Workplace.package.appendingPathComponent("docs/native-plugins.md"), encoding: .utf8)
        let place = try example("records")
        var printed = ""
        var (files, commands, outputs) = (0, 0, 0)
        for block in page.matches(of: #/(?s)```(c|lua|sh|text)\n(.*?)```/#) {
            let (kind, text) = (String(block.1), String(block.2))
            switch kind {
            case "c", "lua":
                guard let name = text.firstMatch(of: #/^(?://|--) ([a-z_\/]+\.(?:c|lua))\n/#)?.1 else { continue }
                try place.write(text, to: String(name))
                files += 1
            case "sh":
                let ending = try shell(text, place)
                #expect(ending.status == 0, "\(text)\(ending.errors)\(ending.output)")
                printed = ending.output
                commands += 1
            default:
                #expect(withoutNumbers(printed) == withoutNumbers(text))
                outputs += 1
            }
        }
        #expect(files == 6 && commands == 2 && outputs == 2)
        try place.write("print(#require('nightjar').data.load('bars').test)\n", to: "bars.lua")
        let bars = try place.run(["run", "bars.lua", "--plugin", "records", "--trust"])
        #expect(bars.output == "60\n", "\(bars.errors)")
    }

    /// Runs commands with the program in the path and the header where it would be installed.
    private func shell(_ text: String, _ place: Workplace) throws -> Workplace.Ending {
        let include = place.url.appendingPathComponent("prefix/include")
        if !FileManager.default.fileExists(atPath: include.path) {
            try FileManager.default.createDirectory(at: include, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: Workplace.package.appendingPathComponent("Sources/CNative/include/nightjar_plugin.h"),
                to: include.appendingPathComponent("nightjar_plugin.h"))
        }
        let start = "set -e; PREFIX=prefix; PATH=\(Workplace.program.deletingLastPathComponent().path):$PATH; "
        return try place.run(["-c", start + text], program: URL(fileURLWithPath: "/bin/sh"))
    }
}

extension Wall {
    /// Whether this system holds files as well as calls.
    static var isWholeHere: Bool {
        (try? Workplace().run(["doctor"]).output.contains("files are held by Landlock")) ?? false
    }
}
