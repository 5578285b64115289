import Foundation
import NightjarProcess
import Testing

import NightjarData

/// Archives whose files are kept: made by `tar`, already there.
@Suite struct ArchiveTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let first = [UInt8]((0..<700).map { UInt8(truncatingIfNeeded: $0) })
    private static let second = [UInt8]("second".utf8)

    private func member(_ name: String, _ bytes: [UInt8]) -> PublishedFile.Member {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return .init(path: "inside/\(name)", name: name, proof: .init(size: bytes.count, sha256: hash.hexadecimal))
    }

    /// The archive is at hand, so that nothing is fetched.
    private func file(_ members: [PublishedFile.Member]) -> PublishedFile {
        PublishedFile(
            name: "a.tar.gz", address: "http://127.0.0.1:1/a.tar.gz", proof: .init(size: 1, sha256: ""),
            members: members)
    }

    private func makeArchive() throws {
        try folder.write(Self.first, to: "source/inside/one.bin")
        try folder.write(Self.second, to: "source/inside/two.bin")
        try folder.write("not wanted", to: "source/inside/readme.html")
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = [
            "tar", "-C", folder.url.appendingPathComponent("source").path, "-czf",
            folder.url.appendingPathComponent("a.tar.gz").path, "inside",
        ]
        try tar.run()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        try FileManager.default.removeItem(at: folder.url.appendingPathComponent("source"))
    }

    private var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path))?.sorted() ?? []
    }

    private func fault(_ members: [PublishedFile.Member]) -> String {
        dataFault { try Fetcher().fetch(file(members), into: folder.url) }
            .replacingOccurrences(of: folder.url.path, with: "DIR")
    }

    @Test func itsFilesAreUnpackedAndTheArchiveGoes() throws {
        try makeArchive()
        let file = file([member("one.bin", Self.first), member("two.bin", Self.second)])
        #expect(try Fetcher().fetch(file, into: folder.url) == .fetched)
        #expect(names == ["one.bin", "two.bin"])
        #expect([UInt8](try Data(contentsOf: folder.url.appendingPathComponent("one.bin"))) == Self.first)
        #expect(try Fetcher().fetch(file, into: folder.url) == .present)
    }

    @Test func whatIsNotRightInsideIsSaid() throws {
        try makeArchive()
        #expect(
            fault([member("three.bin", [1])])
                == "DIR/a.tar.gz: has no 'inside/three.bin' inside. Move it away to have it fetched")
        #expect(
            fault([member("two.bin", [1])])
                == "DIR/a.tar.gz: has 'inside/two.bin' of 6 bytes, expected 1. Move it away to have it fetched")
        #expect(
            fault([member("two.bin", Array("secone".utf8))]).hasPrefix(
                "DIR/a.tar.gz: has 'inside/two.bin' with SHA-256 "))
        #expect(names == ["a.tar.gz"])
    }

    @Test func cutArchivesAreSaid() throws {
        try makeArchive()
        let whole = [UInt8](try Data(contentsOf: folder.url.appendingPathComponent("a.tar.gz")))
        try folder.write(Array(whole.prefix(whole.count / 2)), to: "a.tar.gz")
        #expect(fault([member("one.bin", Self.first)]).hasPrefix("DIR/a.tar.gz: is cut off: the gzip data stop"))
        try folder.write([UInt8](repeating: 1, count: 600), to: "a.tar.gz")
        #expect(fault([member("one.bin", Self.first)]).hasPrefix("DIR/a.tar.gz: is named .gz but is not gzipped"))
        try folder.write(gzipped([UInt8](repeating: 1, count: 600)), to: "a.tar.gz")
        #expect(
            fault([member("one.bin", Self.first)])
                == "DIR/a.tar.gz: has a header at byte 0 whose checksum is wrong. Move it away to have it fetched")
    }
}
