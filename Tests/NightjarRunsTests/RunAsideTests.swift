import Foundation
import NightjarRuns
import Testing

/// A finished run makes room for its repetition, and is not lost before that stands.
@Suite struct RunAsideTests {
    @Test func aRunGoesAsideComesBackAndGoes() throws {
        let runs = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: runs) }
        let folder = try RunFolder.create(in: runs, configuration: RunConfiguration(experiment: "exp"))
        let aside = RunAside(folder.url, in: runs)
        #expect(!aside.isThere)
        try aside.moveOut()
        #expect(aside.isThere)
        #expect(!FileManager.default.fileExists(atPath: folder.url.path))
        #expect(try ExperimentFolder("exp", in: runs).runs().runs.isEmpty, "what is aside is no run of the experiment")
        // The repetition has left something.
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: folder.metricsURL)
        try aside.moveBack()
        #expect(!aside.isThere)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["config.json"])
        try aside.moveOut()
        aside.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: runs.path) == ["exp"], "nothing is left over")
    }
}
