import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Every rule against central differences in float64, and the gradient of the gradient likewise.
@Suite struct GradientRulesTests {
    typealias Record = (Tape, [NodeID]) throws -> NodeID

    /// Points away from kinks: all differ by a hundred steps, also from those of other seeds.
    private static func points(_ count: Int, _ seed: UInt64, positive: Bool) -> [Double] {
        var dice = Dice(seed)
        return (0..<count).map { index in
            let size = 0.17 + 0.083 * Double(index) + 0.031 * Double(seed) + 0.011 * dice.unit()
            return positive || dice.below(2) == 0 ? size : -size
        }
    }

    private static func values(_ tape: Tape, _ id: NodeID) throws -> [Double] {
        try TapeCase(tape, [id]).values()[0].values
    }

    /// The derivative of a one-element node with respect to each element of each leaf, by differences of the engine's
    /// own values (which other tests hold against the naive evaluator).
    private static func slopes(_ tape: Tape, _ loss: NodeID, _ leaf: NodeID) throws -> [Double] {
        let tensor = tape.leaves[tape[leaf].slot]
        return try (0..<tensor.count).map { index in
            func at(_ shift: Double) throws -> Double {
                let old = try tensor.withElements(of: Double.self) { elements -> Double in
                    defer { elements[index] += shift }
                    return elements[index]
                }
                defer { try? tensor.withElements(of: Double.self) { $0[index] = old } }
                return try values(tape, loss)[0]
            }
            // Fourth order in the step.
            let h = 2e-4
            return try (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        }
    }

    private static func check(
        _ name: String, _ shapes: [[Int]], positive: Bool = false, second: Bool = true, _ record: Record
    ) throws {
        let tape = Tape()
        let leaves = try shapes.enumerated().map { index, shape in
            tape.leaf(
                try Workbench.tensor(
                    points(shape.reduce(1, *), UInt64(index), positive: positive), shape))
        }
        func weighted(_ id: NodeID, _ seed: UInt64) throws -> NodeID {
            var dice = Dice(seed)
            let weights = tape.leaf(
                try Tensor.from(dice.values(tape.shape(id).count), shape: tape.shape(id), dtype: .float64))
            let axes = Reduction.all(rank: tape[id].rank)
            return try tape.reduce(.sum, tape.binary(.mul, id, weights), axes: axes, keep: false)
        }
        let loss = try weighted(record(tape, leaves), 100)
        let gradients = try tape.gradient(of: loss, withRespectTo: leaves)
        for (leaf, gradient) in zip(leaves, gradients) {
            let (got, expected) = (try values(tape, gradient), try slopes(tape, loss, leaf))
            #expect(PlannedAgainstNaiveTests.error(got, expected) < 1e-8, "\(name): \(got) for \(expected)")
        }
        guard second else { return }
        var total = tape.constant(0, dtype: .float64)
        for (index, gradient) in gradients.enumerated() {
            total = try tape.binary(.add, total, weighted(gradient, UInt64(200 + index)))
        }
        for (leaf, twice) in zip(leaves, try tape.gradient(of: total, withRespectTo: leaves)) {
            let (got, expected) = (try values(tape, twice), try slopes(tape, total, leaf))
            #expect(PlannedAgainstNaiveTests.error(got, expected) < 1e-7, "second of \(name): \(got) for \(expected)")
        }
    }

    @Test func convolutionAndPooling() throws {
        let windows = [
            ConvolutionWindow(), ConvolutionWindow(stride: (2, 1), padding: (1, 2)),
            ConvolutionWindow(padding: (1, 1), dilation: (2, 1), groups: 2),
        ]
        for window in windows {
            try Self.check("conv2d", [[2, 4, 5, 2], [2, 3, 2 / window.groups, 4]]) { tape, leaves in
                try tape.conv2d(leaves[0], leaves[1], window)
            }
        }
        let pools = [
            PoolingWindow(kernel: (2, 2)), PoolingWindow(kernel: (3, 2), stride: (2, 1), padding: (1, 1)),
            PoolingWindow(kernel: (3, 3), stride: (2, 2), padding: (1, 0), countsPadding: false),
        ]
        for window in pools {
            try Self.check("max_pool2d", [[2, 4, 5, 2]]) { try $0.maxPool2d($0.unary(.square, $1[0]), window) }
            try Self.check("avg_pool2d", [[2, 4, 5, 2]]) { try $0.averagePool2d($0.unary(.square, $1[0]), window) }
        }
    }

    @Test func unaryOperations() throws {
        let any: [Op] = [
            .neg, .abs, .exp, .expm1, .sin, .cos, .tanh, .sigmoid, .erf, .relu, .square, .recip, .variable,
        ]
        for op in any { try Self.check("\(op)", [[7]]) { try $0.unary(op, $1[0]) } }
        for op in [Op.log, .log1p, .sqrt, .rsqrt] {
            try Self.check("\(op)", [[7]], positive: true) { try $0.unary(op, $1[0]) }
        }
        for op in [Op.floor, .ceil, .round, .sign] {
            try Self.check("\(op)", [[7]]) { try $0.binary(.mul, $0.unary(op, $1[0]), $1[0]) }
        }
    }

    @Test func binaryOperationsUnderEveryBroadcast() throws {
        let shapes: [[[Int]]] = [
            [[2, 3], [2, 3]], [[2, 1], [1, 3]], [[2, 3], [3]], [[3], [2, 3]], [[], [2, 3]], [[2, 3], []],
            [[1, 3], [2, 3]],
        ]
        for pair in shapes {
            for op in [Op.add, .sub, .mul, .div, .maximum, .minimum] {
                try Self.check("\(op) \(pair)", pair) { try $0.binary(op, $1[0], $1[1]) }
            }
            try Self.check("pow \(pair)", pair, positive: true) { try $0.binary(.pow, $1[0], $1[1]) }
            try Self.check("mod \(pair)", pair) { tape, x in
                let divisor = try tape.binary(.add, x[1], tape.number(3.3, dtype: .float64))
                return try tape.binary(.mod, tape.binary(.mul, x[0], tape.number(9.7, dtype: .float64)), divisor)
            }
            try Self.check("where \(pair)", pair) { tape, x in
                let mask = try tape.binary(.greater, x[0], tape.number(0.3, dtype: .float64))
                return try tape.select(mask, x[1], tape.unary(.square, x[0]))
            }
        }
    }

    @Test func reductionsOverEverySubset() throws {
        for axes in UInt8(0)..<8 {
            for keep in [false, true] {
                for op in [Op.sum, .prod, .max, .min] {
                    try Self.check("\(op) \(axes)", [[2, 3, 2]]) { try $0.reduce(op, $1[0], axes: axes, keep: keep) }
                }
                try Self.check("mean \(axes)", [[2, 3, 2]]) { try $0.mean($1[0], axes: axes, keep: keep) }
                try Self.check("logsumexp \(axes)", [[2, 3, 2]]) { try $0.logsumexp($1[0], axes: axes, keep: keep) }
            }
            try Self.check("softmax \(axes)", [[2, 3, 2]]) { try $0.softmax($1[0], axes: axes) }
            try Self.check("log_softmax \(axes)", [[2, 3, 2]]) { try $0.logSoftmax($1[0], axes: axes) }
        }
        try Self.check("pick", [[3, 4]]) { tape, x in
            try tape.unary(.exp, tape.pick(x[0], tape.leaf(try Workbench.tensor([3, 0, 3], [3], .int32))))
        }
    }

    @Test func productsWithAndWithoutTransposition() throws {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            for lead in [[], [2]] {
                let a = lead + (ta ? [3, 2] : [2, 3])
                let b = lead + (tb ? [4, 3] : [3, 4])
                try Self.check("matmul \(ta) \(tb)", [a, b]) {
                    try $0.matmul($1[0], $1[1], transposeA: ta, transposeB: tb)
                }
            }
        }
        try Self.check("gram", [[3, 2]]) { try $0.matmul($1[0], $1[0], transposeB: true) }
    }

    @Test func movement() throws {
        let moves: [(String, Record)] = [
            ("reshape", { try $0.reshape($1[0], Shape([3, 1, 4])) }),
            ("permute", { try $0.permute($0.reshape($1[0], Shape([2, 3, 2])), [2, 0, 1]) }),
            ("expand", { try $0.expand($0.reshape($1[0], Shape([2, 1, 6])), Shape([2, 2, 6])) }),
            ("slice", { try $0.slice($1[0], starts: [1, 5], counts: [2, 3], steps: [-1, -2]) }),
            ("concatenate", { try $0.concatenate([$1[0], $0.unary(.square, $1[0]), $1[0]], axis: 1) }),
        ]
        for (name, move) in moves {
            try Self.check(name, [[2, 6]]) { try $0.unary(.sin, move($0, $1)) }
        }
        try Self.check("expand by rank", [[2, 1, 3]]) { try $0.unary(.sin, $0.expand($1[0], Shape([2, 4, 3]))) }
    }

    @Test func runningSumsSortingAndMovingByPosition() throws {
        func positions(_ tape: Tape, _ values: [Double], _ shape: [Int]) throws -> NodeID {
            tape.leaf(try Workbench.tensor(values, shape, .int32))
        }
        for axis in 0..<2 {
            for flag in [false, true] {
                try Self.check("cumsum \(axis)", [[2, 3]]) {
                    try $0.unary(.sin, $0.cumsum($1[0], axis: axis, reverse: flag))
                }
                try Self.check("sort \(axis)", [[3, 4]]) {
                    let order = try $0.argsort($1[0], axis: axis, descending: flag)
                    return try $0.unary(.sin, $0.gather($1[0], order, axis: axis))
                }
                try Self.check("topk \(axis)", [[3, 4]]) {
                    let order = try $0.argsort($1[0], axis: axis, descending: flag, count: 2)
                    return try $0.unary(.sin, $0.gather($1[0], order, axis: axis))
                }
            }
        }
        try Self.check("gather", [[2, 3]]) {
            try $0.unary(.sin, $0.gather($1[0], positions($0, [2, 0, 2, 1, 1, 1, 0, 2], [2, 4]), axis: 1))
        }
        try Self.check("gather by a list", [[2, 3, 2]]) {
            try $0.unary(.sin, $0.gather($1[0], positions($0, [2, 0, 2, 2], [4]), axis: 1))
        }
        try Self.check("scatter_add", [[2, 3]]) {
            try $0.unary(.sin, $0.scatterAdd($1[0], positions($0, [2, 0, 2, 1, 1, 1], [2, 3]), axis: 1, extent: 4))
        }
        try Self.check("scatter_add by a list", [[3, 2]]) {
            try $0.unary(.sin, $0.scatterAdd($1[0], positions($0, [1, 0, 1], [3]), axis: 0, extent: 2))
        }
    }

    @Test func sumsOfProductsAndStacks() throws {
        for (equation, shapes) in [
            ("ij,jk->ik", [[2, 3], [3, 2]]), ("bij,bkj->kbi", [[2, 2, 3], [2, 2, 3]]), ("ij,k->", [[2, 2], [3]]),
            ("ij->j", [[2, 3]]), ("a,ab,b->", [[2], [2, 3], [3]]),
        ] {
            try Self.check("einsum \(equation)", shapes) { try $0.unary(.sin, $0.einsum(equation, $1)) }
        }
        for shapes in [
            [[3], [3]], [[2, 3], [3]], [[2, 2, 3], [3, 2]], [[2, 3], [2, 3, 2]], [[2, 1, 2, 3], [2, 3, 2]],
        ] {
            try Self.check("matmul \(shapes)", shapes) { try $0.unary(.sin, $0.matmul($1[0], $1[1])) }
        }
        try Self.check("outer", [[2], [3]]) { try $0.outer($1[0], $1[1]) }
    }

    @Test func piecesBordersAndRepetition() throws {
        let moves: [(String, Record)] = [
            ("split", { try $0.concatenate($0.split($1[0], sizes: [1, 2, 3], axis: 1).reversed(), axis: 1) }),
            ("pad", { try $0.pad($1[0], before: [1, 0], after: [0, 2], value: 0) }),
            ("pad with ones", { try $0.pad($1[0], before: [1, 0], after: [0, 2], value: 1) }),
            ("flip", { try $0.flip($1[0], axes: 0b11) }),
            ("roll", { try $0.roll($1[0], by: -2, axis: 1) }),
            ("tile", { try $0.tile($1[0], [2, 1, 2]) }),
            ("repeat_interleave", { try $0.repeatInterleave($1[0], 3, axis: 0) }),
            ("stack", { try $0.stack([$1[0], $0.unary(.exp, $1[0]), $1[0]], axis: 2) }),
        ]
        for (name, move) in moves {
            try Self.check(name, [[2, 6]]) { try $0.unary(.sin, move($0, $1)) }
        }
    }

    @Test func inversesAndDeterminants() throws {
        // Diagonals that keep the matrices away from singular ones.
        func regular(_ tape: Tape, _ x: NodeID) throws -> NodeID {
            let shape = tape.shape(x)
            let (rows, columns) = (tape.iota(shape, axis: shape.rank - 2), tape.iota(shape, axis: shape.rank - 1))
            let diagonal = tape.cast(try tape.binary(.equal, rows, columns), .float64)
            return try tape.binary(.add, x, tape.binary(.mul, diagonal, tape.number(4, dtype: .float64)))
        }
        for shape in [[3, 3], [2, 2, 2], [2, 1, 1]] {
            try Self.check("inverse \(shape)", [shape]) { try $0.inverse(regular($0, $1[0])) }
            try Self.check("det \(shape)", [shape]) { try $0.det(regular($0, $1[0])) }
            try Self.check("slogdet \(shape)", [shape]) { try $0.slogdet(regular($0, $1[0])).logarithm }
        }
    }

    @Test func determinantsOfSingularMatricesHaveGradients() throws {
        func gradient(_ matrix: [Double], _ n: Int, _ dtype: DType = .float64) throws -> [Double] {
            let bench = Workbench()
            let x = try bench.leaf(matrix, [matrix.count / (n * n), n, n], dtype)
            let loss = try bench.sum(bench.tape.det(x))
            return try bench.read(bench.tape.gradient(of: loss, withRespectTo: [x])[0])
        }
        func isNear(_ found: [Double], _ expected: [Double], _ bound: Double = 1e-12) -> Bool {
            found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) <= bound }
        }
        // Cofactors by hand: of rank 2, of rank 1 (none is left), of a zero, of a regular matrix beside a singular one.
        #expect(isNear(try gradient([1, 2, 3, 4, 5, 6, 7, 8, 9], 3), [-3, 6, -3, 6, -12, 6, -3, 6, -3]))
        #expect(isNear(try gradient([1, 2, 3, 2, 4, 6, 3, 6, 9], 3), [Double](repeating: 0, count: 9)))
        #expect(isNear(try gradient([0], 1), [1]))
        #expect(isNear(try gradient([1, 2, 2, 4, 1, 2, 3, 4], 2), [4, -2, -2, 1, 4, -3, -2, 1]))
        #expect(isNear(try gradient([0, 0, 0, 5], 2, .float32), [5, 0, 0, 0], 1e-6))
        // A reflection turns the sign of both orthogonal factors.
        #expect(isNear(try gradient([0, 1, 0, 1, 0, 0, 0, 0, 0], 3), [0, 0, 0, 0, 0, 0, 0, 0, -1]))
        #expect(try gradient([.nan, 1, 1, 1], 2).allSatisfy(\.isNaN))
    }

    // MARK: Where rules have a choice

    private func gradient(_ values: [Double], _ record: (Tape, NodeID) throws -> NodeID) throws -> [Double] {
        let bench = Workbench()
        let x = try bench.leaf(values, [values.count])
        let loss = try bench.sum(record(bench.tape, x))
        return try bench.read(bench.tape.gradient(of: loss, withRespectTo: [x])[0])
    }

    @Test func equalEntriesShareTheGradient() throws {
        #expect(try gradient([1, 3, 3, 2]) { try $0.reduce(.max, $1, axes: 1, keep: false) } == [0, 0.5, 0.5, 0])
        #expect(
            try gradient([2, 2, 2, 2]) { try $0.reduce(.min, $1, axes: 1, keep: false) } == [0.25, 0.25, 0.25, 0.25])
        #expect(try gradient([1, 2]) { try $0.binary(.maximum, $1, $0.constant(1, dtype: .float64)) } == [0.5, 1])
        #expect(try gradient([-1, 0, 2]) { try $0.binary(.minimum, $1, $1) } == [1, 1, 1])
    }

    @Test func kinksHaveTheGradientThatTrainersExpect() throws {
        #expect(try gradient([-1, 0, 2]) { try $0.unary(.relu, $1) } == [0, 0, 1])
        #expect(try gradient([-1, 0, 2]) { try $0.unary(.abs, $1) } == [-1, 0, 1])
    }

    @Test func productsKnowZeros() throws {
        func prod(_ values: [Double]) throws -> [Double] {
            try gradient(values) { try $0.reduce(.prod, $1, axes: 1, keep: false) }
        }
        #expect(try prod([2, 3, 4]) == [12, 8, 6])
        #expect(try prod([2, 0, 4]) == [0, 8, 0])
        #expect(try prod([2, 0, 0]) == [0, 0, 0])
    }

    @Test func productsKnowZerosInTheirSecondDerivative() throws {
        func rows(_ values: [Double]) throws -> [Double] {
            let bench = Workbench()
            let x = try bench.leaf(values, [values.count])
            let product = try bench.tape.reduce(.prod, x, axes: 1, keep: false)
            let first = try bench.tape.gradient(of: product, withRespectTo: [x])[0]
            return try bench.read(bench.tape.gradient(of: bench.sum(first), withRespectTo: [x])[0])
        }
        // Sums of the rows of the matrix of second derivatives.
        #expect(try rows([2, 3, 4]) == [7, 6, 5])
        #expect(try rows([2, 0, 4]) == [4, 6, 2])
        #expect(try rows([2, 0, 0]) == [0, 2, 2])
        #expect(try rows([0, 0, 0]) == [0, 0, 0])
    }

    @Test func powersOfZero() throws {
        func base(_ exponent: Double) throws -> [Double] {
            try gradient([0, 2]) { try $0.binary(.pow, $1, $0.constant(exponent, dtype: .float64)) }
        }
        #expect(try base(0) == [0, 0])
        #expect(try base(1) == [1, 1])
        #expect(try base(2) == [0, 4])
        #expect(try base(3) == [0, 12])
        let bench = Workbench()
        let exponents = try bench.leaf([0, 1, 2], [3])
        let loss = try bench.sum(bench.tape.binary(.pow, bench.tape.constant(0, dtype: .float64), exponents))
        #expect(try bench.read(bench.tape.gradient(of: loss, withRespectTo: [exponents])[0]) == [0, 0, 0])
    }

    @Test func logsumexpOfInfinitiesIsWhatItsLimitIs() throws {
        let bench = Workbench()
        let x = try bench.leaf([-.infinity, -.infinity, 1, .infinity, 0, -.infinity], [3, 2])
        #expect(try bench.read(bench.tape.logsumexp(x, axes: 2, keep: false)) == [-.infinity, .infinity, 0])
    }

    // MARK: Targets

    @Test func targetsMayBeAnyNodesAndTheSameTwice() throws {
        let bench = Workbench()
        let x = try bench.leaf([2, 3], [2])
        let middle = try bench.tape.unary(.square, x)
        let held = try bench.tape.unary(.stopGradient, x)
        let named = try bench.tape.unary(.variable, x)
        let loss = try bench.sum(bench.tape.binary(.mul, bench.tape.binary(.mul, middle, named), held))
        let targets = [x, middle, held, named, loss, x]
        let gradients = try bench.tape.gradient(of: loss, withRespectTo: targets)
        let expected: [[Double]] = [[24, 81], [4, 9], [8, 27], [8, 27], [1], [24, 81]]
        #expect(try gradients.map { try bench.read($0) } == expected)
        let together = try bench.session.evaluate(gradients.map { Value(bench.tape, $0) }).map(\.values)
        #expect(together == expected)
    }

    @Test func whatIsHeldOrNotUsedHasZeros() throws {
        let bench = Workbench()
        let (x, y) = (try bench.leaf([2, 3], [2]), try bench.leaf([1, 2, 3], [3]))
        let loss = try bench.sum(bench.tape.unary(.exp, bench.tape.unary(.stopGradient, x)))
        let later = try bench.tape.unary(.exp, x)
        let gradients = try bench.tape.gradient(of: loss, withRespectTo: [x, y, later])
        #expect(try gradients.map { try bench.read($0) } == [[0, 0], [0, 0, 0], [0, 0]])
    }

    @Test func gradientsOfGradientsNest() throws {
        let bench = Workbench()
        let x = try bench.leaf([0.7], [1])
        var value = try bench.sum(bench.tape.unary(.sin, x))
        var derivatives: [Double] = []
        for _ in 0..<6 {
            let gradient = try bench.tape.gradient(of: value, withRespectTo: [x])[0]
            derivatives.append(contentsOf: try bench.read(gradient))
            value = try bench.sum(gradient)
        }
        let (s, c) = (0.644217687237691, 0.7648421872844885)
        #expect(PlannedAgainstNaiveTests.error(derivatives, [c, -s, -c, s, c, -s]) < 1e-14)
    }

    @Test func aLossInAnotherTypeCarriesItsGradientBack() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 2], [2], .float32)
        let loss = try bench.sum(bench.tape.unary(.square, bench.tape.cast(x, .float64)))
        let gradient = try bench.tape.gradient(of: loss, withRespectTo: [x])[0]
        #expect(bench.tape.dtype(gradient) == .float32)
        #expect(try bench.read(gradient) == [2, 4])
    }
}
