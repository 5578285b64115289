import Foundation
import NightjarRuns
import Testing

/// What a process that was killed had begun to write goes; what another is writing stays.
@Suite struct AtomicFileTests {
    /// The number of a process that is no more.
    private func dead() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/true")
        try process.run()
        process.waitUntilExit()
        return process.processIdentifier
    }

    @Test func onlyWhatTheDeadHaveBegunIsRemoved() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("table.csv")
        let place = url.deletingLastPathComponent()
        func names() throws -> Set<String> { Set(try FileManager.default.contentsOfDirectory(atPath: place.path)) }
        var begun = ""
        try AtomicFile.write(to: url) { handle in
            begun = try #require(try names().first { $0.hasPrefix(".table.csv.") })
            // Its process is there.
            AtomicFile.removeOfTheDead(in: place)
            #expect(try names().contains(begun))
            try handle.write(contentsOf: Data("1\n".utf8))
        }
        #expect(try names() == ["table.csv"])
        let parts = begun.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        #expect(parts.count == 7 && parts[4] == "\(ProcessInfo.processInfo.processIdentifier)" && parts[6] == "part")
        func name(_ machine: String, _ process: String) -> String {
            ".table.csv.\(machine).\(process).\(parts[5]).part"
        }
        let gone = name(parts[3], "\(try dead())")
        // Another machine's, or of a name that is not ours.
        let other = [name("00000000", "\(try dead())"), name(parts[3], "0"), name(parts[3], "x"), ".part", ".x.part"]
        for file in [gone] + other { try Data().write(to: place.appendingPathComponent(file)) }
        AtomicFile.removeOfTheDead(in: place)
        #expect(try names() == Set(other + ["table.csv"]))
    }
}
