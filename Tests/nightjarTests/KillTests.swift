import Foundation
import Testing

/// `scripts/kills.py` in short; `make kills` takes every call, and hundreds of signals.
@Suite(.serialized) struct KillTests {
    private static let hasTools = ["python3", "clang"].allSatisfy { tool in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
        }
    }

    @Test(
        .enabled(if: KillTests.hasTools, "python3 and clang end the runs"),
        arguments: [
            ["--part", "calls", "--every", "17"], ["--part", "again", "--every", "13"],
            ["--part", "signals", "--rounds", "6"], ["--part", "grids", "--rounds", "6"],
            ["--part", "doubled", "--rounds", "6"],
        ])
    func runsThatAreEndedComeToTheSameBytes(_ part: [String]) throws {
        let place = try Workplace()
        let ending = try place.run(
            ["python3", Workplace.package.appendingPathComponent("scripts/kills.py").path, Workplace.program.path]
                + part, program: URL(fileURLWithPath: "/usr/bin/env"))
        #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
        #expect(
            ending.output.hasSuffix(" disturbed, 0 faults\n") && !ending.output.contains("\n0 disturbed"),
            "\(ending.output)")
    }
}
