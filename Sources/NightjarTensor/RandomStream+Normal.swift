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
private func logarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 1.4142135623730951 {
        mantissa *= 0.5
        exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let square = s * s
    var series = 0.0
    for odd in stride(from: 21.0, through: 1.0, by: -2.0) {
        series = series * square + 1 / odd
    }
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

/// cos x from x squared.
private func cosineSeries(_ square: Double) -> Double {
    var series = 1.0
    for step in stride(from: 16.0, through: 2.0, by: -2.0) {
        series = 1 - series * square / (step * (step - 1))
    }
    return series
}

/// sin x / x from x squared.
private func sineSeries(_ square: Double) -> Double {
    var series = 1.0
    for step in stride(from: 17.0, through: 3.0, by: -2.0) {
        series = 1 - series * square / (step * (step - 1))
    }
    return series
}
