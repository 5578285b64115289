import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Launches that do not wait for each other run as one, and change nothing by it.
@Suite struct JointKernelTests {
    private static let shapes = [[3, 3, 3, 16], [16], [300, 200], [1], [7, 5], [64, 64], [0, 4], [90, 1, 80]]

    /// SGD with momentum on one tensor of each shape, recorded as an optimizer does.
    private struct Update {
        let weights: [Tensor]
        let velocities: [Tensor]

        init(_ shapes: [[Int]] = JointKernelTests.shapes) throws {
            func tensors(_ first: Int) throws -> [Tensor] {
                try shapes.enumerated().map { index, dimensions in
                    var dice = Dice(UInt64(first + index))
                    return try Workbench.tensor(dice.values(dimensions.reduce(1, *)), dimensions, .float32)
                }
            }
            weights = try tensors(1)
            velocities = try tensors(100)
        }

        func effects(_ tape: Tape) throws -> [Session.Effect] {
            try zip(weights, velocities).flatMap { weight, velocity in
                let (w, v) = (tape.leaf(weight), tape.leaf(velocity))
                let gradient = try tape.unary(.tanh, w)
                let moved = try tape.binary(.add, tape.binary(.mul, tape.number(0.9), v), gradient)
                let new = try tape.binary(.sub, w, tape.binary(.mul, tape.number(0.1), moved))
                return [Session.Effect(velocity, moved), Session.Effect(weight, new)]
            }
        }
    }

    @Test func updatesOfManyTensorsAreOneLaunch() throws {
        let bench = Workbench()
        // Single numbers are worked out where they are read, and are written when all have been.
        let update = try Update(JointKernelTests.shapes.filter { $0 != [1] })
        #expect(try bench.session.launchCount(outputs: [], effects: update.effects(bench.tape)) == 1)
        let eager = Workbench(eager: true)
        #expect(try eager.session.launchCount(outputs: [], effects: Update().effects(eager.tape)) > 8)
    }

    @Test func bitsAreThoseOfSeparateLaunchesForAnyNumberOfThreads() throws {
        var seen: [[[Double]]] = []
        for variant in 0..<4 {
            let bench = Workbench(threads: max(1, variant), eager: variant == 0)
            let update = try Update()
            for _ in 0..<3 {
                bench.session.beginStep()
                _ = try bench.session.commit(outputs: [], effects: update.effects(bench.tape))
                bench.session.endStep()
            }
            seen.append((update.weights + update.velocities).map(\.values))
        }
        for other in seen.dropFirst() { #expect(other == seen[0]) }
    }

    @Test func partialResultsStayApart() throws {
        var seen: [[[Double]]] = []
        for threads in 1...3 {
            let bench = Workbench(threads: threads)
            let leaves = try (0..<4).map { index in
                var dice = Dice(UInt64(index))
                return try bench.leaf(dice.values(210 * 190), [210, 190])
            }
            let wanted = try leaves.flatMap { leaf in
                [
                    try bench.sum(leaf), try bench.tape.reduce(.sum, leaf, axes: 1, keep: false),
                    try bench.tape.reduce(.max, leaf, axes: 2, keep: false),
                ]
            }
            #expect(try bench.session.launchCount(outputs: wanted, effects: []) == 1)
            let naive = NaiveEvaluator(bench.tape)
            let results = try bench.session.evaluate(wanted.map { Value(bench.tape, $0) }).map(\.values)
            for (id, values) in zip(wanted, results) {
                #expect(PlannedAgainstNaiveTests.error(values, naive[id]) < 1e-12)
            }
            seen.append(results)
        }
        #expect(seen[0] == seen[1] && seen[0] == seen[2])
    }

    @Test func whatWaitsForAnotherIsNotJoined() throws {
        let bench = Workbench(threads: 2)
        var dice = Dice(5)
        let x = try bench.leaf(dice.values(60 * 50), [60, 50])
        // The sum must be known before anything is divided by it.
        let share = try bench.tape.binary(.div, x, bench.sum(x))
        #expect(try bench.session.launchCount(outputs: [share], effects: []) == 2)
        #expect(abs(try bench.read(share).reduce(0, +) - 1) < 1e-12)
    }

    /// A step of descent on two layers; `steps` of them.
    private static func descend(_ bench: Workbench, steps: Int) throws -> (weights: [Tensor], launches: Int) {
        let shapes = [[3, 3, 4, 16], [3, 3, 16, 16]]
        let weights = try shapes.enumerated().map { index, dimensions in
            var dice = Dice(UInt64(index))
            return try Workbench.tensor(dice.values(dimensions.reduce(1, *)).map { 0.1 * $0 }, dimensions, .float32)
        }
        var dice = Dice(9)
        let images = try Workbench.tensor(dice.values(8 * 9 * 9 * 4), [8, 9, 9, 4], .float32)
        var launches = 0
        for _ in 0..<steps {
            bench.session.beginStep()
            defer { bench.session.endStep() }
            let tape = bench.tape
            let leaves = weights.map { tape.leaf($0) }
            let window = ConvolutionWindow(padding: (1, 1))
            let hidden = try tape.unary(.relu, tape.conv2d(tape.leaf(images), leaves[0], window))
            let loss = try bench.sum(tape.unary(.square, tape.conv2d(hidden, leaves[1], window)))
            let gradients = try tape.gradient(of: loss, withRespectTo: leaves)
            let effects = try zip(zip(weights, leaves), gradients).map { pair, gradient in
                Session.Effect(
                    pair.0, try tape.binary(.sub, pair.1, tape.binary(.mul, tape.number(1e-5), gradient)))
            }
            launches = try bench.session.launchCount(outputs: [], effects: effects)
            _ = try bench.session.commit(outputs: [], effects: effects)
        }
        return (weights, launches)
    }

    /// The gradient for the images and the one for the weights read the same values: one launch, though the second
    /// replaces the weights that the first reads.
    @Test func bothGradientsOfAConvolutionAreOneLaunch() throws {
        let (_, launches) = try Self.descend(Workbench(threads: 2), steps: 1)
        // Two forward; the gradients of the second; that of the first.
        #expect(launches == 4)
    }

    @Test func jointGradientsReadTheWeightsBeforeTheyAreReplaced() throws {
        let eager = try Self.descend(Workbench(threads: 1, eager: true), steps: 3).weights.map(\.values)
        var planned: [[[Double]]] = []
        for threads in 1...3 {
            planned.append(try Self.descend(Workbench(threads: threads), steps: 3).weights.map(\.values))
        }
        #expect(planned[0] == planned[1] && planned[0] == planned[2])
        for (left, right) in zip(planned[0], eager) {
            #expect(PlannedAgainstNaiveTests.error(left, right) < 1e-5)
        }
    }

    @Test(arguments: [0, 1]) func aFaultInEitherIsFound(_ faulty: Int) throws {
        let bench = Workbench(threads: 2)
        let picks = try (0..<2).map { index in
            let rows = try bench.leaf([1, 2, 3, 4, 5, 6], [2, 3])
            bench.tape.place = bench.session.provenance.intern(.init(source: "loss.lua", line: 10 + index))
            return try bench.tape.pick(rows, bench.leaf([0, index == faulty ? 3 : 2], [2], .int32))
        }
        #expect(try bench.session.launchCount(outputs: picks, effects: []) == 1)
        #expect(
            refusal { try bench.session.evaluate(picks.map { Value(bench.tape, $0) }) }
                == "loss.lua:\(10 + faulty): label 4 at position 2 is out of range: labels go from 1 to 3")
    }
}
