import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Whole numbers by their rule (``WholeNumberFault``): every operation that takes them, planned and eager, alone and fused,
/// over domains of every kind, against arithmetic in 64 bits.
@Suite struct WholeNumberTests {
    /// What an operation does with whole numbers, exactly; nil is a division by 0.
    enum Exact {
        case unary((Int) -> Int?)
        case binary((Int, Int) -> Int?)
        /// Of the entries of a line; see `whole(_:)` for results beyond Int.
        case reduction((Int, Int) -> Int, first: Int)
        case running, scattered, conversion
        /// Moves, compares or chooses: nothing new comes out.
        case keeps
        /// Is refused when it is recorded.
        case refused
        /// Is never recorded with whole numbers by itself.
        case internalOnly
    }

    /// An operation that is new has to be put here, or this does not compile.
    static func exact(_ op: Op) -> Exact {
        switch op {
        case .neg: .unary { -$0 }
        case .abs: .unary { Swift.abs($0) }
        case .square: .unary { $0 * $0 }
        case .sign: .unary { $0.signum() }
        case .add: .binary { $0 + $1 }
        case .sub: .binary { $0 - $1 }
        case .mul: .binary { $0 * $1 }
        case .mod: .binary { $1 == 0 ? nil : (($0 % $1) + $1) % $1 }
        case .maximum: .binary { Swift.max($0, $1) }
        case .minimum: .binary { Swift.min($0, $1) }
        case .sum: .reduction({ $0 + $1 }, first: 0)
        case .prod: .reduction(product, first: 1)
        case .max: .reduction({ Swift.max($0, $1) }, first: .min)
        case .min: .reduction({ Swift.min($0, $1) }, first: .max)
        case .cumsum: .running
        case .scatterAdd: .scattered
        case .cast: .conversion
        case .leaf, .number, .constant, .iota, .stopGradient, .variable, .equal, .notEqual, .less, .lessEqual, .greater,
            .greaterEqual, .select, .argmax, .argmin, .argsort, .pick, .gather, .reshape, .permute, .expand, .slice,
            .embed, .concat:
            .keeps
        case .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf, .relu, .floor, .ceil,
            .round, .not, .isNaN, .isFinite, .div, .pow, .and, .or, .xor, .matmul, .inverse, .det, .slogdet, .poolMax,
            .poolMean, .conv:
            .refused
        case .uniform, .normal, .placeholder, .average, .spread, .convInput, .convWeight, .unpoolMax, .unpoolMean,
            .cofactors, .cofactorChange, .native, .gradient, .custom, .route:
            .internalOnly
        }
    }

    /// A product that stops at the ends of Int, from where only 0 leads back.
    private static func product(_ a: Int, _ b: Int) -> Int {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? ((a < 0) != (b < 0) ? .min : .max) : product
    }

    static let extremes = [
        -2_147_483_648, -2_147_483_647, -1_073_741_825, -65_537, -46_341, -46_340, -3, -2, -1, 0, 1, 2, 3, 46_340,
        46_341,
        65_536, 1_073_741_824, 2_147_483_646, 2_147_483_647,
    ]

    /// What a run gives: numbers, or the message of its error.
    private func outcome(_ eager: Bool, _ record: (Workbench) throws -> NodeID) -> Result<[Double], Refusal> {
        let bench = Workbench(threads: 2, eager: eager)
        do { return .success(try bench.read(record(bench))) } catch { return .failure(Refusal(text: "\(error)")) }
    }

    struct Refusal: Error, Equatable { let text: String }

    private func fits(_ value: Int) -> Bool { Int32(exactly: value) != nil }

    /// The error of a result, or nil where it is in range.
    private func fault(_ value: Int?, dividend: Int = 0, _ op: Op, _ place: String?) -> Refusal? {
        if let value, fits(value) { return nil }
        let kind = value.map(WholeNumberFault.Kind.range) ?? .zero(dividend)
        return Refusal(text: WholeNumberFault(kind, .int32, operation: op.title, place: place).message)
    }

    @Test(arguments: Op.allCases) func extremesAreExactOrErrors(_ op: Op) throws {
        for eager in [false, true] {
            switch Self.exact(op) {
            case .unary(let exact):
                for x in Self.extremes {
                    let got = outcome(eager) { try $0.tape.unary(op, $0.leaf([Double(x)], [1], .int32)) }
                    let expected = exact(x)
                    #expect(
                        got == fault(expected, op, "1").map(Result.failure) ?? .success([Double(expected ?? 0)]),
                        "\(op) of \(x)")
                }
            case .binary(let exact):
                for x in Self.extremes {
                    for y in Self.extremes {
                        let expected = exact(x, y)
                        let wanted =
                            fault(expected, dividend: x, op, "1").map(Result.failure)
                            ?? .success([Double(expected ?? 0)])
                        let tensors = outcome(eager) {
                            try $0.tape.binary(
                                op, $0.leaf([Double(x)], [1], .int32), $0.leaf([Double(y)], [1], .int32))
                        }
                        #expect(tensors == wanted, "\(x) \(op) \(y)")
                        // A number of the script, and one that is part of the structure, fold by the same rule.
                        let number = outcome(eager) {
                            try $0.tape.binary(
                                op, $0.leaf([Double(x)], [1], .int32), $0.tape.number(Double(y), dtype: .int32))
                        }
                        #expect(number == wanted, "\(x) \(op) the number \(y)")
                        let folded = outcome(eager) {
                            try $0.tape.reshape(
                                $0.tape.binary(
                                    op, $0.tape.constant(Double(x), dtype: .int32),
                                    $0.tape.constant(Double(y), dtype: .int32)), Shape([1]))
                        }
                        let single =
                            fault(expected, dividend: x, op, nil).map(Result.failure)
                            ?? .success([Double(expected ?? 0)])
                        #expect(folded == single, "\(x) \(op) \(y), folded")
                    }
                }
            case .reduction, .running, .scattered, .conversion, .keeps, .internalOnly: return
            case .refused:
                #expect(
                    refusal {
                        let bench = Workbench()
                        let x = try bench.leaf([1, 2, 3, 4], [2, 2], .int32)
                        switch op.family {
                        case .unary: return try bench.tape.unary(op, x)
                        case .binary: return try bench.tape.binary(op, x, x)
                        case .product where op == .matmul: return try bench.tape.matmul(x, x)
                        case .product:
                            let image = try bench.leaf([1, 2, 3, 4], [1, 2, 2, 1], .int32)
                            return op == .conv
                                ? try bench.tape.conv2d(image, image, ConvolutionWindow())
                                : op == .poolMax
                                    ? try bench.tape.maxPool2d(image, PoolingWindow(kernel: (2, 2)))
                                    : try bench.tape.averagePool2d(image, PoolingWindow(kernel: (2, 2)))
                        default:
                            return op == .inverse
                                ? try bench.tape.inverse(x)
                                : op == .det ? try bench.tape.det(x) : try bench.tape.slogdet(x).sign
                        }
                    }.contains("int32") || op == .and || op == .or || op == .xor || op == .not, "\(op)")
            }
        }
    }

    /// Domains that lead to blocks of every shape, one tile and many.
    private static let domains = [[1], [37], [5, 3], [70, 33], [3, 2500], [2, 3, 4], [400, 300], [120_000]]

    private func random(_ dice: inout Dice, _ count: Int, _ most: Int) -> [Int] {
        (0..<count).map { _ in Int(dice.unit() * Double(2 * most + 1)) - most }
    }

    /// One entry that leaves the range, anywhere in a large result: it is found, at its position.
    @Test(arguments: [Op.neg, .abs, .square, .add, .sub, .mul, .mod]) func oneAmongManyIsFoundWhereItStands(_ op: Op)
        throws
    {
        var dice = Dice(UInt64(op.rawValue))
        for dimensions in Self.domains {
            let shape = try Shape(dimensions)
            var others = [dimensions, dimensions.map { _ in 1 }, [dimensions.last ?? 1]]
            if dimensions.count > 1 { others.append(dimensions.dropLast() + [1]) }
            for other in others {
                var a = random(&dice, shape.count, 1000)
                var b = random(&dice, try Shape(other).count, 1000).map { $0 == 0 ? 7 : $0 }
                let strides = Broadcasting.strides(of: try Shape(other), in: shape)
                func partner(_ index: Int) -> Int {
                    var (rest, at) = (index, 0)
                    for axis in (0..<shape.rank).reversed() {
                        at += rest % shape[axis] * strides[axis]
                        rest /= shape[axis]
                    }
                    return at
                }
                func exact(_ index: Int) -> Int? {
                    switch Self.exact(op) {
                    case .unary(let f): f(a[index])
                    case .binary(let f): f(a[index], b[partner(index)])
                    default: nil
                    }
                }
                func record(_ bench: Workbench, _ fused: Bool) throws -> NodeID {
                    let x = try bench.leaf(a.map(Double.init), dimensions, .int32)
                    let y = try bench.leaf(b.map(Double.init), other, .int32)
                    let result =
                        op.family == .unary ? try bench.tape.unary(op, x) : try bench.tape.binary(op, x, y)
                    guard fused else { return result }
                    // What reads it in the same sweep sees no other number.
                    return try bench.tape.binary(
                        .mul, bench.tape.cast(result, .float64), bench.tape.constant(0.5, dtype: .float64))
                }
                for (fused, eager) in [(false, false), (true, false), (true, true)] {
                    let fine = outcome(eager) { try record($0, fused) }
                    let values = (0..<shape.count).map { Double(exact($0) ?? 0) * (fused ? 0.5 : 1) }
                    #expect(fine == .success(values), "\(op), \(dimensions) and \(other)")
                }
                let bad = dice.below(shape.count)
                let kept = (a, b)
                switch op {
                case .mod: b[partner(bad)] = 0
                case .square: a[bad] = 46_341
                case .mul: a[bad] = 2_000_000_000
                case .add: a[bad] = b[partner(bad)] < 0 ? Int(Int32.min) : Int(Int32.max)
                case .sub: a[bad] = b[partner(bad)] < 0 ? Int(Int32.max) : Int(Int32.min)
                default: a[bad] = Int(Int32.min)
                }
                if op == .mul, abs(b[partner(bad)]) == 1 { b[partner(bad)] = 3 }
                let first = (0..<shape.count).first { exact($0).map { !fits($0) } ?? true } ?? 0
                // A partner that is shared makes several; the lowest position is named.
                for (fused, eager) in [(false, false), (true, false), (true, true)] {
                    let got = outcome(eager) { try record($0, fused) }
                    let wanted = fault(exact(first), dividend: a[first], op, shape.place(of: first))
                    if case .failure(let text) = got, other != dimensions, dimensions.count > 1 {
                        #expect(text.text.hasPrefix("\(op.title) "), "\(op), \(dimensions) and \(other)")
                    } else {
                        #expect(got == wanted.map(Result.failure), "\(op), \(dimensions) and \(other)")
                    }
                }
                (a, b) = kept
            }
        }
    }

    @Test(arguments: [Op.sum, .prod, .max, .min]) func reductionsAreExactWhateverTheWay(_ op: Op) throws {
        guard case .reduction(let step, let first) = Self.exact(op) else { return }
        var dice = Dice(11)
        let domains = [[1], [7], [4, 5], [5, 4, 3], [2, 3, 2, 3], [64, 48], [3, 3000], [3000, 3], [20, 30, 40]]
        for dimensions in domains {
            let shape = try Shape(dimensions)
            for axes in UInt8(1)..<(1 << UInt8(shape.rank)) {
                let reduction = Reduction(axes: axes, keepsDimensions: false)
                let result = reduction.result(shape)
                for extreme in [false, true] {
                    var numbers = random(&dice, shape.count, 100)
                    if op == .prod { numbers = numbers.map { $0.signum() == 0 ? 1 : $0.signum() } }
                    if extreme {
                        // Far beyond on the way, and back: only what comes out counts.
                        for _ in 0..<3 { numbers[dice.below(shape.count)] = dice.pick(Self.extremes) }
                    }
                    let kept = Reduction(axes: axes, keepsDimensions: true).result(shape).strides
                    var cells = [Int](repeating: first, count: result.count)
                    for index in 0..<shape.count {
                        var (rest, at) = (index, 0)
                        for axis in (0..<shape.rank).reversed() {
                            if !reduction.reduces(axis) { at += rest % shape[axis] * kept[axis] }
                            rest /= shape[axis]
                        }
                        cells[at] = step(cells[at], numbers[index])
                    }
                    let bad = cells.indices.first { !fits(cells[$0]) }
                    for eager in [false, true] {
                        for wide in [false, true] {
                            let got = outcome(eager) { bench in
                                let x = try bench.leaf(numbers.map(Double.init), dimensions, .int32)
                                let total = try bench.tape.reduce(op, x, axes: axes, keep: false)
                                // Read as float64 at once, it is the same error.
                                return wide ? bench.tape.cast(total, .float64) : total
                            }
                            let wanted = bad.flatMap {
                                fault(cells[$0], op, result.rank == 0 ? nil : result.place(of: $0))
                            }
                            #expect(
                                got == wanted.map(Result.failure) ?? .success(cells.map(Double.init)),
                                "\(op) of \(dimensions) over \(String(axes, radix: 2))")
                        }
                    }
                }
            }
        }
    }

    @Test func sumsThatComeBackIntoRangeAreNoErrors() throws {
        let (high, low) = (2_147_483_647.0, -2_147_483_648.0)
        for (dimensions, axes) in [
            ([4], UInt8(0b1)), ([2, 1, 2], 0b101), ([2, 2, 1], 0b11), ([4, 1], 0b1), ([1, 4], 0b10),
        ] {
            for eager in [false, true] {
                let got = outcome(eager) {
                    try $0.tape.reduce(
                        .sum, $0.leaf([high, high, low, low], dimensions, .int32), axes: axes, keep: false)
                }
                #expect(got == .success([-2]), "\(dimensions)")
            }
        }
        // Runs apart from each other: over the first and the last dimension at once.
        let apart = outcome(false) {
            try $0.tape.reduce(
                .sum, $0.leaf([high, high, 1, 2, low, low, 3, 4], [2, 2, 2], .int32), axes: 0b101, keep: false)
        }
        #expect(apart == .success([-2, 10]))
        let product = outcome(false) {
            try $0.tape.reduce(.prod, $0.leaf([high, high, high, high, 0], [5], .int32), axes: 1, keep: false)
        }
        #expect(product == .success([0]))
    }

    @Test func runningSumsNameTheFirstThatIsTooLarge() throws {
        var dice = Dice(5)
        for (dimensions, axis) in [([9], 0), ([6, 5], 0), ([6, 5], 1), ([2, 200_000], 1), ([3, 4, 5], 1)] {
            let shape = try Shape(dimensions)
            let view = Walk(axis: axis).view(shape)
            for reverse in [false, true] {
                for most in [100, 2_000_000_000] {
                    let numbers = random(&dice, shape.count, most)
                    var sums = [Int](repeating: 0, count: shape.count)
                    var beyond = false
                    for outer in 0..<view.outer {
                        for inner in 0..<view.inner {
                            var total = 0
                            for step in 0..<view.extent {
                                let place = reverse ? view.extent - 1 - step : step
                                let at = (outer * view.extent + place) * view.inner + inner
                                total += numbers[at]
                                sums[at] = total
                                beyond = beyond || !fits(total)
                            }
                        }
                    }
                    for eager in [false, true] {
                        let got = outcome(eager) {
                            try $0.tape.cumsum(
                                $0.leaf(numbers.map(Double.init), dimensions, .int32), axis: axis, reverse: reverse)
                        }
                        switch got {
                        case .success(let values): #expect(!beyond && values == sums.map(Double.init))
                        case .failure(let refusal):
                            #expect(beyond)
                            // The sum that is named is one of those, where it is said to be.
                            let named = sums.indices.contains {
                                fault(sums[$0], .cumsum, shape.place(of: $0)) == refusal
                            }
                            #expect(named, "\(refusal.text)")
                        }
                    }
                }
            }
        }
    }

    @Test func whatIsScatteredCountsAtTheEnd() throws {
        let (high, low) = (2_147_483_647.0, -2_147_483_648.0)
        func scattered(_ values: [Double], _ places: [Double], _ eager: Bool) -> Result<[Double], Refusal> {
            outcome(eager) {
                try $0.tape.scatterAdd(
                    $0.leaf(values, [values.count], .int32), $0.leaf(places, [places.count], .int32), axis: 0, extent: 3
                )
            }
        }
        for eager in [false, true] {
            #expect(scattered([high, 5, 1, low], [0, 1, 0, 0], eager) == .success([0, 5, 0]))
            #expect(
                scattered([1, high, 1], [1, 2, 2], eager)
                    == fault(2_147_483_648, .scatterAdd, "3").map(Result.failure))
        }
        // Many columns and places, positions for each.
        let (rows, columns, extent) = (40, 300, 700)
        var dice = Dice(3)
        let numbers = (0..<rows * columns).map { _ in dice.below(2_000_000_000) }
        let places = (0..<rows * columns).map { _ in dice.below(extent) }
        var sums = [Int](repeating: 0, count: extent * columns)
        for index in numbers.indices { sums[places[index] * columns + index % columns] += numbers[index] }
        let bad = sums.indices.first { !fits(sums[$0]) }
        let got = outcome(false) {
            try $0.tape.scatterAdd(
                $0.leaf(numbers.map(Double.init), [rows, columns], .int32),
                $0.leaf(places.map(Double.init), [rows, columns], .int32), axis: 0, extent: extent)
        }
        let wanted = bad.flatMap { fault(sums[$0], .scatterAdd, try? Shape([extent, columns]).place(of: $0)) }
        #expect(got == wanted.map(Result.failure) ?? .success(sums.map(Double.init)))
    }

    @Test func numbersBecomeWholeByOneRule() throws {
        let edges: [Double] = [
            -2_147_483_649, -2_147_483_648.75, -2_147_483_648, -256, -1, -0.999, -0.5, -0.0, 0, 0.999, 1.5, 254.9, 255,
            255.9, 256, 2_147_483_520, 2_147_483_647, 2_147_483_647.5, 2_147_483_648, 3e9, 1e300, -1e300, .infinity,
            -.infinity, .nan, 1e-300,
        ]
        for from in [DType.float32, .float64, .int32, .uint8, .bool] {
            for to in [DType.int32, .uint8] where from != to {
                for edge in edges {
                    // What the type holds of it.
                    guard let held = try? Workbench.tensor([edge], [1], from).values[0] else { continue }
                    if !from.isFloating, held != edge { continue }
                    let cut = held.rounded(.towardZero)
                    let isFine = cut >= Double(to.least) && cut <= Double(to.largest)
                    for eager in [false, true] {
                        for dimensions in [[1], [3, 5], [2, 90_000]] {
                            let shape = try Shape(dimensions)
                            let bad = shape.count / 2
                            var numbers = [Double](repeating: 1, count: shape.count)
                            numbers[bad] = held
                            let got = outcome(eager) { $0.tape.cast(try $0.leaf(numbers, dimensions, from), to) }
                            numbers[bad] = cut
                            let fault = WholeNumberFault(.cast(held), to, place: shape.place(of: bad)).message
                            #expect(
                                got == (isFine ? .success(numbers) : .failure(Refusal(text: fault))),
                                "\(edge) of \(from) to \(to)")
                        }
                    }
                }
            }
        }
    }

    /// What planning rewrites for floats would hide a step that leaves the range.
    @Test func noStepIsSimplifiedAway() throws {
        let (high, low) = (2_147_483_647.0, -2_147_483_648.0)
        let cases: [(String, Double, (Tape, NodeID) throws -> NodeID)] = [
            ("(x + 1) - 1", high, { try $0.binary(.sub, $0.binary(.add, $1, one($0)), one($0)) }),
            ("(x - 1) + 1", low, { try $0.binary(.add, $0.binary(.sub, $1, one($0)), one($0)) }),
            ("-(-x)", low, { try $0.unary(.neg, $0.unary(.neg, $1)) }),
            (
                "-1 - (-x)", low,
                {
                    try $0.binary(.sub, $0.constant(-1, dtype: .int32), $0.unary(.neg, $1))
                }
            ),
            (
                "-1 + -x", low,
                {
                    try $0.binary(.add, $0.constant(-1, dtype: .int32), $0.unary(.neg, $1))
                }
            ),
            ("0 - x", low, { try $0.binary(.sub, $0.constant(0, dtype: .int32), $1) }),
            ("x * -1", low, { try $0.binary(.mul, $1, $0.constant(-1, dtype: .int32)) }),
            ("x * x", high, { try $0.binary(.mul, $1, $1) }),
            ("(x + 1) + 1", high, { try $0.binary(.add, $0.binary(.add, $1, one($0)), one($0)) }),
        ]
        for (name, x, record) in cases {
            for eager in [false, true] {
                for count in [1, 40] {
                    let got = outcome(eager) {
                        try record($0.tape, $0.leaf([Double](repeating: x, count: count), [count], .int32))
                    }
                    guard case .failure(let refusal) = got else {
                        Issue.record("\(name) of \(x) gave a number")
                        continue
                    }
                    #expect(refusal.text.contains(" at position 1: int32 holds"), "\(name): \(refusal.text)")
                }
            }
        }
        func one(_ tape: Tape) -> NodeID { tape.constant(1, dtype: .int32) }
    }

    @Test func numbersOfAScriptMustFit() throws {
        let tape = Tape()
        for (dtype, bad) in [
            (DType.int32, [2_147_483_648, -2_147_483_649, 0.5, .nan, .infinity]), (.uint8, [256, -1, 0.5, .nan]),
        ] {
            for value in bad {
                #expect(
                    refusal { try tape.number(value, dtype: dtype) } == WholeNumberFault(.literal(value), dtype).message
                )
                let x = tape.leaf(try Workbench.tensor([1], [1], dtype))
                #expect(
                    refusal { try tape.pad(x, before: [1], after: [1], value: value) }.contains("does not fit into"))
            }
        }
    }

    /// A step that fails for a whole number leaves every state as it was.
    @Test func nothingIsWrittenByAStepThatFails() throws {
        let session = Session(threads: 1)
        let state = try Tensor.full(Shape([100]), 1, dtype: .float32)
        session.beginStep()
        let tape = session.tape
        let next = try tape.binary(.add, tape.leaf(state), tape.constant(1, dtype: .float32))
        let x = tape.leaf(try Workbench.tensor([2_147_483_647, 1], [2], .int32))
        let total = try tape.reduce(.sum, x, axes: 1, keep: false)
        #expect(throws: EngineError.self) {
            _ = try session.commit(outputs: [total], effects: [Session.Effect(state, next)])
        }
        #expect(state.values == [Double](repeating: 1, count: 100))
    }
}
