import NightjarEngine
import NightjarNN
import NightjarTensor
import Testing

struct DropoutTests {
    private let bench = Bench()

    @Test func evaluationChangesNothing() throws {
        let input = try normalTensor([4, 5])
        #expect(try bench.output(Dropout(rate: 0.5), input).values == input.values)
        #expect(try bench.output(Dropout(rate: 0), input, .training).values == input.values)
    }

    @Test(arguments: [DType.float32, .float64]) func keepsAndScalesTheSameElementsInEveryRun(_ dtype: DType) throws {
        let input = try Tensor.full(Shape([50, 40]), 3, dtype: dtype)
        let output = try bench.output(Dropout(rate: 0.25), input, .training).values
        #expect(output.allSatisfy { $0 == 0 || abs($0 - 4) < 1e-6 })
        // 2,000 draws: the standard deviation of the count is 19.
        #expect(abs(output.count { $0 == 0 } - 500) < 80)
        #expect(try bench.output(Dropout(rate: 0.25), input, .training).values == output)
    }

    @Test func theMaskIsThatOfPathStepAndElement() throws {
        let input = try Tensor.full(Shape([6, 7]), 1, dtype: .float64)
        let model = try Sequential([Identity(), Dropout(rate: 0.5)])
        let stream = RandomStream(seed: 5, purpose: "dropout/layers.2", index: 9)
        let expected = (0..<42).map { stream.uniform(UInt64($0)) >= 0.5 ? 2.0 : 0 }
        #expect(try bench.output(model, input, .training, step: 9).values == expected)
        #expect(try bench.output(model, input, .training, step: 10).values != expected)
        #expect(try bench.output(model, input, .training, step: 9, seed: 6).values != expected)
        #expect(try bench.output(Sequential([Dropout(rate: 0.5)]), input, .training, step: 9).values != expected)
    }

    @Test func aLayerUsedTwiceDropsOtherElementsTheSecondTime() throws {
        let context = bench.context(.training)
        let model = try Model(Dropout(rate: 0.5))
        let input = context.tape.leaf(try Tensor.full(Shape([100]), 1, dtype: .float64))
        let (first, second) = (try context.call(model, input), try context.call(model, input))
        let values = try bench.session.evaluate([Value(context.tape, first), Value(context.tape, second)])
        #expect(values[0].values != values[1].values)
    }

    @Test func gradientsAgreeWithDifferences() throws {
        #expect(try bench.gradientError(Dropout(rate: 0.4), normalTensor([6, 5]), .training) < 1e-8)
    }

    @Test(arguments: [1, -0.1, .nan]) func aRateOutsideIsRefused(_ rate: Double) {
        #expect(throws: ModelError("dropout needs a rate of at least 0 and less than 1, got \(rate)")) {
            try Dropout(rate: rate)
        }
    }
}
