import NightjarGraph
import NightjarTensor
import Testing

/// Shapes of pieces, borders and repetition, and what is said of what does not fit.
@Suite struct TapeRearrangingTests {
    @Test func piecesAddUpToTheExtent() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 5])
        #expect(
            try tape.split(x, sizes: [1, 0, 4], axis: 1).map { tape.shape($0).dimensions } == [
                [2, 1], [2, 0], [2, 4],
            ])
        for sizes in [[1, 3], [6], [-1, 6], [Int.max, Int.max, 7]] {
            let list = sizes.map(String.init).joined(separator: ", ")
            #expect(
                refusal { try tape.split(x, sizes: sizes, axis: 1) }
                    == "'split' of dimension 2 of (2, 5) into {\(list)}: the sizes must add up to 5")
        }
    }

    @Test(arguments: [0.0, -0.0, 3]) func bordersWidenTheShape(value: Double) throws {
        let tape = Tape()
        let x = try tape.zeros([2, 0])
        #expect(tape.shape(try tape.pad(x, before: [1, 2], after: [0, 3], value: value)).dimensions == [3, 5])
        #expect(
            refusal { try tape.pad(x, before: [1], after: [0], value: value) }
                == "'pad' needs two counts of at least 0 for each dimension of (2, 0)")
        #expect(
            refusal { try tape.pad(x, before: [Int.max, 0], after: [1, 0], value: value) }
                == "dimension \(Int.max) is too large: at most \(Int32.max)")
    }

    @Test func repetitionMultipliesExtents() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 3])
        #expect(tape.shape(try tape.tile(x, [4, 1, 2])).dimensions == [4, 2, 6])
        #expect(tape.shape(try tape.tile(x, [0])).dimensions == [2, 0])
        #expect(tape.shape(try tape.repeatInterleave(x, 3, axis: 0)).dimensions == [6, 3])
        #expect(
            refusal { try tape.tile(x, [Int.max, 1]) } == "dimension \(Int.max) is too large: at most \(Int32.max)")
        #expect(refusal { try tape.tile(x, [-1]) } == "'tile' needs counts of at least 0")
    }

    @Test func stacksGetANewDimension() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 3])
        #expect(tape.shape(try tape.stack([x, x, x, x], axis: 1)).dimensions == [2, 4, 3])
        #expect(
            refusal { try tape.stack([x, tape.zeros([3, 2])], axis: 0) }
                == "cannot stack (2, 3) and (3, 2): shapes must be equal")
        #expect(refusal { try tape.stack([x], axis: 3) } == "'stack' can put a dimension at 1 to 3, not at 4")
    }
}
