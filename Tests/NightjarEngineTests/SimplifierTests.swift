import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

@Suite struct SimplifierTests {
    /// Values that rewrites get wrong: signed zeros, infinities, NaN, denormals.
    private let hard: [Double] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 1e308, 0.1]

    @Test func rewritesKeepEveryBit() throws {
        let ops: [Op] = [.add, .sub, .mul, .div, .maximum, .minimum]
        for op in ops {
            for number in [0, 1, -1, 2, 0.5, -0.0] {
                for swapped in [false, true] {
                    let bench = Workbench()
                    let x = try bench.leaf(hard, [hard.count])
                    let constant = bench.tape.constant(number, dtype: .float64)
                    let result = try swapped ? bench.tape.binary(op, constant, x) : bench.tape.binary(op, x, constant)
                    for (value, got) in zip(hard, try bench.read(result)) {
                        let (a, b) = swapped ? (number, value) : (value, number)
                        let expected: Double =
                            switch op {
                            case .add: a + b
                            case .sub: a - b
                            case .mul: a * b
                            case .div: a / b
                            case .maximum: a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
                            default: a.isNaN || b.isNaN ? .nan : Swift.min(a, b)
                            }
                        let same = got.isNaN && expected.isNaN || got == expected
                        #expect(same, "\(op) of \(a) and \(b) gave \(got)")
                        if op != .maximum, op != .minimum, !expected.isNaN {
                            #expect(got.sign == expected.sign, "\(op) of \(a) and \(b) gave \(got)")
                        }
                    }
                }
            }
        }
    }

    @Test func foldedNumbersAreThoseOfTheirType() throws {
        let bench = Workbench()
        let tenth = bench.tape.constant(0.1, dtype: .float32)
        #expect(try bench.read(bench.tape.cast(tenth, .float64)) == [Double(Float(0.1))])
        let sum = try bench.tape.binary(.add, tenth, bench.tape.constant(0.2, dtype: .float32))
        #expect(try bench.read(sum) == [Double(Float(0.1) + Float(0.2))])
        let narrow = bench.tape.cast(bench.tape.constant(0.1, dtype: .float64), .float32)
        #expect(try bench.read(bench.tape.cast(narrow, .float64)) == [Double(Float(0.1))])
    }

    @Test func castsBetweenAllTypesFollowTheRule() throws {
        let values: [DType: [Double]] = [
            .float32: [-1.5, -0.0, 0.4, 1.9, 300, 3e9, -3e9, .nan, .infinity],
            .float64: [-1.5, -0.0, 0.4, 1.9, 300, 3e9, -3e9, .nan, .infinity],
            .int32: [-2_147_483_648, -1, 0, 1, 255, 256, 2_147_483_647], .uint8: [0, 1, 127, 255], .bool: [0, 1],
        ]
        for (from, all) in values {
            for to in DType.allCases {
                // Those that the type holds; WholeNumberTests have the others.
                let list = all.filter { number in
                    let cut = number.rounded(.towardZero)
                    return !to.isWhole || (cut >= Double(to.least) && cut <= Double(to.largest))
                }
                for dimensions in [[list.count], [1, list.count], [list.count, 1]] {
                    let tape = Tape()
                    let x = tape.leaf(try Workbench.tensor(list, dimensions, from))
                    let repeated = try tape.expand(tape.reshape(x, Shape([1, list.count])), Shape([2, list.count]))
                    let problem = PlannedAgainstNaiveTests.disagreement(
                        TapeCase(tape, [tape.cast(x, to), tape.cast(repeated, to)]), threads: 1, eager: false,
                        within: 1e-15)
                    #expect(problem == nil, "\(from) to \(to)")
                }
            }
        }
    }
}
