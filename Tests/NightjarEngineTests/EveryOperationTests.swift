import CKernels
import NightjarEngine
import NightjarGraph
import NightjarTensor
import TestLibraries
import Testing

/// Every operation there is, recorded once: its values against the naive evaluator, planned and eager, in every element
/// type, on every instruction set of this machine; its gradient against differences, or among those that pass none on.
@Suite struct EveryOperationTests {
    private static let sets = String(cString: nj_isa_supported()).split(separator: ",").map(String.init)

    /// Operations through which nothing flows, each for its reason.
    private static let withoutGradient: Set<Op> = [
        // Nothing goes in.
        .leaf, .number, .constant, .iota, .uniform, .normal,
        // Steps, masks, positions.
        .sign, .floor, .ceil, .round, .not, .isNaN, .isFinite, .equal, .notEqual, .less, .lessEqual, .greater,
        .greaterEqual, .and, .or, .xor, .argmax, .argmin, .argsort,
        // On purpose.
        .stopGradient,
    ]

    /// Leaves with values away from corners, in one element type.
    private struct Recorder {
        let tape = Tape()
        let dtype: DType
        private(set) var leaves: [NodeID] = []
        private var dice = Dice(7)

        init(_ dtype: DType) { self.dtype = dtype }

        mutating func leaf(_ dimensions: [Int] = [2, 3, 4]) throws -> NodeID {
            let count = dimensions.reduce(1, *)
            let seed = Double(leaves.count)
            let values = (0..<count).map { 0.21 + 0.37 * seed + 0.083 * Double(($0 * 7) % count) + 0.01 * dice.unit() }
            let id = tape.leaf(try Workbench.tensor(values, dimensions, dtype))
            leaves.append(id)
            return id
        }

        func positions(_ values: [Double], _ dimensions: [Int]) throws -> NodeID {
            tape.leaf(try Workbench.tensor(values, dimensions, .int32))
        }

        mutating func mask() throws -> NodeID {
            try tape.binary(.greater, leaf(), tape.constant(0.9, dtype: dtype))
        }

        mutating func matrices() throws -> NodeID { try leaf([2, 3, 3]) }
    }

    /// The operation applied to leaves; nil for one that has no value of its own. An operation that is new has to be put
    /// here, or this does not compile.
    private static func record(_ op: Op, _ r: inout Recorder) throws -> NodeID? {
        let (tape, dtype) = (r.tape, r.dtype)
        switch op {
        case .leaf: return try r.leaf()
        case .number: return try tape.number(0.37, dtype: dtype)
        case .constant: return tape.constant(0.37, dtype: dtype)
        case .iota: return tape.iota(try Shape([2, 3]), axis: 1)
        case .uniform, .normal: return try tape.random(op, Shape([2, 3]), dtype: dtype, key: 5)
        case .placeholder: return nil
        case .neg, .abs, .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf,
            .relu, .floor, .ceil, .round, .square, .isNaN, .isFinite, .stopGradient, .variable:
            return try tape.unary(op, r.leaf())
        case .not: return try tape.unary(.not, r.mask())
        case .cast: return tape.cast(try r.leaf(), dtype == .float64 ? .float32 : .float64)
        case .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod, .equal, .notEqual, .less, .lessEqual, .greater,
            .greaterEqual:
            return try tape.binary(op, r.leaf(), r.leaf([3, 4]))
        case .and, .or, .xor: return try tape.binary(op, r.mask(), r.mask())
        case .select: return try tape.select(r.mask(), r.leaf(), r.leaf())
        case .sum, .prod, .max, .min: return try tape.reduce(op, r.leaf(), axes: 0b10, keep: false)
        // Recorded by `Tape.moments` alone; NormalizationTests hold them to float64.
        case .average, .spread: return nil
        case .argmax, .argmin: return try tape.argument(op, r.leaf(), axis: 1, keep: false)
        case .pick: return try tape.pick(r.leaf([3, 4]), r.positions([2, 0, 3], [3]))
        case .matmul: return try tape.matmul(r.leaf([2, 3, 4]), r.leaf([2, 5, 4]), transposeB: true)
        case .conv: return try tape.conv2d(r.leaf([2, 5, 4, 3]), r.leaf([3, 3, 3, 2]), window)
        case .convInput:
            let (output, weights) = (try r.leaf([2, 5, 4, 2]), try r.leaf([3, 3, 3, 2]))
            return tape.append(
                Node(op, dtype, try Shape([2, 5, 4, 3]), output, weights, attribute: window.attribute))
        case .convWeight:
            let (images, output) = (try r.leaf([2, 5, 4, 3]), try r.leaf([2, 5, 4, 2]))
            return tape.append(Node(op, dtype, try Shape([3, 3, 3, 2]), images, output, attribute: window.attribute))
        case .poolMax: return try tape.maxPool2d(r.leaf([2, 4, 4, 3]), PoolingWindow(kernel: (2, 2)))
        case .poolMean: return try tape.averagePool2d(r.leaf([2, 4, 4, 3]), PoolingWindow(kernel: (2, 2)))
        case .unpoolMax:
            let (images, values) = (try r.leaf([2, 4, 4, 3]), try r.leaf([2, 2, 2, 3]))
            let pool = PoolingWindow(kernel: (2, 2)).attribute
            return tape.append(Node(op, dtype, try Shape([2, 4, 4, 3]), images, values, attribute: pool))
        case .unpoolMean:
            let pool = PoolingWindow(kernel: (2, 2)).attribute
            return tape.append(Node(op, dtype, try Shape([2, 4, 4, 3]), try r.leaf([2, 2, 2, 3]), attribute: pool))
        case .reshape: return try tape.reshape(r.leaf(), Shape([6, 4]))
        case .permute: return try tape.permute(r.leaf(), [2, 0, 1])
        case .expand: return try tape.expand(r.leaf([1, 3, 1]), Shape([2, 3, 4]))
        case .slice: return try tape.slice(r.leaf([5, 4]), starts: [4, 1], counts: [3, 2], steps: [-2, 1])
        case .embed: return try tape.pad(r.leaf([2, 3]), before: [1, 0], after: [2, 1], value: 0)
        case .concat: return try tape.concatenate([r.leaf([2, 3]), r.leaf([2, 2])], axis: 1)
        case .cumsum: return try tape.cumsum(r.leaf(), axis: 1)
        case .argsort: return try tape.argsort(r.leaf(), axis: 2)
        case .gather: return try tape.gather(r.leaf(), r.positions([2, 0], [2]), axis: 1)
        case .scatterAdd: return try tape.scatterAdd(r.leaf(), r.positions([2, 0, 2], [3]), axis: 1, extent: 4)
        case .inverse: return try tape.inverse(r.matrices())
        case .det: return try tape.det(r.matrices())
        case .cofactors: return tape.append(Node(op, dtype, try Shape([2, 3, 3]), try r.matrices()))
        case .cofactorChange:
            let (matrices, directions) = (try r.matrices(), try r.matrices())
            return tape.append(Node(op, dtype, try Shape([2, 3, 3]), matrices, directions))
        case .slogdet: return try tape.slogdet(r.matrices()).logarithm
        case .native: return try tape.native(TestLibrary.operation("square"), [r.leaf()], attributes: [1.5])
        case .gradient:
            let x = try r.leaf()
            let loss = try tape.reduce(.sum, tape.unary(.exp, x), axes: 0b111, keep: false)
            return try tape.gradient(of: loss, withRespectTo: [x])[0]
        case .custom, .route:
            let x = try r.leaf()
            let value = try tape.unary(.square, x)
            let gradient = tape.placeholder(tape.shape(x), dtype: dtype)
            let result = tape.placeholder(tape.shape(x), dtype: dtype)
            let rule = try tape.binary(.mul, gradient, tape.binary(.mul, x, tape.constant(2, dtype: dtype)))
            return try tape.custom(value, gradient: gradient, result: result, routes: [(x, rule)])
        }
    }

    private static let window = ConvolutionWindow(padding: (1, 1))

    @Test(arguments: Op.allCases, [DType.float32, .float64])
    func hasTheNaiveValueOnEveryInstructionSet(op: Op, dtype: DType) throws {
        var recorder = Recorder(dtype)
        guard let result = try Self.record(op, &recorder) else { return }
        // The naive evaluator knows no gradients, and draws in float64 alone: those are compared with the first set.
        let hasReference = op != .gradient && !((op == .uniform || op == .normal) && dtype == .float32)
        var expected = hasReference ? NaiveEvaluator(recorder.tape)[result] : nil
        for set in Self.sets {
            _ = nj_isa_select(set)
            defer { _ = nj_isa_select(nil) }
            for eager in [false, true] {
                let got = try TapeCase(recorder.tape, [result]).values(eager: eager)[0].values
                let reference = expected ?? got
                expected = reference
                let error = PlannedAgainstNaiveTests.error(got, reference)
                #expect(
                    error < (dtype == .float64 && op != .cast ? 1e-11 : 1e-4),
                    "\(op) with \(set): \(got) for \(reference)")
            }
        }
    }

    @Test(arguments: Op.allCases)
    func hasTheGradientOfItsDifferencesOrIsNamedWithoutOne(op: Op) throws {
        var recorder = Recorder(.float64)
        guard let result = try Self.record(op, &recorder) else { return }
        let tape = recorder.tape
        let reached = tape.reach(of: result, to: recorder.leaves).reached.contains(true)
        guard tape.dtype(result).isFloating, op != .leaf, !recorder.leaves.isEmpty, !Self.withoutGradient.contains(op)
        else {
            #expect(Self.withoutGradient.contains(op), "\(op) passes no gradient and is not named")
            #expect(!reached || op == .leaf)
            return
        }
        #expect(reached, "\(op) is not named among those without gradient")
        let numbers = tape.cast(result, .float64)
        var dice = Dice(3)
        let weights = tape.leaf(
            try Workbench.tensor(dice.values(tape.shape(result).count), tape.shape(result).dimensions))
        let loss = try tape.reduce(
            .sum, tape.binary(.mul, numbers, weights), axes: Reduction.all(rank: tape[result].rank), keep: false)
        for (leaf, gradient) in zip(recorder.leaves, try tape.gradient(of: loss, withRespectTo: recorder.leaves)) {
            for eager in [false, true] {
                let got = try TapeCase(tape, [gradient]).values(eager: eager)[0].values
                let expected = try Self.slopes(tape, loss, leaf)
                #expect(
                    PlannedAgainstNaiveTests.error(got, expected) < (op == .cast ? 5e-3 : 1e-7),
                    "\(op), operand %\(leaf.index): \(got) for \(expected)")
            }
        }
    }

    /// Central differences of fourth order of the engine's own values, which the test above holds to the naive ones.
    private static func slopes(_ tape: Tape, _ loss: NodeID, _ leaf: NodeID) throws -> [Double] {
        let tensor = tape.leaves[tape[leaf].slot]
        return try (0..<tensor.count).map { index in
            func at(_ shift: Double) throws -> Double {
                let old = try tensor.withElements(of: Double.self) { elements -> Double in
                    defer { elements[index] += shift }
                    return elements[index]
                }
                defer { try? tensor.withElements(of: Double.self) { $0[index] = old } }
                return try TapeCase(tape, [loss]).values()[0].values[0]
            }
            let h = 2e-4
            return try (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        }
    }
}
