import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

/// Planned and eager results against an evaluator that shares nothing with the engine.
@Suite struct PlannedAgainstNaiveTests {
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

    @Test(arguments: [true, false]) func randomExpressionsAgreeInDoublePrecision(eager: Bool) throws {
        for seed in 0..<UInt64(eager ? 200 : 1500) {
            let graph = try RandomGraph(seed: seed, dtype: .float64, size: 4 + Int(seed % 30))
            let expected = NaiveEvaluator(graph.tape)
            let session = Session(threads: 1 + Int(seed % 2))
            session.isEager = eager
            let wanted = graph.floats.suffix(5)
            let results = try session.evaluate(wanted.map { Value(graph.tape, $0) })
            for (id, tensor) in zip(wanted, results) {
                #expect(tensor.shape == graph.tape.shape(id), "seed \(seed)")
                let worst = Self.error(tensor.values, expected[id])
                #expect(worst < 1e-12, "seed \(seed), node \(id.index), \(graph.tape[id].op): off by \(worst)")
            }
        }
    }

    @Test func randomExpressionsAgreeInSinglePrecision() throws {
        for seed in 0..<UInt64(600) {
            let graph = try RandomGraph(seed: seed, dtype: .float32, size: 4 + Int(seed % 20))
            let expected = NaiveEvaluator(graph.tape)
            let results = try Session(threads: 2).evaluate(graph.floats.suffix(5).map { Value(graph.tape, $0) })
            for (id, tensor) in zip(graph.floats.suffix(5), results) {
                let worst = Self.error(tensor.values, expected[id])
                #expect(worst < 2e-4, "seed \(seed), node \(id.index), \(graph.tape[id].op): off by \(worst)")
            }
        }
    }

    @Test func gradientsOfRandomExpressionsAgreeWithDifferences() throws {
        for seed in 1000..<UInt64(1500) {
            let graph = try RandomGraph(seed: seed, dtype: .float64, size: 3 + Int(seed % 12), dimensions: [1, 2, 3])
            let loss = try graph.loss()
            let gradients = try graph.tape.gradient(of: loss, withRespectTo: graph.leaves)
            let session = Session(threads: 1)
            let eager = Session(threads: 1)
            eager.isEager = true
            let results = try session.evaluate(gradients.map { Value(graph.tape, $0) })
            for gradient in gradients { graph.tape.forget(gradient) }
            let reference = try eager.evaluate(gradients.map { Value(graph.tape, $0) })
            for (planned, one) in zip(results, reference) {
                #expect(Self.error(planned.values, one.values) < 1e-12, "seed \(seed): planned and eager differ")
            }
            for (leaf, gradient) in zip(graph.leaves, results) {
                let tensor = graph.tape.leaves[graph.tape[leaf].slot]
                for index in 0..<min(tensor.count, 4) {
                    guard let slope = try Self.slope(graph.tape, loss, tensor, index) else { continue }
                    let got = gradient.value(at: index)
                    #expect(
                        abs(got - slope) < 1e-5 * max(1, abs(slope)),
                        "seed \(seed), leaf \(leaf.index), element \(index): \(got) against \(slope)")
                }
            }
        }
    }

    /// Central differences with two step sizes; nil near a kink, where they disagree.
    static func slope(_ tape: Tape, _ loss: NodeID, _ tensor: Tensor, _ index: Int) throws -> Double? {
        func value(_ shift: Double) throws -> Double {
            try tensor.withElements(of: Double.self) { elements in
                let original = elements[index]
                elements[index] = original + shift
                defer { elements[index] = original }
                return NaiveEvaluator(tape)[loss][0]
            }
        }
        let wide = (try value(1e-5) - value(-1e-5)) / 2e-5
        let narrow = (try value(3e-6) - value(-3e-6)) / 6e-6
        return abs(wide - narrow) < 1e-6 * max(1, abs(wide)) ? narrow : nil
    }
}
