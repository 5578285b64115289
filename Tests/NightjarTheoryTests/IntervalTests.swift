import Foundation
import Testing

import NightjarTheory
import TestLibraries

@Suite struct IntervalTests {
    private let positive = Interval(0, 1, isAboveLow: true, isBelowHigh: true)

    @Test func endsThatAreNotReachedStaySo() {
        #expect(positive.isPositive)
        #expect(positive.logarithm?.isNegative == true)
        #expect(positive.logarithm?.low == -.infinity)
        #expect(positive.times(positive).isPositive)
        #expect(Interval(1).plus(positive.negated).isPositive)
        #expect(!Interval(0, 1).isPositive)
        #expect(Interval(-1, 2).logarithm == nil)
        #expect(Interval(-1, 1).inverse == .line)
        #expect(positive.inverse.low == 1)
    }

    @Test func zeroTimesWhatHasNoBoundIsZero() {
        #expect(Interval(0).times(.line) == Interval(0))
        #expect(Interval(0, 1).times(Interval(0, .infinity)).low == 0)
    }

    @Test func exactResultsAreNotWidened() {
        #expect(Interval(1).plus(Interval(2)) == Interval(3))
        #expect(Interval(0.5).times(Interval(3)) == Interval(1.5))
        #expect(Interval(2).power(10) == Interval(1024))
        #expect(Interval(-2, 1).power(2) == Interval(0, 4))
        #expect(Interval(-2, 1).power(3).low == -8)
    }

    /// Against the same in whole numbers and with more digits: ends are on the right side.
    @Test func resultsHoldTheTrueValue() {
        var dice = Dice(1)
        for _ in 0..<2000 {
            let (a, b) = (dice.unit() * 4 - 2, dice.unit() * 4 - 2)
            let (sum, product) = (Interval(a).plus(Interval(b)), Interval(a).times(Interval(b)))
            // The error of a sum, and of a product, is a double.
            let rounded = a + b
            let part = rounded - a
            let error = (a - (rounded - part)) + (b - part)
            #expect(error >= sum.low - rounded && error <= sum.high - rounded)
            let left = fma(a, b, -(a * b))
            #expect(left >= product.low - a * b && left <= product.high - a * b)
            // log and exp undo each other.
            let back = Interval(abs(a) + 0.1).logarithm?.exponential
            #expect(back.map { $0.low <= abs(a) + 0.1 && $0.high >= abs(a) + 0.1 } == true)
        }
    }

    @Test func powersOfOneNumber() {
        #expect(positive.power(real: Interval(0.7))?.isPositive == true)
        #expect(positive.power(real: Interval(-0.3))?.low == 1)
        #expect(Interval(0, 1).power(real: Interval(-0.3)) == nil)
        #expect(Interval(-1, 1).power(real: Interval(0.5)) == nil)
    }

    @Test func fractionsAreExactOrRefused() throws {
        #expect(try Fraction(1, over: 3).plus(Fraction(1, over: 6)) == Fraction(1, over: 2))
        #expect(Fraction(short: 0.1) == nil)
        #expect(Fraction(short: 1.25)?.text == "5/4")
        #expect(Fraction(short: .nan) == nil)
        #expect(Fraction(short: .infinity) == nil)
        let large = try Fraction(Int128.max / 2, over: 1)
        #expect(throws: TheoryFault.tooLarge) { try large.times(large) }
        #expect(throws: TheoryFault.tooLarge) { try Fraction(1, over: 0) }
    }
}
