import CKernels
import Foundation
import Testing

/// Results per column and for the whole domain, and sums along long rows.
@Suite struct AccumulatorTests {
    static let reductions: [(nj_op, nj_op)] = [
        (NJ_OP_COLS_SUM, NJ_OP_ALL_SUM), (NJ_OP_COLS_PROD, NJ_OP_ALL_PROD), (NJ_OP_COLS_MAX, NJ_OP_ALL_MAX),
        (NJ_OP_COLS_MIN, NJ_OP_ALL_MIN),
    ]

    /// All eight accumulators of one load, in float64 memory.
    private func reduce(_ values: [Double], _ type: nj_dtype, rows: Int, cols: Int, _ set: String) throws -> [[Double]]
    {
        var memory = Memory()
        let source = memory.add(values, as: type)
        var region = Region(rows: rows, cols: cols)
        let x = region.load(region.dense(NJ_FULL, type, buffer: source), as: type)
        var targets: [Int] = []
        for (byColumn, all) in Self.reductions {
            targets.append(memory.add([Double](repeating: 7, count: cols), as: NJ_F64))
            region.accumulate(byColumn, x, NJ_F64, buffer: memory.buffers.count - 1)
            targets.append(memory.add([7], as: NJ_F64))
            region.accumulate(all, x, NJ_F64, buffer: memory.buffers.count - 1)
        }
        try withInstructionSet(set) { _ = try run(region, on: &memory) }
        #expect(memory.isIntact)
        return targets.map { memory.values($0, NJ_F64) }
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64, NJ_I32])
    func `an empty domain gives the neutral elements`(set: String, type: nj_dtype) throws {
        let lowest = type == NJ_I32 ? -2_147_483_648 : -Double.infinity
        let highest = type == NJ_I32 ? 2_147_483_647 : Double.infinity
        let results = try reduce([], type, rows: 0, cols: 3, set)
        #expect(results == [0, 1, lowest, highest].flatMap { [[$0, $0, $0], [$0]] })
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64, NJ_I32])
    func `products and extremes are those of the values`(set: String, type: nj_dtype) throws {
        let (rows, cols) = (40, 9)
        let values = (0..<rows * cols).map { [1, -1, 2, 1, 1, 1, 1, -1, 1, 1, 1][$0 * $0 % 11] as Double }
        let results = try reduce(values, type, rows: rows, cols: cols, set)
        let columns = (0..<cols).map { col in (0..<rows).map { values[$0 * cols + col] } }
        #expect(results[2] == columns.map { $0.reduce(1, *) })
        if type != NJ_I32 { #expect(results[3] == [values.reduce(1, *)]) }
        #expect(results[4] == columns.map { $0.max() ?? 0 })
        #expect(results[7] == [values.min() ?? 0])
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64])
    func `a NaN spoils the results it belongs to, and no others`(set: String, type: nj_dtype) throws {
        for at in [0, 5, 1234, 9999] {
            var values = [Double](repeating: 1, count: 10_000)
            values[at] = .nan
            let results = try reduce(values, type, rows: 1000, cols: 10, set)
            for result in results {
                #expect(result.enumerated().allSatisfy { $1.isNaN == (result.count == 1 || $0 == at % 10) })
            }
        }
    }

    @Test(arguments: supportedSets)
    func `long float sums are accurate`(set: String) throws {
        var dice = Dice(5)
        let values = (0..<1_000_000).map { _ in Double(Float.random(in: 0...1, using: &dice)) }
        let exact = values.reduce(0, +)
        for (rows, cols) in [(1, 1_000_000), (1000, 1000), (100_000, 10), (10, 100_000)] {
            let results = try reduce(values, NJ_F32, rows: rows, cols: cols, set)
            #expect(abs(results[1][0] - exact) < exact * 2e-7, "all of \(rows) x \(cols)")
            for col in [0, cols - 1] {
                let column = (0..<rows).reduce(0) { $0 + values[$1 * cols + col] }
                #expect(abs(results[0][col] - column) <= column * 3e-7, "column of \(rows) x \(cols)")
            }
            var memory = Memory()
            let source = memory.add(values, as: NJ_F32)
            let target = memory.add([Double](repeating: 0, count: rows), as: NJ_F32)
            var region = Region(rows: rows, cols: cols)
            let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: source), as: NJ_F32)
            let sum = region.emit(NJ_OP_ROW_SUM, NJ_F32, NJ_COL, x)
            region.store(sum, region.dense(NJ_COL, NJ_F32, buffer: target))
            try withInstructionSet(set) { _ = try run(region, on: &memory) }
            for (row, actual) in memory.values(target, NJ_F32).enumerated().prefix(100) {
                let wanted = values[row * cols..<(row + 1) * cols].reduce(0, +)
                #expect(abs(actual - wanted) <= wanted * 3e-7, "row of \(rows) x \(cols)")
            }
        }
    }

    @Test(arguments: supportedSets, [(5, 3), (40, 9), (3, 700), (17, 64)])
    func `reductions along rows agree with their definition`(set: String, size: (Int, Int)) throws {
        let (rows, cols) = size
        var dice = Dice(11)
        let ops: [nj_op] = [
            NJ_OP_ROW_SUM, NJ_OP_ROW_PROD, NJ_OP_ROW_MAX, NJ_OP_ROW_MIN, NJ_OP_ROW_ARGMAX, NJ_OP_ROW_ARGMIN,
        ]
        for type in [NJ_F32, NJ_F64, NJ_I32] {
            for op in ops {
                var values = (0..<rows * cols).map { _ in
                    [1, -1, 1, 1, 2, -1, 0.5][Int.random(in: 0..<7, using: &dice)]
                }
                if type == NJ_I32 { values = values.map { $0 == 0.5 ? 1 : $0 } }
                let whole = type == NJ_I32
                if op == NJ_OP_ROW_PROD { values = values.map { abs($0) == 2 || $0 == 0.5 ? -1 : $0 } }
                if !whole { values[cols * 2 + cols / 2] = .nan }
                var memory = Memory()
                let source = memory.add(values, as: type)
                let position = op == NJ_OP_ROW_ARGMAX || op == NJ_OP_ROW_ARGMIN
                let to = position ? NJ_I32 : type
                let target = memory.add([Double](repeating: 0, count: rows), as: to)
                var region = Region(rows: rows, cols: cols)
                let x = region.load(region.dense(NJ_FULL, type, buffer: source), as: type)
                let result = region.emit(op, type, to: to, NJ_COL, x)
                region.store(result, region.dense(NJ_COL, to, buffer: target))
                try withInstructionSet(set) { _ = try run(region, on: &memory) }
                let wanted = (0..<rows).map { Scalar.reduce(op, Array(values[$0 * cols..<($0 + 1) * cols]), type) }
                let actual = memory.values(target, to)
                #expect(
                    zip(actual, wanted).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) },
                    "operation \(op.rawValue), \(type): \(actual) instead of \(wanted)")
            }
        }
    }
}
