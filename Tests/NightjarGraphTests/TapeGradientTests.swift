import NightjarGraph
import NightjarTensor
import Testing

@Suite struct TapeGradientTests {
    @Test func aRequestHasTheShapeAndTypeOfItsTarget() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 3], .float64)
        let loss = try tape.cast(tape.reduce(.sum, x, axes: 3, keep: true), .float32)
        let requests = try tape.gradient(of: loss, withRespectTo: [x, loss, x])
        #expect(requests.map { tape.shape($0).dimensions } == [[2, 3], [1, 1], [2, 3]])
        #expect(requests.map { tape.dtype($0) } == [.float64, .float32, .float64])
        #expect(requests.map { tape[$0].b } == [x, loss, x])
    }

    @Test func lossesHaveOneElementOfAFloatType() throws {
        let tape = Tape()
        let x = try tape.zeros([2])
        #expect(
            refusal { try tape.gradient(of: x, withRespectTo: [x]) }
                == "a gradient needs a loss of one element, got shape (2): reduce it first, "
                + "for example with :mean()")
        #expect(
            refusal { try tape.gradient(of: tape.zeros([], .int32), withRespectTo: [x]) }
                == "a gradient needs a float32 or float64 loss, got int32")
        #expect(
            refusal { try tape.gradient(of: tape.zeros([]), withRespectTo: [tape.zeros([2], .int32)]) }
                == "int32 tensors have no gradient: use float32 or float64")
    }

    @Test func whatDoesNotInfluenceTheLossHasZeros() throws {
        let tape = Tape()
        let (x, y) = (try tape.zeros([2]), try tape.zeros([3]))
        let held = try tape.unary(.stopGradient, x)
        let loss = try tape.reduce(.sum, held, axes: 1, keep: false)
        let later = try tape.unary(.exp, x)
        for target in [x, y, later] {
            let gradient = try Differentiation(tape: tape).gradients(of: loss, withRespectTo: [target])[0]
            #expect(tape.shape(gradient) == tape.shape(target))
            #expect(tape[gradient].op == .expand)
            #expect(Double(bitPattern: tape[tape[gradient].a].attribute) == 0)
        }
    }

    @Test func gradientsAreRecordedAtThePlaceOfWhatTheyDerive() throws {
        let tape = Tape()
        let x = try tape.zeros([2])
        tape.place = 7
        let squares = try tape.unary(.square, x)
        tape.place = 9
        let loss = try tape.reduce(.sum, squares, axes: 1, keep: false)
        tape.place = 11
        let gradient = try Differentiation(tape: tape).gradients(of: loss, withRespectTo: [x])[0]
        #expect(tape.place(of: gradient) == 7)
        #expect(tape.place == 11)
    }
}
