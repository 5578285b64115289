import Foundation
import NightjarRuns
import Testing

@Suite struct RunExportTests {
    @Test func anExportIsARunsDirectoryOfItsOwn() throws {
        let fixture = try QueryFixture()
        let object = fixture.folder.file(".objects/aa/\(String(repeating: "a", count: 62))")
        try FileManager.default.createDirectory(
            at: object.deletingLastPathComponent(), withIntermediateDirectories: true)
        try "return 1".write(to: object, atomically: true, encoding: .utf8)
        let chosen = try fixture.records("loss = cce")
        let target = try TemporaryFolder()
        let folder = target.file("export")
        let export = RunExport(chosen, in: fixture.store)
        try export.write(to: folder)
        #expect(try RunStore(reading: folder).runs().map(\.id) == chosen.map(\.id))
        #expect(try target.text("export/scripts/memorization.lua") == "return 1")
        #expect(try target.text("export/README.txt").hasPrefix("4 runs of memorization, exported by Nightjar.\n"))
        #expect(try target.text("export/report.html").contains("<h1>memorization</h1>"))
        #expect(
            try fixture.plain(target.text("export/summary.csv")) == """
                run,loss,rate,seed,status,epochs,j1,j2,memorized,corrected
                memorization/cce-rate0-seed1-########,cce,0,1,finished,60,90,61,,
                memorization/cce-rate0-seed2-########,cce,0,2,finished,60,90,62,,
                memorization/cce-rate0.4-seed1-########,cce,0.4,1,finished,60,90,60.6,,
                memorization/cce-rate0.4-seed2-########,cce,0.4,2,finished,60,90,61.6,,

                """)
        #expect(
            message { try export.write(to: folder) }
                == "\(folder.path) is there already: give a new name, or remove it first")
    }

    @Test func weightsAndCheckpointsAreLeftOutOnWish() throws {
        let fixture = try QueryFixture()
        let record = try fixture.one("loss = cce and rate = 0 and seed = 1")
        let folder = fixture.store.folder(of: record.id)
        for name in ["weights", "checkpoint", "best_j2"] {
            try "x".write(to: folder.appendingPathComponent(name + ".safetensors"), atomically: true, encoding: .utf8)
        }
        func names(_ choice: RunExport.Choice) throws -> [String] {
            try RunExport([record], in: fixture.store, choice).files().map(\.path).filter {
                $0.hasSuffix(".safetensors")
            }
            .map { $0.split(separator: "/").last.map(String.init) ?? "" }
        }
        #expect(try names(.init()) == ["best_j2.safetensors", "weights.safetensors"])
        #expect(try names(.init(withWeights: false)).isEmpty)
        #expect(try names(.init(withCheckpoints: true)).count == 3)
    }

    @Test func aRemovedRunIsGoneFromDiskAndIndex() throws {
        let fixture = try QueryFixture()
        let record = try fixture.one("loss = cce and rate = 0 and seed = 1")
        try fixture.store.delete(record)
        #expect(!FileManager.default.fileExists(atPath: fixture.store.folder(of: record.id).path))
        #expect(try fixture.records().count == 7)
        #expect(try fixture.store.refresh() == .init())
    }
}
