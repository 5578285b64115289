import NightjarEngine
import NightjarGraph
import NightjarNative
import NightjarTensor
import TestLibraries
import Testing

/// Operations of native libraries in graphs and plans: values, gradients, threads, plans and errors as for our own.
@Suite struct NativeOperationTests {
    private func native(_ bench: Workbench, _ name: String, _ operands: [NodeID], _ numbers: [Double] = []) throws
        -> NodeID
    {
        try bench.tape.native(TestLibrary.operation(name), operands, attributes: numbers)
    }

    private func check(_ name: String, eager: Bool, _ shapes: [[Int]], _ f: (Workbench, [NodeID]) throws -> NodeID)
        throws
    {
        let bench = Workbench(eager: eager)
        var dice = Dice(11)
        let leaves = try shapes.map { try bench.leaf(dice.values($0.reduce(1, *)), $0) }
        let loss = try bench.sum(f(bench, leaves))
        let gradients = try bench.tape.gradient(of: loss, withRespectTo: leaves).map { try bench.read($0) }
        for (leaf, gradient) in zip(leaves, gradients) {
            let tensor = bench.tape.leaves[bench.tape[leaf].slot]
            for index in gradient.indices {
                func at(_ shift: Double) throws -> Double {
                    let other = Workbench(eager: eager)
                    let moved = try leaves.map { old -> NodeID in
                        var values = bench.tape.leaves[bench.tape[old].slot].values
                        if old == leaf { values[index] += shift }
                        return try other.leaf(values, bench.tape.shape(old).dimensions)
                    }
                    return try other.read(other.sum(f(other, moved)))[0]
                }
                let slope = try (at(1e-5) - at(-1e-5)) / 2e-5
                #expect(abs(slope - gradient[index]) < 1e-6 * max(1, abs(slope)), "\(name) \(index) of \(tensor.shape)")
            }
        }
    }

    @Test(arguments: [false, true]) func gradientsAreThoseOfTheValues(eager: Bool) throws {
        try check("square", eager: eager, [[3, 4]]) { bench, x in
            let y = try native(bench, "square", [x[0]], [1.5])
            return try bench.tape.binary(.mul, y, bench.tape.unary(.sin, x[0]))
        }
        try check("exponential", eager: eager, [[5]]) { bench, x in
            try bench.tape.unary(.square, native(bench, "exponential", [x[0]]))
        }
        try check("weighted", eager: eager, [[2, 3, 4]]) { bench, x in
            let weights = try bench.leaf([1, -2, 0.5, 3], [4])
            return try bench.tape.unary(.tanh, native(bench, "weighted", [x[0], weights]))
        }
    }

    @Test(arguments: [false, true]) func gradientsHaveGradientsWhereTheLibraryNamesThem(eager: Bool) throws {
        try check("square", eager: eager, [[3]]) { bench, x in
            let y = try bench.sum(bench.tape.unary(.square, native(bench, "square", [x[0]], [1.5])))
            return try bench.tape.unary(.square, bench.tape.gradient(of: y, withRespectTo: [x[0]])[0])
        }
    }

    @Test func aGradientThatIsMissingIsAnErrorAndOneThatIsNoneIsZero() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 2, 3], [1, 3])
        let weights = try bench.leaf([1, 2, 3], [3])
        let loss = try bench.sum(native(bench, "weighted", [x, weights]))
        let gradient = try bench.tape.gradient(of: loss, withRespectTo: [weights])[0]
        #expect(
            refusal { try bench.read(gradient) }
                == "'test.weighted' has no gradient for 'weights': its library names an operation for it in 'gradients', or its "
                + "plugin a rule in Lua")
        let five = try bench.sum(native(bench, "five", [x, x, x, x, x]))
        #expect(try bench.read(bench.tape.gradient(of: five, withRespectTo: [x])[0]) == [0, 0, 0])
    }

    @Test func itTakesUpToFiveTensors() throws {
        for eager in [false, true] {
            let bench = Workbench(eager: eager)
            let leaves = try (1...5).map { try bench.leaf([Double($0), 10 * Double($0)], [2]) }
            // Each is made on the way, so all five have to be walked to and kept alive.
            let made = try leaves.map { try bench.tape.unary(.neg, $0) }
            #expect(try bench.read(native(bench, "five", made)) == [-55, -550])
        }
    }

    @Test func typesAndShapesThatItDoesNotTakeAreRefused() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 2, 3], [3])
        let narrow = try bench.leaf([1, 2, 3], [3], .float32)
        let whole = try bench.leaf([1, 2, 3], [3], .int32)
        #expect(refusal { try native(bench, "square", [x, x], [1]) } == "'test.square' takes 1 tensors (x), got 2")
        #expect(refusal { try native(bench, "square", [x]) } == "'test.square' takes 1 numbers, got 0")
        #expect(
            refusal { try native(bench, "square", [whole], [1]) }
                == "'test.square' takes x as float32 or float64, got int32: convert it with :to(\"float32\")")
        #expect(
            refusal { try native(bench, "stepped", [x, x, x]) }
                == "'test.stepped' takes step as int32, got float64: convert it with :to(\"int32\")")
        #expect(
            refusal { try native(bench, "weighted", [x, narrow]) }
                == "'test.weighted' takes tensors of one type, got float64 and float32 (weights): convert one of them")
        #expect(
            refusal { try native(bench, "weighted", [bench.leaf([1, 2], [1, 2]), x]) }
                == "'test.weighted': weights are one for each entry of a row; got x (1, 2) and weights (3)")
    }

    @Test func itGivesWholeNumbersAndTakesMasks() throws {
        let bench = Workbench()
        let (x, step) = (try bench.leaf([0.5, -2, 3], [3]), try bench.leaf([1, 2, 3], [3], .int32))
        let mask = try bench.leaf([1, 1, 0], [3], .bool)
        let result = try native(bench, "stepped", [x, step, mask])
        #expect(bench.tape.dtype(result) == .int32)
        #expect(try bench.read(result) == [1, -2, 0])
    }

    @Test func whatAKernelRefusesNamesOperationAndRow() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 4, -9, 16, -1], [5])
        let root = try native(bench, "root", [x])
        #expect(refusal { try bench.read(root) } == "'test.root': it takes numbers from 0, in row 3 of 5")
        let one = try native(bench, "root", [bench.leaf([-1], [])])
        #expect(refusal { try bench.read(one) } == "'test.root': it takes numbers from 0")
    }

    @Test func nothingIsDoneForTensorsWithoutElements() throws {
        let bench = Workbench()
        #expect(try bench.read(native(bench, "square", [bench.leaf([], [0, 4])], [1])) == [])
        #expect(try bench.read(native(bench, "total", [bench.leaf([], [0])])) == [0])
    }

    // MARK: Plans

    @Test func threadsAndPlanningChangeNoBit() throws {
        var dice = Dice(5)
        let values = dice.values(30_000 * 6)
        for dtype in [DType.float32, .float64] {
            func run(threads: Int, eager: Bool) throws -> [Double] {
                let bench = Workbench(threads: threads, eager: eager)
                let x = try bench.leaf(values, [30_000, 6], dtype)
                let weights = try bench.leaf([1, -2, 3, -4, 5, -6], [6], dtype)
                let scaled = try bench.tape.binary(.mul, x, bench.tape.number(0.3, dtype: dtype))
                let rows = try native(bench, "weighted", [scaled, weights])
                let loss = try bench.sum(bench.tape.unary(.tanh, rows))
                return try bench.read(rows) + bench.read(bench.tape.gradient(of: loss, withRespectTo: [x])[0])
            }
            let alone = try run(threads: 1, eager: false)
            for threads in [2, 3, 4] { #expect(try run(threads: threads, eager: false) == alone) }
            #expect(try run(threads: 2, eager: true) == alone)
        }
    }

    @Test func numbersAreInputsOfThePlan() throws {
        let bench = Workbench()
        for scale in [1.5, 2.5, 7] {
            let x = try bench.leaf([1, 2], [2])
            let y = try native(bench, "square", [x], [scale])
            let loss = try bench.sum(y)
            let gradient = try bench.tape.gradient(of: loss, withRespectTo: [x])[0]
            let results = try bench.session.evaluate([Value(bench.tape, y), Value(bench.tape, gradient)])
            #expect(results.map(\.values) == [[scale, 4 * scale], [2 * scale, 4 * scale]])
            bench.session.renewTape()
        }
        #expect(bench.session.cache.misses == 1)
        #expect(bench.session.cache.hits == 2)
    }

    @Test func operationsOfOneShapeHavePlansOfTheirOwn() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 4], [2])
        #expect(try bench.read(native(bench, "root", [x])) == [1, 2])
        bench.session.renewTape()
        let other = try bench.leaf([1, 4], [2])
        #expect(try bench.read(native(bench, "exponential", [other])).map { ($0 * 1e3).rounded() } == [2718, 54598])
        #expect(bench.session.cache.misses == 2)
    }

    @Test func aGradientPassesThroughAValueThatWasRead() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 2], [2])
        let y = try native(bench, "exponential", [bench.tape.unary(.square, x)])
        _ = try bench.read(y)
        let gradient = try bench.tape.gradient(of: bench.sum(y), withRespectTo: [x])[0]
        let expected = [2 * 2.718281828459045, 4 * 54.598150033144236]
        for (got, wanted) in zip(try bench.read(gradient), expected) { #expect(abs(got - wanted) < 1e-12 * wanted) }
    }

    @Test func thePlanFusesAroundItAndSaysItsName() throws {
        let bench = Workbench()
        let x = try bench.leaf(Array(repeating: 0.5, count: 12), [3, 4])
        let weights = try bench.leaf([1, 2, 3, 4], [4])
        let before = try bench.tape.unary(.exp, bench.tape.unary(.neg, x))
        let rows = try native(bench, "weighted", [before, weights])
        let after = try bench.sum(bench.tape.unary(.tanh, bench.tape.unary(.square, rows)))
        let reports = try bench.session.explaining { _ = try bench.read(after) }
        let launches = try #require(reports.first).launches
        #expect(launches.map(\.kind) == ["region", "test.weighted", "region"])
        #expect(
            launches.map { $0.operations.map(\.name) } == [
                ["unary minus", "exp"], ["test.weighted"], ["square", "tanh", "sum"],
            ])
        #expect(launches[1].reads.map(\.name).sorted() == ["exp", "input"])
        #expect(launches[2].reads.map(\.name) == ["test.weighted"])
    }
}
