import Foundation
import NightjarRuns
import Testing

/// XXH64 against the reference implementation.
@Suite struct ChecksumTests {
    /// Of the first bytes of (7 i + 3) mod 256, from `xxhash.xxh64(...).hexdigest()` of the Python package xxhash 3.
    private let reference = [
        (0, "ef46db3751d8e999"), (1, "1f25c8d0bc1f4bb6"), (3, "31d2363f52e564c9"), (4, "9bb64b7d66ee9fda"),
        (7, "9a7b149959ce60d8"), (8, "dab99d95c6f90092"), (12, "d52e407833af5133"), (31, "a2aa5f33cc4a6119"),
        (32, "23c3c17ef790fd97"), (33, "50a7cfc7ba588784"), (63, "5e3e54b431c7493c"), (64, "0eb64b3ef6eeb01f"),
        (100, "a61f8d4c170fe531"),
    ]
    private let bytes = (0..<100).map { UInt8(truncatingIfNeeded: 7 * $0 + 3) }

    @Test func sumsAreThoseOfTheReference() {
        for (count, text) in reference {
            let sum = bytes[..<count].withUnsafeBytes { Checksum.text(of: $0) }
            #expect(sum == text, "\(count) bytes")
        }
    }

    @Test func whatComesInPiecesHasTheSumOfTheWhole() {
        for (count, text) in reference {
            for piece in [1, 5, 8, 31, 32, 40] {
                var sum = Checksum()
                for start in stride(from: 0, to: count, by: piece) {
                    bytes[start..<min(start + piece, count)].withUnsafeBytes { sum.add($0) }
                }
                #expect(sum.text == text, "\(count) bytes by \(piece)")
            }
        }
    }

    /// What is large stays in its file, and has the same sum.
    @Test func filesHaveTheSumOfTheirBytes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sums-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("file")
        for count in [0, 1000, 17 << 20] {
            let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) })
            try data.write(to: file)
            #expect(try FileReason.checksum(file) == data.withUnsafeBytes { Checksum.text(of: $0) }, "\(count) bytes")
        }
        let gone = folder.appendingPathComponent("gone")
        #expect(throws: RunError("\(gone.path): could not read the file (no such file or directory)")) {
            try FileReason.checksum(gone)
        }
    }
}
