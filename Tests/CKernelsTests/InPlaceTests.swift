import CKernels
import Testing

/// Stores to memory that the same program loads.
@Suite struct InPlaceTests {
    /// Domains that run narrow, wide, as one long row, and in many tiles.
    static let domains = [(3, 4), (128, 10), (7, 300), (1, 100_000), (20_000, 5), (70, 1000)]

    private func fill(_ count: Int) -> [Double] { (0..<count).map { Double($0 % 13 - 6) } }

    private func check(_ region: Region, _ memory: inout Memory, _ set: String) throws {
        try withInstructionSet(set) { _ = try run(region, on: &memory) }
        #expect(memory.isIntact)
    }

    @Test(arguments: supportedSets, domains)
    func `a value read after its memory was overwritten is the old one`(set: String, domain: (Int, Int)) throws {
        let count = domain.0 * domain.1
        var memory = Memory()
        let x = memory.add(fill(count), as: NJ_F32)
        let y = memory.add(fill(count), as: NJ_F32)
        var region = Region(rows: domain.0, cols: domain.1)
        let old = region.load(region.dense(NJ_FULL, NJ_F32, buffer: x), as: NJ_F32)
        let twice = region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, old, old)
        region.store(twice, region.dense(NJ_FULL, NJ_F32, buffer: x))
        let square = region.emit(NJ_OP_MUL, NJ_F32, NJ_FULL, old, old)
        region.store(square, region.dense(NJ_FULL, NJ_F32, buffer: y))
        try check(region, &memory, set)
        #expect(memory.values(x, NJ_F32) == fill(count).map { 2 * $0 })
        #expect(memory.values(y, NJ_F32) == fill(count).map { $0 * $0 })
    }

    /// The shape of an optimizer: state is overwritten while weights and gradients are still to be read, and the new
    /// state is read again.
    @Test(arguments: supportedSets, domains)
    func `several buffers are updated from each other's old and new values`(set: String, domain: (Int, Int)) throws {
        let count = domain.0 * domain.1
        var memory = Memory()
        let w = memory.add(fill(count), as: NJ_F32)
        let v = memory.add(fill(count).map { $0 * 2 }, as: NJ_F32)
        let total = memory.add([0], as: NJ_F32)
        var region = Region(rows: domain.0, cols: domain.1)
        let weight = region.load(region.dense(NJ_FULL, NJ_F32, buffer: w), as: NJ_F32)
        let velocity = region.load(region.dense(NJ_FULL, NJ_F32, buffer: v), as: NJ_F32)
        let moved = region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, velocity, weight)
        region.store(moved, region.dense(NJ_FULL, NJ_F32, buffer: v))
        let next = region.emit(NJ_OP_SUB, NJ_F32, NJ_FULL, weight, moved)
        region.store(next, region.dense(NJ_FULL, NJ_F32, buffer: w))
        let sum = region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, next, velocity)
        region.accumulate(NJ_OP_ALL_SUM, sum, NJ_F32, buffer: total)
        try check(region, &memory, set)
        #expect(memory.values(v, NJ_F32) == fill(count).map { 3 * $0 })
        #expect(memory.values(w, NJ_F32) == fill(count).map { -2 * $0 })
        // next + velocity = -2 x + 2 x.
        #expect(memory.values(total, NJ_F32) == [0])
    }

    @Test(arguments: supportedSets, domains)
    func `two buffers can be exchanged`(set: String, domain: (Int, Int)) throws {
        let count = domain.0 * domain.1
        let other = fill(count).map { $0 + 100 }
        var memory = Memory()
        let x = memory.add(fill(count), as: NJ_F32)
        let y = memory.add(other, as: NJ_F32)
        var region = Region(rows: domain.0, cols: domain.1)
        let a = region.load(region.dense(NJ_FULL, NJ_F32, buffer: x), as: NJ_F32)
        let b = region.load(region.dense(NJ_FULL, NJ_F32, buffer: y), as: NJ_F32)
        region.store(a, region.dense(NJ_FULL, NJ_F32, buffer: y))
        region.store(b, region.dense(NJ_FULL, NJ_F32, buffer: x))
        try check(region, &memory, set)
        #expect(memory.values(x, NJ_F32) == other)
        #expect(memory.values(y, NJ_F32) == fill(count))
    }

    @Test(arguments: supportedSets, domains)
    func `vectors and single values that are updated in place are updated once`(set: String, domain: (Int, Int)) throws
    {
        let (rows, cols) = domain
        var memory = Memory()
        let full = memory.add(fill(rows * cols), as: NJ_F32)
        let col = memory.add(fill(rows), as: NJ_F32)
        let row = memory.add(fill(cols), as: NJ_F32)
        let single = memory.add([5], as: NJ_F32)
        var region = Region(rows: rows, cols: cols)
        let kinds: [(nj_kind, Int)] = [(NJ_FULL, full), (NJ_COL, col), (NJ_ROW, row), (NJ_SCALAR, single)]
        let values = kinds.map { region.load(region.dense($0.0, NJ_F32, buffer: $0.1), as: NJ_F32) }
        // Everything meets in the full value, so that no load can be put off.
        var sum = values[0]
        for value in values.dropFirst() { sum = region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, sum, value) }
        for (position, (kind, buffer)) in kinds.enumerated() where position > 0 {
            let more = region.emit(NJ_OP_ADD, NJ_F32, kind, values[position], values[3])
            region.store(more, region.dense(kind, NJ_F32, buffer: buffer))
        }
        region.store(sum, region.dense(NJ_FULL, NJ_F32, buffer: full))
        try check(region, &memory, set)
        #expect(memory.values(single, NJ_F32) == [10])
        #expect(memory.values(row, NJ_F32) == fill(cols).map { $0 + 5 })
        #expect(memory.values(col, NJ_F32) == fill(rows).map { $0 + 5 })
        let before = fill(rows * cols)
        let (down, across) = (fill(rows), fill(cols))
        let wanted = before.indices.map { before[$0] + down[$0 / cols] + across[$0 % cols] + 5 }
        #expect(memory.values(full, NJ_F32) == wanted)
    }
}
