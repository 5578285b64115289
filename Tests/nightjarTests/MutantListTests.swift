import Foundation
import Testing

/// `scripts/mutants.py` plants faults, which takes a build each; here, that each can be planted still.
@Suite struct MutantListTests {
    private static let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/python3")
    }

    @Test(.enabled(if: MutantListTests.hasPython, "the list is a script of Python"))
    func eachFaultHasItsPlaceAndItsSuites() throws {
        let script = Workplace.package.appendingPathComponent("scripts/mutants.py").path
        let ending = try Workplace().run(["python3", script, "--check"], program: URL(fileURLWithPath: "/usr/bin/env"))
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        let count = try #require(ending.output.split(separator: " ").first.flatMap { Int($0) })
        #expect(count >= 30)
    }
}
