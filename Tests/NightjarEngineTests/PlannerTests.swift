import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Effects: written in place or copied, all from the values before the step, or not at all.
@Suite struct PlannerTests {
    /// Commits effects from a recorded step and holds tensors and outputs against the naive evaluator.
    private func check(
        _ bench: Workbench, _ effects: [Session.Effect], outputs: [NodeID] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = NaiveEvaluator(bench.tape)
        let results = try bench.session.commit(outputs: outputs, effects: effects)
        for effect in effects {
            let error = PlannedAgainstNaiveTests.error(effect.tensor.values, expected[effect.node])
            #expect(error < 1e-12, sourceLocation: sourceLocation)
        }
        for (output, tensor) in zip(outputs, results) {
            let error = PlannedAgainstNaiveTests.error(tensor.values, expected[output])
            #expect(error < 1e-12, sourceLocation: sourceLocation)
        }
    }

    private func parameters(_ count: Int, _ dimensions: [Int] = [4, 3]) throws -> [Tensor] {
        var dice = Dice(UInt64(count))
        return try (0..<count).map { _ in
            try Workbench.tensor(dice.values(dimensions.reduce(1, *)), dimensions)
        }
    }

    @Test(arguments: [false, true]) func swappedTensorsTakeEachOthersOldValues(eager: Bool) throws {
        let bench = Workbench(eager: eager)
        let pair = try parameters(2)
        let (a, b) = (bench.tape.leaf(pair[0]), bench.tape.leaf(pair[1]))
        try check(bench, [.init(pair[0], b), .init(pair[1], a)], outputs: [a, b])
    }

    @Test(arguments: [false, true]) func tensorsTurnedInACircleTakeOldValues(eager: Bool) throws {
        let bench = Workbench(eager: eager)
        let three = try parameters(3)
        let nodes = three.map { bench.tape.leaf($0) }
        let doubled = try nodes.map { try bench.tape.binary(.add, $0, bench.tape.number(0.3, dtype: .float64)) }
        try check(bench, [.init(three[0], doubled[1]), .init(three[1], doubled[2]), .init(three[2], doubled[0])])
    }

    @Test(arguments: [false, true]) func aProductReadsTheOldParameter(eager: Bool) throws {
        let bench = Workbench(threads: 2, eager: eager)
        let (w, x) = (try parameters(1, [3, 3])[0], try bench.leaf([1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3]))
        let parameter = bench.tape.leaf(w)
        let before = try bench.tape.matmul(x, parameter)
        let updated = try bench.tape.binary(.sub, parameter, before)
        let after = try bench.tape.matmul(parameter, x, transposeA: true)
        try check(bench, [.init(w, updated)], outputs: [before, after, bench.sum(after)])
    }

    @Test(arguments: [false, true]) func oneValueMayGoToTwoTensorsAndOut(eager: Bool) throws {
        let bench = Workbench(eager: eager)
        let pair = try parameters(2)
        let value = try bench.tape.unary(.exp, bench.tape.leaf(pair[0]))
        try check(bench, [.init(pair[0], value), .init(pair[1], value)], outputs: [value])
        #expect(pair[0].storage !== pair[1].storage)
    }

    @Test(arguments: [false, true]) func sumsAndNumbersCanBeStates(eager: Bool) throws {
        let bench = Workbench(eager: eager)
        let (w, total, steps) = (
            try parameters(1)[0], try Workbench.tensor([5], []), try Workbench.tensor([3], [1])
        )
        let columns = try Workbench.tensor([1, 2, 3], [3])
        let (x, old, count) = (bench.tape.leaf(w), bench.tape.leaf(total), bench.tape.leaf(steps))
        let sum = try bench.sum(x)
        let scaled = try bench.tape.binary(.mul, x, bench.tape.reshape(count, .scalar))
        try check(
            bench,
            [
                .init(total, sum), .init(steps, bench.tape.binary(.add, count, bench.tape.number(1, dtype: .float64))),
                .init(columns, bench.tape.reduce(.sum, x, axes: 1, keep: false)), .init(w, scaled),
            ], outputs: [sum, old, bench.tape.binary(.mul, old, sum)])
    }

    @Test func aTensorThatIsNotReadIsWrittenAndSoIsAConstant() throws {
        let bench = Workbench()
        let pair = try parameters(2)
        let fresh = try bench.tape.expand(bench.tape.constant(2, dtype: .float64), pair[0].shape)
        try check(
            bench, [.init(pair[0], fresh), .init(pair[1], try bench.leaf([Double](repeating: 7, count: 12), [4, 3]))])
    }

    @Test func aTransposedParameterReplacesItself() throws {
        for eager in [false, true] {
            let bench = Workbench(eager: eager)
            let w = try parameters(1, [5, 5])[0]
            let parameter = bench.tape.leaf(w)
            let turned = try bench.tape.transpose(parameter, 0, 1)
            try check(bench, [.init(w, bench.tape.binary(.add, parameter, turned))])
            let again = bench.tape.leaf(w)
            bench.tape.forget(again)
            try check(bench, [.init(w, turned)])
        }
    }

    @Test func theLaterOfTwoEffectsOnATensorHolds() throws {
        let bench = Workbench()
        let w = try parameters(1)[0]
        let parameter = bench.tape.leaf(w)
        let expected = w.values.map { -$0 }
        _ = try bench.session.commit(
            outputs: [],
            effects: [.init(w, bench.tape.unary(.exp, parameter)), .init(w, bench.tape.unary(.neg, parameter))])
        #expect(w.values == expected)
    }

    @Test func memoryWithTwoNamesIsReadBeforeItIsWritten() throws {
        let bench = Workbench()
        let w = try parameters(1)[0]
        let other = try w.reshaped(Shape([12]))
        let (one, two) = (bench.tape.leaf(w), bench.tape.leaf(other))
        let expected = w.values.map { -$0 }
        let shifted = try bench.tape.binary(.add, two, bench.tape.number(0.25, dtype: .float64))
        let kept = NaiveEvaluator(bench.tape)[shifted]
        let results = try bench.session.commit(
            outputs: [shifted], effects: [.init(w, bench.tape.unary(.neg, one))])
        #expect(w.values == expected)
        #expect(results[0].values == kept)
    }

    @Test func anEffectOfAnotherShapeOrTypeIsRefused() throws {
        let bench = Workbench()
        let w = try parameters(1)[0]
        let place = bench.session.provenance.intern(.init(source: "my_optimizer.lua", line: 4))
        bench.tape.place = place
        let sum = try bench.sum(bench.tape.leaf(w))
        #expect(
            refusal { try bench.session.commit(outputs: [], effects: [.init(w, sum)]) }
                == "my_optimizer.lua:4: a state of shape (4, 3) and type float64 cannot take a value of shape () and "
                + "type float64")
        let single = bench.tape.cast(bench.tape.leaf(w), .float32)
        #expect(
            refusal { try bench.session.commit(outputs: [], effects: [.init(w, single)]) }
                == "my_optimizer.lua:4: a state of shape (4, 3) and type float64 cannot take a value of shape (4, 3) and "
                + "type float32")
    }

    @Test(arguments: [false, true]) func aLabelOutOfRangeLeavesEveryTensorAsItWas(eager: Bool) throws {
        for late in [false, true] {
            let bench = Workbench(threads: 2, eager: eager)
            let (w, v) = (try parameters(1)[0], try parameters(1)[0])
            let (before, x) = (w.values, bench.tape.leaf(w))
            let labels = try bench.leaf([0, 2, 3, 1], [4], .int32)
            let early = try bench.tape.unary(.neg, x)
            bench.tape.place = bench.session.provenance.intern(.init(source: "my_loss.lua", line: 7))
            let picked = try bench.tape.pick(late ? bench.tape.binary(.mul, early, early) : x, labels)
            let update = try bench.tape.binary(.mul, x, bench.tape.reshape(picked, Shape([4, 1])))
            #expect(
                refusal {
                    try bench.session.commit(
                        outputs: [picked], effects: [.init(v, early), .init(w, late ? early : update)])
                } == "my_loss.lua:7: label 4 at position 3 is out of range: labels go from 1 to 3")
            #expect(w.values == before)
            #expect(v.values == before)
        }
    }

    @Test func labelsThatStartAtZeroGetAHint() throws {
        let bench = Workbench()
        let rows = try bench.leaf([1, 2, 3, 4, 5, 6], [2, 3])
        let picked = try bench.tape.pick(rows, bench.leaf([2, -1], [2], .int32))
        #expect(
            refusal { try bench.read(picked) } == "label 0 at position 2 is out of range: labels go from 1 to 3 "
                + "(labels that start at 0? In scripts they start at 1: add 1)")
    }

    @Test(arguments: [1, 2]) func aPositionOutOfRangeIsNamedWhereItStandsFirst(threads: Int) throws {
        let bench = Workbench(threads: threads)
        // Enough lines for many tiles; the bad ones are far apart.
        let rows = bench.tape.leaf(try Tensor.zeros(Shape([4000, 8]), dtype: .float64))
        var positions = [Double](repeating: 1, count: 4000 * 8)
        positions[8 * 3 + 4] = 8
        positions[31_000] = -5
        let index = try bench.leaf(positions, [4000, 8], .int32)
        bench.tape.place = bench.session.provenance.intern(.init(source: "a.lua", line: 4))
        let text = "a.lua:4: position 9 at (4, 5) of the positions is out of range: positions go from 1 to 8"
        let gathered = try bench.tape.gather(rows, index, axis: 1)
        #expect(refusal { try bench.read(gathered) } == text)
        let scattered = try bench.tape.scatterAdd(rows, index, axis: 1, extent: 8)
        #expect(refusal { try bench.read(scattered) } == text)
        // The gradient alone meets the position as well, and names the line of the operation it belongs to.
        let loss = try bench.sum(gathered)
        bench.tape.place = bench.session.provenance.intern(.init(source: "a.lua", line: 5))
        let gradient = try bench.tape.gradient(of: loss, withRespectTo: [rows])[0]
        #expect(refusal { try bench.read(gradient) } == text)
    }

    @Test func positionsThatStartAtZeroGetAHint() throws {
        let bench = Workbench()
        let list = try bench.leaf([1, 2, 3], [3])
        let gathered = try bench.tape.gather(list, bench.leaf([2, -1], [2], .int32), axis: 0)
        #expect(
            refusal { try bench.read(gathered) }
                == "position 0 at 2 of the positions is out of range: positions go from 1 "
                + "to 3 (positions that start at 0? In scripts they start at 1: add 1)")
    }

    @Test func aSingularMatrixIsNamedByItsPlaceInTheStack() throws {
        let bench = Workbench()
        let alone = try bench.tape.inverse(bench.leaf([1, 2, 2, 4], [2, 2]))
        #expect(refusal { try bench.read(alone) } == "the matrix is singular: it has no inverse")
        let list = try bench.tape.inverse(bench.leaf([1, 0, 0, 1, 0, 0, 0, 0], [2, 2, 2]))
        #expect(refusal { try bench.read(list) } == "matrix 2 of (2) is singular: it has no inverse")
        let eye: [Double] = [1, 0, 0, 1]
        let stack = try bench.tape.inverse(bench.leaf(eye + eye + [1, 1, 1, 1] + eye, [2, 2, 2, 2]))
        #expect(refusal { try bench.read(stack) } == "matrix (2, 1) of (2, 2) is singular: it has no inverse")
        let singular = try bench.leaf([1, 2, 2, 4] + eye, [2, 2, 2])
        #expect(try bench.read(bench.tape.det(singular)) == [0, 1])
        let parts = try bench.tape.slogdet(singular)
        #expect(try bench.read(parts.sign) == [0, 1])
        #expect(try bench.read(parts.logarithm) == [-.infinity, 0])
    }

    @Test func aFaultNamesTheLineThatRunsNowAndNotTheOneThePlanWasMadeFor() throws {
        let bench = Workbench()
        func pick(_ label: Double, line: Int) throws -> [Double] {
            bench.session.beginStep()
            defer { bench.session.endStep() }
            bench.tape.place = bench.session.provenance.intern(.init(source: "a.lua", line: line))
            return try bench.read(bench.tape.pick(bench.leaf([1, 2], [1, 2]), bench.leaf([label], [1], .int32)))
        }
        #expect(try pick(1, line: 3) == [2])
        #expect(
            refusal { try pick(2, line: 8) } == "a.lua:8: label 3 at position 1 is out of range: labels go from 1 to 2")
        #expect(bench.session.cache.misses == 1)
    }

    /// Random steps: any nodes of fitting shape replace the leaves they were computed from.
    @Test(arguments: [false, true]) func randomEffectsAgreeWithTheNaiveEvaluator(eager: Bool) throws {
        for seed in PlannedAgainstNaiveTests.cases(eager ? 100 : 800) {
            let graph = try RandomGraph(
                seed: seed &+ 77, dtype: .float64, size: 4 + Int(seed % 25), dimensions: [1, 2, 3, 3])
            var dice = Dice(seed)
            let session = Session(threads: 1 + Int(seed % 2))
            session.isEager = eager
            session.beginStep()
            let expected = NaiveEvaluator(graph.tape)
            let effects = graph.leaves.compactMap { leaf -> Session.Effect? in
                let fitting = graph.floats.filter { graph.tape.shape($0) == graph.tape.shape(leaf) }
                return Session.Effect(graph.tape.leaves[graph.tape[leaf].slot], dice.pick(fitting))
            }
            let outputs = [dice.pick(graph.floats), dice.pick(graph.floats)]
            let results = try Self.commit(session, graph.tape, outputs, effects)
            for effect in effects {
                let error = PlannedAgainstNaiveTests.error(effect.tensor.values, expected[effect.node])
                #expect(
                    error < 1e-11, "seed \(seed), effect of %\(effect.node.index)\n\(TapeCase(graph.tape, outputs))")
            }
            for (output, tensor) in zip(outputs, results) {
                let error = PlannedAgainstNaiveTests.error(tensor.values, expected[output])
                #expect(error < 1e-11, "seed \(seed), output %\(output.index)\n\(TapeCase(graph.tape, outputs))")
            }
        }
    }

    /// Replays a recorded graph onto the session's tape, and commits there.
    private static func commit(
        _ session: Session, _ source: Tape, _ outputs: [NodeID], _ effects: [Session.Effect]
    ) throws -> [Tensor] {
        let tape = session.tape
        let moved = TapeCase(source, []).copied(onto: tape)
        return try session.commit(
            outputs: outputs.map { moved[$0] ?? .none },
            effects: effects.map { Session.Effect($0.tensor, moved[$0.node] ?? .none) }
        ).map { try $0.copy() }
    }
}
