import CKernels
import Foundation
import Testing

/// Programs that run on a product while it is in the cache, as a training step uses them.
@Suite struct GemmProgramTests {
    static let shapes = narrow + [(128, 512, 100), (33, 70, 20), (7, 10, 40), (200, 300, 30), (1, 5, 3), (600, 20, 16)]
    /// With few columns: programs with row operations see their blocks by columns.
    static let narrow = [(128, 10, 300), (133, 7, 33), (2000, 3, 12), (45, 32, 20)]

    private struct Case {
        var product: Product
        var memory = Memory()
        var dice: Dice
        /// The product, in double.
        var expected: [Double] = []

        init(_ shape: (Int, Int, Int), seed: UInt64) {
            product = Product(NJ_F32, m: shape.0, n: shape.1, k: shape.2)
            dice = Dice(seed)
            product.a = memory.add(GemmTests.fill(product.m * product.k, &dice), as: NJ_F32)
            product.b = memory.add(GemmTests.fill(product.k * product.n, &dice), as: NJ_F32)
            expected = product.reference(memory)
        }

        mutating func buffer(_ kind: nj_kind) -> Int {
            let count = kind == NJ_FULL ? product.m * product.n : (kind == NJ_ROW ? product.n : product.m)
            return memory.add(GemmTests.fill(count, &dice), as: NJ_F32)
        }

        mutating func load(_ kind: nj_kind, _ buffer: Int) -> UInt16 {
            product.region.load(product.region.dense(kind, NJ_F32, buffer: buffer), as: NJ_F32)
        }

        mutating func store(_ register: UInt16, _ kind: nj_kind, _ buffer: Int) {
            product.region.store(register, product.region.dense(kind, NJ_F32, buffer: buffer))
        }

        mutating func emit(_ op: nj_op, _ kind: nj_kind, _ a: UInt16, _ b: UInt16 = 0, _ c: UInt16 = 0) -> UInt16 {
            product.region.emit(op, NJ_F32, kind, a, b, c)
        }

        func near(_ buffer: Int, _ values: [Double], _ bound: Double) -> Bool {
            let actual = memory.values(buffer, NJ_F32)
            return actual.count == values.count && zip(actual, values).allSatisfy { abs($0 - $1) <= bound }
        }
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `bias and relu are applied to the product`(set: String, shape: Int) throws {
        var c = Case(Self.shapes[shape], seed: UInt64(shape))
        let bias = c.buffer(NJ_ROW)
        let out = c.buffer(NJ_FULL)
        let p = c.product.loadProduct()
        let b = c.load(NJ_ROW, bias)
        let sum = c.emit(NJ_OP_ADD, NJ_FULL, p, b)
        let y = c.emit(NJ_OP_RELU, NJ_FULL, sum)
        c.store(y, NJ_FULL, out)
        let biases = c.memory.values(bias, NJ_F32)
        let wanted = c.expected.enumerated().map { max(0, $1 + biases[$0 % c.product.n]) }
        try withInstructionSet(set) { _ = try c.product.run(on: &c.memory) }
        #expect(c.memory.isIntact)
        #expect(c.near(out, wanted, Double(c.product.k) * 0x1p-22))
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `a masked product also gives its sums by column`(set: String, shape: Int) throws {
        var c = Case(Self.shapes[shape], seed: UInt64(10 + shape))
        let mask = c.buffer(NJ_FULL)
        let out = c.buffer(NJ_FULL)
        let sums = c.buffer(NJ_ROW)
        let p = c.product.loadProduct()
        let h = c.load(NJ_FULL, mask)
        let zero = c.product.region.emit(NJ_OP_NUMBER, NJ_F32, NJ_SCALAR, 0)
        let on = c.product.region.emit(NJ_OP_GT, NJ_F32, to: NJ_I32, NJ_FULL, h, zero)
        let y = c.emit(NJ_OP_WHERE, NJ_FULL, on, p, zero)
        c.store(y, NJ_FULL, out)
        c.product.region.accumulate(NJ_OP_COLS_SUM, y, NJ_F32, buffer: sums)
        let masks = c.memory.values(mask, NJ_F32)
        let wanted = zip(c.expected, masks).map { $1 > 0 ? $0 : 0 }
        var totals = [Double](repeating: 0, count: c.product.n)
        for (index, value) in wanted.enumerated() { totals[index % c.product.n] += value }
        var dice = c.dice
        var shuffled = c.memory
        try withInstructionSet(set) {
            try c.product.run(on: &c.memory, numbers: [0])
            try c.product.run(on: &shuffled, numbers: [0]) { (0..<$0).shuffled(using: &dice) }
        }
        #expect(c.memory.isIntact)
        #expect(c.memory == shuffled)
        #expect(c.near(out, wanted, Double(c.product.k) * 0x1p-23))
        #expect(c.near(sums, totals, Double(c.product.k * c.product.m) * 0x1p-23))
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `momentum updates its parameter and velocity in place`(set: String, shape: Int) throws {
        var c = Case(Self.shapes[shape], seed: UInt64(20 + shape))
        let weight = c.buffer(NJ_FULL)
        let velocity = c.buffer(NJ_FULL)
        let weights = c.memory.values(weight, NJ_F32)
        let velocities = c.memory.values(velocity, NJ_F32)
        let g = c.product.loadProduct()
        let w = c.load(NJ_FULL, weight)
        let v = c.load(NJ_FULL, velocity)
        let mu = c.product.region.emit(NJ_OP_NUMBER, NJ_F32, NJ_SCALAR, 0)
        let rate = c.product.region.emit(NJ_OP_NUMBER, NJ_F32, NJ_SCALAR, 1)
        let kept = c.emit(NJ_OP_MUL, NJ_FULL, mu, v)
        let newV = c.emit(NJ_OP_ADD, NJ_FULL, kept, g)
        let step = c.emit(NJ_OP_MUL, NJ_FULL, rate, newV)
        let newW = c.emit(NJ_OP_SUB, NJ_FULL, w, step)
        c.store(newV, NJ_FULL, velocity)
        c.store(newW, NJ_FULL, weight)
        try withInstructionSet(set) { _ = try c.product.run(on: &c.memory, numbers: [0.9, 0.1]) }
        let moved = zip(velocities, c.expected).map { 0.9 * $0 + $1 }
        #expect(c.memory.isIntact)
        #expect(c.near(velocity, moved, Double(c.product.k) * 0x1p-22))
        #expect(c.near(weight, zip(weights, moved).map { $0 - 0.1 * $1 }, Double(c.product.k) * 0x1p-22))
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `softmax with a picked logarithm sees whole rows of the product`(set: String, shape: Int) throws {
        var c = Case(Self.shapes[shape], seed: UInt64(30 + shape))
        let n = c.product.n
        let labels = (0..<c.product.m).map { Double($0 * 7 % n) }
        let label = c.memory.add(labels, as: NJ_I32)
        let out = c.buffer(NJ_FULL)
        let loss = c.buffer(NJ_COL)
        let total = c.memory.add([0], as: NJ_F32)
        let z = c.product.loadProduct()
        let y = c.product.region.load(c.product.region.dense(NJ_COL, NJ_I32, buffer: label), as: NJ_I32)
        let most = c.emit(NJ_OP_ROW_MAX, NJ_COL, z)
        let shifted = c.emit(NJ_OP_SUB, NJ_FULL, z, most)
        let e = c.emit(NJ_OP_EXP, NJ_FULL, shifted)
        let s = c.emit(NJ_OP_ROW_SUM, NJ_COL, e)
        let p = c.emit(NJ_OP_DIV, NJ_FULL, e, s)
        let picked = c.emit(NJ_OP_ROW_PICK, NJ_COL, p, y)
        let logarithm = c.emit(NJ_OP_LOG, NJ_COL, picked)
        let value = c.emit(NJ_OP_NEG, NJ_COL, logarithm)
        c.store(p, NJ_FULL, out)
        c.store(value, NJ_COL, loss)
        c.product.region.accumulate(NJ_OP_ALL_SUM, value, NJ_F32, buffer: total)
        var probabilities: [Double] = []
        var losses: [Double] = []
        for row in 0..<c.product.m {
            let logits = c.expected[row * n..<(row + 1) * n]
            let top = logits.max() ?? 0
            let exponentials = logits.map { exp($0 - top) }
            let sum = exponentials.reduce(0, +)
            probabilities += exponentials.map { $0 / sum }
            losses.append(-log(exponentials[Int(labels[row])] / sum))
        }
        try withInstructionSet(set) { _ = try c.product.run(on: &c.memory) }
        let bound = Double(c.product.k) * 0x1p-21
        #expect(c.memory.isIntact)
        #expect(c.near(out, probabilities, bound))
        #expect(c.near(loss, losses, bound))
        #expect(c.near(total, [losses.reduce(0, +)], bound * Double(c.product.m)))
    }

    @Test(arguments: supportedSets)
    func `a label out of range is a fault of its tile that names row and limit`(set: String) throws {
        var c = Case((200, 10, 600), seed: 3)
        let label = c.memory.add((0..<200).map { $0 == 150 ? 10 : ($0 == 199 ? -1 : 3) }, as: NJ_I32)
        let out = c.buffer(NJ_COL)
        let z = c.product.loadProduct()
        let y = c.product.region.load(c.product.region.dense(NJ_COL, NJ_I32, buffer: label), as: NJ_I32)
        let picked = c.product.region.emit(NJ_OP_ROW_PICK, NJ_F32, NJ_COL, z, y, tag: 42)
        c.store(picked, NJ_COL, out)
        let fault = try withInstructionSet(set) { try c.product.run(on: &c.memory) }
        #expect(fault?.tag == 42)
        #expect(fault?.value == 10)
        #expect(fault?.limit == 10)
        #expect(fault?.position == 150)
        #expect(c.memory.values(out, NJ_F32)[150] == 0)
    }
}
