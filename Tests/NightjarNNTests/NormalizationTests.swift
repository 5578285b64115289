import Foundation
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import Testing

struct NormalizationTests {
    private let bench = Bench()

    // MARK: Against PyTorch

    /// What Tests/Golden/normalization.py writes.
    struct Golden: Decodable, CustomTestStringConvertible {
        let name: String
        let shape: [Int]
        let steps: [[String: [Double]]]
        let evaluated: [Double]
        let parameters: [String: [Double]]

        var testDescription: String { "\(name) \(shape)" }

        static let all: [Golden] = {
            let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Golden/normalization.json")
            return (try? JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))) ?? []
        }()

        /// The layer that the name says.
        func layer(_ dtype: DType) throws -> any Module {
            let words = name.split(separator: " ").map(String.init)
            let channels = shape.last ?? 0
            func number(_ word: String, _ standard: Double) -> Double {
                words.firstIndex(of: word).flatMap { Double(words[$0 + 1]) } ?? standard
            }
            switch words[0] {
            case "batch_norm":
                return try BatchNorm(
                    channels: channels, epsilon: number("eps", 1e-5), momentum: number("momentum", 0.1),
                    isAffine: !words.contains("plain"), dtype: dtype)
            case "layer_norm": return try LayerNorm(features: channels, dtype: dtype)
            case "group_norm":
                return try GroupNorm(groups: Int(number("group_norm", 0)), channels: channels, dtype: dtype)
            default: return try RMSNorm(features: channels, dtype: dtype)
            }
        }
    }

    @Test func theFixtureIsThere() { #expect(Golden.all.count == 9) }

    @Test(arguments: Golden.all, [DType.float64, .float32])
    func outputsGradientsAndStatisticsAreThoseOfPyTorch(_ golden: Golden, _ dtype: DType) throws {
        let tolerance = dtype == .float64 ? 1e-11 : 2e-4
        let model = try Model(golden.layer(dtype))
        try model.load(
            model.parameters.map {
                ($0.path, try tensor(golden.parameters[$0.path] ?? [], $0.parameter.shape.dimensions, dtype))
            } + model.buffers.map { ($0.path, $0.buffer.tensor) })
        let session = Session(threads: 2)
        for (index, step) in golden.steps.enumerated() {
            func values(_ name: String) throws -> [Double] { try #require(step[name]) }
            session.beginStep()
            defer { session.endStep() }
            let tape = session.tape
            let context = ForwardContext(
                tape: tape, mode: .training, provenance: session.provenance, step: index + 1)
            let input = tape.leaf(try tensor(values("input"), golden.shape, dtype))
            let output = try context.call(model, input)
            let product = try tape.binary(.mul, output, tape.leaf(tensor(values("seed"), golden.shape, dtype)))
            let total = try tape.reduce(.sum, product, axes: Reduction.all(rank: golden.shape.count), keep: false)
            let variables = [input] + model.parameters.map { tape.leaf($0.parameter.tensor) }
            let results = try session.commit(
                outputs: [output] + tape.gradient(of: total, withRespectTo: variables),
                effects: context.updates.map { Session.Effect($0.tensor, $0.node) })
            let names = ["output", "input_gradient"] + model.parameters.map { "\($0.path)_gradient" }
            for (name, result) in zip(names, results) {
                try expect(result, values(name), tolerance, "\(name) \(index)")
            }
            for (name, buffer) in model.buffers {
                try expect(buffer.tensor, values(name), tolerance, "\(name) \(index)")
            }
        }
        let input = try tensor(#require(golden.steps[0]["input"]), golden.shape, dtype)
        let context = bench.context()
        let output = try context.call(model, context.tape.leaf(input))
        let evaluated = try bench.session.evaluate([Value(context.tape, output)])[0]
        try expect(evaluated, golden.evaluated, tolerance, "evaluated")
        #expect(context.updates.isEmpty)
    }

    private func tensor(_ values: [Double], _ dimensions: [Int], _ dtype: DType) throws -> Tensor {
        try .from(values, shape: Shape(dimensions), dtype: dtype)
    }

    private func expect(_ tensor: Tensor, _ expected: [Double], _ tolerance: Double, _ what: String) throws {
        try #require(tensor.count == expected.count)
        let size = max(1, expected.map(abs).max() ?? 1)
        let worst = zip(tensor.values, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= tolerance * size, "\(what)")
    }

    // MARK: Gradients

    @Test func gradientsAgreeWithDifferences() throws {
        let input = try normalTensor([3, 2, 4])
        #expect(try bench.gradientError(BatchNorm(channels: 4, dtype: .float64), input, .training) < 1e-7)
        #expect(try bench.gradientError(BatchNorm(channels: 4, dtype: .float64), input) < 1e-7)
        #expect(try bench.gradientError(LayerNorm(features: 4, dtype: .float64), input) < 1e-7)
        #expect(try bench.gradientError(GroupNorm(groups: 2, channels: 4, dtype: .float64), input) < 1e-7)
        #expect(try bench.gradientError(RMSNorm(features: 4, dtype: .float64), input) < 1e-7)
    }

    // MARK: Batch normalisation

    @Test func aMeanFarFromZeroCostsNoDigitsOnceItIsKnown() throws {
        let layer = try BatchNorm(channels: 1)
        let model = try Model(layer)
        try model.load([
            ("weight", try .full(Shape([1]), 1, dtype: .float32)), ("bias", try .zeros(Shape([1]), dtype: .float32)),
            ("running_mean", try .full(Shape([1]), 10_000, dtype: .float32)),
            ("running_var", try .full(Shape([1]), 1, dtype: .float32)),
        ])
        // 9,999 and 10,001 in turn: mean 10,000, variance 1.
        let input = try Tensor.from(
            (0..<64).map { 9_999 + 2 * Double($0 % 2) }, shape: Shape([64, 1]), dtype: .float32)
        let context = bench.context(.training)
        let output = try context.call(model, context.tape.leaf(input))
        let values = try bench.session.evaluate([Value(context.tape, output)])[0].values
        for (index, value) in values.enumerated() { #expect(abs(value - (index % 2 == 0 ? -1 : 1)) < 1e-4) }
    }

    @Test func aLayerUsedTwiceInAStepRemembersBoth() throws {
        let layer = try BatchNorm(channels: 1, momentum: 0.5, isAffine: false, dtype: .float64)
        let model = try Model(Twice(layer))
        let session = Session(threads: 1)
        session.beginStep()
        let context = ForwardContext(tape: session.tape, mode: .training, provenance: session.provenance, step: 1)
        let input = try Tensor.from([2, 6], shape: Shape([2, 1]), dtype: .float64)
        _ = try context.call(model, session.tape.leaf(input))
        #expect(context.updates.count == 2)
        _ = try session.commit(
            outputs: [], effects: context.updates.map { Session.Effect($0.tensor, $0.node) })
        session.endStep()
        // First 0.5 * 0 + 0.5 * 4, then 0.5 * 2 + 0.5 * 0, the mean of what was normalised already.
        #expect(abs(layer.runningMean.tensor.value(at: 0) - 1) < 1e-12)
    }

    private final class Twice: Module {
        let inner: BatchNorm
        init(_ inner: BatchNorm) { self.inner = inner }
        var kind: String { "twice" }
        var children: [(name: String, module: any Module)] { [("inner", inner)] }
        func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
            try context.call(inner, named: "inner", context.call(inner, named: "inner", input))
        }
    }

    @Test func oneValueForEachChannelIsAnErrorInTrainingOnly() throws {
        let context = bench.context(.training)
        let model = try Model(BatchNorm(channels: 3))
        try model.initialize(seed: 1)
        let input = context.tape.leaf(try .zeros(Shape([1, 1, 1, 3]), dtype: .float32))
        let error = #expect(throws: LayerError.self) { try context.call(model, input) }
        #expect(
            error?.description
                == "model (batch_norm): expected more than one value for each channel in training, got (1, 1, 1, 3): "
                + "a variance needs two. Use larger batches, or layer_norm")
        #expect(try bench.output(BatchNorm(channels: 3), .zeros(Shape([1, 3]), dtype: .float32)).values == [0, 0, 0])
    }

    // MARK: Mistakes

    @Test func inputsThatDoNotFitAreRefusedByName() throws {
        let layers: [any Module] = try [
            BatchNorm(channels: 3), LayerNorm(features: 3), GroupNorm(groups: 3, channels: 3), RMSNorm(features: 3),
        ]
        for layer in layers {
            #expect(
                try bench.refusal(layer, [2, 4])
                    == "model (\(layer.kind)): expected 3 channels in the last dimension, as in (batch, 3) or "
                    + "(batch, height, width, 3), got (2, 4)")
            #expect(try bench.refusal(layer, [3]).hasSuffix("got (3)"))
            #expect(
                try bench.refusal(layer, [2, 3], .float64)
                    == "model (\(layer.kind)): expected float32 inputs, got float64")
        }
    }

    @Test func settingsOutOfRangeAreRefused() {
        #expect(throws: ModelError("batch_norm needs at least 1 channel, got 0")) { try BatchNorm(channels: 0) }
        #expect(throws: ModelError("layer_norm needs a positive eps that float32 holds, got 0.0")) {
            try LayerNorm(features: 2, epsilon: 0)
        }
        #expect(throws: ModelError("batch_norm needs a momentum from 0 to 1, got 1.5")) {
            try BatchNorm(channels: 2, momentum: 1.5)
        }
        #expect(throws: ModelError("group_norm needs groups that divide the channels: 4 do not make 3")) {
            try GroupNorm(groups: 3, channels: 4)
        }
        #expect(throws: ModelError("rms_norm works on float32 or float64, not int32")) {
            try RMSNorm(features: 2, dtype: .int32)
        }
    }
}
