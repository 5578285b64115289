import NightjarTensor
import Testing

@Suite struct NonzeroTests {
    // NaN and infinities count, both zeros do not.
    @Test func whatIsNotZeroIsFoundInEveryElementType() throws {
        let floats: [Float] = [0, -0.0, 1, -2, .nan, .infinity, .leastNonzeroMagnitude, 0]
        try expect(Tensor(floats), [2, 3, 4, 5, 6])
        try expect(Tensor(floats.map(Double.init)), [2, 3, 4, 5, 6])
        try expect(Tensor([0, -1, .min, .max, 0] as [Int32]), [1, 2, 3])
        try expect(Tensor([0, 255, 0, 1] as [UInt8]), [1, 3])
        try expect(Tensor.from([0, 1, 1, 0], shape: Shape([2, 2]), dtype: .bool), [1, 2])
    }

    @Test func noEntriesAndOneOfNoDimension() throws {
        try expect(Tensor([] as [Float]), [])
        try expect(Tensor([3] as [Float], shape: Shape([])), [0])
        try expect(Tensor([0] as [Float], shape: Shape([])), [])
    }

    private func expect(_ tensor: Tensor, _ positions: [Int]) throws {
        #expect(tensor.nonzeroCount == positions.count)
        var found: [Int] = []
        tensor.forEachNonzero { found.append($0) }
        #expect(found == positions)
    }
}
