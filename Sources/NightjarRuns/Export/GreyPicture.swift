// A matrix as a picture.

/// Grey levels, a byte each, as a PNG file (ISO/IEC 15948) without compression.
public struct GreyPicture: Sendable {
    public let width: Int
    public let height: Int
    /// Row by row.
    private let levels: [UInt8]

    /// A matrix, its greatest number white and 0 black; what is below 0 or no number is black. Small ones are drawn with so
    /// many pixels an entry that they can be seen.
    /// - Parameter values: row by row; nil where they are not `rows x columns`, or too many for a picture.
    public init?(_ values: [Double], rows: Int, columns: Int) {
        guard rows > 0, columns > 0, rows <= 4096, columns <= 4096, values.count == rows * columns else { return nil }
        let side = max(1, 256 / max(rows, columns))
        let most = values.filter(\.isFinite).max() ?? 0
        width = columns * side
        height = rows * side
        var levels: [UInt8] = []
        for row in 0..<rows {
            let line = (0..<columns).flatMap { column -> [UInt8] in
                let value = values[row * columns + column]
                let share = most > 0 && value > 0 ? min(1, value / most) : 0
                return [UInt8](repeating: UInt8((share * 255).rounded()), count: side)
            }
            for _ in 0..<side { levels += line }
        }
        self.levels = levels
    }

    /// The file's bytes.
    public var png: [UInt8] {
        var rows: [UInt8] = []
        for row in 0..<height { rows += [0] + levels[row * width..<(row + 1) * width] }
        let header = GreyPicture.word(width) + GreyPicture.word(height) + [8, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + GreyPicture.chunk("IHDR", header)
            + GreyPicture.chunk("IDAT", GreyPicture.stored(rows)) + GreyPicture.chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + bytes
        return word(bytes.count) + body + word(Int(CyclicCheck.crc32.of(body)))
    }

    /// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let end = min(bytes.count, start + 65_535)
            let length = UInt16(end - start)
            stream.append(end == bytes.count ? 1 : 0)
            for part in [length, ~length] { stream += [UInt8(part & 0xFF), UInt8(part >> 8)] }
            stream += bytes[start..<end]
        }
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + word(Int(high << 16 | low))
    }

    private static func word(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).bigEndian) { Array($0) }
    }
}
