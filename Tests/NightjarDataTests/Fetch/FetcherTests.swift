import Foundation
import NightjarProcess
import Synchronization
import Testing

import NightjarData

/// Files from a server that misbehaves.
@Suite(.enabled(if: FetchServer.hasPython, "there is no python3 for the server"), .serialized)
struct FetcherTests {
    private let folder: TemporaryFolder
    private let server: FetchServer
    private var fetcher = Fetcher()

    init() throws {
        folder = try TemporaryFolder()
        server = try FetchServer()
        fetcher.pause = 0
        fetcher.attempts = 3
        fetcher.patience = 2
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal
    }

    private func file(_ kind: String) -> PublishedFile {
        PublishedFile(
            name: "data.bin", address: server.address(kind),
            proof: .init(size: FetchServer.content.count, sha256: Self.digest(FetchServer.content)))
    }

    /// What became of it: "fetched", or the message without what differs between two runs of the test.
    private func fetch(_ kind: String, _ fetcher: Fetcher? = nil) -> String {
        do {
            return "\(try (fetcher ?? self.fetcher).fetch(file(kind), into: folder.url))"
        } catch {
            return "\(error)".replacingOccurrences(of: server.address(kind), with: "URL")
                .replacingOccurrences(of: folder.url.path, with: "DIR")
        }
    }

    private func bytes(_ name: String = "data.bin") -> [UInt8]? {
        (try? Data(contentsOf: folder.url.appendingPathComponent(name))).map { [UInt8]($0) }
    }

    private var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path))?.sorted() ?? []
    }

    @Test(arguments: ["plain", "norange", "cut", "cutnorange", "nolength", "shortnolength", "once", "moved"])
    func whatCanComeWholeComesWhole(_ kind: String) throws {
        #expect(fetch(kind) == "fetched")
        #expect(bytes() == FetchServer.content)
        #expect(names == ["data.bin"])
        #expect(fetch(kind) == "present")
    }

    @Test func brokenConnectionsGoOnWhereTheyBroke() throws {
        #expect(fetch("cut") == "fetched")
        #expect(try server.log() == ["cut -", "cut bytes=120000-", "cut bytes=240000-"])
    }

    @Test func whatCameEarlierIsKept() throws {
        try folder.write(Array(FetchServer.content.prefix(1234)), to: "data.bin.part")
        #expect(fetch("plain") == "fetched")
        #expect(try server.log() == ["plain bytes=1234-"])
        #expect(bytes() == FetchServer.content)
    }

    @Test func aPartThatIsWholeIsNotAskedForAgain() throws {
        try folder.write(FetchServer.content, to: "data.bin.part")
        #expect(fetch("dead") == "fetched")
        #expect(try server.log() == [])
    }

    @Test(arguments: [1234, 300_000, 300_001]) func aWrongPartIsFetchedAnew(_ count: Int) throws {
        try folder.write([UInt8](repeating: 9, count: count), to: "data.bin.part")
        #expect(fetch("plain") == "fetched")
        #expect(bytes() == FetchServer.content)
    }

    @Test func wrongBytesAreNotKept() throws {
        let message = fetch("wrong")
        #expect(message.hasPrefix("URL: is not the file that was published: SHA-256 "))
        #expect(
            message.hasSuffix(
                ", expected \(Self.digest(FetchServer.content)). Nothing was kept. Try another place with --from"))
        #expect(names == [])
    }

    @Test(arguments: [
        ("short", "URL: has 299995 bytes, expected 300000."), ("long", "URL: has 300004 bytes, expected 300000."),
        ("longnolength", "URL: has more than the 300000 bytes that are expected."),
        ("page", "URL: was answered with HTTP status 404."),
        ("circle", "URL: leads from one address to another more than 10 times."),
    ])
    func whatIsNotTheFileEndsAtOnce(_ kind: String, _ message: String) throws {
        #expect(fetch(kind) == "\(message) Try another place with --from, or put the file there by hand: DIR/data.bin")
        #expect(names == [])
        if kind != "circle" { #expect(try server.log().count == 1) }
    }

    @Test func serversThatFailAreTriedSeveralTimes() throws {
        let busy = PublishedFile(
            name: "data.bin", address: "http://127.0.0.1:\(server.port)/status/503",
            proof: .init(size: 5, sha256: ""))
        #expect(dataFault { try fetcher.fetch(busy, into: folder.url) }.contains("was answered with HTTP status 503"))
        #expect(try server.log().count == 3)
        #expect(fetch("dead").hasPrefix("URL: broke off: "))
        #expect(names == [])
    }

    @Test func whatStallsIsGivenUpAndKept() throws {
        var once = fetcher
        once.attempts = 1
        #expect(
            fetch("stall", once)
                == "URL: sent nothing for 2 seconds. 1000 bytes are kept in DIR/data.bin.part: the same command goes on from "
                + "there. Try another place with --from, or put the file there by hand: DIR/data.bin")
        #expect(bytes("data.bin.part") == Array(FetchServer.content.prefix(1000)))
        #expect(fetch("plain") == "fetched")
    }

    @Test func redirectionsDoNotLeaveTheNetwork() throws {
        #expect(fetch("local").hasPrefix("URL: cannot be fetched: "))
        #expect(bytes() == nil)
    }

    @Test func addressesThatAreNoneAreSaid() throws {
        for address in ["ftp://127.0.0.1/x", "file:///etc/hostname"] {
            let file = PublishedFile(name: "data.bin", address: address, proof: .init(size: 5, sha256: ""))
            #expect(
                dataFault { try fetcher.fetch(file, into: folder.url) }.hasPrefix("\(address): cannot be fetched: "))
        }
        let closed = PublishedFile(name: "x", address: "http://127.0.0.1:1/x", proof: .init(size: 5, sha256: ""))
        #expect(
            dataFault { try fetcher.fetch(closed, into: folder.url) }.hasPrefix("http://127.0.0.1:1/x: broke off: "))
        #expect(names == [])
    }

    @Test func whatIsThereAndIsAnotherIsLeftAlone() throws {
        try folder.write("mine", to: "data.bin")
        let message = fetch("plain")
        #expect(
            message.hasPrefix("DIR/data.bin: is not the published file: it has 4 bytes and SHA-256 ")
                && message.hasSuffix(". Move it away to have it fetched"))
        #expect(bytes() == Array("mine".utf8))
        #expect(try server.log() == [])
    }

    @Test func interruptionsKeepWhatCame() throws {
        let calls = Mutex(0)
        var stopping = fetcher
        stopping.goesOn = {
            calls.withLock { calls in
                calls += 1
                return calls < 2
            }
        }
        #expect(fetch("plain", stopping) == "URL: was interrupted. The same command goes on")
        #expect(bytes() == nil)
        #expect(fetch("plain") == "fetched")
    }

    @Test func progressIsToldUpToTheEnd() throws {
        let seen = Mutex<[Int]>([])
        var telling = fetcher
        telling.progress = { name, count, all in
            seen.withLock { $0.append(count) }
            #expect(name == "data.bin" && all == 300_000)
        }
        #expect(fetch("cut", telling) == "fetched")
        let counts = seen.withLock { $0 }
        #expect(counts == counts.sorted() && counts.last == 300_000)
    }

    @Test func oneProcessAtATimeHasAPart() throws {
        let part = try PartialFile(for: folder.url.appendingPathComponent("data.bin"), limit: 10)
        #expect(fetch("plain") == "DIR/data.bin.part: is being written by another process. Wait for it to end")
        part.remove()
    }

    @Test func linksInThePlaceOfAPartAreNotFollowed() throws {
        let other = try folder.write("mine", to: "other")
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("data.bin.part"), withDestinationURL: other)
        #expect(fetch("plain").hasPrefix("DIR/data.bin.part: cannot be written: "))
        #expect(bytes("other") == Array("mine".utf8))
    }
}
