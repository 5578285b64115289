import NightjarGraph
import NightjarTensor
import Testing

/// Labels are looked at where they are used: when recorded if their numbers are known, by the plan if not.
struct TapeLabelsTests {
    private func checked(_ labels: [Int32], classes: Int, _ change: (Tape, NodeID) throws -> NodeID) throws -> String {
        let tape = Tape()
        let node = try change(tape, tape.leaf(Tensor(labels)))
        return refusal { try tape.checkedLabels(node, classes: classes) }
    }

    @Test(
        arguments: [
            ([0, 2, 3], "label 4 at position 3 is out of range: labels go from 1 to 3"),
            (
                [0, -1, 7],
                "label 0 at position 2 is out of range: labels go from 1 to 3 (labels that start at 0? In scripts "
                    + "they start at 1: add 1)"
            ),
            ([.min, 0, 0], "label -2147483647 at position 1 is out of range: labels go from 1 to 3"),
            ([0, 1, 2], ""),
        ] as [([Int32], String)])
    func `known labels are refused while they are recorded`(labels: [Int32], expected: String) throws {
        #expect(try checked(labels, classes: 3) { $1 } == expected)
        // Through what scripts and tapes do to count differently.
        #expect(
            try checked(labels, classes: 3) { tape, node in
                let up = try tape.binary(.add, node, tape.constant(1, dtype: .int32))
                return try tape.binary(.sub, up, tape.number(1, dtype: .int32))
            } == expected)
        #expect(
            try checked(labels, classes: 3) { tape, node in
                try tape.binary(
                    .add, tape.number(-7, dtype: .int32), tape.binary(.add, node, tape.number(7, dtype: .int32)))
            } == expected)
    }

    @Test func `labels of another element type are refused alike`() throws {
        let tape = Tape()
        let bytes = tape.cast(tape.leaf(try Tensor([1, 9] as [UInt8])), .int32)
        #expect(
            refusal { try tape.checkedLabels(bytes, classes: 9) }
                == "label 10 at position 2 is out of range: labels go from 1 to 9")
        let numbers = tape.cast(tape.leaf(try Tensor([1, 3] as [Float])), .int32)
        #expect(
            refusal { try tape.checkedLabels(numbers, classes: 3) }
                == "label 4 at position 2 is out of range: labels go from 1 to 3")
    }

    @Test func `a place in several dimensions is named as scripts count`() throws {
        let tape = Tape()
        let labels = tape.leaf(try Tensor([0, 1, 2, 0, 5, 0] as [Int32], shape: Shape([2, 3])))
        #expect(
            refusal { try tape.oneHot(labels, classes: 3, dtype: .float32) }
                == "label 6 at position (2, 2) is out of range: labels go from 1 to 3")
    }

    @Test func `known labels and positions of largest entries cost no row`() throws {
        let tape = Tape()
        let labels = try tape.binary(.add, tape.leaf(Tensor([0, 1] as [Int32])), tape.constant(1, dtype: .int32))
        let largest = try tape.argument(.argmax, tape.zeros([4, 3]), axis: 1, keep: false)
        let count = tape.count
        #expect(try tape.checkedLabels(labels, classes: 3) == labels)
        #expect(try tape.checkedLabels(largest, classes: 3) == largest)
        #expect(try tape.checkedLabels(largest, classes: 7) == largest)
        #expect(tape.count == count)
        // Of four columns, into three classes.
        let wider = try tape.argument(.argmax, tape.zeros([4, 4]), axis: 1, keep: false)
        #expect(try tape.checkedLabels(wider, classes: 3) != wider)
    }

    @Test func `labels that a plan works out are looked up by a row that can fail`() throws {
        let tape = Tape()
        let labels = try tape.binary(.mul, tape.leaf(Tensor([0, 1] as [Int32])), tape.number(2, dtype: .int32))
        let result = try tape.checkedLabels(labels, classes: 3)
        #expect(tape[result].op == .pick)
        #expect(tape.shape(result) == tape.shape(labels))
        #expect(tape.dtype(result) == .int32)
    }
}
