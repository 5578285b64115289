import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

@Suite struct PlanTests {
    private func large(_ count: Int, _ dimensions: [Int], _ dtype: DType) throws -> Tensor {
        var dice = Dice(UInt64(count))
        return try Workbench.tensor(dice.values(dimensions.reduce(1, *)), dimensions, dtype)
    }

    /// The bytes of results are the same however many threads there are.
    private func bits(_ dtype: DType, _ body: (Tape) throws -> [NodeID]) throws -> Bool {
        var seen: [[[Double]]] = []
        for threads in 1...3 {
            let tape = Tape()
            let wanted = try body(tape)
            seen.append(try Session(threads: threads).evaluate(wanted.map { Value(tape, $0) }).map(\.values))
        }
        return seen.allSatisfy { $0 == seen[0] } && !seen[0].joined().contains { $0.isNaN }
    }

    @Test(arguments: [DType.float32, .float64]) func bitsDoNotDependOnThreads(dtype: DType) throws {
        let (a, b) = (try large(1, [300, 200], dtype), try large(2, [200, 170], dtype))
        let bias = try large(3, [170], dtype)
        #expect(
            try bits(dtype) { tape in
                let product = try tape.binary(.add, tape.matmul(tape.leaf(a), tape.leaf(b)), tape.leaf(bias))
                let softmax = try tape.logSoftmax(product, axes: 2)
                let loss = try tape.mean(tape.unary(.square, softmax), axes: 3, keep: false)
                return [product, softmax, loss]
                    + (try tape.gradient(of: loss, withRespectTo: [tape.leaf(a), tape.leaf(b)]))
            })
        let wide = try large(4, [700, 900], dtype)
        #expect(
            try bits(dtype) { tape in
                let x = tape.leaf(wide)
                let draw = try tape.random(.normal, tape.shape(x), dtype: dtype, key: 9)
                let y = try tape.unary(.tanh, tape.binary(.mul, x, draw))
                return [
                    y, try tape.reduce(.sum, y, axes: 1, keep: false), try tape.reduce(.sum, y, axes: 2, keep: false),
                    try tape.reduce(.sum, y, axes: 3, keep: false), try tape.reduce(.max, y, axes: 3, keep: false),
                    try tape.argument(.argmax, y, axis: 0, keep: false),
                ]
            })
    }

    @Test(arguments: [DType.float32, .float64]) func randomNumbersDependOnKeyAndPositionAlone(dtype: DType) throws {
        let shape = try Shape([37, 53])
        for op in [Op.uniform, .normal] {
            var results: [[Double]] = []
            for variant in 0..<6 {
                let bench = Workbench(threads: 1 + variant % 3, eager: variant == 5)
                let draw = try bench.tape.random(op, shape, dtype: dtype, key: 1234)
                switch variant {
                case 1: _ = try bench.read(bench.tape.reduce(.sum, draw, axes: 2, keep: false))
                case 2: _ = try bench.read(bench.tape.reduce(.sum, draw, axes: 1, keep: false))
                case 3:
                    let square = try bench.leaf([Double](repeating: 1, count: 37 * 37), [37, 37], dtype)
                    let product = try bench.tape.matmul(square, draw)
                    let both = try bench.session.evaluate(
                        [bench.tape.binary(.mul, draw, product), draw].map { Value(bench.tape, $0) })
                    results.append(both[1].values)
                    continue
                case 4: _ = try bench.read(bench.tape.permute(draw, [1, 0]))
                default: break
                }
                results.append(try bench.read(draw))
            }
            #expect(results.allSatisfy { $0 == results[0] })
            let mean = results[0].reduce(0, +) / Double(shape.count)
            let variance = results[0].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shape.count)
            // Five standard errors of 1,961 numbers.
            #expect(abs(mean - (op == .uniform ? 0.5 : 0)) < (op == .uniform ? 0.033 : 0.113))
            #expect(abs(variance - (op == .uniform ? 1.0 / 12 : 1)) < (op == .uniform ? 0.009 : 0.16))
            if op == .uniform { #expect(results[0].allSatisfy { $0 >= 0 && $0 < 1 }) }
        }
    }

    @Test func otherKeysGiveOtherNumbers() throws {
        let bench = Workbench()
        let draws = try (0..<20).map {
            try bench.read(bench.tape.random(.uniform, Shape([3]), dtype: .float64, key: UInt64($0)))
        }
        #expect(Set(draws).count == 20)
    }
}
