import Foundation
import Testing

/// Whether what scripts draw has the distribution that is promised. Seeds are fixed, so that a test gives the same answer
/// every time; the bounds are the 99.9 % quantiles that SciPy 1.17 gives (`scipy.stats.chi2.ppf(0.999, degrees)`,
/// `kstwobign.ppf(0.999)`, `norm.ppf(0.9995)`).
@Suite struct DistributionTests {
    private static let chiSquare = [1: 10.828, 5: 20.516, 9: 27.878, 23: 49.729]
    private static let kolmogorov = 1.9495
    private static let normal = 3.2906
    private static let count = 20_000

    /// Kolmogorov and Smirnov's statistic, in units of its spread.
    private func distance(_ sample: [Double], _ distribution: (Double) -> Double) -> Double {
        let (sorted, n) = (sample.sorted(), Double(sample.count))
        let largest = sorted.enumerated().map { index, x in
            max(distribution(x) - Double(index) / n, Double(index + 1) / n - distribution(x))
        }
        return (largest.max() ?? .infinity) * n.squareRoot()
    }

    /// Pearson's statistic of how often each of the numbers 1 to `classes` comes, against equal shares.
    private func unevenness(_ sample: [Double], classes: Int) -> Double {
        var counts = [Double](repeating: 0, count: classes)
        for x in sample where x >= 1 && x <= Double(classes) { counts[Int(x) - 1] += 1 }
        let expected = Double(sample.count) / Double(classes)
        return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
    }

    private func correlation(_ a: [Double], _ b: [Double]) -> Double {
        func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
        let (one, two) = (mean(a), mean(b))
        let both = mean(zip(a, b).map { ($0 - one) * ($1 - two) })
        return both / (mean(a.map { ($0 - one) * ($0 - one) }) * mean(b.map { ($0 - two) * ($0 - two) })).squareRoot()
    }

    private func drawn(_ expression: String) throws -> [Double] {
        try numbers("local s = nj.random_stream(11, \"test\")\nreturn (\(expression)):totable()")
    }

    @Test(arguments: [
        "nj.rand(20000, { seed = 5 })", "nj.rand({ 20000 }, { seed = 5, dtype = \"float64\" })", "s:uniform(20000)",
        "nj.rand({ 100, 200 }, { seed = 6 }):flatten()",
    ])
    func uniformNumbersAreUniformInTheUnitInterval(expression: String) throws {
        let sample = try drawn(expression)
        #expect(sample.count == Self.count && sample.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(distance(sample) { $0 } < Self.kolmogorov)
        #expect(abs(correlation(Array(sample.dropLast()), Array(sample.dropFirst()))) * 141 < Self.normal)
    }

    @Test(arguments: [
        "nj.randn(20000, { seed = 5 })", "nj.randn({ 20000 }, { seed = 5, dtype = \"float64\" })", "s:normal(20000)",
        "nj.randn({ 2, 10000 }, { seed = 6 }):flatten()",
    ])
    func normalNumbersAreNormal(expression: String) throws {
        let sample = try drawn(expression)
        #expect(sample.count == Self.count && sample.allSatisfy(\.isFinite))
        #expect(distance(sample) { 0.5 * erfc(-$0 / 2.0.squareRoot()) } < Self.kolmogorov)
        #expect(abs(correlation(Array(sample.dropLast()), Array(sample.dropFirst()))) * 141 < Self.normal)
        // Pairs come from one block: neither their product nor that of their squares shows it.
        let (even, odd) = (stride(from: 0, to: 20_000, by: 2), stride(from: 1, to: 20_000, by: 2))
        let (first, second) = (even.map { sample[$0] }, odd.map { sample[$0] })
        #expect(abs(correlation(first, second)) * 100 < Self.normal)
        #expect(abs(correlation(first.map { $0 * $0 }, second.map { $0 * $0 })) * 100 < Self.normal)
    }

    struct Law: Sendable, CustomStringConvertible {
        let expression: String
        /// In closed form.
        let distribution: @Sendable (Double) -> Double

        var description: String { expression }
    }

    private static let gammaFamily = [
        Law(expression: "nj.gamma(1, 20000, { seed = 5 })") { 1 - exp(-$0) },
        Law(expression: "nj.gamma(2, 20000, { seed = 5, rate = 2 })") { 1 - (1 + 2 * $0) * exp(-2 * $0) },
        Law(expression: "nj.gamma(0.5, 20000, { seed = 5, dtype = \"float64\" })") { erf($0.squareRoot()) },
        Law(expression: "nj.gamma(nj.full({ 20000 }, 3), { seed = 6 })") { 1 - (1 + $0 + $0 * $0 / 2) * exp(-$0) },
        Law(expression: "nj.beta(1, 1, 20000, { seed = 5 })") { $0 },
        Law(expression: "nj.beta(2, 3, 20000, { seed = 5 })") { $0 * $0 * (6 - 8 * $0 + 3 * $0 * $0) },
        Law(expression: "nj.beta(0.5, 0.5, 20000, { seed = 5, dtype = \"float64\" })") {
            2 / Double.pi * asin($0.squareRoot())
        },
        Law(expression: "nj.dirichlet(nj.tensor { 1, 2, 3 }, 20000, { seed = 5 }):narrow(2, 1, 1):flatten()") {
            1 - pow(1 - $0, 5)
        },
    ]

    @Test(arguments: gammaFamily) func numbersOfTheGammaFamilyHaveTheirDistribution(law: Law) throws {
        let sample = try drawn(law.expression)
        #expect(sample.count == Self.count && sample.allSatisfy { $0 >= 0 && $0.isFinite })
        #expect(distance(sample, law.distribution) < Self.kolmogorov)
        #expect(abs(correlation(Array(sample.dropLast()), Array(sample.dropFirst()))) * 141 < Self.normal)
    }

    @Test func wholeNumbersAreEquallyLikelyAndReachBothEnds() throws {
        let sample = try drawn("s:integers(20000, -3, 6) + 4")
        #expect(Set(sample) == Set((1...10).map(Double.init)))
        #expect(unevenness(sample, classes: 10) < Self.chiSquare[9] ?? 0)
    }

    @Test(arguments: [0.0, 0.1, 0.5, 1.0]) func bernoulliHasItsProbability(p: Double) throws {
        let sample = try drawn("s:bernoulli(20000, \(p))")
        #expect(sample.allSatisfy { $0 == 0 || $0 == 1 })
        let n = Double(Self.count)
        #expect(abs(sample.reduce(0, +) - n * p) <= Self.normal * (n * p * (1 - p)).squareRoot())
    }

    @Test func everyOrderOfFourIsEquallyLikely() throws {
        // 24 orders, named by the numbers 1 to 24.
        let sample = try numbers(
            """
            local s, names, found, next = nj.random_stream(11, "orders"), {}, {}, 0
            for i = 1, 4800 do
              local order = table.concat(s:permutation(4):int():totable(), " ")
              if not names[order] then next = next + 1 names[order] = next end
              found[i] = names[order]
            end
            return found
            """)
        #expect(Set(sample).count == 24)
        #expect(unevenness(sample, classes: 24) < Self.chiSquare[23] ?? 0)
    }

    @Test func choicesAreEquallyLikely() throws {
        #expect(unevenness(try drawn("s:choice(20000, 6)"), classes: 6) < Self.chiSquare[5] ?? 0)
        let some = try numbers(
            """
            local s, found = nj.random_stream(12, "choice"), {}
            for i = 1, 3000 do
              for _, x in ipairs(s:choice(2, 6, { replace = false }):totable()) do found[#found + 1] = x end
            end
            return found
            """)
        #expect(some.count == 6000 && stride(from: 0, to: 6000, by: 2).allSatisfy { some[$0] != some[$0 + 1] })
        #expect(unevenness(some, classes: 6) < Self.chiSquare[5] ?? 0)
    }

    @Test func streamsOfOtherNamesSeedsAndPartsAreIndependent() throws {
        let streams =
            try [
                "nj.random_stream(1, \"a\")", "nj.random_stream(1, \"b\")", "nj.random_stream(2, \"a\")",
                "nj.random_stream(1, \"a\"):derive(\"a\")", "nj.random_stream(1, \"a\"):derive(\"b\")",
            ].map { try drawn("\($0):uniform(10000)") }
            + ["nj.rand(10000, { seed = 1 })", "nj.rand(10000, { seed = 2 })"].map(drawn)
        for (index, one) in streams.enumerated() {
            for other in streams[..<index] { #expect(abs(correlation(one, other)) * 100 < Self.normal) }
        }
    }

    @Test func drawsHaveTheShapeAndTypeThatIsAskedFor() throws {
        let script = """
            local s = nj.random_stream(1)
            local cases = {
              { nj.rand(2, 0, 3), "float32", "2 0 3" }, { nj.randn({ 4 }, { dtype = "float64" }), "float64", "4" },
              { nj.rand({}), "float32", "" }, { s:uniform(0), "float64", "0" }, { s:normal(3), "float64", "3" },
              { s:integers(5, 1, 2), "int32", "5" }, { s:permutation(0), "int32", "0" }, { s:choice(2, 9), "int32", "2" },
              { s:bernoulli(7, 0.5), "float64", "7" },
            }
            local good = {}
            for i, case in ipairs(cases) do
              good[i] = case[1]:dtype() == case[2] and table.concat(case[1]:shape(), " ") == case[3]
            end
            return good
            """
        #expect(try numbers(script) == [Double](repeating: 1, count: 9))
    }
}
