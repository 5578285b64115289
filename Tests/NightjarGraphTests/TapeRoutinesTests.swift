import NightjarGraph
import NightjarTensor
import Testing

/// Shapes of what works along one dimension or on matrices, and what is said of what does not fit.
@Suite struct TapeRoutinesTests {
    @Test func runningSumsAndOrdersKeepTheShape() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 5])
        #expect(tape.shape(try tape.cumsum(x, axis: 1)).dimensions == [2, 5])
        #expect(tape[try tape.argsort(x, axis: 0)].dtype == .int32)
        #expect(tape.shape(try tape.argsort(x, axis: 1, count: 3)).dimensions == [2, 3])
        #expect(
            refusal { try tape.argsort(x, axis: 1, count: 6) }
                == "'topk' of 6 entries: dimension 2 of (2, 5) has 5")
        #expect(
            refusal { try tape.cumsum(tape.zeros([2], .uint8), axis: 0) }
                == "'cumsum' does not work on uint8 tensors: convert them first with :to(\"float32\")")
        #expect(
            refusal { try tape.argsort(tape.zeros([]), axis: 0) }
                == "'sort' needs at least one dimension, got a single number")
        #expect(
            refusal { try tape.cumsum(x, axis: 2) } == "'cumsum' needs a dimension of (2, 5), there is no dimension 3")
    }

    @Test func positionsAreAListOrHaveTheShapeOfTheResult() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 5, 3])
        let list = try tape.zeros([4], .int32)
        #expect(tape.shape(try tape.gather(x, list, axis: 1)).dimensions == [2, 4, 3])
        #expect(tape.shape(try tape.gather(x, tape.zeros([2, 7, 3], .int32), axis: 1)).dimensions == [2, 7, 3])
        #expect(
            refusal { try tape.gather(x, tape.zeros([2, 7, 2], .int32), axis: 1) }
                == "'gather' along dimension 2 of (2, 5, 3) needs positions of equal shape but for that dimension, or one "
                + "list of them, got (2, 7, 2)")
        #expect(
            refusal { try tape.gather(x, tape.zeros([4]), axis: 1) }
                == "positions must be int32, got float32: convert them with :to(\"int32\")")
        #expect(
            tape.shape(try tape.scatterAdd(x, tape.zeros([5], .int32), axis: 1, extent: 9)).dimensions == [2, 9, 3])
        #expect(
            refusal { try tape.scatterAdd(x, list, axis: 1, extent: 9) }
                == "'scatter_add' needs one position an entry: values of shape (2, 5, 3) and positions of shape (4) along "
                + "dimension 2")
        #expect(
            refusal { try tape.gather(tape.huge([1 << 20, 1 << 20]), tape.zeros([1 << 21], .int32), axis: 0) }
                == "'gather' of (2097152) positions from (1048576, 1048576) makes too many elements: at most 2^40")
    }

    @Test func matricesAreSquareAndFloating() throws {
        let tape = Tape()
        let x = try tape.zeros([4, 3, 3])
        #expect(tape.shape(try tape.inverse(x)).dimensions == [4, 3, 3])
        #expect(tape.shape(try tape.det(x)).dimensions == [4])
        let parts = try tape.slogdet(tape.zeros([3, 3], .float64))
        #expect(tape.shape(parts.sign) == .scalar && tape.dtype(parts.logarithm) == .float64)
        #expect(
            refusal { try tape.inverse(tape.zeros([2, 3])) }
                == "'inverse' needs square matrices in the last two dimensions, got (2, 3)")
        #expect(
            refusal { try tape.det(tape.zeros([3])) }
                == "'det' needs square matrices in the last two dimensions, got (3)")
        #expect(
            refusal { try tape.slogdet(tape.zeros([2, 2], .int32)) }
                == "'slogdet' needs float32 or float64 tensors, got int32: convert them first with :to(\"float64\")")
    }
}
