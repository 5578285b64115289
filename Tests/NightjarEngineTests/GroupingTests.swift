import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

@Suite struct GroupingTests {
    @Test func everySubsetOfDimensionsIsReduced() throws {
        var dice = Dice(5)
        for extents in [[], [3], [1], [2, 3], [1, 4], [3, 1, 2], [2, 3, 2], [1, 2, 1, 3], [2, 2, 3, 1, 2]] {
            let (tape, values) = (Tape(), dice.values(extents.reduce(1, *)))
            let x = tape.leaf(try Workbench.tensor(values, extents))
            var wanted: [NodeID] = []
            for axes in 0..<(1 << extents.count) {
                for op in [Op.sum, .prod, .max, .min] {
                    for keep in [false, true] {
                        wanted.append(try tape.reduce(op, x, axes: UInt8(truncatingIfNeeded: axes), keep: keep))
                    }
                }
            }
            for axis in extents.indices {
                wanted.append(try tape.argument(.argmax, x, axis: axis, keep: false))
                wanted.append(try tape.argument(.argmin, x, axis: axis, keep: true))
            }
            for eager in [false, true] {
                let problem = PlannedAgainstNaiveTests.disagreement(
                    TapeCase(tape, wanted), threads: 1, eager: eager, within: 1e-13)
                #expect(problem == nil, "\(extents)")
            }
        }
    }

    /// (n) is a value for each row in one group and one for each column in another.
    @Test func rowsAreNotTakenForColumnsInASquare() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 5, 2, 7], [2, 2])
        let picked = try bench.tape.pick(x, bench.tape.argument(.argmax, x, axis: 1, keep: false))
        let scaled = try bench.tape.binary(.div, bench.tape.unary(.square, x), bench.tape.unary(.neg, picked))
        #expect(try bench.read(scaled) == [-0.2, -25.0 / 7, -0.8, -7])
    }

    @Test func aPickFromJoinedRowsIsComputed() throws {
        let bench = Workbench()
        let joined = try bench.tape.concatenate(
            [bench.leaf([1, 2], [2, 1]), bench.leaf([3, 4, 5, 6], [2, 2])], axis: 1)
        #expect(try bench.read(bench.tape.pick(joined, bench.leaf([2, 0], [2], .int32))) == [4, 2])
    }

    @Test func aBatchOfOneAndASingleRowTakeLabels() throws {
        let bench = Workbench()
        let one = try bench.tape.pick(bench.leaf([1, 2, 3], [1, 3]), bench.leaf([2], [1], .int32))
        let row = try bench.tape.pick(bench.leaf([1, 2, 3], [3]), bench.leaf([1], [], .int32))
        #expect(try bench.read(one) == [3])
        #expect(try bench.read(row) == [2])
    }

    @Test func positionsCanBeMovedReducedAndReshaped() throws {
        let bench = Workbench()
        let (tape, shape) = (bench.tape, try Shape([2, 3, 4]))
        for axis in 0..<3 {
            let positions = tape.iota(shape, axis: axis)
            let wanted = [
                try tape.permute(positions, [2, 0, 1]), try tape.reshape(positions, Shape([4, 6])),
                try tape.reduce(.sum, positions, axes: 2, keep: false),
                try tape.reduce(.max, positions, axes: 5, keep: true),
                try tape.argument(.argmax, positions, axis: 1, keep: false),
                try tape.slice(positions, starts: [1, 2, 3], counts: [2, 2, 2], steps: [-1, -2, -3]),
                try tape.concatenate([positions, positions], axis: 1),
                try tape.binary(.add, tape.iota(Shape([1, 3, 4]), axis: 0), positions),
            ]
            for eager in [false, true] {
                #expect(
                    PlannedAgainstNaiveTests.disagreement(
                        TapeCase(tape, wanted), threads: 1, eager: eager, within: 1e-13) == nil)
            }
        }
    }

    @Test func sumsOfNothingAreZeroAndProductsOne() throws {
        let bench = Workbench()
        for dtype in [DType.float32, .float64, .int32] {
            let none = try bench.leaf([], [3, 0, 2], dtype)
            #expect(try bench.read(bench.tape.reduce(.sum, none, axes: 2, keep: false)) == [0, 0, 0, 0, 0, 0])
            #expect(try bench.read(bench.tape.reduce(.prod, none, axes: 3, keep: true)) == [1, 1])
            #expect(try bench.read(bench.sum(none)) == [0])
            #expect(try bench.read(bench.tape.reduce(.sum, none, axes: 1, keep: false)) == [])
        }
        let empty = try bench.tape.matmul(bench.leaf([], [2, 0]), bench.leaf([], [0, 3]))
        #expect(try bench.read(empty) == [0, 0, 0, 0, 0, 0])
        #expect(try bench.read(bench.tape.mean(bench.leaf([], [0]), axes: 1, keep: false))[0].isNaN)
    }

    /// Broadcasting against an empty batch: its gradient is a sum of nothing.
    @Test func gradientsThroughEmptyTensorsAreZero() throws {
        let bench = Workbench()
        let (weight, bias) = (try bench.leaf([1, 2, 3, 4, 5, 6], [2, 3]), try bench.leaf([7, 8, 9], [1, 3]))
        let product = try bench.tape.matmul(bench.leaf([], [0, 2]), weight)
        let loss = try bench.sum(bench.tape.binary(.mul, product, bias))
        let gradients = try bench.tape.gradient(of: loss, withRespectTo: [weight, bias])
        #expect(try bench.read(gradients[0]) == [0, 0, 0, 0, 0, 0])
        #expect(try bench.read(gradients[1]) == [0, 0, 0])
    }

    @Test func longChainsOfSingleNumbersAndOfRowsArePlanned() throws {
        for dimensions in [[], [1], [3]] {
            let bench = Workbench()
            bench.session.beginStep()
            var x = try bench.leaf([Double](repeating: 1, count: dimensions.reduce(1, *)), dimensions)
            var number = try bench.tape.number(3, dtype: .float64)
            for _ in 0..<20_000 {
                x = try bench.tape.unary(.neg, bench.tape.unary(.abs, x))
                number = try bench.tape.unary(.sin, bench.tape.unary(.cos, number))
            }
            let values = try bench.read(bench.tape.binary(.mul, x, number))
            #expect(values.allSatisfy { abs($0 + 0.694819690730788) < 1e-12 }, "\(values)")
        }
    }

    @Test func chainsOfViewsOfAConstantAreSeenThrough() throws {
        let bench = Workbench()
        bench.session.beginStep()
        var x = try bench.leaf([1, 2], [2])
        for _ in 0..<50_000 {
            x = try bench.tape.reshape(bench.tape.expand(x, Shape([1, 2])), Shape([2]))
        }
        #expect(try bench.read(bench.tape.binary(.add, x, x)) == [2, 4])
    }
}
