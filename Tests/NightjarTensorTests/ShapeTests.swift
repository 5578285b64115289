import NightjarTensor
import Testing

struct ShapeTests {
    @Test func aShapeKnowsItsExtents() throws {
        let shape = try Shape([2, 3, 4])
        #expect(shape.rank == 3)
        #expect(shape.count == 24)
        #expect(shape.last == 4)
        #expect(shape[0] == 2 && shape[1] == 3 && shape[2] == 4)
        #expect(shape.dimensions == [2, 3, 4])
        #expect(shape.strides == [12, 4, 1])
    }

    @Test func aSingleNumberHasNoDimensions() throws {
        #expect(Shape.scalar.rank == 0)
        #expect(Shape.scalar.count == 1)
        #expect(Shape.scalar.last == 1)
        #expect(Shape.scalar.strides.isEmpty)
        #expect(try Shape([]) == .scalar)
    }

    @Test func aZeroMakesItEmpty() throws {
        #expect(try Shape([3, 0, 2]).count == 0)
        #expect(try Shape([3, 0, 2]).dimensions == [3, 0, 2])
        #expect(try Shape([3, 0, 2]) != Shape([0]))
    }

    @Test func stridesReachEveryElementOnce() throws {
        for dimensions in [[5], [2, 3], [4, 1, 3], [2, 2, 2, 2, 2, 2, 2, 2]] {
            let shape = try Shape(dimensions)
            var offsets: [Int] = [0]
            for (extent, stride) in zip(shape.dimensions, shape.strides) {
                offsets = offsets.flatMap { offset in (0..<extent).map { offset + $0 * stride } }
            }
            #expect(offsets == Array(0..<shape.count))
        }
    }

    @Test func equalShapesAreEqualAndHashAlike() throws {
        #expect(try Shape([2, 3]) == Shape([2, 3]))
        #expect(try Shape([2, 3]) != Shape([3, 2]))
        #expect(try Shape([2]) != Shape([2, 1]))
        #expect(try Shape([2]) != Shape([2, 0]))
        #expect(try Set([Shape([2, 3]), Shape([2, 3]), Shape([6])]).count == 2)
    }

    @Test func itPrintsAsMessagesShowIt() throws {
        #expect(try "\(Shape([128, 10])) \(Shape([5])) \(Shape.scalar)" == "(128, 10) (5) ()")
    }

    @Test(arguments: [
        ([Int](repeating: 1, count: 9), "a tensor has at most 8 dimensions, got 9"),
        ([3, -1], "a dimension cannot be negative, got -1 in (3, -1)"),
        ([1 << 31], "dimension 2147483648 is too large: at most 2147483647"),
        ([.max], "dimension 9223372036854775807 is too large: at most 2147483647"),
        ([.min], "a dimension cannot be negative, got -9223372036854775808 in (-9223372036854775808)"),
        ([1 << 20, 1 << 21], "a tensor of shape (1048576, 2097152) has too many elements: at most 2^40"),
        (
            [Int](repeating: 1 << 30, count: 8),
            "a tensor of shape (1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, "
                + "1073741824) has too many elements: at most 2^40"
        ),
        ([0, 1 << 30, 1 << 30], "a tensor of shape (0, 1073741824, 1073741824) has too many elements: at most 2^40"),
    ])
    func whatCannotBeAShapeIsAnError(dimensions: [Int], message: String) {
        #expect(throws: TensorError(message)) { try Shape(dimensions) }
    }

    @Test func theLargestShapeIsAllowed() throws {
        #expect(try Shape([1 << 20, 1 << 20]).count == Shape.maxCount)
        #expect(try Shape([Int(Int32.max)]).count == Int(Int32.max))
    }
}
