import NightjarNN
import NightjarTensor
import Testing

struct LinearTests {
    private let bench = Bench()

    @Test(arguments: [[3, 4], [1, 4], [2, 5, 4]]) func multipliesRowsAndAddsTheBias(_ dimensions: [Int]) throws {
        let layer = try Linear(inputs: 4, outputs: 3, dtype: .float64)
        let input = try normalTensor(dimensions)
        let output = try bench.output(layer, input)
        #expect(output.shape.dimensions == dimensions.dropLast() + [3])
        let (weight, bias) = (layer.weight.tensor.values, layer.bias?.tensor.values ?? [])
        for row in 0..<input.count / 4 {
            for column in 0..<3 {
                var expected = bias[column]
                for feature in 0..<4 { expected += input.value(at: row * 4 + feature) * weight[feature * 3 + column] }
                #expect(abs(output.value(at: row * 3 + column) - expected) < 1e-14)
            }
        }
    }

    @Test func withoutBiasZerosStayZeros() throws {
        let layer = try Linear(inputs: 4, outputs: 3, hasBias: false, dtype: .float64)
        #expect(layer.bias == nil)
        #expect(try bench.output(layer, .zeros(Shape([2, 4]), dtype: .float64)).values == [0, 0, 0, 0, 0, 0])
    }

    @Test func gradientsAgreeWithDifferences() throws {
        let layer = try Linear(inputs: 4, outputs: 3, dtype: .float64)
        #expect(try bench.gradientError(layer, normalTensor([5, 4])) < 1e-8)
        let deep = try Linear(inputs: 4, outputs: 3, dtype: .float64)
        #expect(try bench.gradientError(deep, normalTensor([2, 3, 4])) < 1e-8)
    }

    @Test func biasIsBoundedByTheInputsOfTheLayer() throws {
        let layer = try Linear(inputs: 10_000, outputs: 50, dtype: .float64)
        try Model(layer).initialize(seed: 2)
        let values = layer.bias?.tensor.values ?? []
        #expect(values.allSatisfy { abs($0) <= 0.01 })
        #expect(values.contains { abs($0) > 0.005 })
    }

    @Test func inputsOfAnotherSizeAreRefusedByName() throws {
        let model = try Sequential([Activation(.relu), Linear(inputs: 64, outputs: 10)])
        #expect(
            try bench.refusal(model, [128, 32])
                == "model.layers.2 (linear): expected 64 features a row, as in (batch, 64), got (128, 32)")
        #expect(
            try bench.refusal(model, [128, 8, 8, 1])
                == "model.layers.2 (linear): expected 64 features a row, as in (batch, 64), got (128, 8, 8, 1): "
                + "put a flatten layer before it")
        #expect(
            try bench.refusal(model, [64])
                == "model.layers.2 (linear): expected 64 features a row, as in (batch, 64), got (64): "
                + "one sample needs the shape (1, 64)")
        #expect(
            try bench.refusal(model, [128, 64], .float64)
                == "model.layers.2 (linear): expected float32 inputs, as the weights are, got float64")
    }

    @Test func sizesBelowOneAreRefused() {
        #expect(throws: ModelError("a linear layer needs at least 1 input and 1 output, got 0 and 3")) {
            try Linear(inputs: 0, outputs: 3)
        }
        #expect(throws: ModelError("a linear layer needs at least 1 input and 1 output, got 4 and -1")) {
            try Linear(inputs: 4, outputs: -1)
        }
    }

    @Test func parametersAreFloating() {
        #expect(throws: ModelError("parameters are float32 or float64, not int32")) {
            try Linear(inputs: 4, outputs: 3, dtype: .int32)
        }
    }
}
