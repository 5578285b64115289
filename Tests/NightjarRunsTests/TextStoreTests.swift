import Foundation
import NightjarRuns
import Testing

@Suite struct TextStoreTests {
    @Test func aTextIsKeptOnceAndComesBackByItsHash() throws {
        let folder = try TemporaryFolder()
        let store = TextStore(runsDirectory: folder.url)
        let texts = ["return 1\n", "", "-- ü\n"]
        for text in texts + texts {
            let hash = try store.keep(text)
            #expect(hash == ContentHash.sha256(text.utf8))
            #expect(try store.text(hash) == text)
        }
        let files = try FileManager.default.subpathsOfDirectory(atPath: store.url.path).filter { $0.contains("/") }
        #expect(files.count == 3)
        #expect(files.allSatisfy { $0.replacing("/", with: "").count == 64 })
    }

    @Test func whatIsDamagedIsToldAndMended() throws {
        let folder = try TemporaryFolder()
        let store = TextStore(runsDirectory: folder.url)
        let hash = try store.keep("one")
        let file = store.url.appendingPathComponent("\(hash.prefix(2))/\(hash.dropFirst(2))")
        try Data("two".utf8).write(to: file)
        #expect(
            message { _ = try store.text(hash) }
                == "\(file.path): this is not the text that was kept: the file was changed")
        try store.keep("one")
        #expect(try store.text(hash) == "one")
        let other = ContentHash.sha256("three".utf8)
        #expect(
            message { _ = try store.text(other) }
                == "\(store.url.path) does not hold the text \(other.prefix(12)): it was removed, or never kept")
        #expect(message { _ = try store.text("../etc") } == "'../etc' is no SHA-256 of a text")
    }
}
