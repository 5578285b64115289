#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif

/// An interval of real numbers that certainly holds a value: ends are rounded outwards, and each is known to be reached
/// or not, so that a logarithm of a probability is known to be below 0.
public struct Interval: Hashable, Sendable {
    public var low: Double
    public var high: Double
    /// Whether the value is above `low`, not equal to it.
    public var isAboveLow: Bool
    public var isBelowHigh: Bool

    public init(_ low: Double, _ high: Double, isAboveLow: Bool = false, isBelowHigh: Bool = false) {
        // Zero has no sign here.
        self.low = low == 0 ? 0 : low
        self.high = high == 0 ? 0 : high
        self.isAboveLow = isAboveLow || low == -.infinity
        self.isBelowHigh = isBelowHigh || high == .infinity
    }

    public init(_ value: Double) { self.init(value, value) }

    /// Any number.
    public static let line = Interval(-.infinity, .infinity)
    /// Between 0 and 1, and neither.
    public static let unit = Interval(0, 1, isAboveLow: true, isBelowHigh: true)

    /// The way from 0 to 1 in 64 pieces, without the ends of the whole.
    static let pieces: [Interval] = (0..<64).map { piece in
        let low = Double(piece) / 64
        return Interval(low, low + 1.0 / 64, isAboveLow: piece == 0, isBelowHigh: piece == 63)
    }

    public var isPositive: Bool { low > 0 || (low == 0 && isAboveLow) }
    public var isNegative: Bool { high < 0 || (high == 0 && isBelowHigh) }
    public var isNotNegative: Bool { low >= 0 }
    public var isNotPositive: Bool { high <= 0 }
    public var excludesZero: Bool { isPositive || isNegative }
    public var isBounded: Bool { low.isFinite && high.isFinite }
    public var middle: Double { low / 2 + high / 2 }
    public var width: Double { high - low }

    /// What is in both.
    public func meeting(_ other: Interval) -> Interval {
        let takesLow = other.low > low || (other.low == low && other.isAboveLow)
        let takesHigh = other.high < high || (other.high == high && other.isBelowHigh)
        return Interval(
            takesLow ? other.low : low, takesHigh ? other.high : high,
            isAboveLow: takesLow ? other.isAboveLow : isAboveLow,
            isBelowHigh: takesHigh ? other.isBelowHigh : isBelowHigh)
    }

    /// The least interval that holds both.
    public func joining(_ other: Interval) -> Interval {
        let takesLow = other.low < low || (other.low == low && !other.isAboveLow)
        let takesHigh = other.high > high || (other.high == high && !other.isBelowHigh)
        return Interval(
            takesLow ? other.low : low, takesHigh ? other.high : high,
            isAboveLow: takesLow ? other.isAboveLow : isAboveLow,
            isBelowHigh: takesHigh ? other.isBelowHigh : isBelowHigh)
    }

    // MARK: Arithmetic

    public func plus(_ other: Interval) -> Interval {
        Interval(
            Interval.sum(low, other.low, up: false), Interval.sum(high, other.high, up: true),
            isAboveLow: isAboveLow || other.isAboveLow, isBelowHigh: isBelowHigh || other.isBelowHigh)
    }

    public var negated: Interval { Interval(-high, -low, isAboveLow: isBelowHigh, isBelowHigh: isAboveLow) }

    public func times(_ other: Interval) -> Interval {
        var result: Interval?
        for (a, isAOpen) in [(low, isAboveLow), (high, isBelowHigh)] {
            for (b, isBOpen) in [(other.low, other.isAboveLow), (other.high, other.isBelowHigh)] {
                // A zero that is reached gives 0 whatever the other is.
                let isReachedZero = (a == 0 && !isAOpen) || (b == 0 && !isBOpen)
                let isOpen = !isReachedZero && (isAOpen || isBOpen)
                let corner = Interval(
                    Interval.product(a, b, up: false), Interval.product(a, b, up: true), isAboveLow: isOpen,
                    isBelowHigh: isOpen)
                result = result?.joining(corner) ?? corner
            }
        }
        return result ?? .line
    }

    /// 1 / x; the whole line where 0 is possible.
    public var inverse: Interval {
        guard excludesZero else { return .line }
        func end(_ x: Double, up: Bool) -> Double {
            if x == 0 { return isPositive ? .infinity : -.infinity }
            if x.isInfinite { return 0 }
            let value = 1 / x
            return fma(value, x, -1) == 0 ? value : (up ? value.nextUp : value.nextDown)
        }
        return Interval(
            end(high, up: false), end(low, up: true), isAboveLow: isBelowHigh, isBelowHigh: isAboveLow)
    }

    /// x^n for a whole n, of one and the same x.
    public func power(_ exponent: Int) -> Interval {
        if exponent == 0 { return Interval(1) }
        if exponent < 0 { return power(-exponent).inverse }
        let even = exponent % 2 == 0
        if even && !isNotNegative && !isNotPositive {
            let sizes = negated.joining(self).meeting(Interval(0, .infinity))
            return sizes.power(exponent).joining(Interval(0))
        }
        if even && isNotPositive && !isNotNegative { return negated.power(exponent) }
        // Monotone from here on.
        func end(_ x: Double, up: Bool) -> Double {
            var value = 1.0
            for _ in 0..<exponent { value = Interval.product(value, x, up: up) }
            return value
        }
        if low >= 0 || exponent == 1 {
            return Interval(
                end(low, up: false), end(high, up: true), isAboveLow: isAboveLow, isBelowHigh: isBelowHigh)
        }
        return times(power(exponent - 1))
    }

    /// The sum, rounded only where it has to be.
    static func sum(_ a: Double, _ b: Double, up: Bool) -> Double {
        let value = a + b
        if value.isNaN { return up ? .infinity : -.infinity }
        guard value.isFinite else {
            // Beyond what a double holds, or infinite from the start.
            if a.isFinite && b.isFinite {
                return up == (value > 0) ? value : (value > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude)
            }
            return value
        }
        let part = value - a
        let rest = (a - (value - part)) + (b - part)
        if rest == 0 { return value }
        return up ? value.nextUp : value.nextDown
    }

    static func product(_ a: Double, _ b: Double, up: Bool) -> Double {
        if a == 0 || b == 0 { return 0 }
        let value = a * b
        guard value.isFinite else {
            if a.isFinite && b.isFinite {
                return up == (value > 0) ? value : (value > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude)
            }
            return value
        }
        if abs(value) > 0x1p-900 && fma(a, b, -value) == 0 { return value }
        return up ? value.nextUp : value.nextDown
    }

    // MARK: Functions

    /// Of a function that rises, computed by the system's library to within a few units in the last place.
    func rising(_ function: (Double) -> Double, exact: [Double] = [], within range: ClosedRange<Double>? = nil)
        -> Interval
    {
        func end(_ x: Double, up: Bool) -> Double {
            let value = function(x)
            if value.isNaN { return up ? .infinity : -.infinity }
            if value.isInfinite {
                if x.isInfinite || value < 0 && !up || value > 0 && up { return value }
                // What a double cannot hold is above the largest.
                return value > 0 ? .greatestFiniteMagnitude : (x == 0 ? value : -.greatestFiniteMagnitude)
            }
            if exact.contains(x) || x.isInfinite { return value }
            var wide = value
            for _ in 0..<4 { wide = up ? wide.nextUp : wide.nextDown }
            return range.map { min(max(wide, $0.lowerBound), $0.upperBound) } ?? wide
        }
        return Interval(
            end(low, up: false), end(high, up: true), isAboveLow: isAboveLow, isBelowHigh: isBelowHigh)
    }

    public var exponential: Interval {
        var result = rising(exp, exact: [0], within: 0...Double.infinity)
        if result.low == 0 { result.isAboveLow = true }
        return result
    }

    /// nil where it may not be defined. At a 0 that is only approached it is below every number.
    public var logarithm: Interval? { isNotNegative ? rising(log, exact: [1]) : nil }

    public var root: Interval? {
        isNotNegative ? rising({ $0.squareRoot() }, exact: [0, 1, 4], within: 0...Double.infinity) : nil
    }

    public var magnitude: Interval {
        if isNotNegative { return self }
        if isNotPositive { return negated }
        return Interval(0).joining(negated.joining(self).meeting(Interval(0, .infinity)))
    }

    /// x^c, x not negative.
    public func power(real exponent: Interval) -> Interval? {
        guard isNotNegative, exponent.low.isFinite, exponent.high.isFinite else { return nil }
        if low == 0 && !isAboveLow && exponent.low <= 0 { return nil }
        func at(_ c: Double) -> Interval {
            if c == 0 { return Interval(1) }
            let grown = (c > 0 ? self : Interval(high, low, isAboveLow: isBelowHigh, isBelowHigh: isAboveLow))
            var result = grown.rising({ pow($0, c) }, exact: [0, 1], within: 0...Double.infinity)
            if result.low == 0 && isPositive { result.isAboveLow = true }
            return result
        }
        return exponent.low == exponent.high ? at(exponent.low) : at(exponent.low).joining(at(exponent.high))
    }

    public func larger(_ other: Interval) -> Interval {
        negated.smaller(other.negated).negated
    }

    public func smaller(_ other: Interval) -> Interval {
        let first = low < other.low || (low == other.low && !isAboveLow)
        let top = meetingHigh(other)
        return Interval(
            first ? low : other.low, top.high, isAboveLow: first ? isAboveLow : other.isAboveLow,
            isBelowHigh: top.isOpen)
    }

    /// The high end of the smaller of two: reached only where both reach it, or one below.
    private func meetingHigh(_ other: Interval) -> (high: Double, isOpen: Bool) {
        if high < other.high { return (high, isBelowHigh) }
        if other.high < high { return (other.high, other.isBelowHigh) }
        return (high, isBelowHigh || other.isBelowHigh)
    }
}
