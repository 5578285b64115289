import Foundation
import NightjarEngine
import NightjarGraph
import NightjarTensor
import TestLibraries
import Testing

/// Planned and eager results against an evaluator that shares nothing with the engine, and against each other.
///
/// `NIGHTJAR_CASES` sets how many random graphs each test draws.
@Suite struct PlannedAgainstNaiveTests {
    static func cases(_ standard: Int) -> Range<UInt64> {
        let wanted = ProcessInfo.processInfo.environment["NIGHTJAR_CASES"].flatMap(UInt64.init)
        return 0..<(wanted ?? UInt64(standard))
    }

    /// Largest error relative to the size of the expected values.
    static func error(_ got: [Double], _ expected: [Double]) -> Double {
        guard got.count == expected.count else { return .infinity }
        var worst = 0.0
        for (one, other) in zip(got, expected) {
            if one == other || (one.isNaN && other.isNaN) { continue }
            worst = max(worst, abs(one - other) / max(1, abs(other)))
            if one.isNaN || other.isNaN { return .infinity }
        }
        return worst
    }

    /// What is wrong with a case when compared with the naive evaluator, or nil.
    static func disagreement(_ test: TapeCase, threads: Int, eager: Bool, within tolerance: Double) -> String? {
        let expected = NaiveEvaluator(test.tape)
        do {
            for (id, tensor) in zip(test.wanted, try test.values(threads: threads, eager: eager)) {
                guard tensor.shape == test.tape.shape(id), tensor.dtype == test.tape.dtype(id) else {
                    return "%\(id.index) came as \(tensor.dtype)\(tensor.shape)"
                }
                let worst = error(tensor.values, expected[id])
                if !(worst < tolerance) {
                    return "%\(id.index) is off by \(worst): \(tensor.values.prefix(12)) for \(expected[id].prefix(12))"
                }
            }
            return nil
        } catch { return "\(error)" }
    }

    /// What is wrong with planned execution when compared with eager, or nil.
    static func difference(_ test: TapeCase, threads: Int, within tolerance: Double) -> String? {
        do {
            let planned = try test.values(threads: threads)
            let eager = try test.values(eager: true)
            for (index, id) in test.wanted.enumerated() {
                let worst = error(planned[index].values, eager[index].values)
                if !(worst < tolerance) {
                    return "%\(id.index) is off by \(worst): \(planned[index].values.prefix(12)), eager "
                        + "\(eager[index].values.prefix(12))"
                }
            }
            return nil
        } catch { return "\(error)" }
    }

    private func report(_ seed: UInt64, _ test: TapeCase, _ check: (TapeCase) -> String?) {
        guard let problem = check(test) else { return }
        let small = test.shrunk { check($0) != nil }
        Issue.record("seed \(seed): \(problem)\nsmallest: \(check(small) ?? "")\n\(small)")
    }

    @Test(arguments: [true, false]) func randomExpressionsAgreeInDoublePrecision(eager: Bool) throws {
        for seed in Self.cases(eager ? 200 : 1500) {
            let graph = try RandomGraph(seed: seed, dtype: .float64, size: 4 + Int(seed % 30))
            report(seed, TapeCase(graph.tape, graph.all.suffix(6))) {
                Self.disagreement($0, threads: 1 + Int(seed % 2), eager: eager, within: 1e-11)
            }
        }
    }

    @Test func expressionsWithEmptyTensorsAgree() throws {
        for seed in Self.cases(400) {
            let graph = try RandomGraph(
                seed: seed, dtype: .float64, size: 4 + Int(seed % 16), dimensions: [0, 1, 2, 3])
            report(seed, TapeCase(graph.tape, graph.all.suffix(6))) {
                Self.disagreement($0, threads: 1, eager: seed % 4 == 0, within: 1e-11)
            }
        }
    }

    @Test func plannedAndEagerAgreeInSinglePrecision() throws {
        for seed in Self.cases(600) {
            let graph = try RandomGraph(seed: seed, dtype: .float32, size: 4 + Int(seed % 30))
            report(seed, TapeCase(graph.tape, graph.all.suffix(6))) {
                Self.difference($0, threads: 1 + Int(seed % 2), within: 1e-5)
            }
        }
    }

    @Test func plannedAndEagerGradientsAgree() throws {
        for seed in Self.cases(600) {
            let dtype: DType = seed % 2 == 0 ? .float64 : .float32
            let graph = try RandomGraph(seed: seed, dtype: dtype, size: 3 + Int(seed % 20))
            let gradients = try graph.tape.gradient(of: graph.loss(), withRespectTo: graph.leaves)
            report(seed, TapeCase(graph.tape, gradients)) {
                Self.difference($0, threads: 1, within: dtype == .float64 ? 1e-12 : 1e-5)
            }
        }
    }

    /// Extents that make rows short, as long as a block, and longer; few rows and many; nothing at all.
    private static let bases = [
        [1, 1, 1], [3, 10, 17], [2, 128, 10], [1, 7, 1000], [17, 1, 300], [10, 1, 1000], [0, 3, 10], [4, 0, 17],
        [1, 1, 3000], [17, 17, 17],
    ]

    /// Values and gradients in one plan, sometimes with gradients of the gradients.
    @Test func plannedAndEagerStepsAgreeForRowsOfAnyLength() throws {
        for seed in Self.cases(500) {
            let dtype: DType = seed % 2 == 0 ? .float64 : .float32
            let graph = try RandomGraph(
                seed: seed &+ 50_000, dtype: dtype, size: 3 + Int(seed % 22), base: Self.bases[Int(seed / 2 % 10)],
                largest: 20_000)
            let tape = graph.tape
            var wanted = try tape.gradient(of: graph.loss(), withRespectTo: graph.leaves)
            if seed % 5 == 0 {
                let slopes = try wanted.filter { tape.shape($0).count > 0 }.map {
                    try tape.mean($0, axes: Reduction.all(rank: tape.shape($0).rank), keep: false)
                }
                var total = try graph.loss()
                for slope in slopes { total = try tape.binary(.add, total, tape.unary(.sin, slope)) }
                wanted += try tape.gradient(of: total, withRespectTo: graph.leaves)
            }
            report(seed, TapeCase(tape, graph.floats.suffix(3) + wanted)) {
                Self.difference($0, threads: 1 + Int(seed / 4 % 2), within: dtype == .float64 ? 1e-12 : 1e-5)
            }
        }
    }

    @Test func gradientsOfRandomExpressionsAgreeWithDifferences() throws {
        for seed in Self.cases(300) {
            let graph = try RandomGraph(
                seed: seed &+ 1000, dtype: .float64, size: 3 + Int(seed % 12), dimensions: [1, 2, 3], smooth: true)
            let loss = try graph.loss()
            let gradients = try graph.tape.gradient(of: loss, withRespectTo: graph.leaves)
            report(seed, TapeCase(graph.tape, gradients), Self.slopeProblem)
        }
    }

    /// Where gradients with respect to leaves differ from the slope of the values, or nil.
    static func slopeProblem(_ test: TapeCase) -> String? {
        do {
            for (id, gradient) in zip(test.wanted, try test.values()) {
                let (loss, leaf) = (test.tape[id].a, test.tape[id].b)
                let tensor = test.tape.leaves[test.tape[leaf].slot]
                for index in 0..<min(tensor.count, 4) {
                    guard let slope = try slope(test.tape, loss, tensor, index) else { continue }
                    let got = gradient.value(at: index)
                    if !(abs(got - slope) < 1e-5 * max(1, abs(slope))) {
                        return "leaf %\(leaf.index), element \(index): \(got) for a slope of \(slope)"
                    }
                }
            }
            return nil
        } catch { return "\(error)" }
    }

    /// Central differences with two step sizes; nil at a kink, where they or the two sides disagree.
    static func slope(_ tape: Tape, _ loss: NodeID, _ tensor: Tensor, _ index: Int) throws -> Double? {
        func value(_ shift: Double) throws -> Double {
            try tensor.withElements(of: Double.self) { elements in
                let original = elements[index]
                elements[index] = original + shift
                defer { elements[index] = original }
                return NaiveEvaluator(tape)[loss][0]
            }
        }
        let (low, middle, high) = (try value(-1e-5), try value(0), try value(1e-5))
        let wide = (high - low) / 2e-5
        let narrow = (try value(3e-6) - value(-3e-6)) / 6e-6
        let bend = abs(high - 2 * middle + low) / 1e-5
        return abs(wide - narrow) < 1e-6 * max(1, abs(wide)) && bend < 1e-3 * max(1, abs(wide)) ? narrow : nil
    }
}
