// Numbers as text: one form for every file, the same in every locale.

import Foundation

/// Writes and reads numbers in the shortest decimal form that reads back to the same bits.
public enum NumberText {
    /// The shortest round-trip form; whole numbers below 2^53 carry no fraction (`3`, not `3.0`), so that a rate
    /// given as `1` and as `1.0` is the same text. Not-a-number is `nan`, infinities are `inf` and `-inf`.
    public static func shortest(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return value.description
    }

    /// The number a text holds, or nil where it is not exactly one number.
    public static func number(_ text: String) -> Double? {
        Double(text)
    }

    /// A number with a fixed count of decimals, rounded half away from zero on its decimal form's binary value;
    /// never in a locale's form. Not-a-number gives `nan`. For tables and pictures, not for files that are read back.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        guard value.isFinite else { return shortest(value) }
        let places = max(0, min(decimals, 12))
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9_007_199_254_740_992 else { return shortest(value) }
        let digits = String(Int64(scaled))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + digits }
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// A number with three digits and an exponent: `1.20e-05`. Not-a-number, infinities and 0 as ``shortest(_:)`` has them.
    public static func scientific(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return shortest(value) }
        var exponent = Int(log10(abs(value)).rounded(.down))
        var digits = (abs(value) / pow(10, Double(exponent)) * 100).rounded()
        // Rounding may reach the next power of ten; the smallest numbers lose digits.
        if digits >= 1000 { (digits, exponent) = (digits / 10, exponent + 1) }
        guard digits.isFinite, digits >= 100 else { return shortest(value) }
        let size = String(abs(exponent))
        return (value < 0 ? "-" : "") + fixed(digits / 100, decimals: 2) + "e" + (exponent < 0 ? "-" : "+")
            + (size.count < 2 ? "0" : "") + size
    }
}
