import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Statistics around a value of the data: planned against naive, and their derivatives against differences.
@Suite struct MomentsTests {
    private static let shapes: [[Int]] = [[5], [7, 3], [4, 1], [1, 4], [3, 2, 4], [2, 3, 2, 3]]

    @Test(arguments: [DType.float32, .float64], [false, true])
    func plannedAndEagerAreThoseOfTheNaiveEvaluator(_ dtype: DType, _ eager: Bool) throws {
        for shape in Self.shapes {
            for leading in 1...shape.count {
                let bench = Workbench(eager: eager)
                var dice = Dice(UInt64(shape.count * 10 + leading))
                let x = try bench.leaf(dice.values(shape.reduce(1, *)).map { $0 + 1000 }, shape, dtype)
                // A value made for the statistics alone, and one that others read as well.
                for input in [x, try bench.tape.unary(.neg, x)] {
                    let moments = try bench.tape.moments(input, leading: leading)
                    let naive = NaiveEvaluator(bench.tape)
                    for (id, tolerance) in [(moments.mean, 1e-6), (moments.spread, 1e-4)] {
                        let (got, right) = (try bench.read(id), naive[id])
                        #expect(got.count == right.count)
                        #expect(zip(got, right).allSatisfy { abs($0 - $1) <= tolerance }, "\(shape) \(leading)")
                    }
                    let (shift, offset) = (try bench.read(moments.shift), try bench.read(moments.offset))
                    #expect(zip(zip(shift, offset), naive[moments.mean]).allSatisfy { abs($0.0 + $0.1 - $1) < 1e-6 })
                }
            }
        }
    }

    /// sum(w var(x)) over each set of dimensions, once and twice.
    @Test func derivativesAgreeWithDifferences() throws {
        let shape = [3, 2, 4]
        for axes in UInt8(1)...7 {
            let bench = Workbench()
            var dice = Dice(UInt64(axes))
            let start = dice.values(24)
            let weights = dice.values(24)
            func value(_ x: [Double], gradientWeights: [Double]? = nil) throws -> (Double, [Double]) {
                let leaf = try bench.leaf(x, shape)
                let variance = try bench.tape.variance(leaf, axes: axes, keep: true, correction: 1)
                let weight = try bench.leaf(weights, shape)
                let loss = try bench.sum(bench.tape.binary(.mul, weight, bench.tape.binary(.mul, variance, variance)))
                let first = try bench.tape.gradient(of: loss, withRespectTo: [leaf])[0]
                guard let gradientWeights else { return (try bench.read(loss)[0], try bench.read(first)) }
                let other = try bench.leaf(gradientWeights, shape)
                let total = try bench.sum(bench.tape.binary(.mul, first, other))
                let second = try bench.tape.gradient(of: total, withRespectTo: [leaf])[0]
                return (try bench.read(total)[0], try bench.read(second))
            }
            for twice in [nil, dice.values(24)] {
                let got = try value(start, gradientWeights: twice).1
                for index in stride(from: 0, to: 24, by: 5) {
                    func moved(_ by: Double) throws -> Double {
                        var x = start
                        x[index] += by
                        return try value(x, gradientWeights: twice).0
                    }
                    let slope = try (moved(1e-5) - moved(-1e-5)) / 2e-5
                    #expect(abs(got[index] - slope) < 1e-5, "axes \(axes), \(twice == nil ? "first" : "second")")
                }
            }
        }
    }

    @Test func statisticsOfNothingAreRefused() throws {
        let tape = Tape()
        let x = tape.leaf(try Tensor.zeros(Shape([0, 3]), dtype: .float32))
        #expect(refusal { try tape.moments(x, leading: 1) } == "statistics of no elements: the shape is (0, 3)")
        let whole = tape.leaf(try Tensor.zeros(Shape([2]), dtype: .int32))
        #expect(
            refusal { try tape.moments(whole, leading: 1) }
                == "statistics need a float32 or float64 tensor, got int32: convert it first with :to(\"float32\")")
        #expect(
            refusal {
                try tape.variance(tape.leaf(.zeros(Shape([1]), dtype: .float32)), axes: 1, keep: false, correction: 1)
            }
                == "'var' over 1 elements with correction 1 divides by nothing: give { correction = 0 }")
    }
}
