import Foundation
import NightjarTensor

/// How stored values become the numbers a model sees: `(raw / scale - mean) / deviation`, channel by channel.
///
/// The constants are part of a data set's description, so that two runs on the same data see the same numbers.
public struct Normalization: Hashable, Sendable {
    /// The raw value that becomes 1 before standardising: 255 for bytes.
    public let scale: Double
    /// Mean of `raw / scale`: one for all channels, or one a channel.
    public let mean: [Double]
    /// Standard deviation of `raw / scale`: as many as ``mean``.
    public let deviation: [Double]

    /// Values pass through as they are.
    public static let identity = Normalization(uncheckedScale: 1, mean: [0], deviation: [1])
    /// Bytes become 0 to 1.
    public static let unit = Normalization(uncheckedScale: 255, mean: [0], deviation: [1])

    /// - Throws: ``DataError`` unless `scale` and every deviation are positive, all numbers finite, and means and
    ///   deviations equally many, at least one.
    public init(scale: Double = 255, mean: [Double] = [0], deviation: [Double] = [1]) throws {
        guard scale > 0, scale.isFinite else { throw DataError("scale must be a positive number, got \(scale)") }
        guard mean.count == deviation.count, !mean.isEmpty else {
            throw DataError(
                "means and standard deviations must be equally many, one or one a channel, "
                    + "got \(mean.count) and \(deviation.count)")
        }
        for value in mean where !value.isFinite { throw DataError("a mean must be a finite number, got \(value)") }
        for value in deviation where !(value > 0 && value.isFinite) {
            throw DataError("a standard deviation must be a positive number, got \(value)")
        }
        self.init(uncheckedScale: scale, mean: mean, deviation: deviation)
    }

    init(uncheckedScale scale: Double, mean: [Double], deviation: [Double]) {
        self.scale = scale
        self.mean = mean
        self.deviation = deviation
    }

    /// Mean and deviation of each channel (the last dimension) over all samples; bytes become 0 to 1 before, other numbers
    /// stay. A channel that does not vary has deviation 1.
    ///
    /// Bytes are summed exactly, other numbers in float64.
    /// - Parameter digits: both are rounded to so many digits behind the point, as published ones are; nil: not at all.
    public static func measured(_ inputs: Tensor, digits: Int? = 4) throws -> Normalization {
        let channels = inputs.shape.last
        try Room.check(channels, of: 48)
        let scale = inputs.dtype == .uint8 ? 255.0 : 1
        var (sums, squares) = ([Double](), [Double]())
        for channel in 0..<channels {
            var (sum, square) = (0.0, 0.0)
            for index in stride(from: channel, to: inputs.count, by: channels) {
                let value = inputs.value(at: index)
                sum += value
                square += value * value
            }
            sums.append(sum)
            squares.append(square)
        }
        let count = Double(max(inputs.count / max(channels, 1), 1))
        let unit = digits.map { pow(10, Double($0)) }
        func rounded(_ value: Double) -> Double { unit.map { (value * $0).rounded() / $0 } ?? value }
        let means = sums.map { $0 / count }
        let deviations = zip(squares, means).map { square, mean in
            let deviation = rounded(max(square / count - mean * mean, 0).squareRoot() / scale)
            return deviation > 0 ? deviation : 1
        }
        return try Normalization(scale: scale, mean: means.map { rounded($0 / scale) }, deviation: deviations)
    }

    /// Nothing changes.
    public var isIdentity: Bool {
        scale == 1 && mean.allSatisfy { $0 == 0 } && deviation.allSatisfy { $0 == 1 }
    }

    /// The number that `raw` becomes in a channel. `channel` counts from 0; it is not looked at where one mean serves all.
    public func value(_ raw: Double, channel: Int = 0) -> Double {
        let entry = mean.count == 1 ? 0 : channel
        return (raw / scale - mean[entry]) / deviation[entry]
    }
}
