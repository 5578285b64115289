import CZlib
import NightjarTensor

/// An image in the Portable Network Graphics format (ISO/IEC 15948), with one or three channels of eight bits.
///
/// Read are all kinds of pixels but interlaced ones; checksums are verified.
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

// MARK: Reading

extension PNGImage {
    /// - Throws: ``DataError`` for what is no such file, is damaged, or is interlaced.
    init(_ bytes: UnsafeRawBufferPointer, what: String) throws {
        let file = try PNGChunks(bytes, what: what)
        let form = try PNGForm(file.header, what: what)
        let lines = try file.unpacked(size: form.height * (1 + form.lineBytes))
        var rows = try form.unfiltered(lines)
        if form.depth < 8 { rows = try form.spread(rows) }
        let pixels = try form.pixels(rows, palette: file.palette)
        guard let image = PNGImage(width: form.width, height: form.height, channels: form.channels, pixels: pixels)
        else {
            throw DataError(file: what, "is no image")
        }
        self = image
    }
}

/// The parts of a file that matter here.
private struct PNGChunks {
    private(set) var header: [UInt8] = []
    private(set) var palette: [UInt8] = []
    private var packed: [UInt8] = []
    private let what: String

    init(_ bytes: UnsafeRawBufferPointer, what: String) throws {
        self.what = what
        var position = PNGImage.signature.count
        while true {
            guard bytes.count - position >= 12 else { throw DataError(file: what, "ends before its last part") }
            let length = PNGChunks.number(bytes, position)
            guard length <= bytes.count - position - 12 else {
                throw DataError(file: what, "ends before its last part")
            }
            let body = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<position + 8 + length])
            guard Int(Deflate.checksum(body)) == PNGChunks.number(bytes, position + 8 + length) else {
                throw DataError(file: what, "is damaged: a checksum is not right")
            }
            let data = body.dropFirst(4)
            switch String(decoding: body.prefix(4), as: UTF8.self) {
            case "IHDR": header = Array(data)
            case "PLTE": palette = Array(data)
            case "IDAT": packed += data
            case "IEND": return
            default: break
            }
            position += 12 + length
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> Int {
        bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    func unpacked(size: Int) throws -> [UInt8] {
        try Room.check(size, of: 2)
        // Two bytes of zlib's header, four of its checksum.
        let lines = packed.withUnsafeBytes { bytes in
            bytes.count > 6
                ? Deflate.unpack(UnsafeRawBufferPointer(rebasing: bytes[2..<bytes.count - 4]), size: size) : nil
        }
        guard let lines else { throw DataError(file: what, "is damaged: its pixels cannot be unpacked") }
        return lines
    }
}

/// How pixels are stored.
private struct PNGForm {
    let width: Int
    let height: Int
    /// Bits of a sample.
    let depth: Int
    private let kind: UInt8
    private let what: String

    init(_ header: [UInt8], what: String) throws {
        self.what = what
        guard header.count == 13 else { throw DataError(file: what, "has no header") }
        width = header[0..<4].reduce(0) { $0 << 8 | Int($1) }
        height = header[4..<8].reduce(0) { $0 << 8 | Int($1) }
        (depth, kind) = (Int(header[8]), header[9])
        let depths: [UInt8: [Int]] = [
            0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
        ]
        guard (1...65_535).contains(width), (1...65_535).contains(height), depths[kind]?.contains(depth) == true else {
            throw DataError(file: what, "has \(width) x \(height) pixels of a kind that no PNG file has")
        }
        guard header[12] == 0 else {
            throw DataError(file: what, "is interlaced", remedy: "Save it without interlacing")
        }
    }

    /// Samples of a pixel as they are stored.
    private var samples: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][Int(kind)] ?? 1 }
    /// Of the image.
    var channels: Int { kind == 0 || kind == 4 ? 1 : 3 }
    var lineBytes: Int { (width * samples * depth + 7) / 8 }

    /// Takes away what each line says of the ones before.
    func unfiltered(_ lines: [UInt8]) throws -> [UInt8] {
        let stride = lineBytes
        let step = max(1, samples * depth / 8)
        var rows = try [UInt8](room: height * stride, repeating: 0)
        for row in 0..<height {
            let filter = lines[row * (stride + 1)]
            guard filter <= 4 else { throw DataError(file: what, "is damaged: there is no filter \(filter)") }
            for column in 0..<stride {
                let at = row * stride + column
                let left = column >= step ? Int(rows[at - step]) : 0
                let up = row > 0 ? Int(rows[at - stride]) : 0
                let corner = row > 0 && column >= step ? Int(rows[at - stride - step]) : 0
                let guess: Int
                switch filter {
                case 0: guess = 0
                case 1: guess = left
                case 2: guess = up
                case 3: guess = (left + up) / 2
                default: guess = PNGForm.paeth(left, up, corner)
                }
                rows[at] = lines[row * (stride + 1) + 1 + column] &+ UInt8(truncatingIfNeeded: guess)
            }
        }
        return rows
    }

    private static func paeth(_ left: Int, _ up: Int, _ corner: Int) -> Int {
        let base = left + up - corner
        let (a, b, c) = (abs(base - left), abs(base - up), abs(base - corner))
        return a <= b && a <= c ? left : b <= c ? up : corner
    }

    /// Samples of fewer than eight bits, one a byte; greys from 0 to 255.
    func spread(_ rows: [UInt8]) throws -> [UInt8] {
        let most = (1 << depth) - 1
        var samples: [UInt8] = []
        try samples.makeRoom(width * height)
        for row in 0..<height {
            for column in 0..<width {
                let bit = column * depth
                let byte = Int(rows[row * lineBytes + bit / 8])
                let value = byte >> (8 - depth - bit % 8) & most
                samples.append(UInt8(kind == 3 ? value : value * 255 / most))
            }
        }
        return samples
    }

    /// Without transparency, in eight bits.
    func pixels(_ rows: [UInt8], palette: [UInt8]) throws -> [UInt8] {
        let wide = depth == 16 ? 2 : 1
        let count = width * height
        var pixels: [UInt8] = []
        try pixels.makeRoom(count * channels)
        for pixel in 0..<count {
            if kind == 3 {
                let entry = Int(rows[pixel]) * 3
                guard entry + 3 <= palette.count else {
                    throw DataError(file: what, "is damaged: a pixel has colour \(rows[pixel]), which is not there")
                }
                pixels += palette[entry..<entry + 3]
            } else {
                for channel in 0..<channels { pixels.append(rows[(pixel * samples + channel) * wide]) }
            }
        }
        return pixels
    }
}
