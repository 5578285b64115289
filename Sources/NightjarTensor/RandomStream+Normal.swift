// Normal numbers from a random stream, with a logarithm and a cosine of our own: those of the C library differ in the
// last bit between platforms, and the same seed must give the same weights everywhere.
import CKernels

extension RandomStream {
    /// A number from the normal distribution with mean 0 and standard deviation 1.
    ///
    /// Box and Muller (1958) on one Philox block: words 0 and 1 give the radius, words 2 and 3 the angle. Uses only
    /// operations that IEEE 754 rounds exactly. The largest magnitude it can return is 8.57.
    public func normal(_ element: UInt64) -> Double {
        let block = nj_philox(key, element)
        let first = (UInt64(block.word.1) << 32 | UInt64(block.word.0)) >> 11
        let second = (UInt64(block.word.3) << 32 | UInt64(block.word.2)) >> 11
        let radius = (-2 * logarithm(1 - Double(first) * 0x1p-53)).squareRoot()
        return radius * cosineOfTurns(Double(second) * 0x1p-53)
    }
}

/// The natural logarithm of a normal number in (0, 1], to about one unit in the last place.
///
/// x = 2^e m with m in [1/sqrt 2, sqrt 2); log m = 2 atanh s with s = (m - 1) / (m + 1), |s| <= 0.172, as a series
/// whose first term left out is below 1e-18.
func logarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 1.4142135623730951 {
        mantissa *= 0.5
        exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let square = s * s
    var series = 1.0 / 21
    series = series * square + 1.0 / 19
    series = series * square + 1.0 / 17
    series = series * square + 1.0 / 15
    series = series * square + 1.0 / 13
    series = series * square + 1.0 / 11
    series = series * square + 1.0 / 9
    series = series * square + 1.0 / 7
    series = series * square + 1.0 / 5
    series = series * square + 1.0 / 3
    series = series * square + 1
    return exponent * 0.6931471805599453 + 2 * s * series
}

/// The cosine of 2 pi `turns`, for `turns` in [0, 1).
///
/// The quarter turn nearest to the angle is taken off exactly; what is left is at most pi/4, where the Taylor series
/// to the 17th power are exact to 2e-18.
private func cosineOfTurns(_ turns: Double) -> Double {
    let quarters = turns * 4
    let nearest = quarters.rounded()
    let angle = (quarters - nearest) * 1.5707963267948966
    let square = angle * angle
    switch Int(nearest) % 4 {
    case 0: return cosineSeries(square)
    case 1: return -angle * sineSeries(square)
    case 2: return -cosineSeries(square)
    default: return angle * sineSeries(square)
    }
}

/// cos x from x squared: each line is one term of the nested Taylor series.
private func cosineSeries(_ square: Double) -> Double {
    var series = 1 - square * (1.0 / (16 * 15))
    series = 1 - series * square * (1.0 / (14 * 13))
    series = 1 - series * square * (1.0 / (12 * 11))
    series = 1 - series * square * (1.0 / (10 * 9))
    series = 1 - series * square * (1.0 / (8 * 7))
    series = 1 - series * square * (1.0 / (6 * 5))
    series = 1 - series * square * (1.0 / (4 * 3))
    return 1 - series * square * 0.5
}

/// sin x / x from x squared, likewise.
private func sineSeries(_ square: Double) -> Double {
    var series = 1 - square * (1.0 / (17 * 16))
    series = 1 - series * square * (1.0 / (15 * 14))
    series = 1 - series * square * (1.0 / (13 * 12))
    series = 1 - series * square * (1.0 / (11 * 10))
    series = 1 - series * square * (1.0 / (9 * 8))
    series = 1 - series * square * (1.0 / (7 * 6))
    series = 1 - series * square * (1.0 / (5 * 4))
    return 1 - series * square * (1.0 / (3 * 2))
}
