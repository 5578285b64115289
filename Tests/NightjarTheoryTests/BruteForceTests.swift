import Foundation
import NightjarTheory
import Testing

/// Against `theory.json`, which `theory.py` made in NumPy by trying many predictions.
@Suite struct BruteForceTests {
    private struct Numbers: Decodable {
        let ranges: [String: [Double]]
        let ratios: [String: Double]
        let excess: [String: [String: Double]]
    }

    private static func numbers() throws -> Numbers {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("theory.json")
        return try JSONDecoder().decode(Numbers.self, from: Data(contentsOf: file))
    }

    private func theory(_ name: String, classes: Int) throws -> LossTheory {
        let loss = try #require(PluginLoss(rawValue: name))
        return try RecordedLoss(classes: classes).theory { try loss.record($0) }
    }

    @Test func boundsHoldWhatIsFoundAndAreNotFarFromIt() throws {
        let ranges = try Self.numbers().ranges
        #expect(ranges.count == 10)
        for (name, found) in ranges {
            let theory = try theory(name, classes: 10)
            #expect(theory.bounds.isNear(found[0], 1e-9) && theory.bounds.isNear(found[1], 1e-9), "\(name)")
            #expect(theory.sum.isNear(found[2], 1e-9) && theory.sum.isNear(found[3], 1e-9), "\(name)")
            let (width, sumWidth) = (found[1] - found[0], found[3] - found[2])
            // The bound of nmse comes from a numerator and a denominator that are not extreme together.
            #expect(theory.bounds.width <= width * (name == "nmse" ? 1.9 : 1.01), "\(name)")
            // Squares and cubes of aul are bounded apart.
            #expect(theory.sum.width <= sumWidth * (name == "aul" ? 1.2 : 1.001) + 1e-9, "\(name)")
        }
    }

    @Test func asymmetryRatiosAreThoseOfAGrid() throws {
        for (name, found) in try Self.numbers().ratios {
            let ratio = try #require(try theory(name, classes: 10).asymmetry, "\(name)")
            // The grid does not get to the end of the infimum.
            #expect(found >= ratio.low - 1e-6 && found <= ratio.high + 0.002, "\(name)")
        }
    }

    @Test func excessRiskIsAtMostTheBound() throws {
        for (name, rates) in try Self.numbers().excess {
            let noise = NoiseTheory(try theory(name, classes: 3))
            for (rate, found) in rates {
                let number = try #require(Double(rate))
                let bound = try #require(noise.excessRisk(rate: number), "\(name)")
                #expect(found <= bound + 1e-9, "\(name) at \(rate)")
            }
        }
    }
}
