import NightjarGraph
import NightjarTensor
import Testing

@Suite struct TapeReductionsTests {
    @Test func everySubsetOfDimensionsGoesOrStaysAsOnes() throws {
        let extents = [2, 1, 3, 1, 4, 1, 1, 2]
        for axes in 0..<256 {
            let tape = Tape()
            let x = try tape.zeros(extents)
            let mask = UInt8(truncatingIfNeeded: axes)
            let kept = tape.shape(try tape.reduce(.sum, x, axes: mask, keep: true)).dimensions
            let dropped = tape.shape(try tape.reduce(.sum, x, axes: mask, keep: false)).dimensions
            #expect(kept == extents.indices.map { axes >> $0 & 1 == 1 ? 1 : extents[$0] })
            #expect(dropped == extents.indices.filter { axes >> $0 & 1 == 0 }.map { extents[$0] })
        }
    }

    @Test func dimensionsThatAreNotThereAreIgnored() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 3])
        #expect(tape.shape(try tape.reduce(.sum, x, axes: 0xFF, keep: false)) == .scalar)
        #expect(tape[try tape.reduce(.sum, x, axes: 0xFF, keep: false)].attribute == 3)
    }

    @Test func reductionsKnowWhichTypesTheyTake() throws {
        for op in [Op.sum, .prod, .max, .min] {
            for dtype in DType.allCases {
                let tape = Tape()
                let text = refusal { try tape.reduce(op, tape.zeros([2], dtype), axes: 1, keep: false) }
                let fits = dtype != .uint8
                #expect(
                    text
                        == (fits
                            ? ""
                            : "'\(op.name)' does not work on \(dtype) tensors: convert them first with :to(\"float32\")")
                )
            }
        }
        let tape = Tape()
        #expect(
            refusal { try tape.argument(.argmax, tape.zeros([2], .uint8), axis: 0, keep: false) }
                == "'argmax' does not work on uint8 tensors")
        #expect(
            refusal { try tape.mean(tape.zeros([2], .int32), axes: 1, keep: false) }
                == "'mean' needs a float32 or float64 tensor, got int32: convert it first with :to(\"float32\")")
    }

    @Test func masksAreCounted() throws {
        let tape = Tape()
        let mask = try tape.zeros([2], .bool)
        for op in [Op.sum, .prod] { #expect(tape.dtype(try tape.reduce(op, mask, axes: 1, keep: false)) == .int32) }
        for op in [Op.max, .min] { #expect(tape.dtype(try tape.reduce(op, mask, axes: 1, keep: false)) == .bool) }
        #expect(tape.dtype(try tape.mean(mask, axes: 1, keep: false)) == .float32)
        #expect(tape.dtype(try tape.cumsum(mask, axis: 0)) == .int32)
        #expect(tape.dtype(try tape.argument(.argmin, mask, axis: 0, keep: false)) == .int32)
    }

    @Test func theLargestOfNothingIsRefusedAndTheSumIsNot() throws {
        let tape = Tape()
        let x = try tape.zeros([3, 0])
        #expect(
            refusal { try tape.reduce(.max, x, axes: 2, keep: false) } == "'max' of no elements: the shape is (3, 0)")
        #expect(
            refusal { try tape.reduce(.min, x, axes: 3, keep: true) } == "'min' of no elements: the shape is (3, 0)")
        for (name, body) in [
            ("softmax", { try tape.softmax(x, axes: 2) }), ("log_softmax", { try tape.logSoftmax(x, axes: 2) }),
            ("logsumexp", { try tape.logsumexp(x, axes: 2, keep: false) }),
        ] {
            #expect(refusal { _ = try body() } == "'\(name)' of no elements: the shape is (3, 0)")
        }
        #expect(tape.shape(try tape.reduce(.max, x, axes: 1, keep: false)) == (try Shape([0])))
        #expect(tape.shape(try tape.reduce(.sum, x, axes: 2, keep: false)) == (try Shape([3])))
    }

    @Test func argumentsNeedADimensionWithElements() throws {
        let tape = Tape()
        let x = try tape.zeros([3, 0])
        #expect(
            refusal { try tape.argument(.argmin, x, axis: 1, keep: false) }
                == "'argmin' needs a dimension with elements: the shape is (3, 0)")
        #expect(
            refusal { try tape.argument(.argmax, x, axis: 2, keep: false) }
                == "'argmax' needs a dimension with elements: the shape is (3, 0)")
        let found = try tape.argument(.argmax, tape.zeros([3, 4]), axis: 0, keep: true)
        #expect(tape.shape(found) == (try Shape([1, 4])))
        #expect(tape.dtype(found) == .int32)
    }

    @Test func rowOperationsKeepTheShape() throws {
        let tape = Tape()
        let x = try tape.zeros([2, 3, 4], .float64)
        #expect(tape.shape(try tape.softmax(x, axes: 4)) == tape.shape(x))
        #expect(tape.shape(try tape.logSoftmax(x, axes: 2)) == tape.shape(x))
        #expect(tape.shape(try tape.logsumexp(x, axes: 4, keep: false)) == (try Shape([2, 3])))
        #expect(tape.shape(try tape.logsumexp(x, axes: 5, keep: true)) == (try Shape([1, 3, 1])))
        #expect(tape.shape(try tape.mean(x, axes: 7, keep: false)) == .scalar)
    }

    @Test func pickTakesOneLabelARow() throws {
        let tape = Tape()
        let rows = try tape.zeros([2, 3, 4])
        #expect(tape.shape(try tape.pick(rows, tape.zeros([2, 3], .int32))) == (try Shape([2, 3])))
        #expect(tape.shape(try tape.pick(tape.zeros([4]), tape.zeros([], .int32))) == .scalar)
        #expect(
            refusal { try tape.pick(tape.zeros([]), tape.zeros([], .int32)) }
                == "'pick' needs rows to pick from, got a single number")
        #expect(
            refusal { try tape.pick(rows, tape.zeros([2, 3])) }
                == "labels must be int32, got float32: convert them with :to(\"int32\")")
        #expect(
            refusal { try tape.pick(rows, tape.zeros([3], .int32)) }
                == "'pick' takes one label a row: (2, 3, 4) needs labels of shape (2, 3), got (3)")
        #expect(
            refusal { try tape.pick(tape.zeros([2, 0]), tape.zeros([2], .int32)) }
                == "'pick' needs rows with at least one entry: the shape is (2, 0)")
    }

    @Test func oneHotAddsADimension() throws {
        let tape = Tape()
        let labels = try tape.zeros([2, 3], .int32)
        let result = try tape.oneHot(labels, classes: 5, dtype: .float64)
        #expect(tape.shape(result) == (try Shape([2, 3, 5])))
        #expect(tape.dtype(result) == .float64)
        #expect(tape.dtype(try tape.oneHot(labels, classes: 5, dtype: .bool)) == .bool)
        #expect(
            refusal { try tape.oneHot(labels, classes: 0, dtype: .float32) }
                == "'one_hot' needs at least one class, got 0")
        #expect(
            refusal { try tape.oneHot(tape.zeros([2], .uint8), classes: 3, dtype: .float32) }
                == "labels must be int32, got uint8: convert them with :to(\"int32\")")
        #expect(
            refusal { try tape.oneHot(tape.zeros([1, 1, 1, 1, 1, 1, 1, 1], .int32), classes: 3, dtype: .float32) }
                == "a tensor has at most 8 dimensions, got 9")
    }
}
