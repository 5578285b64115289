import Foundation
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import Testing

/// Every layer that takes a mean or a variance, in float32, against itself in float64 on the same numbers, with means up
/// to a million deviations from zero.
struct StatisticsTests {
    private typealias Make = @Sendable (DType) throws -> any Module

    /// Of 8 channels. A layer of normalisation that is missing here is missing its test.
    private static let layers: [(name: String, make: Make)] = [
        ("batch_norm", { try BatchNorm(channels: 8, dtype: $0) }),
        ("batch_norm momentum 0", { try BatchNorm(channels: 8, momentum: 0, dtype: $0) }),
        ("batch_norm momentum 1", { try BatchNorm(channels: 8, momentum: 1, isAffine: false, dtype: $0) }),
        ("layer_norm", { try LayerNorm(features: 8, dtype: $0) }),
        ("group_norm", { try GroupNorm(groups: 2, channels: 8, dtype: $0) }),
        ("instance_norm", { try GroupNorm(groups: 8, channels: 8, dtype: $0) }),
        ("rms_norm", { try RMSNorm(features: 8, dtype: $0) }),
    ]

    private struct Outcome {
        var output: [Double] = []
        var gradients: [[Double]] = []
        var buffers: [(path: String, values: [Double])] = []
    }

    private func outcome(_ make: Make, _ dtype: DType, _ input: [Float], _ shape: [Int], eager: Bool) throws -> Outcome
    {
        let session = Session(threads: 2)
        session.isEager = eager
        let model = try Model(make(dtype))
        try model.initialize(seed: 1)
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        let context = ForwardContext(tape: tape, mode: .training, provenance: session.provenance, step: 1)
        let x = tape.leaf(try Tensor.from(input.map(Double.init), shape: Shape(shape), dtype: dtype))
        let output = try context.call(model, x)
        let stream = RandomStream(seed: 2, purpose: "coefficients")
        let weights = try Tensor.from(
            (0..<input.count).map { Double(Float(stream.normal(UInt64($0)))) }, shape: Shape(shape), dtype: dtype)
        let total = try tape.reduce(
            .sum, tape.binary(.mul, output, tape.leaf(weights)), axes: Reduction.all(rank: shape.count), keep: false)
        let leaves = [x] + model.parameters.map { tape.leaf($0.parameter.tensor) }
        let results = try session.commit(
            outputs: [output] + tape.gradient(of: total, withRespectTo: leaves),
            effects: context.updates.map { Session.Effect($0.tensor, $0.node) })
        return Outcome(
            output: results[0].values, gradients: results.dropFirst().map(\.values),
            buffers: model.buffers.map { ($0.path, $0.buffer.tensor.values) })
    }

    private func error(_ got: [Double], _ right: [Double]) -> Double {
        let size = max(1e-3, right.map(abs).max() ?? 0)
        return (zip(got, right).map { abs($0 - $1) }.max() ?? 0) / size
    }

    @Test(arguments: [[64, 8], [4, 5, 3, 8], [700, 8]], [false, true])
    func float32KeepsItsDigitsHoweverFarTheMeanIsFromZero(_ shape: [Int], _ eager: Bool) throws {
        let stream = RandomStream(seed: 7, purpose: "inputs")
        let noise = (0..<shape.reduce(1, *)).map { stream.normal(UInt64($0)) }
        for mean in [0.0, 10, 1e3, -1e4, 1e6] {
            // Each channel has a mean and a scale of its own, except where a layer mixes channels: there one mean.
            let input = noise.map { Float(mean + $0) }
            for (name, make) in Self.layers {
                let single = try outcome(make, .float32, input, shape, eager: eager)
                let double = try outcome(make, .float64, input, shape, eager: eager)
                #expect(error(single.output, double.output) < 2e-5, "\(name) \(shape) mean \(mean)")
                for (index, (got, right)) in zip(single.gradients, double.gradients).enumerated() {
                    // The root mean square has a gradient that is a small difference of large numbers.
                    if name == "rms_norm", abs(mean) > 10, index == 0 { continue }
                    #expect(error(got, right) < 5e-5, "gradient \(index) of \(name) \(shape) mean \(mean)")
                }
                for (got, right) in zip(single.buffers, double.buffers) {
                    #expect(error(got.values, right.values) < 1e-6, "\(got.path) of \(name) \(shape) mean \(mean)")
                }
            }
        }
    }

    @Test func aVarianceThatIsFarFromTheRunningMeanIsRight() throws {
        let model = try Model(BatchNorm(channels: 1))
        try model.initialize(seed: 1)
        let bench = Bench()
        let context = bench.context(.training)
        let input = try Tensor.from([10_001, 10_002, 10_003], shape: Shape([3, 1]), dtype: .float32)
        let output = try context.call(model, context.tape.leaf(input))
        let values = try bench.session.evaluate([Value(context.tape, output)])[0].values
        #expect(zip(values, [-1.224735, 0, 1.224735]).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
