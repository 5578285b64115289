import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

struct ActivationTests {
    private let bench = Bench()
    private let points = [-1e4, -30, -2.5, -0.3, 0, 0.3, 2.5, 30, 1e4]

    /// The textbook formula, in forms that do not overflow.
    private func expected(_ function: Activation.Function, _ x: Double) -> Double {
        switch function {
        case .relu: x > 0 ? x : 0
        case .leakyRelu(let slope): x > 0 ? x : slope * x
        case .elu(let alpha): x > 0 ? x : alpha * (exp(x) - 1)
        case .sigmoid: x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
        case .tanh: tanh(x)
        case .gelu: x * erfc(-x / 2.0.squareRoot()) / 2
        case .silu: x > 0 ? x / (1 + exp(-x)) : x * exp(x) / (1 + exp(x))
        case .softplus: x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
        }
    }

    @Test(arguments: Activation.Function.all + [.leakyRelu(slope: 0.2), .elu(alpha: 0.7)])
    func followsItsFormula(_ function: Activation.Function) throws {
        let output = try bench.output(Activation(function), Tensor(points))
        for (value, x) in zip(output.values, points) {
            let golden = expected(function, x)
            #expect(abs(value - golden) <= 1e-12 * max(1, abs(golden)), "\(function.name)(\(x))")
        }
    }

    @Test(arguments: Activation.Function.all)
    func gradientsAgreeWithDifferences(_ function: Activation.Function) throws {
        #expect(try bench.gradientError(Activation(function), normalTensor([3, 7])) < 1e-8)
    }

    @Test(arguments: Activation.Function.all)
    func gradientsStayFiniteWhereABranchWouldOverflow(_ function: Activation.Function) throws {
        let session = bench.session
        let tape = session.tape
        let x = tape.leaf(try Tensor(points))
        let total = try tape.reduce(.sum, function.record(tape, x), axes: 1, keep: false)
        let gradient = try tape.gradient(of: total, withRespectTo: [x])[0]
        for value in try session.evaluate([Value(tape, gradient)])[0].values { #expect(abs(value) < 2) }
    }

    @Test func slopesAtZeroAreThoseOfTheLimit() throws {
        for (function, slope) in [(Activation.Function.softplus, 0.5), (.elu(), 1), (.silu, 0.5), (.gelu, 0.5)] {
            let tape = bench.session.tape
            let x = tape.leaf(try Tensor([0.0]))
            let total = try tape.reduce(.sum, function.record(tape, x), axes: 1, keep: false)
            let gradient = try tape.gradient(of: total, withRespectTo: [x])[0]
            #expect(try bench.session.evaluate([Value(tape, gradient)])[0].values == [slope], "\(function.name)")
        }
    }

    @Test func namesAreThoseOfScripts() {
        #expect(
            Activation.Function.all.map(\.name)
                == ["relu", "leaky_relu", "elu", "sigmoid", "tanh", "gelu", "silu", "softplus"])
    }

    @Test func wholeNumbersAreRefusedByName() throws {
        #expect(
            try bench.refusal(Activation(.tanh), [3], .int32)
                == "model (tanh): 'tanh' needs a float32 or float64 tensor, got int32: "
                + "convert it first with :to(\"float32\")")
    }
}
