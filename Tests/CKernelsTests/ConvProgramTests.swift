import CKernels
import Testing

/// Programs on the result of a convolution, and images that are computed while they are loaded.
@Suite struct ConvProgramTests {
    /// Shapes that take each algorithm.
    static let shapes: [(size: Int, channels: (Int, Int), kernel: Int, stride: Int, images: Int)] = [
        (9, (10, 20), 3, 1, 5), (6, (16, 16), 3, 1, 7), (9, (9, 12), 5, 1, 4), (2, (20, 18), 3, 1, 30),
        (8, (5, 7), 3, 2, 6), (5, (12, 40), 1, 1, 20),
    ]

    struct Case {
        var conv: Convolution
        var memory = Memory()
        var dice: Dice
        var a: [Double]
        var b: [Double]

        init(_ shape: Int, _ kind: nj_conv_kind, seed: UInt64) {
            let s = ConvProgramTests.shapes[shape]
            let pad = s.kernel / 2
            self.init(
                Convolution(
                    NJ_F32, kind, images: s.images, size: (s.size, s.size), channels: s.channels,
                    kernel: (s.kernel, s.kernel), stride: (s.stride, s.stride), padding: (pad, pad, pad, pad)),
                seed: seed)
        }

        init(_ convolution: Convolution, seed: UInt64) {
            conv = convolution
            dice = Dice(seed)
            conv.fill(&memory, &dice)
            a = memory.values(Int(conv.description.a_buffer), NJ_F32)
            b = memory.values(Int(conv.description.b_buffer), NJ_F32)
        }

        mutating func buffer(_ count: Int) -> Int { memory.add(GemmTests.fill(count, &dice), as: NJ_F32) }

        mutating func load(_ kind: nj_kind, _ buffer: Int) -> UInt16 {
            conv.region.load(conv.region.dense(kind, NJ_F32, buffer: buffer), as: NJ_F32)
        }

        mutating func emit(_ op: nj_op, _ kind: nj_kind, _ x: UInt16, _ y: UInt16 = 0) -> UInt16 {
            conv.region.emit(op, NJ_F32, kind, x, y)
        }

        mutating func store(_ register: UInt16, _ kind: nj_kind, _ buffer: Int) {
            conv.region.store(register, conv.region.dense(kind, NJ_F32, buffer: buffer))
        }

        func isNear(_ buffer: Int, _ wanted: [Double], _ bound: Double = 1e-4) -> Bool {
            let actual = memory.values(buffer, NJ_F32)
            let largest = wanted.reduce(1) { max($0, abs($1)) }
            return actual.count == wanted.count && zip(actual, wanted).allSatisfy { abs($0 - $1) <= bound * largest }
        }
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `bias and relu are applied, and sums by column taken`(set: String, shape: Int) throws {
        for kind in [NJ_CONV_FORWARD, NJ_CONV_INPUT_GRAD] {
            var c = Case(shape, kind, seed: UInt64(shape))
            let (rows, cols) = (c.conv.rows, c.conv.cols)
            let bias = c.buffer(cols)
            let (out, sums, squares) = (c.buffer(rows * cols), c.buffer(cols), c.buffer(cols))
            let value = c.conv.loadResult()
            let shift = c.load(NJ_ROW, bias)
            let sum = c.emit(NJ_OP_ADD, NJ_FULL, value, shift)
            let y = c.emit(NJ_OP_RELU, NJ_FULL, sum)
            let square = c.emit(NJ_OP_SQUARE, NJ_FULL, y)
            c.store(y, NJ_FULL, out)
            c.conv.region.accumulate(NJ_OP_COLS_SUM, y, NJ_F32, buffer: sums)
            c.conv.region.accumulate(NJ_OP_COLS_SUM, square, NJ_F32, buffer: squares)
            let biases = c.memory.values(bias, NJ_F32)
            let wanted = c.conv.reference(c.a, c.b).enumerated().map { max(0, $1 + biases[$0 % cols]) }
            var (total, totalSquares) = ([Double](repeating: 0, count: cols), [Double](repeating: 0, count: cols))
            for (index, value) in wanted.enumerated() {
                total[index % cols] += value
                totalSquares[index % cols] += value * value
            }
            var shuffled = c.memory
            var dice = c.dice
            try withInstructionSet(set) {
                try c.conv.run(on: &c.memory)
                try c.conv.run(on: &shuffled) { (0..<$0).shuffled(using: &dice) }
            }
            #expect(c.memory.isIntact)
            #expect(c.memory == shuffled)
            #expect(c.isNear(out, wanted))
            #expect(c.isNear(sums, total))
            #expect(c.isNear(squares, totalSquares))
        }
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `momentum updates the weights in place`(set: String, shape: Int) throws {
        var c = Case(shape, NJ_CONV_WEIGHT_GRAD, seed: UInt64(10 + shape))
        let count = c.conv.rows * c.conv.cols
        let (weight, velocity) = (c.buffer(count), c.buffer(count))
        let (weights, velocities) = (c.memory.values(weight, NJ_F32), c.memory.values(velocity, NJ_F32))
        let gradient = c.conv.loadResult()
        let (w, v) = (c.load(NJ_FULL, weight), c.load(NJ_FULL, velocity))
        let mu = c.conv.region.emit(NJ_OP_NUMBER, NJ_F32, NJ_SCALAR, 0)
        let rate = c.conv.region.emit(NJ_OP_NUMBER, NJ_F32, NJ_SCALAR, 1)
        let kept = c.emit(NJ_OP_MUL, NJ_FULL, mu, v)
        let newV = c.emit(NJ_OP_ADD, NJ_FULL, kept, gradient)
        let step = c.emit(NJ_OP_MUL, NJ_FULL, rate, newV)
        let newW = c.emit(NJ_OP_SUB, NJ_FULL, w, step)
        c.store(newV, NJ_FULL, velocity)
        c.store(newW, NJ_FULL, weight)
        try withInstructionSet(set) { _ = try c.conv.run(on: &c.memory, numbers: [0.9, 0.1]) }
        let moved = zip(velocities, c.conv.reference(c.a, c.b)).map { 0.9 * $0 + $1 }
        #expect(c.memory.isIntact)
        #expect(c.isNear(velocity, moved))
        #expect(c.isNear(weight, zip(weights, moved).map { $0 - 0.1 * $1 }))
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `a row vector that is updated in place is seen as it was by all of the result`(set: String, shape: Int) throws
    {
        for kind in ConvTests.kinds {
            var c = Case(shape, kind, seed: UInt64(20 + shape))
            let (rows, cols) = (c.conv.rows, c.conv.cols)
            let (mean, out) = (c.buffer(cols), c.buffer(rows * cols))
            let means = c.memory.values(mean, NJ_F32)
            let value = c.conv.loadResult()
            let m = c.load(NJ_ROW, mean)
            let y = c.emit(NJ_OP_ADD, NJ_FULL, value, m)
            let next = c.emit(NJ_OP_ADD, NJ_ROW, m, m)
            c.store(next, NJ_ROW, mean)
            c.store(y, NJ_FULL, out)
            let wanted = c.conv.reference(c.a, c.b).enumerated().map { $1 + means[$0 % cols] }
            try withInstructionSet(set) { _ = try c.conv.run(on: &c.memory) { (0..<$0).reversed() } }
            #expect(c.memory.isIntact)
            #expect(c.isNear(out, wanted))
            #expect(c.isNear(mean, means.map { 2 * $0 }))
        }
    }

    @Test(arguments: supportedSets)
    func `a pick out of range is a fault that names its row`(set: String) throws {
        var c = Case(0, NJ_CONV_FORWARD, seed: 3)
        let label = c.memory.add((0..<c.conv.rows).map { $0 == 100 ? 20 : 1 }, as: NJ_I32)
        let out = c.buffer(c.conv.rows)
        let value = c.conv.loadResult()
        let at = c.conv.region.load(c.conv.region.dense(NJ_COL, NJ_I32, buffer: label), as: NJ_I32)
        let picked = c.conv.region.emit(NJ_OP_ROW_PICK, NJ_F32, NJ_COL, value, at, tag: 7)
        c.store(picked, NJ_COL, out)
        let fault = try withInstructionSet(set) { try c.conv.run(on: &c.memory) }
        #expect(fault?.tag == 7)
        #expect(fault?.position == 100)
        #expect(fault?.limit == 20)
    }

    /// relu(scale * image + shift), as after a batch norm.
    private func normalise(_ c: inout Case, ofB: Bool) -> (loader: Region, values: [Double]) {
        let channels = Int(ofB || c.conv.aIsGradient ? c.conv.description.cout : c.conv.description.cin)
        let image = Int(ofB ? c.conv.description.b_buffer : c.conv.description.a_buffer)
        let (scale, shift) = (c.buffer(channels), c.buffer(channels))
        let (scales, shifts) = (c.memory.values(scale, NJ_F32), c.memory.values(shift, NJ_F32))
        let values = (ofB ? c.b : c.a).enumerated().map {
            max(0, $1 * scales[$0 % channels] + shifts[$0 % channels])
        }
        let loader = c.conv.loader(ofB: ofB) { region in
            let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: image), as: NJ_F32)
            let a = region.load(region.dense(NJ_ROW, NJ_F32, buffer: scale), as: NJ_F32)
            let b = region.load(region.dense(NJ_ROW, NJ_F32, buffer: shift), as: NJ_F32)
            let y = region.emit(NJ_OP_FMA, NJ_F32, NJ_FULL, x, a, b)
            return region.emit(NJ_OP_RELU, NJ_F32, NJ_FULL, y)
        }
        return (loader, values)
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `an image may be computed while it is loaded`(set: String, shape: Int) throws {
        for kind in ConvTests.kinds { try checkLoaded(Case(shape, kind, seed: UInt64(30 + shape)), set) }
    }

    @Test(arguments: supportedSets)
    func `a large image is computed band by band, with the rows that bands share`(set: String) throws {
        for kind in ConvTests.kinds {
            for exact in [false, true] {
                let conv = Convolution(
                    NJ_F32, kind, images: 1, size: (120, 95), channels: (16, 17), kernel: (3, 3),
                    padding: (1, 0, 2, 1), exact: exact)
                try checkLoaded(Case(conv, seed: 8), set)
            }
        }
    }

    private func checkLoaded(_ given: Case, _ set: String) throws {
        var c = given
        let out = c.buffer(c.conv.rows * c.conv.cols)
        let a = normalise(&c, ofB: false)
        var right = c.b
        if c.conv.kind == NJ_CONV_WEIGHT_GRAD {
            let b = normalise(&c, ofB: true)
            right = b.values
            c.conv.bLoader = b.loader
        }
        c.conv.aLoader = a.loader
        // The padding stays zero, whatever the loader makes of zeros.
        let wanted = c.conv.reference(a.values, right)
        let value = c.conv.loadResult()
        c.store(value, NJ_FULL, out)
        try withInstructionSet(set) { _ = try c.conv.run(on: &c.memory) }
        #expect(c.memory.isIntact)
        #expect(c.isNear(out, wanted))
    }

    /// A loader that doubles the image, stores what it made to `stored` and its sums by column to `sums`.
    private static func busyLoader(_ conv: Convolution, stored: Int, sums: Int) -> Region {
        let image = Int(conv.description.a_buffer)
        return conv.loader { region in
            let value = region.load(region.dense(NJ_FULL, NJ_F32, buffer: image), as: NJ_F32)
            let doubled = region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, value, value)
            region.store(doubled, region.dense(NJ_FULL, NJ_F32, buffer: stored))
            region.accumulate(NJ_OP_COLS_SUM, doubled, NJ_F32, buffer: sums)
            return doubled
        }
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `a loader may also store what it makes and take its sums by column`(set: String, shape: Int) throws {
        for kind in [NJ_CONV_FORWARD, NJ_CONV_INPUT_GRAD] {
            var test = Case(shape, kind, seed: UInt64(shape + 50))
            let channels = Int(kind == NJ_CONV_FORWARD ? test.conv.description.cin : test.conv.description.cout)
            let (stored, sums) = (test.buffer(test.a.count), test.buffer(channels))
            let out = test.buffer(test.conv.rows * test.conv.cols)
            test.store(test.conv.loadResult(), NJ_FULL, out)
            test.conv.aLoader = Self.busyLoader(test.conv, stored: stored, sums: sums)
            var shuffled = test.memory
            try withInstructionSet(set) {
                try test.conv.run(on: &test.memory)
                try test.conv.run(on: &shuffled) { (0..<$0).shuffled(using: &test.dice) }
            }
            let doubled = test.a.map { 2 * $0 }
            var totals = [Double](repeating: 0, count: channels)
            for (index, value) in doubled.enumerated() { totals[index % channels] += value }
            #expect(test.memory.isIntact)
            #expect(test.memory == shuffled)
            #expect(test.memory.values(stored, NJ_F32) == doubled)
            #expect(test.isNear(sums, totals, 1e-6))
            #expect(test.isNear(out, test.conv.reference(doubled, test.b)))
        }
    }

    @Test func `a loader that does more is refused where images are cut into bands`() {
        for (size, isTaken) in [((131, 90), false), ((13, 9), true)] {
            var conv = Convolution(
                NJ_F32, NJ_CONV_FORWARD, images: 1, size: size, channels: (17, 19), kernel: (3, 3),
                padding: (1, 1, 1, 1))
            let value = conv.loadResult()
            conv.region.store(value, conv.region.dense(NJ_FULL, NJ_F32, buffer: 2))
            conv.description.b_buffer = 1
            conv.aLoader = Self.busyLoader(conv, stored: 3, sums: 4)
            #expect(conv.withPlan { $0 != nil } == isTaken)
        }
    }
}
