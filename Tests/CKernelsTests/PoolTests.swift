import CKernels
import Testing

/// Pooling against one window at a time.
@Suite struct PoolTests {
    static let kinds = [NJ_POOL_MAX_FORWARD, NJ_POOL_MAX_GRAD, NJ_POOL_AVG_FORWARD, NJ_POOL_AVG_GRAD]

    /// `x` may hold whatever; `dy` is random. Returns the result.
    @discardableResult
    static func check(_ given: Pooling, x: [Double]? = nil, seed: UInt64, _ set: String) throws -> [Double] {
        var pool = given
        var dice = Dice(seed)
        var memory = Memory()
        // Few values, so that windows hold equal ones.
        let values = x ?? (0..<pool.xCount).map { _ in Double(Int.random(in: -3...3, using: &dice)) / 4 }
        pool.description.x_buffer = UInt16(memory.add(values, as: pool.type))
        pool.description.dy_buffer = UInt16(memory.add(GemmTests.fill(pool.yCount, &dice), as: pool.type))
        let expected = pool.reference(x: values, dy: memory.values(Int(pool.description.dy_buffer), pool.type))
        let out = memory.add([Double](repeating: 77, count: expected.count), as: pool.type)
        let value = pool.loadResult()
        pool.region.store(value, pool.region.dense(NJ_FULL, pool.type, buffer: out))
        var shuffled = memory
        try withInstructionSet(set) {
            try pool.run(on: &memory)
            try pool.run(on: &shuffled) { (0..<$0).shuffled(using: &dice) }
        }
        let actual = memory.values(out, pool.type)
        let bound = pool.type == NJ_F32 ? 1e-5 : 1e-14
        #expect(memory.isIntact)
        #expect(memory == shuffled)
        #expect(
            zip(actual, expected).allSatisfy { $0 == $1 || abs($0 - $1) <= bound || ($0.isNaN && $1.isNaN) },
            "\(set), seed \(seed): \(given.description)")
        return actual
    }

    @Test(arguments: supportedSets)
    func `windows of random geometry agree with the plain loop, in any order of tiles`(set: String) throws {
        for seed in 0..<240 as Range<UInt64> {
            var dice = Dice(seed)
            let kernel = (Int.random(in: 1...4, using: &dice), Int.random(in: 1...4, using: &dice))
            let plain = Bool.random(using: &dice)
            func pad(_ kernel: Int) -> Int { Int.random(in: 0...(plain ? kernel / 2 : kernel + 1), using: &dice) }
            let limit = [5, 20, 60][Int(seed % 3)]
            let pool = Pooling(
                seed % 5 == 4 ? NJ_F64 : NJ_F32, Self.kinds[Int(seed % 4)], images: Int.random(in: 1...5, using: &dice),
                size: (Int.random(in: 1...limit, using: &dice), Int.random(in: 1...limit, using: &dice)),
                channels: Int.random(in: 1...(limit == 60 ? 12 : 40), using: &dice), kernel: kernel,
                stride: (Int.random(in: 1...3, using: &dice), Int.random(in: 1...3, using: &dice)),
                padding: (pad(kernel.0), pad(kernel.1), pad(kernel.0), pad(kernel.1)),
                dilation: plain ? (1, 1) : (Int.random(in: 1...2, using: &dice), Int.random(in: 1...3, using: &dice)),
                hangsOver: Bool.random(using: &dice), countsPadding: Bool.random(using: &dice))
            try Self.check(pool, seed: seed, set)
        }
    }

    @Test(arguments: supportedSets)
    func `one large image is cut into bands`(set: String) throws {
        for kind in Self.kinds {
            let pool = Pooling(
                NJ_F32, kind, images: 1, size: (150, 70), channels: 9, kernel: (3, 3), stride: (2, 1),
                padding: (1, 1, 1, 1))
            try Self.check(pool, seed: 3, set)
        }
    }

    @Test(arguments: supportedSets, [3, 16, 21])
    func `NaN wins, the first of equals gets the gradient, and of several NaN the last`(set: String, channels: Int)
        throws
    {
        func pool(_ kind: nj_pool_kind) -> Pooling {
            Pooling(
                NJ_F32, kind, images: 1, size: (2, 2), channels: channels, kernel: (2, 2), stride: (2, 2),
                padding: (0, 0, 0, 0))
        }
        func image(_ pixels: [Double]) -> [Double] { pixels.flatMap { [Double](repeating: $0, count: channels) } }
        func winner(_ pixels: [Double]) throws -> Int? {
            let gradient = try Self.check(pool(NJ_POOL_MAX_GRAD), x: image(pixels), seed: 1, set)
            let hit = gradient.indices.filter { gradient[$0] != 0 }.map { $0 / channels }
            return hit.count == channels && Set(hit).count == 1 ? hit[0] : nil
        }
        #expect(try winner([1, 2, 2, 0]) == 1)
        #expect(try winner([1, .nan, 2, 0]) == 1)
        #expect(try winner([.nan, 3, .nan, 0]) == 2)
        #expect(try winner([-.infinity, -.infinity, -.infinity, -.infinity]) == 0)
        let most = try Self.check(pool(NJ_POOL_MAX_FORWARD), x: image([1, .nan, 2, 0]), seed: 1, set)
        #expect(most.allSatisfy { $0.isNaN })
    }

    @Test(arguments: supportedSets, kinds.indices)
    func `programs run on the result and take its sums`(set: String, kind: Int) throws {
        var pool = Pooling(
            NJ_F32, Self.kinds[kind], images: 20, size: (9, 9), channels: 18, kernel: (3, 3), stride: (2, 2),
            padding: (1, 1, 1, 1))
        var dice = Dice(4)
        var memory = Memory()
        let x = GemmTests.fill(pool.xCount, &dice)
        let dy = GemmTests.fill(pool.yCount, &dice)
        pool.description.x_buffer = UInt16(memory.add(x, as: NJ_F32))
        pool.description.dy_buffer = UInt16(memory.add(dy, as: NJ_F32))
        let wanted = pool.reference(x: x, dy: dy).map { 2 * $0 }
        let out = memory.add([Double](repeating: 0, count: wanted.count), as: NJ_F32)
        let sums = memory.add([Double](repeating: 0, count: 18), as: NJ_F32)
        let value = pool.loadResult()
        let twice = pool.region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, value, value)
        pool.region.store(twice, pool.region.dense(NJ_FULL, NJ_F32, buffer: out))
        pool.region.accumulate(NJ_OP_COLS_SUM, twice, NJ_F32, buffer: sums)
        try withInstructionSet(set) { try pool.run(on: &memory) }
        var totals = [Double](repeating: 0, count: 18)
        for (index, value) in wanted.enumerated() { totals[index % 18] += value }
        #expect(memory.isIntact)
        #expect(zip(memory.values(out, NJ_F32), wanted).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(zip(memory.values(sums, NJ_F32), totals).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test func `descriptions with a mistake are refused`() {
        func isAccepted(_ change: (inout Pooling) -> Void) -> Bool {
            var pool = Pooling(
                NJ_F32, NJ_POOL_MAX_FORWARD, images: 2, size: (6, 6), channels: 4, kernel: (2, 2), stride: (2, 2),
                padding: (0, 0, 0, 0))
            _ = pool.loadResult()
            change(&pool)
            return pool.region.withDescription { program in
                var full = pool.description
                full.program = program
                let planned = nj_pool_create(&full)
                defer { nj_pool_destroy(planned) }
                return planned != nil
            }
        }
        #expect(isAccepted { _ in })
        #expect(!isAccepted { $0.description.kind = 5 })
        #expect(!isAccepted { $0.description.dtype = UInt8(NJ_U8.rawValue) })
        #expect(!isAccepted { $0.description.stride_w = 0 })
        #expect(!isAccepted { $0.description.pad_right = -1 })
        #expect(!isAccepted { $0.description.out_h = 4 })
        #expect(!isAccepted { $0.region.operands[0].kind = UInt8(NJ_ROW.rawValue) })
    }
}
