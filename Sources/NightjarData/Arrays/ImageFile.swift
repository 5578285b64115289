import NightjarTensor

/// Files of one image: PNG through libspng, JPEG through libjpeg-turbo, and the binary forms of Netpbm (`P5`, `P6`).
public enum ImageFile {
    /// The most pixels of an image, unless a caller says otherwise: of 8192 x 8192.
    public static let mostPixels = 1 << 26

    /// The image as bytes: `(height, width, 1)` for grey, `(height, width, 3)` for colours. Transparency is left out;
    /// what has 16 bits keeps the upper 8. Extents are read, and compared with the limit, before anything is unpacked.
    /// - Parameters:
    ///   - what: what messages call the file.
    ///   - limit: the most pixels.
    /// - Throws: ``DataError`` for what is no such file, is cut short, or has more pixels.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String, limit: Int = mostPixels) throws -> Tensor {
        if bytes.starts(with: PNGImage.signature) { return try PNGDecoder(bytes, what: what, limit: limit).image() }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return try JPEGDecoder(bytes, what: what, limit: limit).image() }
        return try NetpbmReader(bytes, what: what, limit: limit).image()
    }

    /// Extents that a header claims, as the shape of an image.
    static func shape(_ width: Int, _ height: Int, _ channels: Int, what: String, limit: Int) throws -> Shape {
        guard (1...65_535).contains(width), (1...65_535).contains(height) else {
            throw DataError(file: what, "has \(width) x \(height) pixels, expected extents from 1 to 65535")
        }
        guard width * height <= limit else {
            throw DataError(
                file: what, "has \(width) x \(height) pixels, more than the limit of \(limit)",
                remedy: "A larger limit can be given")
        }
        return try Shape([height, width, channels])
    }
}

/// Reads `P5 width height 255 bytes`, and `P6` for colours.
private struct NetpbmReader {
    private let bytes: UnsafeRawBufferPointer
    private let what: String
    private let limit: Int
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer, what: String, limit: Int) {
        self.bytes = bytes
        self.what = what
        self.limit = limit
    }

    func image() throws -> Tensor {
        var reader = self
        return try reader.read()
    }

    private mutating func read() throws -> Tensor {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "P"), bytes[1] == 0x35 || bytes[1] == 0x36 else {
            throw DataError(file: what, "is neither a PNG nor a JPEG file, nor a binary Netpbm file (P5, P6)")
        }
        let channels = bytes[1] == 0x35 ? 1 : 3
        position = 2
        let (width, height, most) = (try number("width"), try number("height"), try number("largest value"))
        guard (1...65_535).contains(width), (1...65_535).contains(height), (1...255).contains(most) else {
            throw DataError(
                file: what,
                "has \(width) x \(height) pixels up to \(most), expected extents from 1 to 65535 and values up to 255")
        }
        let shape = try ImageFile.shape(width, height, channels, what: what, limit: limit)
        // One blank ends the header.
        position += 1
        guard bytes.count - position >= shape.count else {
            throw DataError(
                file: what, "ends after \(max(0, bytes.count - position)) of \(shape.count) bytes of pixels")
        }
        let image = try Tensor(uninitialized: shape, dtype: .uint8)
        image.withBytes { pixels in
            for index in 0..<shape.count {
                let value = bytes[position + index]
                pixels[index] = most == 255 ? value : UInt8(min(255, (Int(value) * 255 + most / 2) / most))
            }
        }
        return image
    }

    /// The next number of the header; comments go to the end of their line.
    private mutating func number(_ name: String) throws -> Int {
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "#") {
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            } else if [0x09, 0x0A, 0x0D, 0x20].contains(bytes[position]) {
                position += 1
            } else {
                break
            }
        }
        var value = 0
        let first = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]), position - first < 9 {
            value = value * 10 + Int(bytes[position] - 0x30)
            position += 1
        }
        guard position > first else { throw DataError(file: what, "has no \(name) in its header") }
        return value
    }
}
