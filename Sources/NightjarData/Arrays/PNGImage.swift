import CZlib
import NightjarTensor

/// An image with one or three channels of eight bits, and how it is written in the Portable Network Graphics format
/// (ISO/IEC 15948); see ``ImageFile`` for reading.
public struct PNGImage: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 1: grey; 3: red, green, blue.
    public let channels: Int
    /// Rows from top to bottom, the channels of a pixel together.
    public let pixels: [UInt8]

    /// Nil where the pixels are not as many as the extents say, or an extent is not from 1 to 65,535.
    public init?(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        guard (1...65_535).contains(width), (1...65_535).contains(height), channels == 1 || channels == 3,
            pixels.count == width * height * channels
        else { return nil }
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// The bytes of the file; nil where there is no memory.
    public var encoded: [UInt8]? {
        var lines: [UInt8] = []
        guard (try? lines.makeRoom(pixels.count + height)) != nil else { return nil }
        let stride = width * channels
        for row in 0..<height {
            // Filter 0: as they are.
            lines.append(0)
            lines += pixels[row * stride..<(row + 1) * stride]
        }
        let checksum = lines.withUnsafeBytes {
            UInt32(truncatingIfNeeded: adler32_z(1, $0.bindMemory(to: UInt8.self).baseAddress, $0.count))
        }
        guard let packed = lines.withUnsafeBytes({ Deflate.pack($0) }), packed.count < Int32.max else { return nil }
        let header =
            PNGImage.bytes(UInt32(truncatingIfNeeded: width)) + PNGImage.bytes(UInt32(truncatingIfNeeded: height))
            + [8, channels == 1 ? 0 : 2, 0, 0, 0]
        return PNGImage.signature + PNGImage.chunk("IHDR", header)
            + PNGImage.chunk("IDAT", [0x78, 0x9C] + packed + PNGImage.bytes(checksum)) + PNGImage.chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        let checksum = body.withUnsafeBytes { Deflate.checksum($0) }
        return bytes(UInt32(truncatingIfNeeded: data.count)) + body + bytes(checksum)
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
