import CKernels
import Foundation
import Testing

/// Means and sums of squared deviations, per column and of all, against two passes in double.
@Suite struct MomentTests {
    private func moments(_ values: [Double]) -> (mean: Double, spread: Double) {
        // Around the first value, which is exact in double for what fits float32.
        let shifted = values.map { $0 - (values.first ?? 0) }
        let mean = shifted.reduce(0, +) / Double(values.count)
        return (mean + (values.first ?? 0), shifted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
    }

    private func run(_ values: [Double], _ type: nj_dtype, rows: Int, cols: Int, sortsRows: Bool, _ set: String) throws
        -> (stored: [Double], results: [[Double]])
    {
        var memory = Memory()
        let source = memory.add(values, as: type)
        var region = Region(rows: rows, cols: cols)
        let x = region.load(region.dense(NJ_FULL, type, buffer: source), as: type)
        if sortsRows {
            // An extreme along rows, spread over the row: blocks may then lie column after column.
            let largest = region.emit(NJ_OP_ROW_MAX, type, NJ_COL, x)
            _ = memory.add([Double](repeating: 0, count: rows), as: type)
            region.store(largest, region.dense(NJ_COL, type, buffer: memory.buffers.count - 1))
        }
        var targets: [Int] = []
        for op in [NJ_OP_COLS_SPREAD, NJ_OP_COLS_MEAN, NJ_OP_ALL_MEAN, NJ_OP_ALL_SPREAD] {
            let count = op == NJ_OP_COLS_SPREAD || op == NJ_OP_COLS_MEAN ? cols : 1
            targets.append(memory.add([Double](repeating: 7, count: count), as: NJ_F64))
            region.accumulate(op, x, NJ_F64, buffer: memory.buffers.count - 1)
        }
        try withInstructionSet(set) { _ = try CKernelsTests.run(region, on: &memory) }
        #expect(memory.isIntact)
        return (memory.values(source, type), targets.map { memory.values($0, NJ_F64) })
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64])
    func `they keep their digits up to a million deviations from zero`(set: String, type: nj_dtype) throws {
        for (rows, cols) in [(1, 1), (3, 1), (33, 7), (1000, 16), (5001, 3), (70_000, 5), (40, 300), (1, 4000)] {
            for mean in [0.0, -1, 1e3, 1e6] {
                var dice = Dice(UInt64(rows + cols))
                let values = (0..<rows * cols).map { _ in mean + Double.random(in: -1...1, using: &dice) }
                for sorts in [false, true] {
                    let (stored, results) = try run(values, type, rows: rows, cols: cols, sortsRows: sorts, set)
                    let columns = (0..<cols).map { col in
                        moments((0..<rows).map { stored[$0 * cols + col] })
                    }
                    let all = moments(stored)
                    let expected = [columns.map(\.spread), columns.map(\.mean), [all.mean], [all.spread]]
                    for (index, (got, right)) in zip(results, expected).enumerated() {
                        let isSpread = index == 0 || index == 3
                        let size = isSpread ? max(1e-3, right.max() ?? 0) : 1
                        let worst = zip(got, right).map { abs($0 - $1) }.max() ?? 0
                        #expect(worst <= 1e-6 * size, "\(rows) x \(cols), mean \(mean), result \(index)")
                    }
                }
            }
        }
    }

    @Test(arguments: supportedSets)
    func `an outlier in front costs no more than a few digits`(set: String) throws {
        var values = [Double](repeating: 0, count: 100_000)
        values[0] = 1000
        let (_, results) = try run(values, NJ_F32, rows: 25_000, cols: 4, sortsRows: false, set)
        #expect(abs(results[0][0] - 1e6 * (1 - 1 / 25_000)) < 100)
        #expect(results[0][1...].allSatisfy { $0 == 0 })
        #expect(abs(results[3][0] - 1e6 * (1 - 1e-5)) < 100)
    }

    @Test(arguments: supportedSets, [NJ_F32, NJ_F64])
    func `what is not finite spoils its own column only`(set: String, type: nj_dtype) throws {
        for bad in [Double.nan, .infinity] {
            for at in [0, 9999] {
                var values = [Double](repeating: 1, count: 10_000)
                values[at] = bad
                let (_, results) = try run(values, type, rows: 1000, cols: 10, sortsRows: false, set)
                #expect(results[0].enumerated().allSatisfy { $1.isFinite == ($0 != at % 10) })
                #expect(results[1].enumerated().allSatisfy { $1.isFinite == ($0 != at % 10) })
            }
        }
    }

    @Test(arguments: supportedSets) func `of nothing both are 0`(set: String) throws {
        let (_, results) = try run([], NJ_F32, rows: 0, cols: 3, sortsRows: false, set)
        #expect(results == [[0, 0, 0], [0, 0, 0], [0], [0]])
    }
}
