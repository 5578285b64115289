import CKernels
import Testing

/// Programs made at random, over domains of all shapes, against the reference. The values stay small whole numbers,
/// so that every sum is exact in any order and the comparison is for equality.
@Suite struct RandomProgramTests {
    /// A program that grows by random instructions, and knows how large each value can get.
    struct Growth {
        var region: Region
        var memory = Memory()
        var bounds: [Double] = []
        var dice: Dice
        var targets: [(buffer: Int, type: nj_dtype)] = []

        static let registerTypes: [nj_dtype] = [NJ_F32, NJ_F64, NJ_I32]
        static let memoryTypes: [nj_dtype] = [NJ_F32, NJ_F64, NJ_I32, NJ_U8, NJ_BOOL]
        static let limit = 4_000_000.0

        init(rows: Int, cols: Int, dice: Dice) {
            region = Region(rows: rows, cols: cols)
            self.dice = dice
        }

        mutating func choose<T>(_ options: [T]) -> T { options[Int.random(in: 0..<options.count, using: &dice)] }

        func kind(_ register: Int) -> nj_kind { nj_kind(UInt32(region.registers[register].kind)) }
        func type(_ register: Int) -> nj_dtype { nj_dtype(UInt32(region.registers[register].dtype)) }

        /// Dense, flipped, transposed, spread out or broadcast memory for a kind, and how many elements it spans.
        mutating func place(_ kind: nj_kind, _ type: nj_dtype, buffer: Int, writable: Bool) -> (nj_operand, Int) {
            let rows = region.rows
            let cols = region.cols
            let style = Int.random(in: 0..<(writable ? 5 : 7), using: &dice)
            switch (kind, style) {
            case (NJ_FULL, 1):  // columns apart: a transpose
                return (
                    region.strided(
                        kind, type, buffer: buffer, offset: 0, dims: [rows], strides: [1], colStride: max(1, rows)),
                    rows * cols
                )
            case (NJ_FULL, 2):  // rows backwards
                return (
                    region.strided(
                        kind, type, buffer: buffer, offset: max(0, rows - 1) * cols, dims: [rows], strides: [-cols],
                        colStride: 1), rows * cols
                )
            case (NJ_FULL, 3) where rows % 2 == 0:  // two dimensions exchanged
                return (
                    region.strided(
                        kind, type, buffer: buffer, offset: 0, dims: [2, rows / 2], strides: [cols, 2 * cols],
                        colStride: 1), rows * cols
                )
            case (NJ_FULL, 4):  // room between elements
                return (
                    region.strided(
                        kind, type, buffer: buffer, offset: 1, dims: [rows], strides: [3 * cols + 2], colStride: 3),
                    rows * (3 * cols + 2) + 2
                )
            case (NJ_FULL, 5):  // the same row again and again
                return (
                    region.strided(kind, type, buffer: buffer, offset: 0, dims: [rows], strides: [0], colStride: 1),
                    cols
                )
            case (NJ_FULL, 6):  // the same column again and again
                return (
                    region.strided(kind, type, buffer: buffer, offset: 0, dims: [rows], strides: [1], colStride: 0),
                    rows
                )
            case (NJ_COL, 1...4):
                return (
                    region.strided(kind, type, buffer: buffer, offset: 0, dims: [rows], strides: [2], colStride: 0),
                    2 * rows
                )
            case (NJ_ROW, 1...4):
                return (
                    region.strided(
                        kind, type, buffer: buffer, offset: max(0, cols - 1), dims: [], strides: [], colStride: -1),
                    cols
                )
            default:
                let count = kind == NJ_FULL ? rows * cols : (kind == NJ_COL ? rows : (kind == NJ_ROW ? cols : 1))
                return (region.dense(kind, type, buffer: buffer), count)
            }
        }

        mutating func load() {
            let kind = choose([NJ_FULL, NJ_FULL, NJ_COL, NJ_ROW, NJ_SCALAR])
            let stored = choose([NJ_F32, NJ_F32] + Growth.memoryTypes)
            let type = Bool.random(using: &dice) && stored.rawValue < 3 ? stored : choose(Growth.registerTypes)
            let (operand, count) = place(kind, stored, buffer: memory.buffers.count, writable: false)
            let range = stored == NJ_BOOL ? 0...1 : (stored == NJ_U8 ? 0...9 : -9...9)
            let values = (0..<count).map { _ in Double(Int.random(in: range, using: &dice)) }
            _ = memory.add(values, as: stored)
            _ = region.load(operand, as: type)
            bounds.append(9)
        }

        mutating func elementwise() {
            let a = Int.random(in: 0..<bounds.count, using: &dice)
            let same = bounds.indices.filter { type($0) == type(a) }
            let b = choose(same)
            let masks = bounds.indices.filter { type($0) == NJ_I32 }
            var ops: [nj_op] = [NJ_OP_ADD, NJ_OP_SUB, NJ_OP_MAX, NJ_OP_MIN, NJ_OP_LT, NJ_OP_EQ, NJ_OP_NEG, NJ_OP_ABS]
            ops += [NJ_OP_SIGN, NJ_OP_COPY, NJ_OP_CAST, NJ_OP_MUL]
            if type(a) != NJ_I32 { ops += [NJ_OP_RELU, NJ_OP_FLOOR, NJ_OP_FMA] }
            if !masks.isEmpty { ops.append(NJ_OP_WHERE) }
            let op = choose(ops)
            var bound = bounds[a]
            var operands = [a]
            switch op {
            case NJ_OP_MUL:
                bound *= bounds[b]
                operands = [a, b]
            case NJ_OP_FMA:
                let c = choose(same)
                bound = bound * bounds[b] + bounds[c]
                operands = [a, b, c]
            case NJ_OP_WHERE:
                operands = [choose(masks), a, b]
                bound = max(bound, bounds[b])
            case NJ_OP_ADD, NJ_OP_SUB:
                bound += bounds[b]
                operands = [a, b]
            case NJ_OP_MAX, NJ_OP_MIN:
                bound = max(bound, bounds[b])
                operands = [a, b]
            case NJ_OP_LT, NJ_OP_EQ:
                bound = 1
                operands = [a, b]
            default: break
            }
            guard bound < Growth.limit else { return }
            let kinds = operands.map(kind)
            let result = [NJ_SCALAR, NJ_ROW, NJ_COL, NJ_FULL].first { result in
                kinds.allSatisfy { OperationTests.broadcasts($0, result) }
            }
            let to = op == NJ_OP_CAST ? choose(Growth.registerTypes) : OperationTests.resultType(op, type(a))
            // Sometimes wider than it must be.
            let wide = Int.random(in: 0..<6, using: &dice) == 0 ? NJ_FULL : result ?? NJ_FULL
            let names = operands.map { UInt16($0) } + [0, 0]
            _ = region.emit(op, type(a), to: to, wide, names[0], names[1], names[2])
            bounds.append(op == NJ_OP_SIGN ? 1 : bound)
        }

        mutating func alongRows() {
            let full = bounds.indices.filter { kind($0) == NJ_FULL && bounds[$0] * Double(region.cols) < Growth.limit }
            guard !full.isEmpty, region.cols > 0 else { return }
            let a = choose(full)
            if Int.random(in: 0..<5, using: &dice) == 0 {
                let labels = (0..<region.rows).map { _ in Double(Int.random(in: 0..<region.cols, using: &dice)) }
                let buffer = memory.add(labels, as: NJ_I32)
                let label = region.load(region.dense(NJ_COL, NJ_I32, buffer: buffer), as: NJ_I32)
                bounds.append(Double(region.cols))
                _ = region.emit(NJ_OP_ROW_PICK, type(a), NJ_COL, UInt16(a), label)
                bounds.append(bounds[a])
                return
            }
            let op = choose([NJ_OP_ROW_SUM, NJ_OP_ROW_MAX, NJ_OP_ROW_MIN, NJ_OP_ROW_ARGMAX, NJ_OP_ROW_ARGMIN])
            let position = op == NJ_OP_ROW_ARGMAX || op == NJ_OP_ROW_ARGMIN
            _ = region.emit(op, type(a), to: position ? NJ_I32 : type(a), NJ_COL, UInt16(a))
            bounds.append(op == NJ_OP_ROW_SUM || position ? max(9, bounds[a]) * Double(region.cols) : bounds[a])
        }

        mutating func end() {
            let elements = Double(max(1, region.rows * region.cols))
            // An empty domain stores nothing; it still has results.
            let storable = region.rows == 0 || region.cols == 0 ? 0..<0 : bounds.indices
            for register in storable
            where Int.random(in: 0..<3, using: &dice) == 0 || register == bounds.count - 1 {
                let stored = bounds[register] <= 9 ? choose(Growth.registerTypes) : type(register)
                let (operand, count) = place(kind(register), stored, buffer: memory.buffers.count, writable: true)
                targets.append((memory.add((0..<count).map { _ in 77 }, as: stored), stored))
                region.store(UInt16(register), operand)
            }
            for register in bounds.indices {
                guard kind(register) == NJ_FULL || kind(register) == NJ_COL else { continue }
                guard bounds[register] * elements < Growth.limit * 100 else { continue }
                let extremes = [NJ_OP_ALL_SUM, NJ_OP_ALL_MAX, NJ_OP_ALL_MIN]
                let byColumn = [NJ_OP_COLS_SUM, NJ_OP_COLS_MAX, NJ_OP_COLS_MIN]
                let op = choose(kind(register) == NJ_FULL ? extremes + byColumn : extremes)
                let count = op.rawValue < NJ_OP_ALL_SUM.rawValue ? region.cols : 1
                let buffer = memory.add((0..<count + 3).map { _ in 77 }, as: NJ_F64)
                targets.append((buffer, NJ_F64))
                region.accumulate(op, UInt16(register), NJ_F64, buffer: buffer, offset: 3)
            }
        }
    }

    static func grow(_ seed: UInt64, rows: Int, cols: Int) -> Growth {
        var growth = Growth(rows: rows, cols: cols, dice: Dice(seed))
        for _ in 0..<3 { growth.load() }
        for _ in 0..<14 {
            switch Int.random(in: 0..<10, using: &growth.dice) {
            case 0: growth.load()
            case 1, 2: growth.alongRows()
            default: growth.elementwise()
            }
        }
        growth.end()
        return growth
    }

    static let domains = [
        (0, 0), (0, 5), (1, 1), (1, 7), (7, 1), (8, 8), (16, 10), (128, 10), (131, 10), (33, 255), (20, 256), (5, 1000),
        (2, 5000), (1000, 3), (5000, 1), (1, 40_001), (4000, 10), (300, 130), (40, 1025), (6, 9000), (64, 16), (12, 33),
        (33, 1), (33, 2), (47, 3), (1001, 4), (131, 5), (259, 7), (95, 13), (500, 17), (35, 31), (4001, 12), (70, 40),
        (17_001, 2),
    ]

    @Test func `random programs with few columns have blocks of both orders`() throws {
        var counts: [String: Int] = [:]
        for domain in Self.domains.indices {
            let (rows, cols) = Self.domains[domain]
            guard rows >= 32, 2...40 ~= cols else { continue }
            for round in 0..<8 {
                let growth = Self.grow(UInt64(domain * 100 + round), rows: rows, cols: cols)
                counts[try growth.region.blockOrder(), default: 0] += 1
            }
        }
        #expect(counts["rows", default: 0] >= 20, "\(counts)")
        #expect(counts["columns", default: 0] >= 20, "\(counts)")
    }

    @Test(arguments: supportedSets, domains.indices)
    func `random programs compute what the reference computes, in any order of tiles`(set: String, domain: Int) throws {
        let (rows, cols) = Self.domains[domain]
        for round in 0..<8 {
            let growth = Self.grow(UInt64(domain * 100 + round), rows: rows, cols: cols)
            var reference = Reference(growth.region, on: growth.memory)
            reference.run()
            var memory = growth.memory
            var shuffled = growth.memory
            var dice = growth.dice
            try withInstructionSet(set) {
                try run(growth.region, on: &memory)
                try run(growth.region, on: &shuffled) { (0..<$0).shuffled(using: &dice) }
            }
            #expect(memory.isIntact)
            #expect(memory == shuffled)
            for (buffer, type) in growth.targets {
                let actual = memory.values(buffer, type)
                let expected = reference.memory.values(buffer, type)
                #expect(
                    actual == expected,
                    "\(set), \(rows) x \(cols), round \(round), buffer \(buffer): \(firstDifference(actual, expected))")
            }
        }
    }

    private func firstDifference(_ a: [Double], _ b: [Double]) -> String {
        guard let at = zip(a, b).enumerated().first(where: { $1.0 != $1.1 })?.offset else { return "none" }
        return "at \(at): \(a[at]) instead of \(b[at])"
    }
}
