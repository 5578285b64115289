import CKernels
import Testing

/// Blocks that lie column after column, against the reference: chosen where rows are short and much is done along them.
@Suite struct ColumnBlockTests {
    static let widths = [2, 3, 4, 5, 7, 8, 10, 16, 17, 31, 40]
    static let heights = [32, 33, 47, 131, 1001]

    /// Powers of two of either sign, so that sums and products are exact in any order; sometimes a NaN.
    private func values(_ count: Int, _ type: nj_dtype, _ dice: inout Dice) -> [Double] {
        let numbers: [Double] = [1, 1, 1, 1, -1, -1, 2, -2]
        return (0..<count).map { _ in
            let isNaN = type != NJ_I32 && Int.random(in: 0..<50, using: &dice) == 0
            return isNaN ? .nan : numbers[Int.random(in: 0..<numbers.count, using: &dice)]
        }
    }

    /// Whether both are the same, bit for bit but for the bits of a NaN.
    private func same(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64, NJ_I32])
    func `whatever is done along rows gives what the reference gives`(set: String, type: nj_dtype) throws {
        var dice = Dice(1)
        for cols in Self.widths {
            for rows in Self.heights {
                var memory = Memory()
                var region = Region(rows: rows, cols: cols)
                let source = memory.add(values(rows * cols, type, &dice), as: type)
                let picks = (0..<rows).map { _ in Double(Int.random(in: 0..<cols, using: &dice)) }
                let labels = memory.add(picks, as: NJ_I32)
                let x = region.load(region.dense(NJ_FULL, type, buffer: source), as: type)
                let label = region.load(region.dense(NJ_COL, NJ_I32, buffer: labels), as: NJ_I32)
                var targets: [(Int, nj_dtype)] = []
                let operations = [
                    NJ_OP_ROW_SUM, NJ_OP_ROW_PROD, NJ_OP_ROW_MAX, NJ_OP_ROW_MIN, NJ_OP_ROW_ARGMAX, NJ_OP_ROW_ARGMIN,
                    NJ_OP_ROW_PICK,
                ]
                for op in operations {
                    let to = op == NJ_OP_ROW_ARGMAX || op == NJ_OP_ROW_ARGMIN ? NJ_I32 : type
                    let y = region.emit(op, type, to: to, NJ_COL, x, label)
                    targets.append((memory.add([Double](repeating: 7, count: rows), as: to), to))
                    region.store(y, region.dense(NJ_COL, to, buffer: memory.buffers.count - 1))
                }
                var reference = Reference(region, on: memory)
                reference.run()
                try withInstructionSet(set) {
                    #expect(try region.blockOrder() == "columns")
                    try run(region, on: &memory)
                }
                #expect(memory.isIntact)
                for (op, target) in zip(operations, targets) {
                    #expect(
                        same(memory.values(target.0, target.1), reference.memory.values(target.0, target.1)),
                        "\(set), operation \(op.rawValue), \(type), \(rows) x \(cols)")
                }
            }
        }
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64, NJ_I32])
    func `results by column and of everything are those of the reference`(set: String, type: nj_dtype) throws {
        var dice = Dice(2)
        for cols in Self.widths {
            for rows in Self.heights {
                var memory = Memory()
                var region = Region(rows: rows, cols: cols)
                // Products stay exact with a few twos only.
                let twos = Set((0..<20).map { _ in Int.random(in: 0..<rows * cols, using: &dice) })
                let numbers = (0..<rows * cols).map { twos.contains($0) ? 2.0 : (Bool.random(using: &dice) ? 1 : -1) }
                let source = memory.add(numbers, as: type)
                let x = region.load(region.dense(NJ_FULL, type, buffer: source), as: type)
                let square = region.emit(NJ_OP_SQUARE, type, NJ_FULL, x)
                let most = region.emit(NJ_OP_ROW_MAX, type, NJ_COL, x)
                let beside = region.emit(NJ_OP_ADD, type, NJ_FULL, x, most)
                let product = region.emit(NJ_OP_MUL, type, NJ_FULL, x, beside)
                var targets: [Int] = []
                for (register, byColumn) in [(x, true), (square, true), (product, true), (x, false), (most, false)] {
                    for first in 0..<(register == product || register == square ? 1 : 4) as Range<UInt32> {
                        let op = nj_op((byColumn ? NJ_OP_COLS_SUM : NJ_OP_ALL_SUM).rawValue + first)
                        let count = byColumn ? cols : 1
                        targets.append(memory.add([Double](repeating: 7, count: count), as: NJ_F64))
                        region.accumulate(op, register, NJ_F64, buffer: memory.buffers.count - 1)
                    }
                }
                region.lookAlongRows(&memory)
                var reference = Reference(region, on: memory)
                reference.run()
                var shuffled = memory
                try withInstructionSet(set) {
                    #expect(try region.blockOrder() == "columns")
                    try run(region, on: &memory)
                    try run(region, on: &shuffled) { (0..<$0).shuffled(using: &dice) }
                }
                #expect(memory.isIntact)
                #expect(memory == shuffled)
                for (index, target) in targets.enumerated() {
                    #expect(
                        memory.values(target, NJ_F64) == reference.memory.values(target, NJ_F64),
                        "\(set), result \(index), \(type), \(rows) x \(cols)")
                }
            }
        }
    }

    @Test(arguments: supportedSets, 1...3)
    func `operations agree with their definition for all kinds of operands`(set: String, operands: Int) throws {
        try OperationTests.checkAll(
            set, operands, domains: [(33, 2), (67, 10), (40, 3), (131, 17), (100, 33)], byColumns: true)
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64])
    func `random numbers are those of the same elements in rows`(set: String, type: nj_dtype) throws {
        for (rows, cols) in [(33, 3), (131, 10), (1000, 17)] {
            for op in [NJ_OP_UNIFORM, NJ_OP_NORMAL] {
                func draw(byColumns: Bool) throws -> [Double] {
                    var memory = Memory()
                    var region = Region(rows: rows, cols: cols)
                    let x = region.emit(op, type, NJ_FULL, 0)
                    let target = memory.add([Double](repeating: 7, count: rows * cols), as: type)
                    region.store(x, region.dense(NJ_FULL, type, buffer: target))
                    if byColumns { region.lookAlongRows(&memory) }
                    try withInstructionSet(set) {
                        #expect(try region.blockOrder() == (byColumns ? "columns" : "rows"))
                        try run(region, on: &memory, words: [99])
                    }
                    #expect(memory.isIntact)
                    return memory.values(target, type)
                }
                #expect(try draw(byColumns: true) == draw(byColumns: false))
            }
        }
    }

    @Test(arguments: supportedSets)
    func `a label out of range is a fault that names the first row, and picks zero`(set: String) throws {
        let (rows, cols) = (200, 10)
        var memory = Memory()
        var region = Region(rows: rows, cols: cols)
        let source = memory.add([Double](repeating: 5, count: rows * cols), as: NJ_F32)
        let labels = memory.add((0..<rows).map { $0 == 150 ? 10 : ($0 == 199 ? -1 : 3) }, as: NJ_I32)
        let target = memory.add([Double](repeating: 7, count: rows), as: NJ_F32)
        let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: source), as: NJ_F32)
        let label = region.load(region.dense(NJ_COL, NJ_I32, buffer: labels), as: NJ_I32)
        let picked = region.emit(NJ_OP_ROW_PICK, NJ_F32, NJ_COL, x, label, tag: 42)
        region.store(picked, region.dense(NJ_COL, NJ_F32, buffer: target))
        region.lookAlongRows(&memory)
        let fault = try withInstructionSet(set) {
            #expect(try region.blockOrder() == "columns")
            return try run(region, on: &memory)
        }
        #expect(fault?.tag == 42)
        #expect(fault?.value == 10)
        #expect(fault?.limit == 10)
        #expect(fault?.position == 150)
        #expect(memory.values(target, NJ_F32) == (0..<rows).map { $0 == 150 || $0 == 199 ? 0 : 5 })
    }

    /// A softmax of a load; or a row added to it.
    private func program(rows: Int, cols: Int, softmax: Bool) -> Region {
        var region = Region(rows: rows, cols: cols)
        let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: 0), as: NJ_F32)
        var y: UInt16
        if softmax {
            let most = region.emit(NJ_OP_ROW_MAX, NJ_F32, NJ_COL, x)
            let shifted = region.emit(NJ_OP_SUB, NJ_F32, NJ_FULL, x, most)
            let exponential = region.emit(NJ_OP_EXP, NJ_F32, NJ_FULL, shifted)
            let sum = region.emit(NJ_OP_ROW_SUM, NJ_F32, NJ_COL, exponential)
            y = region.emit(NJ_OP_DIV, NJ_F32, NJ_FULL, exponential, sum)
        } else {
            let row = region.load(region.dense(NJ_ROW, NJ_F32, buffer: 1), as: NJ_F32)
            y = region.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, x, row)
        }
        region.store(y, region.dense(NJ_FULL, NJ_F32, buffer: 2))
        return region
    }

    @Test func `short rows with work along them lie by columns, all others by rows`() throws {
        for (rows, cols) in [(4096, 10), (128, 10), (1024, 3), (4096, 32)] {
            #expect(try program(rows: rows, cols: cols, softmax: true).blockOrder() == "columns")
            #expect(try program(rows: rows, cols: cols, softmax: false).blockOrder() == "rows")
        }
        for (rows, cols) in [(16, 10), (4096, 1), (4096, 128), (1024, 1000)] {
            #expect(try program(rows: rows, cols: cols, softmax: true).blockOrder() == "rows")
        }
    }
}
