import NightjarGraph
import NightjarTensor
import Testing

struct LabelFaultTests {
    @Test(
        arguments: [
            (2.7, "label 2.7 at position 2 is no whole number: labels go from 1 to 3"),
            (.nan, "label nan at position 2 is no whole number: labels go from 1 to 3"),
            (.infinity, "label inf at position 2 is no whole number: labels go from 1 to 3"),
            (1e10, "label 10000000000 at position 2 is out of range: labels go from 1 to 3"),
        ] as [(Double, String)])
    func `numbers that name no class are told in full`(label: Double, expected: String) throws {
        #expect(try Tensor([1, label, 3]).firstFault(from: 1, classes: 3)?.message == expected)
        #expect(try Tensor([1, Float(label), 3]).firstFault(from: 1, classes: 3)?.message == expected)
    }

    @Test func `without a number of classes only whole numbers are asked for`() throws {
        #expect(
            try Tensor([1, 2.5]).firstBroken?.message
                == "label 2.5 at position 2 is no whole number: labels are whole numbers from 1 to the number of classes"
        )
        #expect(
            try Tensor([1e10]).firstBroken?.message
                == "label 10000000000 at position 1 is out of range: labels go from 1 to the number of classes")
        #expect(try Tensor([1, -7, 2e9]).firstBroken == nil)
        #expect(try Tensor([1, 2] as [Int32]).firstBroken == nil)
    }
}
