import Foundation
import NightjarData
import NightjarTensor
import Testing

struct ByteReaderTests {
    private let folder: TemporaryFolder
    /// Longer than the reader's buffer, and not compressible to nothing.
    private let content = (0..<200_000 as Range<UInt64>).map { element in
        UInt8(truncatingIfNeeded: RandomStream(seed: 1, purpose: "bytes").below(7, element))
    }

    init() throws { folder = try TemporaryFolder() }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)".replacingOccurrences(of: folder.url.path, with: "DIR")
        }
    }

    @Test func plainAndGzippedFilesHoldTheSameBytes() throws {
        let plain = try ByteReader(folder.write(content, to: "plain"))
        let packed = try ByteReader(folder.write(gzipped(content), to: "packed"))
        #expect(!plain.isGzipped)
        #expect(packed.isGzipped)
        #expect(try plain.readAll(limit: 200_000) == content)
        #expect(try packed.readAll(limit: 200_000) == content)
    }

    @Test func piecesOfAnySizeAddUpToTheWhole() throws {
        let url = try folder.write(gzipped(content), to: "packed")
        for size in [1009, 65_536, 131_072, 300_000] {
            let reader = try ByteReader(url)
            var bytes: [UInt8] = []
            while true {
                let piece = try reader.read(size)
                if piece.isEmpty { break }
                bytes += piece
            }
            #expect(bytes == content)
        }
    }

    @Test func membersAfterOneAnotherAreOneFile() throws {
        let half = content.count / 2
        let packed = try gzipped(Array(content.prefix(half))) + gzipped([]) + gzipped(Array(content.dropFirst(half)))
        #expect(try ByteReader(folder.write(packed, to: "members")).readAll(limit: .max) == content)
    }

    @Test func zerosAreNotTakenForAnImpossibleFile() throws {
        let zeros = [UInt8](repeating: 0, count: 20_000_000)
        let packed = try gzipped(zeros)
        let reader = try ByteReader(folder.write(packed, to: "zeros.gz"))
        #expect(reader.mostBytes >= zeros.count)
        #expect(reader.mostBytes < zeros.count * 2)
        #expect(try reader.readAll(limit: zeros.count).count == zeros.count)
    }

    @Test func emptyFilesAreEmpty() throws {
        #expect(try ByteReader(folder.write([UInt8](), to: "empty")).readAll(limit: 0).isEmpty)
        #expect(try ByteReader(folder.write(gzipped([]), to: "empty.gz")).readAll(limit: 0).isEmpty)
        #expect(try ByteReader(folder.write([0x1F], to: "one")).readAll(limit: 9) == [0x1F])
    }

    @Test func aFileThatIsNotThereSaysSo() {
        let url = folder.url.appendingPathComponent("absent")
        #expect(message { _ = try ByteReader(url) } == "DIR/absent: cannot be read: No such file or directory")
    }

    @Test func aFolderIsNoFile() {
        #expect(
            message { _ = try ByteReader(folder.url) } == "DIR: is a folder, not a file. Name the data file itself")
    }

    /// A name that ends a line would begin another of the message.
    @Test func aNameOfSeveralLinesIsShownOnOne() throws {
        let name = "a\nerror: \u{1B}[31mb\u{202E}"
        let page = try folder.write("<!DOCTYPE html>", to: name + ".gz")
        #expect(
            message { _ = try ByteReader(page) }
                == "DIR/a\\nerror: \\x1B[31mb\\u{202E}.gz: is named .gz but is not gzipped: it begins with 3c 21 44 4f, not "
                + "with 1f 8b. Fetch it again, or take .gz off its name if it was unpacked")
    }

    @Test func whatIsNoFileHoldsNobodyUp() throws {
        let pipe = folder.url.appendingPathComponent("pipe")
        try #require(mkfifo(pipe.path, 0o600) == 0)
        #expect(
            message { _ = try ByteReader(pipe) }
                == "DIR/pipe: is not a regular file. Name the data file itself")
    }

    @Test func aNameThatPromisesGzipIsChecked() throws {
        let page = try folder.write("<!DOCTYPE html>", to: "page.gz")
        #expect(
            message { _ = try ByteReader(page) }
                == "DIR/page.gz: is named .gz but is not gzipped: it begins with 3c 21 44 4f, not with 1f 8b. "
                + "Fetch it again, or take .gz off its name if it was unpacked")
        let empty = try folder.write([UInt8](), to: "empty.gz")
        #expect(
            message { _ = try ByteReader(empty) }
                == "DIR/empty.gz: is named .gz but is not gzipped: it begins with nothing, not with 1f 8b. "
                + "Fetch it again, or take .gz off its name if it was unpacked")
    }

    @Test func aCutFileSaysHowFarItCame() throws {
        let packed = try gzipped([1, 2, 3], level: 0)
        // The last 8 bytes are checksum and length: all data are there, the end is not.
        let url = try folder.write(Array(packed.dropLast(8)), to: "cut.gz")
        #expect(
            message { _ = try ByteReader(url).readAll(limit: .max) }
                == "DIR/cut.gz: is cut off: the gzip data stop before their end, after 3 bytes unpacked. "
                + "Fetch the file again")
    }

    @Test func everyCutIsNoticed() throws {
        let packed = try gzipped(Array(content.prefix(100)))
        for length in 2..<packed.count {
            let url = try folder.write(Array(packed.prefix(length)), to: "cut.gz")
            #expect(
                message { _ = try ByteReader(url).readAll(limit: .max) }.hasPrefix("DIR/cut.gz: is cut off: "),
                "\(length) bytes")
        }
    }

    @Test func aWrongChecksumIsNoticed() throws {
        var packed = try gzipped(content)
        packed[packed.count - 8] ^= 1
        let url = try folder.write(packed, to: "bad.gz")
        #expect(
            message { _ = try ByteReader(url).readAll(limit: .max) }
                == "DIR/bad.gz: is damaged: the gzip data are not valid (incorrect data check). Fetch the file again")
    }

    @Test func bytesAfterTheEndAreNoticed() throws {
        let url = try folder.write(gzipped(content) + [7, 7], to: "long.gz")
        #expect(
            message { _ = try ByteReader(url).readAll(limit: .max) }
                == "DIR/long.gz: has bytes after the end of the gzip data, beginning with 07. Fetch the file again")
    }

    @Test func moreThanTheLimitIsAnError() throws {
        let url = try folder.write(content, to: "plain")
        #expect(
            message { _ = try ByteReader(url).readAll(limit: 199_999) }
                == "DIR/plain: holds more than 199999 bytes. That is more than can be right")
    }
}
