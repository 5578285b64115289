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

    /// A text goes when no run names it: as its script, as a file that it used, or as a text that was read.
    @Test func textsThatNoRunNamesArePruned() throws {
        let folder = try TemporaryFolder()
        let store = TextStore(runsDirectory: folder.url)
        func hash(_ text: String) -> JSONValue { .string(ContentHash.sha256(text.utf8)) }
        for text in ["script", "file", "source", "shared", "other", "nobody's"] { try store.keep(text) }
        func run(_ seed: Int, _ texts: [String]) throws -> RunFolder {
            var configuration = exampleConfiguration(seed: seed)
            configuration.parts["script"] = ["name": "a.lua", "sha256": hash(texts[0])]
            configuration.parts["files"] = [["name": "b.lua", "sha256": hash(texts[1])]]
            configuration.environment["sources"] = [["path": "/c.lua", "sha256": hash(texts[2])]]
            return try RunFolder.create(in: folder.url, configuration: configuration)
        }
        _ = try run(1, ["script", "file", "source"])
        let second = try run(2, ["shared", "file", "other"])
        func kept() -> [String] {
            ["script", "file", "source", "shared", "other", "nobody's"].filter {
                (try? store.text(ContentHash.sha256($0.utf8))) != nil
            }
        }
        #expect(try store.prune() == .removed(1))
        #expect(kept() == ["script", "file", "source", "shared", "other"])
        try FileManager.default.removeItem(at: second.url)
        #expect(try store.prune() == .removed(2))
        #expect(kept() == ["script", "file", "source"])
        #expect(try store.prune() == .removed(0))
        #expect(try TextStore(runsDirectory: folder.file("nowhere")).prune() == .removed(0))
    }

    @Test func nothingIsPrunedWhileTextsAreHeldOrARunCannotBeRead() throws {
        let folder = try TemporaryFolder()
        let store = TextStore(runsDirectory: folder.url)
        let hash = try store.keep("new")
        let first = try store.hold()
        let second = try store.hold()
        #expect(try store.prune() == .left("a run is going on"))
        first?.release()
        #expect(try store.prune() == .left("a run is going on"))
        second?.release()
        let broken = folder.file("memorization/broken")
        try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: true)
        try Data("{}".utf8).write(to: broken.appendingPathComponent("config.json"))
        #expect(
            try store.prune()
                == .left(
                    "a run cannot be read: \(broken.path)/config.json: \"experiment\" must be a string, got nothing"))
        #expect(try store.text(hash) == "new")
        try FileManager.default.removeItem(at: broken)
        #expect(try store.prune() == .removed(1))
    }
}
