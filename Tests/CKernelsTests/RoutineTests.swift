import CKernels
import Foundation
import Testing

/// Routines against plain loops: shapes from one element to several tiles, tiles in any order.
@Suite struct RoutineTests {
    /// (outer, extent, inner): single elements, empty ones, many short lines, one long line, wide rows.
    static let views: [(Int, Int, Int)] = [
        (1, 1, 1), (1, 0, 3), (0, 4, 2), (3, 4, 0), (2, 5, 3), (700, 3, 1), (4, 50, 300), (1, 3000, 1), (1, 300_000, 1),
        (2, 90_000, 2), (5, 200, 129),
    ]

    private func values(_ count: Int, _ type: nj_dtype, _ dice: inout Dice) -> [Double] {
        (0..<count).map { _ in
            let value = Double.random(in: -4...4, using: &dice)
            return type == NJ_I32 || Int.random(in: 0..<3, using: &dice) == 0 ? value.rounded() : Double(Float(value))
        }
    }

    /// Both orders of tiles give the same bits.
    private func both(_ routine: Routine) throws -> (values: [Double], faults: [nj_fault]) {
        var (forward, backward) = (routine, routine)
        let result = try forward.run()
        let turned = try backward.run { $0.reversed() }
        #expect(forward.memory == backward.memory)
        #expect(result.faults.count == turned.faults.count)
        return result
    }

    @Test(arguments: [NJ_F32, NJ_F64, NJ_I32]) func runningSumsGoAlongTheMiddle(type: nj_dtype) throws {
        var dice = Dice(1)
        for (outer, extent, inner) in Self.views {
            for isBackward in [false, true] {
                let source = values(outer * extent * inner, type, &dice)
                let got = try both(
                    Routine(
                        NJ_ROUTINE_CUMSUM, type, outer: outer, extent: extent, inner: inner, count: extent,
                        backward: isBackward, source: source, targetCount: source.count)
                ).values
                var (expected, scale) = (source, 1.0)
                for line in 0..<(outer * inner) {
                    let start = line / inner * extent * inner + line % inner
                    var (total, size) = (0.0, 0.0)
                    for step in 0..<extent {
                        let at = start + (isBackward ? extent - 1 - step : step) * inner
                        total += source[at]
                        size += abs(source[at])
                        expected[at] = total
                    }
                    scale = max(scale, size)
                }
                let bound = type == NJ_F32 ? 6e-8 : type == NJ_F64 ? 1e-15 : 0
                let worst = zip(got, expected).map { abs($0 - $1) }.max() ?? 0
                #expect(worst <= bound * scale, "(\(outer), \(extent), \(inner)): off by \(worst) of \(scale)")
            }
        }
    }

    @Test func wholeRunningSumsWrap() throws {
        var routine = Routine(
            NJ_ROUTINE_CUMSUM, NJ_I32, outer: 1, extent: 3, inner: 1, count: 3, source: [2_147_483_647, 1, 1],
            targetCount: 3)
        #expect(try routine.run().values == [2_147_483_647, -2_147_483_648, -2_147_483_647])
    }

    @Test(arguments: [NJ_F32, NJ_F64, NJ_I32]) func linesAreSortedStablyWithNaNAsTheLargest(type: nj_dtype) throws {
        var dice = Dice(2)
        let special: [Double] = [.nan, .infinity, -.infinity, 0, -0.0, 1e-40, -3e38]
        for (outer, extent, inner) in Self.views where extent < 100_000 {
            for isBackward in [false, true] {
                var source = values(outer * extent * inner, type, &dice)
                if type != NJ_I32 {
                    for at in source.indices where Int.random(in: 0..<5, using: &dice) == 0 {
                        source[at] = Double(Float(special[Int.random(in: 0..<special.count, using: &dice)]))
                    }
                }
                for count in Set([extent, min(extent, 7), 0]) {
                    let got = try both(
                        Routine(
                            NJ_ROUTINE_ARGSORT, type, outer: outer, extent: extent, inner: inner, count: count,
                            backward: isBackward, source: source, targetCount: outer * count * inner)
                    ).values
                    for line in stride(from: 0, to: outer * inner, by: max(1, outer * inner / 40)) {
                        let (block, column) = (line / inner, line % inner)
                        let keys = (0..<extent).map { source[(block * extent + $0) * inner + column] }
                        let sorted = keys.indices.sorted { one, two in
                            let (x, y) = isBackward ? (keys[two], keys[one]) : (keys[one], keys[two])
                            if x < y || (y.isNaN && !x.isNaN) { return true }
                            return !(y < x || (x.isNaN && !y.isNaN)) && one < two
                        }
                        let mine = (0..<count).map { Int(got[(block * count + $0) * inner + column]) }
                        #expect(mine == Array(sorted.prefix(count)), "line \(line) of (\(outer), \(extent), \(inner))")
                    }
                }
            }
        }
    }

    /// A line is one tile: a long one asks while it is sorted.
    @Test(arguments: [200_000, 3]) func aLineThatNobodyWantsIsNotSorted(count: Int) throws {
        var dice = Dice(7)
        let source = values(200_000, NJ_F32, &dice)
        func routine() -> Routine {
            Routine(
                NJ_ROUTINE_ARGSORT, NJ_F32, outer: 1, extent: source.count, inner: 1, count: count, source: source,
                targetCount: count)
        }
        var (whole, wanted, unwanted) = (routine(), routine(), routine())
        let result = try whole.run().values
        #expect(try wanted.run(isCut: { _ in 0 }).values == result)
        #expect(try unwanted.run(isCut: { _ in 1 }).values == [Double](repeating: 77, count: count))
    }

    @Test(arguments: [NJ_F32, NJ_F64, NJ_I32, NJ_U8], [false, true])
    func gatherTakesAndScatterAddsWhereIndicesSay(type: nj_dtype, isList: Bool) throws {
        var dice = Dice(3)
        for (outer, extent, inner) in Self.views where extent > 0 && extent < 100_000 {
            let count = max(1, extent / 2 + 1)
            let source = values(outer * extent * inner, type, &dice).map { type == NJ_U8 ? abs($0).rounded() : $0 }
            let index = (0..<(isList ? count : outer * count * inner)).map { _ in
                Double(Int.random(in: 0..<extent, using: &dice))
            }
            func place(_ o: Int, _ j: Int, _ i: Int) -> Int { Int(index[isList ? j : (o * count + j) * inner + i]) }
            let gathered = try both(
                Routine(
                    NJ_ROUTINE_GATHER, type, outer: outer, extent: extent, inner: inner, count: count, source: source,
                    index: index, isList: isList, targetCount: outer * count * inner))
            var expected: [Double] = []
            for o in 0..<outer {
                for j in 0..<count {
                    for i in 0..<inner { expected.append(source[(o * extent + place(o, j, i)) * inner + i]) }
                }
            }
            #expect(gathered.values == expected && gathered.faults.isEmpty)
            guard type != NJ_U8 else { continue }
            let scattered = try both(
                Routine(
                    NJ_ROUTINE_SCATTER_ADD, type, outer: outer, extent: extent, inner: inner, count: count,
                    source: expected, index: index, isList: isList, targetCount: outer * extent * inner))
            var sums = [Double](repeating: 0, count: outer * extent * inner)
            for (at, value) in expected.enumerated() {
                let (o, j, i) = (at / (count * inner), at / inner % count, at % inner)
                let target = (o * extent + place(o, j, i)) * inner + i
                sums[target] = type == NJ_F32 ? Double(Float(sums[target]) + Float(value)) : sums[target] + value
            }
            #expect(scattered.values == sums && scattered.faults.isEmpty)
        }
    }

    /// All that meets in one place is one tile.
    @Test func aSumThatNobodyWantsIsNotAddedUp() throws {
        let count = 100_000
        func routine() -> Routine {
            Routine(
                NJ_ROUTINE_SCATTER_ADD, NJ_F32, outer: 1, extent: 9, inner: 1, count: count,
                source: [Double](repeating: 1, count: count), index: [Double](repeating: 2, count: count), isList: true,
                targetCount: 9)
        }
        var (wanted, unwanted) = (routine(), routine())
        #expect(try wanted.run(isCut: { _ in 0 }).values == [0, 0, Double(count), 0, 0, 0, 0, 0, 0])
        #expect(try unwanted.run(isCut: { _ in 1 }).values[2] < 10_000)
    }

    /// Sums that leave int32 are looked at again, a million places at a time.
    @Test(arguments: [[5, 5, 1_199_999, 1_199_999], [7, 8, 1_199_999, 1_199_999], [1 << 20, 3, 1 << 20, 3]])
    func theFirstSumThatLeavesItsTypeIsAFault(places: [Int]) throws {
        let extent = 1_200_000
        let result = try both(
            Routine(
                NJ_ROUTINE_SCATTER_ADD, NJ_I32, outer: 1, extent: extent, inner: 1, count: 4,
                source: [Double](repeating: 2e9, count: 4), index: places.map(Double.init), isList: true,
                targetCount: extent))
        let first = try #require(result.faults.min { $0.position < $1.position })
        let twice = Set(places.filter { place in places.count { $0 == place } == 2 })
        #expect(first.position == Int64(twice.min() ?? 0) && first.value == 4_000_000_000)
        #expect(first.code == Int32(NJ_FAULT_RANGE.rawValue))
    }

    @Test(arguments: [NJ_ROUTINE_GATHER, NJ_ROUTINE_SCATTER_ADD])
    func theFirstIndexOutOfRangeIsAmongTheFaults(op: nj_routine_op) throws {
        let (outer, extent, inner, count) = (50, 9, 40, 9)
        var index = [Double](repeating: 2, count: outer * count * inner)
        for (at, bad) in [(417, 9.0), (418, -1), (9000, 2e9), (17_999, 9)] { index[at] = bad }
        let result = try both(
            Routine(
                op, NJ_F32, outer: outer, extent: extent, inner: inner, count: count,
                source: [Double](repeating: 1, count: outer * 9 * inner), index: index,
                targetCount: outer * 9 * inner))
        let first = try #require(result.faults.min { $0.position < $1.position })
        #expect(first.position == 417 && first.value == 9 && first.limit == 9 && first.tag == 5)
        #expect(first.code == Int32(NJ_FAULT_INDEX.rawValue))
        // What is out of range gives 0, or is left out.
        if op == NJ_ROUTINE_GATHER {
            #expect(result.values[417] == 0 && result.values[416] == 1)
        } else {
            #expect(result.values.reduce(0, +) == Double(outer * count * inner - 4))
        }
    }

    @Test func descriptionsThatMakeNoSenseAreRefused() {
        var description = nj_routine_desc()
        (description.outer, description.extent, description.inner, description.count) = (1, 4, 1, 4)
        func isRefused(_ change: (inout nj_routine_desc) -> Void) -> Bool {
            var copy = description
            change(&copy)
            guard let routine = nj_routine_create(&copy) else { return true }
            nj_routine_destroy(routine)
            return false
        }
        #expect(!isRefused { _ in })
        #expect(isRefused { $0.op = 9 })
        #expect(isRefused { $0.dtype = 9 })
        #expect(isRefused { $0.dtype = UInt8(NJ_U8.rawValue) })
        #expect(isRefused { $0.extent = -1 })
        #expect(isRefused { ($0.outer, $0.inner) = (1 << 40, 1 << 40) })
        #expect(
            isRefused {
                $0.op = UInt8(NJ_ROUTINE_ARGSORT.rawValue)
                $0.count = 5
            })
    }
}
