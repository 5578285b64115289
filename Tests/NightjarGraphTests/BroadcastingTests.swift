import NightjarGraph
import NightjarTensor
import Testing

@Suite struct BroadcastingTests {
    private func sum(_ one: [Int], _ two: [Int]) throws -> [Int] {
        let tape = Tape()
        return tape.shape(try tape.binary(.add, tape.huge(one), tape.huge(two))).dimensions
    }

    @Test func equalRanksMeetWhereOneSideHasAOne() throws {
        #expect(try sum([3, 1], [1, 4]) == [3, 4])
        #expect(try sum([1, 1, 5], [2, 3, 1]) == [2, 3, 5])
        #expect(try sum([1], [7]) == [7])
        #expect(try sum([2, 1, 2, 1, 2, 1, 2, 1], [1, 2, 1, 2, 1, 2, 1, 2]) == [2, 2, 2, 2, 2, 2, 2, 2])
    }

    @Test func anEmptyDimensionMeetsAOneAndItself() throws {
        #expect(try sum([0, 3], [1, 3]) == [0, 3])
        #expect(try sum([0], [0]) == [0])
    }

    @Test func aLowerRankMeetsTheLastDimensionsExactly() throws {
        #expect(try sum([2, 3, 4], [3, 4]) == [2, 3, 4])
        #expect(try sum([4], [2, 3, 4]) == [2, 3, 4])
        #expect(try sum([], [2, 3]) == [2, 3])
        #expect(try sum([2, 3], []) == [2, 3])
    }

    @Test(arguments: [
        ([64, 1], [64], "(64, 1)", "(64)"), ([2, 3], [2], "(2, 3)", "(2)"),
        ([2, 3, 4], [1, 4], "(2, 3, 4)", "(1, 4)"),
        ([3, 4], [4, 3], "(3, 4)", "(4, 3)"), ([0, 3], [2, 3], "(0, 3)", "(2, 3)"),
    ])
    func otherShapesAreRefused(_ one: [Int], _ two: [Int], _ first: String, _ second: String) {
        let text =
            "shapes \(first) and \(second) do not fit for '+': dimensions must be equal or 1, "
            + "or the smaller shape must equal the last dimensions of the larger"
        #expect(refusal { try sum(one, two) } == text)
    }

    @Test func aCommonShapeOfTooManyElementsIsRefused() {
        #expect(
            refusal { try sum([1 << 21, 1], [1, 1 << 20]) }
                == "shapes (2097152, 1) and (1, 1048576) make too many elements for '+': at most 2^40")
        let long = [Int](repeating: 1 << 30, count: 1)
        #expect(
            refusal { try sum(long + [1, 1], [1] + long + long.map { _ in 1 }) }
                == "shapes (1073741824, 1, 1) and (1, 1073741824, 1) make too many elements for '+': at most 2^40")
    }

    @Test func stridesAreZeroWhereATensorRepeats() throws {
        #expect(try Broadcasting.strides(of: Shape([3, 1]), in: Shape([3, 4])) == [1, 0])
        #expect(try Broadcasting.strides(of: Shape([4]), in: Shape([3, 4])) == [0, 1])
        #expect(try Broadcasting.strides(of: .scalar, in: Shape([3, 4])) == [0, 0])
        #expect(try Broadcasting.strides(of: Shape([2, 1, 4]), in: Shape([2, 3, 4])) == [4, 0, 1])
    }
}
