import NightjarGraph
import NightjarTensor
import Testing

/// Equations that are read, and what is said of those that are not.
@Suite struct TapeEinsumTests {
    private func shape(_ equation: String, _ shapes: [Int]...) throws -> [Int] {
        let tape = Tape()
        return tape.shape(try tape.einsum(equation, shapes.map { try tape.zeros($0) })).dimensions
    }

    @Test func theResultHasTheLettersAfterTheArrow() throws {
        #expect(try shape("ij,jk->ik", [2, 3], [3, 4]) == [2, 4])
        #expect(try shape("ij, jk -> ki", [2, 3], [3, 4]) == [4, 2])
        #expect(try shape("bij,bjk->bik", [5, 2, 3], [5, 3, 4]) == [5, 2, 4])
        #expect(try shape("i,j->ij", [2], [3]) == [2, 3])
        #expect(try shape("ij->", [2, 3]) == [])
        #expect(try shape("ij->ji", [2, 3]) == [3, 2])
        #expect(try shape("i,i->", [3], [3]) == [])
        #expect(try shape("ab,bc,cd->ad", [2, 3], [3, 4], [4, 5]) == [2, 5])
        #expect(try shape(",i->i", [], [3]) == [3])
    }

    @Test func withoutAnArrowItHasTheLettersThatComeOnceInOrder() throws {
        #expect(try shape("kj,ji", [4, 3], [3, 2]) == [2, 4])
        #expect(try shape("ba", [2, 3]) == [3, 2])
    }

    @Test func aLetterTwiceTakesTheDiagonal() throws {
        #expect(try shape("ii->i", [3, 3]) == [3])
        #expect(try shape("ii", [3, 3]) == [])
        #expect(try shape("iji->ji", [3, 2, 3]) == [2, 3])
        #expect(try shape("iii,ij->j", [2, 2, 2], [2, 4]) == [4])
        #expect(try shape("ii->i", [0, 0]) == [0])
    }

    @Test func anEllipsisStandsForDimensionsWithoutAName() throws {
        #expect(try shape("...ij->...ji", [5, 4, 2, 3]) == [5, 4, 3, 2])
        #expect(try shape("...ij,...jk->...ik", [5, 2, 3], [4, 1, 3, 6]) == [4, 5, 2, 6])
        #expect(try shape("...,i->...i", [2, 3], [4]) == [2, 3, 4])
        #expect(try shape("i...->...", [2, 3, 4]) == [3, 4])
        #expect(try shape("...i,i", [2, 3], [3]) == [2])
        #expect(try shape("...ij->ij", [5, 2, 3]) == [2, 3])
        #expect(try shape("...,...", [0, 3], [1, 3]) == [0, 3])
    }

    @Test func whatDoesNotFitIsNamed() {
        func reason(_ equation: String, _ shapes: [[Int]]) -> String {
            let tape = Tape()
            return refusal { try tape.einsum(equation, shapes.map { try tape.zeros($0) }) }
        }
        #expect(
            reason("ij,jk", [[2, 3], [2, 4]]) == "'einsum' of \"ij,jk\": 'j' has the extents 3 and 2")
        #expect(
            reason("ij,jk", [[2, 3]]) == "'einsum' of \"ij,jk\": it names 2 operands, got 1")
        #expect(
            reason("ijk", [[2, 3]])
                == "'einsum' of \"ijk\": operand 1 has shape (2, 3), \"ijk\" names 3 dimensions")
        #expect(reason("ii->i", [[2, 3]]) == "'einsum' of \"ii->i\": 'i' has the extents 2 and 3")
        #expect(
            reason("...ij", [[2]]) == "'einsum' of \"...ij\": operand 1 has shape (2), \"...ij\" names 2 dimensions")
        #expect(
            reason("...i,...i", [[2, 4], [3, 4]]) == "'einsum' of \"...i,...i\": '...' has the extents 2 and 3")
        #expect(
            reason("...i...", [[2, 4]]) == "'einsum' of \"...i...\": there is more than one '...' in \"...i...\"")
        #expect(reason("..i", [[2, 4]]) == "'einsum' of \"..i\": '.' is not a letter")
        #expect(reason("ij->ik", [[2, 2]]) == "'einsum' of \"ij->ik\": no operand names 'k'")
        #expect(reason("ij->ii", [[2, 2]]) == "'einsum' of \"ij->ii\": the result names a letter twice")
        #expect(reason("i->j->k", [[2]]) == "'einsum' of \"i->j->k\": there is more than one '->'")
        #expect(reason("i1", [[2, 2]]) == "'einsum' of \"i1\": '1' is not a letter")
    }
}
