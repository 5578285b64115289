import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

/// Functions that bring their own gradient.
@Suite struct CustomFunctionTests {
    /// exp(x) whose rule multiplies by the function's result, times `factor`.
    private func exponential(_ tape: Tape, _ x: NodeID, factor: Double = 1) throws -> NodeID {
        let value = try tape.unary(.exp, x)
        let gradient = tape.placeholder(tape.shape(x), dtype: tape.dtype(x))
        let result = tape.placeholder(tape.shape(x), dtype: tape.dtype(x))
        let product = try tape.binary(.mul, gradient, result)
        let rule = try tape.binary(.mul, product, tape.number(factor, dtype: tape.dtype(x)))
        return try tape.custom(value, gradient: gradient, result: result, routes: [(x, rule)])
    }

    @Test(arguments: [false, true]) func theValueIsThatOfTheRowsAndTheGradientThatOfTheRule(_ eager: Bool) throws {
        let bench = Workbench(eager: eager)
        let x = try bench.leaf([0, 1], [2])
        let y = try exponential(bench.tape, x, factor: 3)
        #expect(try bench.read(y) == bench.read(bench.tape.unary(.exp, x)))
        let gradient = try bench.tape.gradient(of: bench.sum(y), withRespectTo: [x])[0]
        #expect(try bench.read(gradient) == bench.read(y).map { 3 * $0 })
    }

    @Test func gradientsOfGradientsGoThroughTheRule() throws {
        let bench = Workbench()
        let x = try bench.leaf([0.3, -0.7], [2])
        var value = try bench.sum(exponential(bench.tape, x))
        let expected = try bench.read(bench.tape.unary(.exp, x))
        for _ in 0..<4 {
            let gradient = try bench.tape.gradient(of: value, withRespectTo: [x])[0]
            let numbers = try bench.read(gradient)
            #expect(zip(numbers, expected).allSatisfy { abs($0 - $1) < 1e-14 })
            value = try bench.sum(gradient)
        }
    }

    @Test func eachOperandGetsWhatItsRouteSaysAndOthersNothing() throws {
        let bench = Workbench()
        let tape = bench.tape
        let (a, b, c) = (try bench.leaf([2], [1]), try bench.leaf([5], [1]), try bench.leaf([7], [1]))
        let value = try tape.binary(.mul, tape.binary(.mul, a, b), c)
        let gradient = tape.placeholder(tape.shape(value), dtype: .float64)
        let result = tape.placeholder(tape.shape(value), dtype: .float64)
        let y = try tape.custom(
            value, gradient: gradient, result: result,
            routes: [(a, tape.binary(.mul, gradient, b)), (b, tape.unary(.neg, gradient))])
        let gradients = try tape.gradient(of: bench.sum(y), withRespectTo: [a, b, c])
        #expect(try gradients.map { try bench.read($0) } == [[5], [-1], [0]])
    }

    @Test func functionsInsideOfRulesAndOfEachOtherNest() throws {
        let bench = Workbench()
        let tape = bench.tape
        let x = try bench.leaf([0.4], [1])
        // The rule of the outer function calls the inner one on what reaches it.
        let value = try exponential(tape, x)
        let gradient = tape.placeholder(tape.shape(value), dtype: .float64)
        let result = tape.placeholder(tape.shape(value), dtype: .float64)
        let y = try tape.custom(value, gradient: gradient, result: result, routes: [(x, exponential(tape, gradient))])
        let first = try tape.gradient(of: bench.sum(tape.binary(.mul, y, x)), withRespectTo: [x])[0]
        // d/dx (y x) = rule(x) + y with rule(g) = exp(g)
        let e = try bench.read(tape.unary(.exp, x))[0]
        #expect(try abs(bench.read(first)[0] - (2 * e)) < 1e-14)
        // The rule depends on x through its argument x; y's own slope is exp(1).
        let second = try tape.gradient(of: bench.sum(first), withRespectTo: [x])[0]
        let one = try bench.read(tape.unary(.exp, tape.constant(1, dtype: .float64)))[0]
        #expect(try abs(bench.read(second)[0] - (e + one)) < 1e-14)
    }

    @Test func aRuleThatNobodyAsksForCostsNothingAndAPlanIsFoundAgain() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 2], [2])
        for factor in [3.0, 4.0, 5.0] {
            let loss = try bench.sum(exponential(bench.tape, x, factor: factor))
            let gradient = try bench.tape.gradient(of: loss, withRespectTo: [x])[0]
            let e = try bench.read(bench.tape.unary(.exp, x))
            #expect(zip(try bench.read(gradient), e).allSatisfy { abs($0 - factor * $1) < 1e-12 })
        }
        // The factor is a number of the rule: an input, no part of the key.
        #expect(bench.session.cache.count == 2)
    }

    @Test func placeholdersHaveNoValue() throws {
        let bench = Workbench()
        let gradient = bench.tape.placeholder(try Shape([2]), dtype: .float32)
        let doubled = try bench.tape.binary(.add, gradient, gradient)
        #expect(
            refusal { try bench.read(doubled) }
                == "the gradient and the output that backward is given have no values while it is recorded: use them in "
                + "tensor operations, and read numbers (:item(), :totable(), print) from the arguments only")
    }

    @Test func routesThatDoNotFitAreRefused() throws {
        let tape = Tape()
        let x = tape.leaf(try .zeros(Shape([2]), dtype: .float32))
        let gradient = tape.placeholder(tape.shape(x), dtype: .float32)
        let result = tape.placeholder(tape.shape(x), dtype: .float32)
        let sum = try tape.reduce(.sum, gradient, axes: 1, keep: false)
        #expect(
            refusal { try tape.custom(x, gradient: gradient, result: result, routes: [(x, sum)]) }
                == "a gradient of shape () and type float32 does not fit an operand of shape (2) and type float32")
        #expect(
            refusal { try tape.custom(x, gradient: x, result: result, routes: []) }
                == "a custom function needs two placeholders like its value")
    }

    @Test func aStepReplaysRowsWithCustomFunctions() throws {
        let bench = Workbench()
        let tape = bench.tape
        let (x, other) = (try bench.leaf([1], [1]), try bench.leaf([2], [1]))
        let start = tape.count
        let y = try exponential(tape, x)
        let replay = tape.replay(start..<tape.count, substituting: [x: other])
        let gradient = try tape.gradient(of: bench.sum(replay[y]), withRespectTo: [other])[0]
        #expect(try bench.read(gradient) == bench.read(tape.unary(.exp, other)))
    }
}
