import NightjarRuns
import Testing

@Suite struct NumberTextTests {
    @Test func wholeNumbersCarryNoFraction() {
        #expect(NumberText.shortest(3) == "3")
        #expect(NumberText.shortest(-120) == "-120")
        #expect(NumberText.shortest(1e15) == "1000000000000000")
    }

    @Test func fractionsAreShortestForms() {
        #expect(NumberText.shortest(0.4) == "0.4")
        #expect(NumberText.shortest(0.1 + 0.2) == "0.30000000000000004")
        #expect(NumberText.shortest(1e-5) == "1e-05")
        #expect([Double.nan, .infinity, -.infinity].map(NumberText.shortest) == ["nan", "inf", "-inf"])
    }

    @Test func everyNumberReadsBackToTheSameBits() throws {
        var generator = SplitMix(state: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard !value.isNaN else { continue }
            let back = try #require(NumberText.number(NumberText.shortest(value)))
            #expect(back.bitPattern == value.bitPattern)
        }
        for value in [0.0, -0.0, Double.leastNonzeroMagnitude, 9_007_199_254_740_994, 1.0 / 3] {
            #expect(NumberText.number(NumberText.shortest(value))?.bitPattern == value.bitPattern)
        }
    }

    @Test func fixedDecimalsRoundAndKeepNoNegativeZero() {
        #expect(NumberText.fixed(96.06, decimals: 1) == "96.1")
        #expect(NumberText.fixed(99.96, decimals: 1) == "100.0")
        #expect(NumberText.fixed(0.04, decimals: 1) == "0.0")
        #expect(NumberText.fixed(-0.04, decimals: 1) == "0.0")
        #expect(NumberText.fixed(-1.26, decimals: 1) == "-1.3")
        #expect(NumberText.fixed(0.05, decimals: 3) == "0.050")
        #expect(NumberText.fixed(12.5, decimals: 0) == "13")
        #expect(NumberText.fixed(.nan, decimals: 1) == "nan")
    }
}

/// A small generator with a fixed start, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
