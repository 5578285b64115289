import NightjarNN
import NightjarTensor
import Testing

struct FlattenTests {
    private let bench = Bench()

    @Test(arguments: [([2, 3, 4], [2, 12]), ([5], [5, 1]), ([3, 4], [3, 4]), ([2, 2, 2, 1], [2, 4])])
    func keepsTheBatchAndJoinsTheRest(_ dimensions: [Int], _ expected: [Int]) throws {
        let input = try normalTensor(dimensions)
        let output = try bench.output(Flatten(), input)
        #expect(output.shape.dimensions == expected)
        #expect(output.values == input.values)
    }

    @Test func aSingleNumberHasNoBatch() throws {
        #expect(try bench.refusal(Flatten(), []) == "model (flatten): expected a batch, as in (batch, ...), got ()")
    }
}
