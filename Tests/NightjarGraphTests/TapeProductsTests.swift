import NightjarGraph
import NightjarTensor
import Testing

/// Shapes of matrix products, and what is said of those that do not fit.
@Suite struct TapeProductsTests {
    @Test func productsFitOrSayWhatDoesNot() throws {
        let tape = Tape()
        let (a, b) = (try tape.zeros([2, 3]), try tape.zeros([3, 4]))
        #expect(tape.shape(try tape.matmul(a, b)) == (try Shape([2, 4])))
        #expect(tape.shape(try tape.matmul(b, a, transposeA: true, transposeB: true)) == (try Shape([4, 2])))
        #expect(tape.shape(try tape.matmul(tape.zeros([2, 0]), tape.zeros([0, 3]))) == (try Shape([2, 3])))
        let stack = try tape.zeros([5, 2, 3])
        #expect(tape.shape(try tape.matmul(stack, stack, transposeB: true)) == (try Shape([5, 2, 2])))
        #expect(refusal { try tape.matmul(a, a) } == "'matmul' does not fit: (2, 3) times (2, 3) needs 3 == 2")
        #expect(
            refusal { try tape.matmul(b, b, transposeB: true) } == "")
        #expect(
            refusal { try tape.matmul(a, b, transposeA: true) }
                == "'matmul' does not fit: (2, 3) transposed times (3, 4) needs 2 == 3")
        #expect(
            refusal { try tape.matmul(a, stack) } == "'matmul' does not fit: (2, 3) times (5, 2, 3) needs 3 == 2")
        #expect(
            refusal { try tape.matmul(a, tape.zeros([3, 4], .float64)) }
                == "'matmul' does not work on float32 and float64: convert one with :to(\"float32\")")
        #expect(
            refusal { try tape.matmul(tape.zeros([2, 3], .int32), tape.zeros([3, 4], .int32)) }
                == "'matmul' needs float32 or float64 tensors, got int32")
        #expect(
            refusal { try tape.matmul(tape.huge([1 << 30, 1]), tape.huge([1, 1 << 30])) }
                == "'matmul' of (1073741824, 1) and (1, 1073741824) makes too many elements: at most 2^40")
    }

    @Test func stacksOfDifferentLengthDoNotFit() throws {
        let tape = Tape()
        #expect(
            refusal { try tape.matmul(tape.zeros([5, 2, 3]), tape.zeros([4, 3, 2])) }
                == "'matmul' does not fit: (5, 2, 3) times (4, 3, 2): the leading dimensions must be equal or 1")
        #expect(
            refusal { try tape.matmul(tape.zeros([3, 2, 3]), tape.zeros([2, 5, 3, 2])) }
                == "'matmul' does not fit: (3, 2, 3) times (2, 5, 3, 2): the leading dimensions must be equal or 1")
    }

    @Test(arguments: [
        ([3], [3], []), ([2, 3], [3], [2]), ([3], [3, 4], [4]), ([5, 2, 3], [3], [5, 2]), ([3], [5, 3, 4], [5, 4]),
        ([5, 2, 3], [3, 4], [5, 2, 4]), ([2, 3], [5, 3, 4], [5, 2, 4]), ([6, 1, 2, 3], [5, 3, 4], [6, 5, 2, 4]),
        ([1, 2, 3], [5, 3, 4], [5, 2, 4]), ([0, 2, 3], [1, 3, 4], [0, 2, 4]),
        ([6, 5, 2, 3], [1, 1, 3, 4], [6, 5, 2, 4]),
    ]) func vectorsAndStacksMeetAsInNumPy(left: [Int], right: [Int], expected: [Int]) throws {
        let tape = Tape()
        #expect(tape.shape(try tape.matmul(tape.zeros(left), tape.zeros(right))).dimensions == expected)
    }

    @Test func vectorsThatDoNotFitAreNamed() throws {
        let tape = Tape()
        let (vector, matrix) = (try tape.zeros([3]), try tape.zeros([2, 3]))
        #expect(
            refusal { try tape.matmul(vector, matrix) } == "'matmul' does not fit: (3) times (2, 3) needs 3 == 2")
        #expect(
            refusal { try tape.matmul(vector, matrix, transposeA: true) }
                == "'matmul' cannot transpose a vector: got (3) and (2, 3)")
        #expect(
            refusal { try tape.matmul(matrix, tape.zeros([])) }
                == "'matmul' needs matrices or vectors, got (2, 3) and (): multiply by a single number with '*'")
        #expect(refusal { try tape.outer(vector, matrix) } == "'outer' needs two vectors, got (3) and (2, 3)")
        #expect(tape.shape(try tape.outer(vector, tape.zeros([2]))).dimensions == [3, 2])
    }
}
