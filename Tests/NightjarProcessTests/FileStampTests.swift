import Foundation
import NightjarProcess
import Testing

@Suite struct FileStampTests {
    @Test func aStampChangesWithSizeTimeAndFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("stamp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (path, other) = (folder.path + "/a", folder.path + "/b")
        func write(_ text: String, to path: String, at time: Double) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: time)], ofItemAtPath: path)
        }
        #expect(FileStamp(path) == nil)
        try write("one", to: path, at: 1_000)
        let first = try #require(FileStamp(path))
        #expect(first == FileStamp(path))
        #expect(first.modified == 1_000)
        try write("one", to: other, at: 1_000)
        #expect(FileStamp(other) != first)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 2_000)], ofItemAtPath: path)
        #expect(FileStamp(path) != first)
        #expect(FileStamp(path)?.modified == 2_000)
    }
}
