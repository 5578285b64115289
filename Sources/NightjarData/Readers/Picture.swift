import NightjarTensor

/// Changes of one image of bytes, `(height, width, channels)`.
package enum Picture {
    /// Grey as three equal channels, or colours as one of luma (ITU-R BT.601, in the whole numbers of Pillow).
    package static func image(_ image: Tensor, channels: Int) throws -> Tensor {
        guard image.shape[2] != channels else { return image }
        let result = try Tensor(uninitialized: Shape([image.shape[0], image.shape[1], channels]), dtype: .uint8)
        image.withBytes { source in
            result.withBytes { target in
                for pixel in 0..<image.shape[0] * image.shape[1] {
                    if channels == 3 {
                        for channel in 0..<3 { target[3 * pixel + channel] = source[pixel] }
                    } else {
                        let red = 19_595 * UInt32(source[3 * pixel])
                        let green = 38_470 * UInt32(source[3 * pixel + 1])
                        let blue = 7_471 * UInt32(source[3 * pixel + 2])
                        target[pixel] = UInt8(truncatingIfNeeded: (red + green + blue + 0x8000) >> 16)
                    }
                }
            }
        }
        return result
    }

    /// The image in another size: each pixel is the mean of those around its place, weighted by a triangle as wide as the
    /// pixels of the smaller of the two images (Pillow's bilinear filter, which torchvision's `Resize` is with
    /// antialiasing).
    package static func resized(_ image: Tensor, height: Int, width: Int) throws -> Tensor {
        let (rows, columns, channels) = (image.shape[0], image.shape[1], image.shape[2])
        guard (rows, columns) != (height, width) else { return image }
        let across = try weights(from: columns, to: width)
        let down = try weights(from: rows, to: height)
        let result = try Tensor(uninitialized: Shape([height, width, channels]), dtype: .uint8)
        // First along the lines, to bytes as Pillow does, then down.
        let lines = try Tensor(uninitialized: Shape([rows, width, channels]), dtype: .uint8)
        image.withBytes { source in
            lines.withBytes { target in
                for row in 0..<rows {
                    for (column, own) in across.enumerated() {
                        for channel in 0..<channels {
                            var sum = 0.5
                            for (offset, weight) in own.weights.enumerated() {
                                sum +=
                                    weight * Double(source[(row * columns + own.first + offset) * channels + channel])
                            }
                            target[(row * width + column) * channels + channel] = byte(sum)
                        }
                    }
                }
            }
        }
        lines.withBytes { source in
            result.withBytes { target in
                for (row, own) in down.enumerated() {
                    for place in 0..<width * channels {
                        var sum = 0.5
                        for (offset, weight) in own.weights.enumerated() {
                            sum += weight * Double(source[(own.first + offset) * width * channels + place])
                        }
                        target[row * width * channels + place] = byte(sum)
                    }
                }
            }
        }
        return result
    }

    private static func byte(_ value: Double) -> UInt8 { UInt8(max(0, min(255, value))) }

    private struct Weights {
        let first: Int
        let weights: [Double]
    }

    /// For each place of a line of `count` pixels which of `extent` pixels it comes from.
    private static func weights(from extent: Int, to count: Int) throws -> [Weights] {
        let scale = Double(extent) / Double(count)
        let reach = max(scale, 1)
        return try [Weights](room: count) { place in
            let centre = (Double(place) + 0.5) * scale
            let first = max(0, Int(exactly: (centre - reach + 0.5).rounded(.down)) ?? 0)
            let end = min(extent, max(first + 1, Int(exactly: (centre + reach + 0.5).rounded(.down)) ?? extent))
            let raw = (first..<end).map { max(0, 1 - abs((Double($0) + 0.5 - centre) / reach)) }
            let sum = raw.reduce(0, +)
            return Weights(first: first, weights: raw.map { sum > 0 ? $0 / sum : 1 / Double(raw.count) })
        }
    }
}
