import NightjarGraph
import NightjarTensor
import Testing

@Suite struct TapeMovementTests {
    @Test func reshapeKeepsTheCount() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 6])
        #expect(tape.shape(try tape.reshape(x, Shape([3, 1, 4]))) == (try Shape([3, 1, 4])))
        #expect(try tape.reshape(x, Shape([2, 6])) == x)
        #expect(
            refusal { try tape.reshape(x, Shape([5])) } == "cannot reshape (2, 6) (12 elements) to (5) (5 elements)")
        #expect(tape.shape(try tape.reshape(tape.zeros([0, 3]), Shape([7, 0]))) == (try Shape([7, 0])))
    }

    @Test func permuteNeedsEachDimensionOnce() throws {
        let tape = Tape()
        let x = try tape.zeros([1, 2, 3, 4, 5, 6, 1, 2])
        let order = [7, 0, 6, 1, 5, 2, 4, 3]
        let result = try tape.permute(x, order)
        #expect(tape.shape(result).dimensions == [2, 1, 1, 2, 6, 3, 5, 4])
        #expect(Tape.order(of: tape[result]) == order)
        #expect(try tape.permute(x, Array(0..<8)) == x)
        let small = try tape.zeros([2, 3])
        for wrong in [[0], [0, 0], [0, 2], [-1, 0], [0, 1, 2], []] {
            #expect(
                refusal { try tape.permute(small, wrong) } == "'permute' needs each of the 2 dimensions of (2, 3) once")
        }
        #expect(refusal { try tape.transpose(small, 0, 2) } == "'transpose' needs two dimensions of (2, 3)")
        #expect(refusal { try tape.transpose(tape.zeros([]), 0, 0) } == "'transpose' needs two dimensions of ()")
        #expect(try tape.transpose(small, 1, 1) == small)
    }

    @Test func expandFollowsBroadcasting() throws {
        let tape = Tape()
        let x = try tape.zeros([3, 1])
        #expect(tape.shape(try tape.expand(x, Shape([3, 4]))) == (try Shape([3, 4])))
        #expect(tape.shape(try tape.expand(tape.zeros([1]), Shape([0]))) == (try Shape([0])))
        #expect(refusal { try tape.expand(x, Shape([3])) } == "cannot expand (3, 1) to (3)")
        #expect(refusal { try tape.expand(x, Shape([1, 1])) } == "cannot expand (3, 1) to (1, 1)")
        #expect(refusal { try tape.expand(x, Shape([2, 3, 4])) } == "cannot expand (3, 1) to (2, 3, 4)")
    }

    @Test func aSliceStaysInside() throws {
        let tape = Tape()
        let x = try tape.zeros([5, 3])
        let result = try tape.slice(x, starts: [4, 0], counts: [3, 2], steps: [-2, 2])
        #expect(tape.shape(result) == (try Shape([3, 2])))
        #expect(tape.ranges(of: tape[result]) == ([4, 0], [-2, 2]))
        #expect(try tape.slice(x, starts: [0, 0], counts: [5, 3], steps: [1, 1]) == x)
        let first = "'slice' leaves dimension 1 of (5, 3)"
        #expect(refusal { try tape.slice(x, starts: [0, 0], counts: [6, 3], steps: [1, 1]) } == first)
        #expect(refusal { try tape.slice(x, starts: [5, 0], counts: [1, 3], steps: [1, 1]) } == first)
        #expect(refusal { try tape.slice(x, starts: [-1, 0], counts: [1, 3], steps: [1, 1]) } == first)
        #expect(refusal { try tape.slice(x, starts: [0, 0], counts: [2, 3], steps: [0, 1]) } == first)
        #expect(refusal { try tape.slice(x, starts: [1, 0], counts: [3, 3], steps: [.max, 1]) } == first)
        #expect(
            refusal { try tape.slice(x, starts: [0, 0], counts: [5, 2], steps: [1, 3]) }
                == "'slice' leaves dimension 2 of (5, 3)")
        #expect(
            refusal { try tape.slice(x, starts: [0], counts: [5], steps: [1]) }
                == "'slice' needs a range for each of the 2 dimensions of (5, 3)")
        #expect(
            refusal { try tape.slice(x, starts: [0, 0], counts: [-1, 3], steps: [1, 1]) }
                == "a dimension cannot be negative, got -1 in (-1, 3)")
    }

    @Test func startsAndStepsThatReachNothingAreKeptInRange() throws {
        let tape = Tape()
        let x = try tape.zeros([5, 3])
        let one = try tape.slice(x, starts: [2, 0], counts: [1, 3], steps: [.max, 1])
        #expect(tape.ranges(of: tape[one]) == ([2, 0], [1, 1]))
        let none = try tape.slice(x, starts: [.min, 0], counts: [0, 3], steps: [0, 1])
        #expect(tape.ranges(of: tape[none]) == ([0, 0], [1, 1]))
    }

    @Test func concatenationAddsExtents() throws {
        let tape = Tape()
        let (a, b) = (try tape.zeros([2, 3]), try tape.zeros([2, 5]))
        #expect(tape.shape(try tape.concatenate([a, b, a], axis: 1)) == (try Shape([2, 11])))
        #expect(tape.shape(try tape.concatenate([a, tape.zeros([2, 0])], axis: 1)) == (try Shape([2, 3])))
        #expect(try tape.concatenate([a], axis: 1) == a)
        #expect(refusal { try tape.concatenate([], axis: 0) } == "'concatenate' needs at least one tensor")
        #expect(
            refusal { try tape.concatenate([a, b], axis: 0) }
                == "cannot concatenate (2, 3) and (2, 5) along dimension 1: the other dimensions must be equal")
        #expect(
            refusal { try tape.concatenate([a, a], axis: 2) }
                == "cannot concatenate (2, 3) and (2, 3) along dimension 3: the other dimensions must be equal")
        #expect(
            refusal { try tape.concatenate([a, tape.zeros([2, 3], .int32)], axis: 0) }
                == "cannot concatenate float32 and int32")
        #expect(
            refusal { try tape.concatenate([tape.huge([1 << 30]), tape.huge([1 << 30])], axis: 0) }
                == "dimension 2147483648 is too large: at most 2147483647")
    }
}
