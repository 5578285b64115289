import NightjarTensor

/// Files of one image: PNG, and the binary forms of Netpbm (`P5`, `P6`).
public enum ImageFile {
    /// The image as bytes: `(height, width, 1)` for grey, `(height, width, 3)` for colours. Transparency is left out;
    /// what has 16 bits keeps the upper 8.
    /// - Parameter what: what messages call the file.
    /// - Throws: ``DataError`` for what is no such file, or is cut short.
    public static func read(_ bytes: UnsafeRawBufferPointer, what: String) throws -> Tensor {
        let image =
            bytes.starts(with: PNGImage.signature)
            ? try PNGImage(bytes, what: what) : try NetpbmReader(bytes, what: what).image()
        return try Tensor(image.pixels, shape: Shape([image.height, image.width, image.channels]))
    }
}

/// Reads `P5 width height 255 bytes`, and `P6` for colours.
private struct NetpbmReader {
    private let bytes: UnsafeRawBufferPointer
    private let what: String
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer, what: String) {
        self.bytes = bytes
        self.what = what
    }

    func image() throws -> PNGImage {
        var reader = self
        return try reader.read()
    }

    private mutating func read() throws -> PNGImage {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "P"), bytes[1] == 0x35 || bytes[1] == 0x36 else {
            throw DataError(file: what, "is neither a PNG file nor a binary Netpbm file (P5, P6)")
        }
        let channels = bytes[1] == 0x35 ? 1 : 3
        position = 2
        let (width, height, most) = (try number("width"), try number("height"), try number("largest value"))
        guard (1...65_535).contains(width), (1...65_535).contains(height), (1...255).contains(most) else {
            throw DataError(
                file: what,
                "has \(width) x \(height) pixels up to \(most), expected extents from 1 to 65535 and values up to 255")
        }
        // One blank ends the header.
        position += 1
        let count = width * height * channels
        guard bytes.count - position >= count else {
            throw DataError(
                file: what, "ends after \(max(0, bytes.count - position)) of \(count) bytes of pixels")
        }
        let pixels = bytes[position..<position + count].map { value in
            most == 255 ? value : UInt8(min(255, (Int(value) * 255 + most / 2) / most))
        }
        guard let image = PNGImage(width: width, height: height, channels: channels, pixels: pixels) else {
            throw DataError(file: what, "is no image")
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
