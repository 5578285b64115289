import Foundation
import NightjarProcess
import Testing

@Suite struct ProgramAnswerTests {
    @Test func bothOutputsAndTheStatusAreKept() throws {
        let answer = try ProgramAnswer.of("sh", ["-c", "echo said; echo complained >&2; exit 3"])
        #expect(answer.end == .exited(3))
        #expect(answer.output == "said\n" && answer.errors == "complained\n")
    }

    /// More than a pipe takes at once.
    @Test func longOutputsComeWhole() throws {
        let answer = try ProgramAnswer.of("sh", ["-c", "seq 100000; seq 100000 >&2"])
        #expect(answer.end == .exited(0))
        #expect(answer.output == answer.errors)
        #expect(answer.output.split(separator: "\n").count == 100_000)
        #expect(answer.output.hasSuffix("\n100000\n"))
    }

    @Test func aProgramThatTakesTooLongIsStopped() throws {
        let answer = try ProgramAnswer.of("sleep", ["1000"], within: .milliseconds(200))
        #expect(answer.end == .killed(signal: SIGTERM) || answer.end == .killed(signal: SIGINT))
    }

    /// What nohup had this process ignore ends no child either.
    @Test func aHangUpThatIsIgnoredIsIgnoredByChildren() throws {
        let script = ["-c", "kill -HUP $$; echo alive"]
        let before = signal(SIGHUP, SIG_IGN)
        defer { signal(SIGHUP, before) }
        #expect(try ProgramAnswer.of("sh", script).output == "alive\n")
        signal(SIGHUP, SIG_DFL)
        #expect(try ProgramAnswer.of("sh", script).end == .killed(signal: SIGHUP))
    }

    @Test func aProgramThatIsNowhereIsSaid() {
        #expect(throws: ChildProcess.StartError.self) { try ProgramAnswer.of("no-such-program-of-nightjar", []) }
        #expect(ProgramAnswer.path(of: "no-such-program-of-nightjar") == nil)
        #expect(ProgramAnswer.path(of: "sh")?.hasSuffix("/sh") == true)
    }
}
