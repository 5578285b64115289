import NightjarGraph
import NightjarTensor
import Testing

@Suite struct TapeTests {
    @Test func aTensorIsOneLeafAndACopyAnother() throws {
        let tape = Tape()
        let tensor = try Tensor.zeros(Shape([2]), dtype: .float32)
        let leaf = tape.leaf(tensor)
        #expect(tape.leaf(tensor) == leaf)
        #expect(tape.existingLeaf(tensor) == leaf)
        #expect(tape.leaf(try tensor.copy()) != leaf)
        #expect(tape.existingLeaf(try tensor.copy()) == nil)
        #expect(tape.value(leaf) === tensor)
        #expect(tape.leaves.count == 2)
    }

    @Test func theNumbersWorthSimplifyingArePartOfTheStructure() throws {
        let tape = Tape()
        for value in [0, 1, -1, 2, 0.5] { #expect(try tape[tape.number(value)].op == .constant) }
        for value in [3, -2, 0.1, .infinity, .nan, 1 + .ulpOfOne] {
            #expect(try tape[tape.number(value)].op == .number)
        }
        #expect(tape.numbers.count == 6)
        #expect(try Double(bitPattern: tape[tape.number(0.5, dtype: .float64)].attribute) == 0.5)
        #expect(try tape.dtype(tape.number(7, dtype: .int32)) == .int32)
    }

    @Test func rowsStayWhereTheyAreWhileTheTableGrows() throws {
        let tape = Tape(capacity: 1)
        var ids = [try tape.zeros([3])]
        for count in 1..<5000 {
            tape.place = Int32(count)
            ids.append(try tape.unary(count % 2 == 0 ? .exp : .tanh, ids[count - 1]))
        }
        #expect(tape.count == 5000)
        for count in 1..<5000 {
            #expect(tape[ids[count]].a == ids[count - 1])
            #expect(tape[ids[count]].op == (count % 2 == 0 ? .exp : .tanh))
            #expect(tape.place(of: ids[count]) == Int32(count))
        }
        #expect(tape.contains(ids[4999]))
        #expect(!tape.contains(NodeID(5000)))
        #expect(!tape.contains(.none))
    }

    @Test func valuesAreKeptUntilTheyAreForgotten() throws {
        let tape = Tape()
        let x = try tape.zeros([2])
        let y = try tape.unary(.exp, x)
        let tensor = try Tensor.zeros(Shape([2]), dtype: .float32)
        #expect(tape.value(y) == nil)
        tape.keep(tensor, for: y)
        #expect(tape.value(y) === tensor)
        tape.forget(y)
        #expect(tape.value(y) == nil)
    }

    @Test func randomRowsAreFloats() throws {
        let tape = Tape()
        let shape = try Shape([2, 3])
        let draw = try tape.random(.normal, shape, dtype: .float64, key: 42)
        #expect(tape.words == [42])
        #expect(tape.shape(draw) == shape)
        #expect(
            refusal { try tape.random(.uniform, shape, dtype: .int32, key: 1) }
                == "random numbers are float32 or float64, got int32")
    }

    @Test func tapesHaveSerialsOfTheirOwn() {
        #expect(Tape().serial != Tape().serial)
    }
}
