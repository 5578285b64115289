import Foundation
import NightjarEngine
import NightjarGraph
import Testing

import NightjarTheory

/// What is proven of the losses of the papers, against their closed forms.
@Suite struct LossTheoryTests {
    private func theory(_ loss: PluginLoss, classes: Int = 10) throws -> LossTheory {
        try RecordedLoss(classes: classes).theory { try loss.record($0) }
    }

    @Test(arguments: PluginLoss.symmetric.indices) func provesSymmetricLosses(_ index: Int) throws {
        let (loss, constant) = PluginLoss.symmetric[index]
        let theory = try theory(loss)
        let proven = try #require(theory.symmetry.constant)
        #expect(proven.isNear(constant, 1e-12) && proven.width < 1e-12)
        #expect(theory.bounds.isBounded && theory.bounds.low > -1e-12)
    }

    @Test(arguments: PluginLoss.symmetric.map(\.loss), [2, 3, 100]) func provesThemForAnyNumberOfClasses(
        _ loss: PluginLoss, _ classes: Int
    ) throws {
        let theory = try theory(loss, classes: classes)
        #expect(theory.symmetry.constant != nil)
        #expect(theory.bounds.isBounded)
    }

    @Test func provesConvexSumsOfThem() throws {
        for (first, a) in PluginLoss.symmetric {
            for (second, b) in PluginLoss.symmetric {
                let theory = try RecordedLoss().theory { r in
                    try r.plus(r.times(0.3, first.record(r)), r.times(0.7, second.record(r)))
                }
                let constant = try #require(theory.symmetry.constant, "\(first) \(second)")
                #expect(constant.isNear(0.3 * a + 0.7 * b, 1e-10))
                #expect(theory.bounds.isBounded)
            }
        }
    }

    @Test(arguments: [PluginLoss.cce, .mse, .gce, .sce, .ael, .agce, .aul]) func refutesOthers(_ loss: PluginLoss)
        throws
    {
        guard case .refuted(let example) = try theory(loss).symmetry else {
            Issue.record("\(loss) is not refuted")
            return
        }
        let values = try RecordedLoss.values([example.first, example.second]) { try loss.record($0) }
        let sums = (0..<2).map { row in values.map { $0[row] }.reduce(0, +) }
        #expect(abs(sums[0] - sums[1]) > 0.01)
        #expect(example.firstSum.isNear(sums[0], 1e-9) && example.secondSum.isNear(sums[1], 1e-9))
    }

    @Test(arguments: [1e-6, -1e-6, 0x1p-20, 1e-9]) func doesNotProveNearMisses(_ small: Double) throws {
        for (loss, _) in PluginLoss.symmetric {
            let theory = try RecordedLoss().theory { r in
                try r.plus(loss.record(r), r.times(small, r.unary(.square, r.pick(r.softmax()))))
            }
            guard case .refuted = theory.symmetry else {
                Issue.record("\(loss) with a term of \(small) is not refuted")
                continue
            }
        }
        // A factor that is not quite the one that cancels.
        let factor = try RecordedLoss().theory { r in
            let log = try r.unary(.log, r.plus(r.softmax(), 0.1))
            return try r.minus(r.over(r.sum(log), 10 * (1 + small)), r.pick(log))
        }
        #expect(factor.symmetry.constant == nil)
    }

    @Test func absoluteDistanceFromTheLabelIsSplitByCases() throws {
        let theory = try RecordedLoss().theory { r in try r.sum(r.unary(.abs, r.minus(r.softmax(), r.oneHot()))) }
        #expect(theory.loss.text() == "2 - 2 p_y")
        #expect(theory.symmetry.constant == Interval(18))
    }

    @Test func boundsAreThoseOfClosedForms() throws {
        #expect(try theory(.mae).bounds.isNear(0, 0))
        #expect(try theory(.mae).bounds.high == 2)
        #expect(try theory(.mse).bounds.high == 2)
        #expect(abs(try theory(.gce).bounds.high - 1 / 0.7) < 1e-14)
        // log(1.1 / 0.1) - log 0.1 + log(0.1 + 1/9): certain of being wrong, with the rest spread evenly.
        let worst = log(11) - log(0.1) + log(0.1 + 1.0 / 9)
        #expect(abs(try theory(.rll).bounds.high - worst) < 1e-12)
        #expect(try theory(.cce).bounds.high == .infinity)
        #expect(try theory(.cce).isUnbounded)
        #expect(try theory(.sce).isUnbounded)
        #expect(try theory(.gce).isUnbounded == false)
        #expect(try theory(.ael).bounds.isNear(exp(-0.4), 1e-14))
    }

    @Test(arguments: [2, 10, 100]) func sumOfGceIsBetweenTheEndsOfZhangAndSabuncu(_ classes: Int) throws {
        let (sum, count, q) = (try theory(.gce, classes: classes).sum, Double(classes), 0.7)
        #expect(abs(sum.low - (count - pow(count, 1 - q)) / q) < 1e-9)
        #expect(abs(sum.high - (count - 1) / q) < 1e-9)
    }

    @Test func excessRiskOfGceIsThatOfZhangAndSabuncu() throws {
        let noise = NoiseTheory(try theory(.gce))
        for rate in [0.1, 0.4, 0.8] {
            let bound = try #require(noise.excessRisk(rate: rate))
            #expect(abs(bound - rate * (1 - pow(10, 0.3)) / (0.7 * (10 * rate - 9))) < 1e-9 * bound)
        }
        #expect(noise.excessRisk(rate: 0.9) == nil)
        #expect(NoiseTheory(try theory(.cce)).excessRisk(rate: 0.4) == nil)
        #expect(NoiseTheory(try theory(.rll)).excessRisk(rate: 0.4) == 0)
        // The sum of mse is 10 S + 8, and S goes from 1/10 to 1.
        let mse = try #require(NoiseTheory(try theory(.mse)).excessRisk(rate: 0.4))
        #expect(abs(mse - 0.4 * 9 / 5) < 1e-9)
    }

    @Test func ratesOfTheTheorems() throws {
        #expect(NoiseTheory(try theory(.rll)).uniformRate == 0.9)
        #expect(NoiseTheory(try theory(.cce)).uniformRate == nil)
        for loss in [PluginLoss.mae, .unhinged, .nmae, .rce] {
            #expect(NoiseTheory(try theory(loss)).holdsByClass, "\(loss)")
        }
        // Certain of a wrong class and even among the others is worse than C / (K - 1).
        for loss in [PluginLoss.rll, .nce, .cce] { #expect(!NoiseTheory(try theory(loss)).holdsByClass, "\(loss)") }
    }

    @Test func asymmetryRatiosAreThoseOfZhouEtAl() throws {
        let ratios: [(PluginLoss, Double)] = [
            (.agce, pow(0.6 / 1.6, 0.4)), (.aul, pow(4.5 / 5.5, 2)), (.ael, exp(-0.4)), (.mae, 1),
        ]
        for (loss, expected) in ratios {
            let ratio = try #require(try theory(loss).asymmetry, "\(loss)")
            #expect(ratio.isNear(expected, 1e-12) && ratio.width < 1e-12, "\(loss)")
        }
        #expect(try theory(.cce).asymmetry == nil)
        #expect(try theory(.gce).asymmetry == nil)
    }

    @Test func lossesOfTheLabelsProbabilityFall() throws {
        for loss in [PluginLoss.cce, .gce, .mae, .ael, .agce, .aul, .sce] { #expect(try theory(loss).trend == .falls) }
        #expect(try theory(.nce).trend == nil)
        let rising = try RecordedLoss().theory { try $0.pick($0.softmax()) }
        #expect(rising.trend == .rises)
    }

    @Test func jumpsAreNotTakenForSlopes() throws {
        func jump(_ r: RecordedLoss, _ row: NodeID) throws -> NodeID {
            try r.tape.cast(r.tape.binary(.greater, row, r.number(0.5)), .float64)
        }
        // It falls everywhere but at one half, where it rises by ten.
        let fallen = try RecordedLoss().theory { r in
            let p = try r.pick(r.softmax())
            return try r.minus(r.times(10, jump(r, p)), p)
        }
        #expect(fallen.trend == nil)
        #expect(fallen.bounds.isNear(9.4, 0) && fallen.bounds.isNear(-0.5, 0))
        // Curved one way but for a jump: Jensen's inequality does not hold.
        let curved = try RecordedLoss().theory { r in
            let p = try r.softmax()
            return try r.plus(r.sum(r.plus(r.unary(.square, p), jump(r, p))), r.pick(p))
        }
        let values = try RecordedLoss.values([[9] + [Double](repeating: 0, count: 9)]) { r in
            let p = try r.softmax()
            return try r.plus(r.sum(r.plus(r.unary(.square, p), jump(r, p))), r.pick(p))
        }
        for value in values { #expect(curved.bounds.isNear(value[0], 1e-9)) }
    }

    @Test func whatMayNotBeFiniteIsNotSaidToBe() throws {
        #expect(throws: TheoryFault.reason("it asks what is finite")) {
            try RecordedLoss().theory { r in
                let log = try r.unary(.log, r.oneHot())
                return try r.sum(r.tape.select(r.unary(.isFinite, log), log, r.number(5)))
            }
        }
    }

    @Test(arguments: PluginLoss.allCases) func gradientsAgreeWithTheEngine(_ loss: PluginLoss) throws {
        let theory = try theory(loss, classes: 4)
        let gradient = try #require(theory.gradient)
        let logits = [0.3, -1.2, 0.8, 0.1]
        for label in 0..<4 {
            let recorded = try RecordedLoss(classes: 4, rows: [logits, logits], label: label)
            let total = try recorded.tape.reduce(.sum, loss.record(recorded), axes: 1, keep: false)
            let rows = try recorded.tape.gradient(of: total, withRespectTo: [recorded.logits])
            let found = try recorded.session.evaluate([Value(recorded.tape, rows[0])])[0].values
            let place = Evaluation.at(logits, label: label)
            let exponentials = logits.map { exp($0) }
            let p = exponentials.map { $0 / exponentials.reduce(0, +) }
            let every = try gradient.every.renaming(.other, to: .each)
            let g = (0..<4).map { j in
                place.range(of: every, each: j).middle + (j == label ? place.range(of: gradient.label).middle : 0)
            }
            let mean = zip(p, g).reduce(0) { $0 + $1.0 * $1.1 }
            for j in 0..<4 { #expect(abs(found[j] - p[j] * (g[j] - mean)) < 1e-10, "\(loss) \(label) \(j)") }
        }
    }

    @Test func stepsAreNamedRules() throws {
        guard case .proven(_, let steps) = try theory(.nmse).symmetry else {
            Issue.record("nmse is not proven")
            return
        }
        #expect(
            steps.map { "\($0.rule): \($0.text)" } == [
                "loss: l(y) = (1 + sum_k p_k^2 - 2 p_y) / (2 (4 + 5 sum_k p_k^2))",
                "sum over labels: sum_y f_y = sum_k f_k in each term: sum_y l(y) = (5 + 5 sum_k p_k^2 - sum_k p_k) / "
                    + "(4 + 5 sum_k p_k^2)",
                "softmax sums to one: sum_k p_k = 1: sum_y l(y) = (4 + 5 sum_k p_k^2) / (4 + 5 sum_k p_k^2)",
                "cancel: D / D = 1 where D is not 0, and 4 + 5 sum_k p_k^2 is above 0: sum_y l(y) = 1",
                "constant: sum_y l(y) = 1",
            ])
    }

    @Test func formulasAreReadable() throws {
        #expect(try theory(.cce).loss.latex() == "-\\log p_{y}")
        #expect(try theory(.gce).loss.latex() == "\\frac{1 - p_{y}^{0.7}}{0.7}")
        #expect(
            try theory(.rll).loss.latex()
                == "2.3979 + \\frac{1}{9}\\,\\sum_{k} \\log\\left(0.1 + p_{k}\\right) - "
                + "\\frac{10}{9}\\,\\log\\left(0.1 + p_{y}\\right)")
        #expect(try theory(.nce).loss.latex() == "\\frac{\\log p_{y}}{\\sum_{k} \\log p_{k}}")
        #expect(
            try theory(.nfl).loss.unguarded().text()
                == "log(p_y) (1 - p_y)^1/2 / sum_k log(p_k) (1 - p_k)^1/2")
    }

    @Test func whatIsNotReadIsNamed() throws {
        func fault(_ record: (RecordedLoss) throws -> NodeID) throws -> String? {
            do {
                _ = try RecordedLoss().theory(record)
                return nil
            } catch let fault as TheoryFault {
                return fault.description
            }
        }
        #expect(
            try fault { r in
                let loss = try PluginLoss.cce.record(r)
                return try r.minus(loss, r.tape.mean(loss, axes: 1, keep: true))
            } == "it mixes the samples of a batch")
        #expect(
            try fault { r in try r.pick(r.tape.cumsum(r.softmax(), axis: 1)) }
                == "it uses 'cumsum', which no rule is for")
        #expect(
            try fault { r in
                try r.tape.pick(r.softmax(), r.tape.argument(.argmax, r.logits, axis: 1, keep: false))
            } == "it uses 'argmax', which no rule is for")
        #expect(
            try fault { r in
                let noise = try r.tape.random(.uniform, r.tape.shape(r.labels), dtype: .float64, key: 1)
                return try r.plus(PluginLoss.cce.record(r), noise)
            } == "it draws random numbers")
    }
}
