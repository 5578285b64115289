import CKernels
import Testing

/// Whole numbers that leave their range are faults, in blocks of every shape and order, wherever the operands lie.
@Suite struct RangeTests {
    private static let domains = [(1, 1), (5, 3), (67, 10), (3, 300), (40, 1), (2, 2500), (300, 120)]

    /// An operation, operands that leave the range, those that do not, and what the fault says.
    struct Case: Sendable, CustomTestStringConvertible {
        let op: nj_op
        let bad: (Double, Double)
        let fine: (Double, Double)
        let code: nj_fault_code
        let value: Int64
        var testDescription: String { "operation \(op.rawValue)" }
    }

    static let cases = [
        Case(op: NJ_OP_NEG, bad: (-2_147_483_648, 0), fine: (-2_147_483_647, 0), code: NJ_FAULT_RANGE, value: 1 << 31),
        Case(op: NJ_OP_ABS, bad: (-2_147_483_648, 0), fine: (-2_147_483_647, 0), code: NJ_FAULT_RANGE, value: 1 << 31),
        Case(op: NJ_OP_SQUARE, bad: (46_341, 0), fine: (-46_340, 0), code: NJ_FAULT_RANGE, value: 46_341 * 46_341),
        Case(op: NJ_OP_ADD, bad: (2_147_483_647, 1), fine: (2_147_483_646, 1), code: NJ_FAULT_RANGE, value: 1 << 31),
        Case(
            op: NJ_OP_SUB, bad: (-2_147_483_648, 1), fine: (-2_147_483_647, 1), code: NJ_FAULT_RANGE,
            value: -2_147_483_649),
        Case(op: NJ_OP_MUL, bad: (65_536, 32_768), fine: (65_535, 32_768), code: NJ_FAULT_RANGE, value: 1 << 31),
        Case(op: NJ_OP_DIV, bad: (7, 0), fine: (7, 1), code: NJ_FAULT_ZERO, value: 7),
        Case(
            op: NJ_OP_DIV, bad: (-2_147_483_648, -1), fine: (-2_147_483_647, -1), code: NJ_FAULT_RANGE, value: 1 << 31),
        Case(op: NJ_OP_MOD, bad: (-7, 0), fine: (-7, -1), code: NJ_FAULT_ZERO, value: -7),
    ]

    private func count(_ kind: nj_kind, _ rows: Int, _ cols: Int) -> Int {
        kind == NJ_FULL ? rows * cols : kind == NJ_COL ? rows : kind == NJ_ROW ? cols : 1
    }

    @Test(arguments: supportedSets, cases)
    func `what an operation can not hold is a fault with its place`(set: String, one: Case) throws {
        let isUnary = one.op.rawValue < NJ_OP_ADD.rawValue
        for (rows, cols) in Self.domains {
            for kind in isUnary ? [NJ_FULL] : [NJ_FULL, NJ_COL, NJ_ROW, NJ_SCALAR] {
                for swapped in [false, true] where !(isUnary && swapped) && kind != NJ_FULL || !swapped {
                    for byColumns in [false, true] where !byColumns || (rows > 1 && cols <= 16) {
                        // The operand that is FULL goes wrong at one place; the other is the same everywhere.
                        let place = rows * cols * 2 / 3
                        let (goes, stays) = swapped ? (one.bad.1, one.bad.0) : (one.bad.0, one.bad.1)
                        let fine = swapped ? one.fine.1 : one.fine.0
                        // An operand that alone is out of order (a divisor) is so everywhere.
                        let first = fine == goes ? 0 : place
                        var memory = Memory()
                        var region = Region(rows: rows, cols: cols)
                        var numbers = [Double](repeating: fine, count: rows * cols)
                        numbers[place] = goes
                        let full = memory.add(numbers, as: NJ_I32)
                        let x = region.load(region.dense(NJ_FULL, NJ_I32, buffer: full), as: NJ_I32)
                        var operands = [x]
                        if !isUnary {
                            let other = memory.add(
                                [Double](repeating: stays, count: count(kind, rows, cols)), as: NJ_I32)
                            let y = region.load(region.dense(kind, NJ_I32, buffer: other), as: NJ_I32)
                            operands = swapped ? [y, x] : [x, y]
                        }
                        let z = region.emit(
                            one.op, NJ_I32, NJ_FULL, operands[0], operands.count > 1 ? operands[1] : 0, tag: 9)
                        let target = memory.add([Double](repeating: 0, count: rows * cols), as: NJ_I32)
                        region.store(z, region.dense(NJ_FULL, NJ_I32, buffer: target))
                        if byColumns { region.lookAlongRows(&memory) }
                        let fault = try withInstructionSet(set) { try run(region, on: &memory) }
                        let found = try #require(fault, "\(rows) x \(cols), \(kind), swapped: \(swapped)")
                        #expect(found.tag == 9)
                        if fine != goes {
                            #expect(nj_fault_code(UInt32(found.code)) == one.code)
                            #expect(found.value == one.value)
                            #expect(found.position == Int64(first), "\(rows) x \(cols), \(kind), columns: \(byColumns)")
                        }
                        #expect(memory.isIntact)
                    }
                }
            }
        }
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64, NJ_I32])
    func `numbers that a type of whole numbers does not hold are faults`(set: String, type: nj_dtype) throws {
        for op in [NJ_OP_CAST, NJ_OP_NARROW] where !(op == NJ_OP_CAST && type == NJ_I32) {
            let (low, high) = op == NJ_OP_CAST ? (-2_147_483_648.0, 2_147_483_647.0) : (0, 255)
            for number in [low - 1, low - 0.5, low, high, high + 0.5, high + 1, .nan, .infinity, -.infinity, -0.9] {
                let held = type == NJ_F32 ? Double(Float(number)) : number
                if type == NJ_I32, held != held.rounded() || !held.isFinite { continue }
                let cut = held.rounded(.towardZero)
                let fits = cut >= low && cut <= high
                for (rows, cols) in Self.domains {
                    var memory = Memory()
                    var region = Region(rows: rows, cols: cols)
                    let place = rows * cols / 2
                    var numbers = [Double](repeating: 3, count: rows * cols)
                    numbers[place] = held
                    let source = memory.add(numbers, as: type)
                    let x = region.load(region.dense(NJ_FULL, type, buffer: source), as: type)
                    let y = region.emit(op, type, to: NJ_I32, NJ_FULL, x, tag: 4)
                    let target = memory.add([Double](repeating: 0, count: rows * cols), as: NJ_I32)
                    region.store(y, region.dense(NJ_FULL, NJ_I32, buffer: target))
                    let fault = try withInstructionSet(set) { try run(region, on: &memory) }
                    #expect((fault == nil) == fits, "\(held) by \(op.rawValue) in \(rows) x \(cols)")
                    if fits {
                        numbers[place] = cut
                        #expect(memory.values(target, NJ_I32) == numbers)
                    } else if let fault {
                        #expect(nj_fault_code(UInt32(fault.code)) == NJ_FAULT_CAST)
                        let named = Double(bitPattern: UInt64(bitPattern: fault.value))
                        #expect(named == held || (named.isNaN && held.isNaN))
                        #expect(fault.position == Int64(place) && fault.tag == 4)
                    }
                }
            }
        }
    }

    /// Sums and products in 64 bits: the way there may leave the range, what comes out may not.
    @Test(arguments: supportedSets, [false, true])
    func `totals are faults where they leave the range, and not before`(set: String, byColumns: Bool) throws {
        for (rows, cols) in Self.domains where rows > 1 && cols > 2 && (!byColumns || cols <= 16) {
            let big = 2_147_483_647.0
            for comesBack in [true, false] {
                var numbers = [Double](repeating: 0, count: rows * cols)
                let row = rows / 2
                for (col, number) in [big, 5, comesBack ? -6 : 1].enumerated() { numbers[row * cols + col] = number }
                var memory = Memory()
                var region = Region(rows: rows, cols: cols)
                let source = memory.add(numbers, as: NJ_I32)
                let x = region.load(region.dense(NJ_FULL, NJ_I32, buffer: source), as: NJ_I32)
                let sum = region.emit(NJ_OP_ROW_SUM, NJ_I32, NJ_COL, x, tag: 2)
                let target = memory.add([Double](repeating: 0, count: rows), as: NJ_I32)
                region.store(sum, region.dense(NJ_COL, NJ_I32, buffer: target))
                if byColumns { region.lookAlongRows(&memory) }
                let fault = try withInstructionSet(set) { try run(region, on: &memory) }
                if comesBack {
                    #expect(fault == nil)
                    #expect(memory.values(target, NJ_I32)[row] == big - 1)
                } else {
                    #expect(fault?.position == Int64(row) && fault?.value == 2_147_483_653 && fault?.tag == 2)
                }
                // The same entries in one column, and all of them.
                for (op, position) in [(NJ_OP_COLS_SUM, 1), (NJ_OP_ALL_SUM, 0)] where rows > 3 {
                    var memory = Memory()
                    var region = Region(rows: rows, cols: cols)
                    var turned = [Double](repeating: 0, count: rows * cols)
                    for (at, number) in [big, 5, comesBack ? -6 : 1].enumerated() { turned[at * cols + 1] = number }
                    let source = memory.add(turned, as: NJ_I32)
                    let x = region.load(region.dense(NJ_FULL, NJ_I32, buffer: source), as: NJ_I32)
                    let target = memory.add([Double](repeating: 0, count: cols), as: NJ_F64)
                    region.accumulate(op, x, NJ_F64, buffer: target)
                    if byColumns { region.lookAlongRows(&memory) }
                    let fault = try withInstructionSet(set) { try run(region, on: &memory) }
                    #expect((fault == nil) == comesBack)
                    if let fault { #expect(fault.position == Int64(position) && fault.value == 2_147_483_653) }
                }
            }
            // A product of anything is 0 where one factor is.
            var factors = [Double](repeating: big, count: rows * cols)
            factors[(rows - 1) * cols + cols - 1] = 0
            var memory = Memory()
            var region = Region(rows: rows, cols: cols)
            let source = memory.add(factors, as: NJ_I32)
            let x = region.load(region.dense(NJ_FULL, NJ_I32, buffer: source), as: NJ_I32)
            let target = memory.add([7], as: NJ_I32)
            region.accumulate(NJ_OP_ALL_PROD, x, NJ_I32, buffer: target)
            let fault = try withInstructionSet(set) { try run(region, on: &memory) }
            #expect(fault == nil)
            #expect(memory.values(target, NJ_I32) == [0])
        }
    }
}
