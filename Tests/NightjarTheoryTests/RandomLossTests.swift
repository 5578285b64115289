import Testing

import NightjarTheory
import TestLibraries

/// Nothing that is said of a loss is false: losses made at random, against their values at many predictions, which the
/// engine computes in float64.
@Suite struct RandomLossTests {
    private static let classes = 4
    private static let count = 60

    private static func rows(_ seed: UInt64) -> [[Double]] {
        var dice = Dice(seed &+ 99)
        return (0..<count).map { _ in
            let size = dice.pick([0.1, 1, 3, 8])
            return dice.values(classes, from: -size, to: size)
        }
    }

    /// What 500 losses came to, by kind.
    private struct Tally {
        var proven = 0
        var provenNearMisses = 0
        var refutedNearMisses = 0
        var refuted = 0
        var unread = 0
    }

    @Test func claimsNothingThatIsFalse() throws {
        var tally = Tally()
        for seed in UInt64(0)..<500 {
            let loss = RandomLoss(seed: seed)
            let theory: LossTheory
            do {
                theory = try RecordedLoss(classes: Self.classes).theory { try loss.record($0) }
            } catch is TheoryFault {
                tally.unread += 1
                continue
            }
            try compare(theory, loss, &tally)
        }
        #expect(tally.proven >= 100)
        #expect(tally.refuted >= 150)
        #expect(tally.provenNearMisses == 0)
        #expect(tally.refutedNearMisses >= 100)
        #expect(tally.unread <= 50)
    }

    private func compare(_ theory: LossTheory, _ loss: RandomLoss, _ tally: inout Tally) throws {
        let rows = Self.rows(loss.seed)
        let values = try RecordedLoss.values(rows) { try loss.record($0) }
        var sums: [Double] = []
        var scale = 1.0
        for (index, row) in rows.enumerated() {
            let column = values.map { $0[index] }
            guard column.allSatisfy(\.isFinite) else { continue }
            scale = max(scale, column.map(abs).reduce(0, +))
            sums.append(column.reduce(0, +))
            for (label, value) in column.enumerated() {
                #expect(theory.bounds.isNear(value, 1e-9 * scale), "\(loss.seed) \(theory.loss.text())")
                let point = Evaluation.at(row, label: label).range(of: theory.loss)
                #expect(point.isNear(value, 1e-9 * scale), "\(loss.seed) \(theory.loss.text())")
            }
        }
        for sum in sums { #expect(theory.sum.isNear(sum, 1e-9 * scale), "\(loss.seed) \(theory.loss.text())") }
        switch theory.symmetry {
        case .proven(let constant, _):
            tally.proven += 1
            if loss.isNearMiss { tally.provenNearMisses += 1 }
            for sum in sums { #expect(constant.isNear(sum, 1e-10 * scale), "\(loss.seed) \(theory.loss.text())") }
        case .refuted(let example):
            tally.refuted += 1
            if loss.isNearMiss { tally.refutedNearMisses += 1 }
            let both = try RecordedLoss.values([example.first, example.second]) { try loss.record($0) }
            let found = (0..<2).map { row in both.map { $0[row] }.reduce(0, +) }
            #expect(example.firstSum.isNear(found[0], 1e-9 * scale), "\(loss.seed)")
            #expect(example.secondSum.isNear(found[1], 1e-9 * scale), "\(loss.seed)")
            #expect(!loss.isMeantSymmetric || loss.isNearMiss, "\(loss.seed) \(theory.loss.text())")
        case .open: break
        }
    }
}

extension Interval {
    /// Whether a rounded value may be in it.
    func isNear(_ value: Double, _ tolerance: Double) -> Bool { value >= low - tolerance && value <= high + tolerance }
}
