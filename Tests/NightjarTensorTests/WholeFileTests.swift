import Foundation
import NightjarTensor
import Testing

@Suite final class WholeFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("whole-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func file(_ name: String, _ bytes: [UInt8] = []) throws -> String {
        let path = folder.appendingPathComponent(name).path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// A file of so many zeros that takes no room on the disk.
    private func hollow(_ name: String, _ size: Int) throws -> String {
        let path = try file(name)
        try #require(truncate(path, size) == 0)
        return path
    }

    private func fault(_ body: () throws -> some Any) -> String {
        do { return "no error: \(try body())" } catch { return "\(error)" }
    }

    @Test func bytesComeBackAsTheyAre() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        #expect(try Array(WholeFile.bytes(file("a", bytes))) == bytes)
        #expect(try WholeFile.bytes(file("empty")).isEmpty)
        #expect(try WholeFile.text(file("text", Array("d\u{E9}j\u{E0}".utf8))) == "d\u{E9}j\u{E0}")
        #expect(try WholeFile.text(file("none", [0xFF, 0xFE])) == nil)
    }

    @Test func whatIsTooLongIsNotRead() throws {
        let path = try hollow("terabyte", 1 << 40)
        #expect(
            fault { try WholeFile.bytes(path, most: 1 << 20) }
                == "it has 1099511627776 bytes, and at most 1048576 are read")
        #expect(fault { try WholeFile.text(path) } == "it has 1099511627776 bytes, and at most 67108864 are read")
        #expect(try WholeFile.bytes(file("exact", [1, 2, 3]), most: 3).count == 3)
    }

    @Test func theFirstBytesDecide() throws {
        let path = try hollow("zeros", 1 << 40)
        var size = 0
        let head = try WholeFile.bytes(path) { head, bytes in
            size = bytes
            return head.starts(with: [0x93])
        }
        #expect(head.count == WholeFile.headBytes)
        #expect(size == 1 << 40)
    }

    @Test func whatHasNoRoomIsAnError() throws {
        let path = try hollow("zeros", 1 << 20)
        Storage.failAllocation(after: 0)
        defer { Storage.failAllocation(after: nil) }
        #expect(fault { try WholeFile.bytes(path) }.hasPrefix("out of memory: no room for 1048576 bytes ("))
    }

    @Test func onlyRegularFilesAreRead() throws {
        #expect(fault { try WholeFile.bytes(folder.path) } == "is a directory")
        #expect(fault { try WholeFile.bytes("/dev/zero") } == "it is no regular file")
        #expect(fault { try WholeFile.bytes(folder.path + "/absent") } == "no such file or directory")
        let pipe = folder.path + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(fault { try WholeFile.bytes(pipe) } == "it is no regular file")
        let loop = folder.path + "/loop"
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        #expect(fault { try WholeFile.bytes(loop) } == "too many levels of symbolic links")
    }

    @Test func aStreamThatDoesNotEndIsLeft() throws {
        let zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC)
        defer { close(zeros) }
        #expect(
            fault { try WholeFile.rest(of: zeros, most: 100_000) }
                == "it has more than 100000 bytes, and at most 100000 are read")
        let path = try file("text", Array(repeating: 7, count: 9_999))
        let few = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(few) }
        #expect(try WholeFile.rest(of: few, most: 9_999).count == 9_999)
    }
}
