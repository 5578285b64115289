import Foundation
import NightjarRuns
import Testing

/// Bytes against published ones; `Tests/Export/check.py` has TensorBoard's own reader.
@Suite struct EventFileTests {
    /// RFC 3720, appendix B.4, and the check value of every catalogue of CRCs.
    @Test func checksAreThePublishedOnes() {
        let digits = Array("123456789".utf8)
        #expect(CyclicCheck.crc32c.of(digits) == 0xE306_9283)
        #expect(CyclicCheck.crc32.of(digits) == 0xCBF4_3926)
        #expect(CyclicCheck.crc32c.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CyclicCheck.crc32c.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CyclicCheck.crc32c.of((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(CyclicCheck.crc32c.of([]) == 0)
    }

    /// protobuf.dev, "Encoding": 150 in field 1, "testing" in field 2, a message in field 3, a negative number.
    @Test func messagesAreEncodedAsTheGuideSays() {
        var message = ProtocolBuffer()
        message.add(1, 150)
        #expect(message.bytes == [0x08, 0x96, 0x01])
        message = ProtocolBuffer()
        message.add(2, "testing")
        #expect(message.bytes == [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
        message = ProtocolBuffer()
        message.add(3) { $0.add(1, 150) }
        #expect(message.bytes == [0x1A, 0x03, 0x08, 0x96, 0x01])
        message = ProtocolBuffer()
        message.add(1, -2)
        #expect(message.bytes == [0x08, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01])
        message = ProtocolBuffer()
        message.add(2, Float(1))
        message.add(6, [1.0, -0.0])
        #expect(
            message.bytes == [
                0x15, 0, 0, 0x80, 0x3F, 0x32, 16, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0x80,
            ])
    }

    /// The first record of every event file, as TensorFlow 2.15 writes it for the moment 1.0.
    @Test func aFileBeginsWithTheVersionOfItsFormat() throws {
        let folder = try TemporaryFolder()
        let url = folder.file(EventFile.name)
        _ = try EventFile(url, time: 1)
        let bytes = Array(try Data(contentsOf: url))
        // Length 26: moment, step, "brain.Event:2".
        #expect(bytes.prefix(8) == [26, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes.count == 8 + 4 + 26 + 4)
        #expect(Array(bytes[12..<21]) == [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
        #expect(String(decoding: bytes[25..<38], as: UTF8.self) == "brain.Event:2")
    }

    @Test func aPictureOfAMatrixHasItsSizeAndLevels() throws {
        let picture = try #require(GreyPicture([0, 1, 2, .nan], rows: 2, columns: 2))
        #expect(picture.width == 256 && picture.height == 256)
        let png = picture.png
        #expect(Array(png[12..<16]) == Array("IHDR".utf8))
        #expect(Array(png[16..<24]) == [0, 0, 1, 0, 0, 0, 1, 0])
        #expect(GreyPicture([1, 2], rows: 2, columns: 2) == nil)
        #expect(GreyPicture([], rows: 0, columns: 0) == nil)
    }
}
