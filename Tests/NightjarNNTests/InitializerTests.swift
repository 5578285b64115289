import NightjarNN
import NightjarTensor
import Testing

/// Expected numbers come from Tests/Golden/initializers.py.
struct InitializerTests {
    /// A weight of shape (4, 3) that `layers.1.weight` of a model with seed 7 would be.
    private func values(_ initializer: Initializer, dtype: DType = .float64) throws -> [Double] {
        let layer = try Linear(inputs: 4, outputs: 3, dtype: dtype, weightInitializer: initializer)
        let model = try Model(Sequential([layer]))
        try model.initialize(seed: 7)
        return layer.weight.tensor.values
    }

    private func expectStart(_ initializer: Initializer, _ expected: [Double]) throws {
        for (value, golden) in zip(try values(initializer), expected) { #expect(abs(value - golden) < 1e-14) }
    }

    @Test func theStandardIsThatOfALinearLayerInPyTorch() throws {
        try expectStart(.standard, [0.4379492860729727, -0.33822510842263465, -0.3023184023246738])
    }

    @Test func uniformAndNormalFollowTheirBounds() throws {
        try expectStart(.uniform(low: -1, high: 3), [2.7517971442918907, -0.3529004336905386, -0.2092736092986951])
        try expectStart(.normal(mean: 1, deviation: 0.5), [1.2699212380799012, 0.7518041381947272, 0.7729347262312896])
    }

    @Test func kaimingFollowsItsPaper() throws {
        try expectStart(.kaimingUniform(), [1.0727522840949621, -0.8284789338329718, -0.7405258255488865])
        try expectStart(
            .kaimingUniform(slope: 0.5, fan: .fanOut), [1.1079337949082018, -0.8556493635783404, -0.7648117839432897])
        try expectStart(.kaimingNormal(), [0.3817262756651335, -0.35100195388989525, -0.32111878970767005])
    }

    @Test func xavierFollowsItsPaper() throws {
        try expectStart(.xavierUniform(gain: 2), [1.621849006909589, -1.2525424145017026, -1.1195698136132313])
        try expectStart(.xavierNormal(), [0.28855794123109435, -0.2653325370544067, -0.24274298825044074])
    }

    @Test func constantsFill() throws {
        #expect(try values(.zeros) == [Double](repeating: 0, count: 12))
        #expect(try values(.ones) == [Double](repeating: 1, count: 12))
        #expect(try values(.constant(0.25)) == [Double](repeating: 0.25, count: 12))
    }

    @Test func float32IsTheRoundedFloat64() throws {
        for initializer in [Initializer.standard, .kaimingNormal(), .xavierUniform()] {
            #expect(try values(initializer, dtype: .float32) == values(initializer).map { Double(Float($0)) })
        }
    }

    @Test func convolutionWeightsCountTheirWindow() throws {
        // Kernel 3x3, 8 inputs, 16 outputs: fan-in 72, fan-out 144.
        let shape = try Shape([3, 3, 8, 16])
        #expect(
            Initializer.kaimingNormal().distribution(for: shape) == .normal(mean: 0, deviation: (2.0 / 72).squareRoot())
        )
        #expect(
            Initializer.kaimingNormal(fan: .fanOut).distribution(for: shape)
                == .normal(mean: 0, deviation: (2.0 / 144).squareRoot()))
        #expect(
            Initializer.xavierNormal().distribution(for: shape) == .normal(mean: 0, deviation: (2.0 / 216).squareRoot())
        )
    }

    @Test func largeWeightsHaveTheSpreadTheyShould() throws {
        let layer = try Linear(inputs: 200, outputs: 300, dtype: .float64, weightInitializer: .kaimingNormal())
        try Model(layer).initialize(seed: 3)
        let values = layer.weight.tensor.values
        let mean = values.reduce(0, +) / 60_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60_000
        // Standard errors: 0.1 / sqrt(60,000) = 4e-4 for the mean, 0.01 sqrt(2 / 60,000) = 6e-5 for the variance.
        #expect(abs(mean) < 0.002)
        #expect(abs(variance - 0.01) < 0.0003)
    }
}
