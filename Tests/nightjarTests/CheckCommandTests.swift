import Foundation
import NightjarRuns
import Testing

/// `nightjar check` as a process.
@Suite struct CheckCommandTests {
    @Test func aGoodLossPassesWithExitStatusZero() throws {
        let ending = try Workplace().run(["check", "rll", "--set", "alpha=0.5"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        let lines = ending.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[1] == "Robust log loss (Kumar & Sastry 2018): symmetric and bounded.")
        #expect(
            Array(lines[2...4]) == [
                "alpha = 0.5", "", "ok    shape       one value a sample, of the dtype of the logits",
            ])
        #expect(ending.output.hasSuffix("\n\nloss 'rll' passes\n"))
        // Colours are for terminals.
        #expect(!ending.output.contains("\u{1B}"))
    }

    @Test func whatALinkedPluginProvidesIsCheckedByName() throws {
        let place = try Workplace()
        for command in [["new", "plugin", "soft"], ["plugins", "add", "./soft", "--link"]] {
            #expect(try place.run(command).status == 0)
        }
        let ending = try place.run(["check", "soft_loss", "--skip", "time"])
        #expect(ending.errors == "")
        #expect(ending.output.hasSuffix("\n\nloss 'soft_loss' passes\n"))
    }

    @Test func aWrongLossFailsWithExitStatusOne() throws {
        let place = try Workplace()
        try place.write(loss("mine", "return logits:sum()"), to: "mine.lua")
        let ending = try place.run(["check", "mine.lua"])
        #expect(ending.status == 1)
        #expect(
            ending.output == """
                loss 'mine'  mine.lua:3

                FAIL  shape       mine.lua:5: forward of loss 'mine' must return one value per sample, shape (1), it
                                  returned shape (): return one value per sample and leave the average to the
                                  trainer, or declare reduction = "batch"
                                    the result () made at mine.lua:6 by sum

                loss 'mine' fails 1 of 1 checks

                """)
    }

    @Test func jsonHasEveryNumber() throws {
        let ending = try Workplace().run(["check", "mae", "--json"])
        let report = try JSONValue(parsing: Data(ending.output.utf8), source: "output")
        #expect(ending.status == 0)
        #expect(report["verdict"]?.stringValue == "ok")
        #expect(report["subject"]?["kind"]?.stringValue == "loss")
        guard case .array(let checks)? = report["checks"] else { throw NotThere() }
        let symmetry = try #require(checks.first { $0["name"]?.stringValue == "symmetry" })
        #expect(symmetry["numbers"]?["constant"]?.doubleValue.map { abs($0 - 18) < 1e-9 } == true)
    }

    private struct NotThere: Error {}

    @Test func whatTheLimitsEndIsSaid() throws {
        let place = try Workplace()
        // A pattern runs in C, where no instruction is counted: the limit of processor time ends it.
        try place.write("return (\"a\"):rep(40000):find((\".-\"):rep(3) .. \"b\")", to: "slow.lua")
        let slow = try place.run(["check", "slow.lua", "--seconds", "1", "--trust"])
        #expect(slow.status == 1)
        #expect(slow.output == "")
        try place.write(loss("hog", "return nj.ones({ 30000, 30000 }):copy():sum(-1)"), to: "hog.lua")
        let hog = try place.run(["check", "hog.lua", "--memory", "1500"])
        #expect(hog.status == 1)
        #expect(hog.output.contains("FAIL  shape       hog.lua:6: out of memory"))
    }

    @Test func mistakesOnTheCommandLineAreSaid() throws {
        let place = try Workplace()
        let cases: [([String], Int32, String)] = [
            (["check", "nowhere.lua"], 1, "error: there is no file nowhere.lua"),
            (["check", "rll", "--set", "alhpa=1"], 1, "loss 'rll' has no parameter 'alhpa': did you mean 'alpha'?"),
            (["check", "rll", "--set", "alpha=one"], 1, "--set alpha=one: 'alpha' is a number (default 0.1)"),
            (["check", "rll", "--set", "alpha"], 64, "--set takes name=value, got 'alpha'"),
            (["check", "rll", "--classes", "1"], 64, "--classes must be at least 2, got 1"),
        ]
        for (arguments, status, message) in cases {
            let ending = try place.run(arguments)
            #expect(ending.status == status)
            #expect(ending.errors.contains(message), "\(ending.errors)")
        }
    }
}
