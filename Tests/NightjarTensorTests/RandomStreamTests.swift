import NightjarTensor
import Testing

/// Expected numbers come from Tests/Golden/random_stream.py.
struct RandomStreamTests {
    private let stream = RandomStream(seed: 7, purpose: "shuffle", index: 3)
    private let elements: [UInt64] = [0, 1, 2, 3, (1 << 32) + 5, .max]

    @Test func keysAreThoseOfTheReference() {
        #expect(RandomStream(seed: 0, purpose: "").key == 0xFB9E_8220_B950_A4AE)
        #expect(RandomStream(seed: 0, purpose: "shuffle").key == 0xE9B0_B60F_17E8_A807)
        #expect(stream.key == 0xFBF9_8098_D935_B205)
        #expect(RandomStream(seed: .max, purpose: "dropout/ž", index: .max).key == 0xD02D_6F39_D6B1_8755)
        #expect(stream.derive("a").key == 0xB11C_3A55_93E2_0990)
        #expect(stream.derive(5).key == 0xB6CA_3A72_2105_A2B4)
    }

    @Test func anIndexIsDerivedAfterThePurpose() {
        let root = RandomStream(key: 7)
        #expect(root.derive("shuffle").derive(3) == stream)
        #expect(RandomStream(seed: 7, purpose: "shuffle").derive(3) != stream)
    }

    @Test func equalSeedsGiveDifferentStreamsForDifferentPurposes() {
        var keys = Set<UInt64>()
        for purpose in ["noise", "split", "init", "shuffle", "train"] {
            for seed in 0..<50 as Range<UInt64> {
                for index in 0..<20 as Range<UInt64> {
                    keys.insert(RandomStream(seed: seed, purpose: purpose, index: index).key)
                }
            }
        }
        #expect(keys.count == 5 * 50 * 20)
    }

    @Test func bitsAndUniformsAreThoseOfTheReference() {
        #expect(
            elements.map(stream.bits) == [
                0x034E_7CF6_2010_CD0E, 0x1662_ED71_A49B_CED8, 0x216A_6083_5491_CE44,
                0x1269_8903_B03D_5E53, 0x4A10_B4F5_569B_1EE4, 0x567F_FEDE_3A98_C41E,
            ])
        #expect(
            elements.map(stream.uniform) == [
                0.012916383828328937, 0.08744701408851008, 0.13052943426425323, 0.07192283954667766,
                0.2893174265833348, 0.3378905575324067,
            ])
    }

    @Test func belowIsThatOfTheReferenceAndStaysBelow() {
        #expect(
            (0..<20).map { stream.below(10, $0) }
                == [0, 0, 1, 0, 5, 4, 7, 3, 1, 9, 0, 8, 0, 8, 0, 5, 8, 4, 5, 7])
        #expect(stream.below(.max, 0) == 119_132_613_419_492_998)
        #expect(stream.below(.max, 1) == 806_556_344_450_410_347)
        for bound in [Int.min, -1, 0, 1] { #expect(stream.below(bound, 9) == 0) }
    }

    @Test func belowIsEven() {
        var counts = [Int](repeating: 0, count: 7)
        for element in 0..<70_000 as Range<UInt64> { counts[stream.below(7, element)] += 1 }
        // Pearson's statistic of 7 classes has 6 degrees of freedom; level 0.1 %: scipy.stats.chi2.ppf(0.999, 6) is
        // 22.458. The seed is fixed. One class that came twice as often as the others would give about 6500.
        let chi = counts.reduce(0.0) { $0 + (Double($1) - 10_000) * (Double($1) - 10_000) / 10_000 }
        #expect(chi < 22.5)
    }

    @Test func normalsAgreeWithTheReferenceToTheLastDigits() {
        let expected = [
            -0.0485572665003483, -0.23791799173943876, 0.49887282542004757, 0.38635481566342345, 0.7204994390585778,
            -0.8170659163537081, -1.606988440987578, -0.13901356583442293,
        ]
        for (element, value) in expected.enumerated() {
            #expect(abs(stream.normal(UInt64(element)) - value) <= 1e-15)
        }
        let normals = (0..<2000).map { stream.normal($0) }
        #expect(abs(normals.reduce(0, +) - 20.554238161354288) < 1e-11)
        #expect(abs(normals.map { $0 * $0 * $0 * $0 }.reduce(0, +) - 6078.450622346642) < 1e-9)
    }

    @Test func normalsHaveTheMomentsOfTheNormalDistribution() {
        let count = 100_000
        let normals = (0..<UInt64(count)).map { stream.normal($0) }
        func moment(_ power: Int) -> Double {
            normals.reduce(0) { sum, value in sum + (0..<power).reduce(1.0) { product, _ in product * value } }
                / Double(count)
        }
        // Five standard errors: of x, x^2, x^3, x^4 these are sqrt(1, 2, 15, 96) / sqrt(count).
        let unit = 5 / Double(count).squareRoot()
        #expect(abs(moment(1)) < unit)
        #expect(abs(moment(2) - 1) < unit * 2.0.squareRoot())
        #expect(abs(moment(3)) < unit * 15.0.squareRoot())
        #expect(abs(moment(4) - 3) < unit * 96.0.squareRoot())
    }

    @Test func permutationIsThatOfTheReference() {
        #expect(stream.permutation(16) == [8, 4, 3, 10, 6, 7, 5, 2, 1, 11, 13, 15, 14, 12, 0, 9])
    }

    @Test func permutationHoldsEveryNumberOnce() {
        for count in [0, 1, 2, 3, 100, 1437] {
            #expect(stream.permutation(count).sorted() == [Int32](0..<Int32(count)))
        }
        #expect(stream.permutation(-5).isEmpty)
        #expect(stream.permutation(.min).isEmpty)
    }

    @Test func everyOrderOfThreeIsAboutEquallyLikely() {
        var counts: [[Int32]: Int] = [:]
        for index in 0..<6000 as Range<UInt64> { counts[stream.derive(index).permutation(3), default: 0] += 1 }
        #expect(counts.count == 6)
        // Five standard deviations of a binomial count with n = 6000, p = 1/6.
        for count in counts.values { #expect(abs(count - 1000) < 145) }
    }

    @Test func choicesFollowTheirWeights() {
        let stream = RandomStream(seed: 5, purpose: "choice")
        let drawn = stream.choice(weights: [1, 0, 3], count: 40_000, replacing: true)
        #expect(Set(drawn) == [0, 2])
        #expect(abs(drawn.filter { $0 == 2 }.count - 30_000) < 500)
        // Without replacement the first follows the weights, and nothing comes twice.
        var first = 0
        for index in 0..<4000 {
            let order = stream.derive(UInt64(index)).choice(weights: [1, 0, 3], count: 3, replacing: false)
            #expect(order.sorted() == [0, 2])
            if order.first == 2 { first += 1 }
        }
        #expect(abs(first - 3000) < 120)
    }

    @Test func choicesWithoutReplacementAreDistinct() {
        let stream = RandomStream(seed: 6, purpose: "choice")
        let drawn = stream.choice(50, count: 20, replacing: false)
        #expect(drawn.count == 20 && Set(drawn).count == 20 && drawn.allSatisfy { (0..<50).contains($0) })
        #expect(stream.choice(3, count: 5, replacing: false).count == 3)
        #expect(stream.choice(0, count: 5, replacing: true).isEmpty)
        #expect(stream.choice(weights: [0, 0], count: 5, replacing: true).isEmpty)
    }
}
