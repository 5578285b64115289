// Student's t distribution for whole degrees of freedom, where the distribution function is a finite sum.

import Foundation

/// The distribution behind intervals and tests over a handful of seeds.
public enum StudentT {
    /// P(|T| <= t), by the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4. Cost: linear in the degrees.
    /// - Parameter degrees: degrees of freedom, at least 1.
    public static func probabilityWithin(_ t: Double, degrees: Int) -> Double {
        guard degrees >= 1, !t.isNaN else { return .nan }
        let theta = atan(abs(t) / Double(degrees).squareRoot())
        let cosine = cos(theta)
        let squared = cosine * cosine
        if degrees % 2 == 1 {
            var sum = 0.0
            var term = cosine
            for k in stride(from: 1, to: degrees - 1, by: 2) {
                sum += term
                term *= squared * Double(k + 1) / Double(k + 2)
            }
            return 2 / Double.pi * (theta + sin(theta) * sum)
        }
        var sum = 0.0
        var term = 1.0
        for k in stride(from: 0, to: degrees - 1, by: 2) {
            sum += term
            term *= squared * Double(k + 1) / Double(k + 2)
        }
        return sin(theta) * sum
    }

    /// P(|T| > t): the two-sided p-value.
    public static func twoSidedProbability(_ t: Double, degrees: Int) -> Double {
        max(0, 1 - probabilityWithin(t, degrees: degrees))
    }

    /// The t with P(|T| <= t) = `level`, by bisection to the last bit that matters.
    /// - Parameter level: between 0 and 1, for example 0.95.
    public static func criticalValue(level: Double, degrees: Int) -> Double {
        guard degrees >= 1, level > 0, level < 1 else { return .nan }
        var low = 0.0
        var high = 1.0
        while probabilityWithin(high, degrees: degrees) < level, high < 1e300 { high *= 2 }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if middle == low || middle == high { break }
            if probabilityWithin(middle, degrees: degrees) < level { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
