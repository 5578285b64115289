import NightjarEngine
import NightjarGraph
import NightjarTensor
import TestLibraries
import Testing

/// Plans that are split over the samples of a batch against plans that are not, on random graphs.
struct SplitPlanTests {
    private static let bases = [[9, 3, 5], [2, 5, 3], [17, 1, 7], [5, 2, 2], [24, 4, 3], [3, 10, 1]]

    /// Leaves whose first dimension is the batch.
    private static func mark(_ tape: Tape, _ batch: Int) {
        for position in 0..<tape.count {
            let row = tape[NodeID(position)]
            if row.op == .leaf, row.rank > 0, row.shape[0] == batch { tape.markBatch(NodeID(position)) }
        }
    }

    private static func values(_ test: TapeCase, batch: Int, _ parallel: DataParallel?) throws -> [Tensor] {
        mark(test.tape, batch)
        for position in 0..<test.tape.count { test.tape.forget(NodeID(position)) }
        test.tape.frontier = 0
        let session = Session(threads: 1)
        session.parallel = parallel
        return try session.evaluate(test.wanted.map { Value(test.tape, $0) })
    }

    private static func difference(_ test: TapeCase, batch: Int, shards: Int) -> String? {
        do {
            let split = try values(test, batch: batch, DataParallel(shards: shards))
            let plain = try values(test, batch: batch, nil)
            for (index, id) in test.wanted.enumerated() {
                guard split[index].shape == plain[index].shape, split[index].dtype == plain[index].dtype else {
                    return "%\(id.index) came as \(split[index].dtype)\(split[index].shape)"
                }
                let worst = PlannedAgainstNaiveTests.error(split[index].values, plain[index].values)
                if !(worst < 1e-10) {
                    return "%\(id.index) is off by \(worst): \(split[index].values.prefix(12)), in one piece "
                        + "\(plain[index].values.prefix(12))"
                }
            }
            return nil
        } catch { return "\(error)" }
    }

    private static func testCase(_ seed: UInt64) throws -> (TapeCase, batch: Int) {
        let base = bases[Int(seed % 6)]
        let graph = try RandomGraph(seed: seed &+ 90_000, dtype: .float64, size: 4 + Int(seed % 25), base: base)
        let gradients = try graph.tape.gradient(of: graph.loss(), withRespectTo: graph.leaves)
        return (TapeCase(graph.tape, graph.all.suffix(4) + gradients), base[0])
    }

    @Test func valuesAndGradientsAreThoseOfOnePiece() throws {
        for seed in PlannedAgainstNaiveTests.cases(600) {
            let (test, batch) = try Self.testCase(seed)
            let shards = [8, 2, 4, 1][Int(seed / 6 % 4)]
            guard let problem = Self.difference(test, batch: batch, shards: shards) else { continue }
            let small = test.shrunk { Self.difference($0, batch: batch, shards: shards) != nil }
            Issue.record(
                """
                seed \(seed), batch of \(batch), \(shards) shards: \(problem)
                smallest: \(Self.difference(small, batch: batch, shards: shards) ?? "")
                \(small)
                """)
        }
    }

    /// Graphs are recorded by each thread for itself, as processes do.
    @Test(arguments: [2, 4, 8]) func bitsDoNotDependOnTheNumberOfProcesses(processes: Int) throws {
        for seed in PlannedAgainstNaiveTests.cases(60) {
            @Sendable func bytes(_ collective: any Collective) throws -> [[UInt8]] {
                let (test, batch) = try Self.testCase(seed)
                return try Self.values(test, batch: batch, DataParallel(collective)).map {
                    Array(UnsafeRawBufferPointer(start: $0.pointer, count: $0.byteCount))
                }
            }
            let alone = try bytes(SingleProcess())
            for (rank, other) in try ThreadCollective.run(processes, { try bytes($0) }).enumerated() {
                #expect(other == alone, "seed \(seed), process \(rank) of \(processes)")
            }
        }
    }

    /// Each batch norm ends a level, forward and backward. What follows cheaply from values that are read anyway is worked
    /// out where it is read: levels hand on what convolutions give and the gradients that reach the norms, but no
    /// normalized value, no activation and no mask.
    @Test func levelsHandOnWhatConvolutionsGive() throws {
        let session = Session(threads: 1)
        let parallel = try DataParallel(shards: 4)
        session.parallel = parallel
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        func filter(_ inputs: Int, _ outputs: Int) throws -> NodeID {
            let count = 9 * inputs * outputs
            let values = (0..<count).map { Float($0 * 7 % 11) / 11 - 0.4 }
            return tape.leaf(try Tensor(values).reshaped(Shape([3, 3, inputs, outputs])))
        }
        let images = tape.leaf(
            try Tensor((0..<16 * 32).map { Float($0 * 13 % 29) / 29 }).reshaped(Shape([16, 4, 4, 2])))
        tape.markBatch(images)
        let filters = [try filter(2, 4), try filter(4, 4), try filter(4, 3)]
        let window = ConvolutionWindow(padding: (1, 1))
        var layer = images
        for weights in filters.dropLast() {
            let sums = try tape.conv2d(layer, weights, window)
            let moments = try tape.moments(sums, leading: 3)
            let variance = try tape.binary(.mul, moments.spread, tape.constant(1 / 256, dtype: .float64))
            let factor = try tape.unary(.rsqrt, tape.binary(.add, variance, tape.constant(1e-5, dtype: .float64)))
            let centred = try tape.binary(.sub, sums, moments.shift)
            layer = try tape.unary(.relu, tape.binary(.mul, centred, tape.cast(factor, .float32)))
        }
        let outputs = try tape.conv2d(layer, filters[2], window)
        let loss = try tape.reduce(.sum, tape.unary(.square, outputs), axes: 15, keep: false)
        let gradients = try tape.gradient(of: loss, withRespectTo: filters)
        _ = try session.commit(outputs: gradients, effects: [])
        #expect(parallel.handedOn == [[.conv, .conv, .mul, .mul]])
    }

    /// A fault in the samples of one process is that of all, and nothing is written.
    @Test func aLabelThatIsNoneEndsTheStepOfAllProcesses() throws {
        let words = try ThreadCollective.run(4) { collective in
            let session = Session(threads: 1)
            session.parallel = try DataParallel(collective)
            let weights = try Tensor.zeros(Shape([3]), dtype: .float32)
            session.beginStep()
            defer { session.endStep() }
            let tape = session.tape
            let labels = tape.leaf(try Tensor([Int32](repeating: 0, count: 15) + [7]))
            let inputs = tape.leaf(try Tensor.full(Shape([16, 3]), 1, dtype: .float32))
            tape.markBatch(labels)
            tape.markBatch(inputs)
            let picked = try tape.pick(inputs, labels)
            let sum = try tape.reduce(.sum, picked, axes: 1, keep: false)
            let new = try tape.binary(.add, tape.leaf(weights), sum)
            let said = refusal { try session.commit(outputs: [], effects: [.init(weights, new)]) }
            return said + " \(weights.values)"
        }
        #expect(words[3].hasSuffix("[0.0, 0.0, 0.0]"))
        #expect(words[0] == "in process 4 of 4: \(words[3])")
        #expect(words[0].contains("8"))
    }
}
