// Round numbers along an axis.

import Foundation

package enum AxisTicks {
    /// Multiples of 1, 2 or 5 times a power of ten that lie in the range, about as many as wished.
    /// - Parameter whole: no steps below 1, for epochs.
    package static func round(in range: ClosedRange<Double>, about count: Int, whole: Bool = false) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite, count > 0 else { return [range.lowerBound] }
        let rough = span / Double(count)
        let power = pow(10, floor(log10(rough)))
        let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
        let step = whole ? max(1, factor * power) : factor * power
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        // Far from 0 the steps of an axis can be less than a double tells apart; a file may hold any number.
        guard step > 0, abs(first) < 0x1p53, abs(last) < 0x1p53 else { return [range.lowerBound] }
        return first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
    }

    /// A tick as text: seven significant digits, which hide what the steps' rounding left, and no sign in front of 0.
    package static func text(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return value == 0 ? "0" : NumberText.shortest(value) }
        // Of a finite number other than 0 it lies between -324 and 308.
        let exponent = floor(log10(abs(value)))
        let power = 6 - (Int(exactly: exponent) ?? 0)
        // Beyond this a power of ten is no number any more.
        guard abs(power) < 300 else { return NumberText.shortest(value) }
        let scale = pow(10, Double(abs(power)))
        let rounded = power >= 0 ? (value * scale).rounded() / scale : (value / scale).rounded() * scale
        return NumberText.shortest(rounded)
    }
}
