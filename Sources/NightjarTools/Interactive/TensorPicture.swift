import NightjarData
import NightjarScripting
import NightjarTensor

/// A tensor as a picture: an image, a row of images, or the entries of a small matrix as shades from the least to the
/// largest.
public struct TensorPicture: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// 1: shades of grey; 3: red, green and blue.
    public let channels: Int
    /// Rows from top to bottom, the channels of a pixel together.
    public let pixels: [UInt8]

    /// Extents of what is taken for an image.
    private static let sides = 8...64
    private static let most = 10

    /// - Parameters:
    ///   - tensor: `(height, width)`, `(height, width, 1 or 3)`, or `(images, height, width, 1 or 3)`, of which the first
    ///     ten are shown side by side.
    ///   - range: what becomes black and white; bytes are shown as they are where they reach beyond 127.
    /// Nil where the tensor looks like no picture.
    init?(_ tensor: Tensor, range: ClosedRange<Double>?) {
        let extents = tensor.shape.dimensions
        guard let range, range.lowerBound < range.upperBound else { return nil }
        var image = extents
        var count = 1
        if extents.count == 4 { (count, image) = (min(extents[0], TensorPicture.most), Array(extents.dropFirst())) }
        guard image.count == 2 || image.count == 3 && (image[2] == 1 || image[2] == 3), count > 0,
            TensorPicture.sides.contains(image[0]), TensorPicture.sides.contains(image[1])
        else { return nil }
        let (rows, columns, depth) = (image[0], image[1], image.count == 3 ? image[2] : 1)
        let isBytes = tensor.dtype == .uint8 && range.upperBound > 127
        let (low, high) = isBytes ? (0, 255) : (range.lowerBound, range.upperBound)
        let gap = 1
        let wide = count * columns + (count - 1) * gap
        var pixels = [UInt8](repeating: 0, count: wide * rows * depth)
        for number in 0..<count {
            for row in 0..<rows {
                for offset in 0..<columns * depth {
                    let value = tensor.value(at: (number * rows + row) * columns * depth + offset)
                    let share = value.isNaN ? 0 : min(1, max(0, (value - low) / (high - low)))
                    pixels[(row * wide + number * (columns + gap)) * depth + offset] = UInt8((share * 255).rounded())
                }
            }
        }
        (width, height, channels) = (wide, rows, depth)
        self.pixels = pixels
    }

    /// As a PNG file, each pixel as a square of `scale` by `scale`.
    public func png(scale: Int = 1) -> [UInt8]? {
        let scale = max(1, min(scale, 16))
        var large: [UInt8] = []
        large.reserveCapacity(pixels.count * scale * scale)
        for row in 0..<height {
            var line: [UInt8] = []
            for column in 0..<width {
                let at = (row * width + column) * channels
                for _ in 0..<scale { line += pixels[at..<at + channels] }
            }
            for _ in 0..<scale { large += line }
        }
        return PNGImage(width: width * scale, height: height * scale, channels: channels, pixels: large)?.encoded
    }

    /// For a terminal, two rows of pixels a line. Pictures that are too wide are cut.
    ///
    /// - Parameters:
    ///   - columns: of the terminal.
    ///   - colours: 256 colours as escape codes, made of the pixels alone; else signs of growing weight.
    public func terminal(columns: Int, colours: Bool) -> [String] {
        let shown = min(width, max(1, columns))
        return stride(from: 0, to: height, by: 2).map { row in
            var line = ""
            for column in 0..<shown {
                let (upper, lower) = (pixel(column, row), row + 1 < height ? pixel(column, row + 1) : nil)
                if colours {
                    line += "\u{1B}[38;5;\(TensorPicture.colour(upper))"
                    if let lower { line += ";48;5;\(TensorPicture.colour(lower))" }
                    line += "m▀"
                } else {
                    let light = (TensorPicture.light(upper) + TensorPicture.light(lower ?? upper)) / 2
                    let ramp = TensorPicture.ramp
                    line.append(ramp[min(ramp.count - 1, light * ramp.count / 256)])
                }
            }
            return colours ? line + "\u{1B}[0m" : String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static let ramp = Array(" .:-=+*#%@")

    private func pixel(_ column: Int, _ row: Int) -> ArraySlice<UInt8> {
        let at = (row * width + column) * channels
        return pixels[at..<at + channels]
    }

    private static func light(_ pixel: ArraySlice<UInt8>) -> Int {
        pixel.reduce(0) { $0 + Int($1) } / max(1, pixel.count)
    }

    /// The nearest of a terminal's 24 greys, black and white, or of its cube of 6 by 6 by 6 colours.
    private static func colour(_ pixel: ArraySlice<UInt8>) -> Int {
        guard pixel.count == 3 else {
            let grey = (Int(pixel.first ?? 0) * 25 + 127) / 255
            return grey == 0 ? 16 : grey == 25 ? 231 : 231 + grey
        }
        return pixel.reduce(0) { $0 * 6 + (Int($1) * 5 + 127) / 255 } + 16
    }
}
