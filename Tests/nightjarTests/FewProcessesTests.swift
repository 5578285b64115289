import Foundation
import Testing

/// Under a limit of processes that is too low, libraries end the process by a signal, or wait without an end.
@Suite(.serialized) struct FewProcessesTests {
    /// The limit does not hold for root.
    private func run(_ most: Int, _ arguments: [String]) throws -> Workplace.Ending {
        let place = try Workplace()
        try place.write("print(1 + 1)", to: "sum.lua")
        let shell = ["bash", "-c", "ulimit -u \(most); exec \"$0\" \"$@\"", Workplace.program.path] + arguments
        return try Another.run(shell, in: place)
    }

    @Test(.enabled(if: Another.isThere), arguments: [["run", "sum.lua"], ["version"]])
    func whereNothingCanBeStartedTheProgramSaysSo(_ arguments: [String]) throws {
        let ending = try run(1, arguments)
        #expect(ending.status == 1)
        #expect(ending.output == "")
        #expect(
            ending.errors
                == "error: this user may have 1 process or thread at a time, and no more can be started: raise the limit, "
                + "as by ulimit -u 1024, or end some\n")
    }

    /// As many as there are cores would be too many. Whoever runs the tests has other processes, which count.
    @Test(.enabled(if: geteuid() == 0 && Another.isThere)) func aLowLimitIsEnough() throws {
        let ending = try run(2, ["run", "sum.lua"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        #expect(ending.output == "2\n")
    }
}
