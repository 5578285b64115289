import NightjarGraph
import NightjarTensor
import Testing

@Suite struct TapeElementwiseTests {
    @Test func floatsTakeEveryUnaryOperation() throws {
        for dtype in [DType.float32, .float64] {
            for op in Op.allCases where op.family == .unary && op != .not && op != .cast {
                let tape = Tape()
                let result = try tape.unary(op, tape.zeros([2, 3], dtype))
                #expect(tape.shape(result) == (try Shape([2, 3])))
                #expect(tape.dtype(result) == (op.makesMask ? .bool : dtype), "\(op)")
            }
        }
    }

    @Test func whatIsNoFloatTakesTheUnaryOperationsThatStayExact() throws {
        let whole: Set<Op> = [.neg, .abs, .sign, .square, .stopGradient, .variable]
        let allowed: [DType: Set<Op>] = [
            .int32: whole, .uint8: [.stopGradient, .variable], .bool: [.not, .stopGradient, .variable],
        ]
        for (dtype, operations) in allowed {
            for op in Op.allCases where op.family == .unary && op != .cast {
                let tape = Tape()
                let text = refusal { try tape.unary(op, tape.zeros([2], dtype)) }
                if operations.contains(op) {
                    #expect(text == "", "\(op)")
                } else if op == .not {
                    #expect(
                        text
                            == "'logical_not' needs a bool tensor, got \(dtype): compare first, for example with :ne(0)"
                    )
                } else {
                    #expect(
                        text == "\(op.title) needs a float32 or float64 tensor, got \(dtype): "
                            + "convert it first with :to(\"float32\")")
                }
            }
        }
    }

    @Test func binaryOperationsKnowWhichTypesTheyTake() throws {
        let comparisons: Set<Op> = [.equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual]
        let logic: Set<Op> = [.and, .or, .xor]
        let whole: Set<Op> = [.add, .sub, .mul, .maximum, .minimum, .mod]
        for dtype in DType.allCases {
            for op in Op.allCases where op.family == .binary {
                let tape = Tape()
                let text = refusal { try tape.binary(op, tape.zeros([2], dtype), tape.zeros([2], dtype)) }
                let fits =
                    comparisons.contains(op) || (logic.contains(op) && dtype == .bool)
                    || (dtype.isFloating && !logic.contains(op)) || (dtype == .int32 && whole.contains(op))
                if fits {
                    #expect(text == "", "\(op) of \(dtype)")
                    let result = tape[NodeID(tape.count - 1)].dtype
                    #expect(result == (comparisons.contains(op) || logic.contains(op) ? .bool : dtype))
                } else if logic.contains(op) {
                    #expect(
                        text == "\(op.title) needs bool tensors, got \(dtype): compare first, "
                            + "for example with :gt(0)")
                } else if op == .div, dtype == .int32 {
                    #expect(
                        text
                            == "int32 tensors cannot be divided with '/': a // b rounds down, and a:double() / b:double() "
                            + "keeps fractions")
                } else {
                    #expect(
                        text == "\(op.title) does not work on \(dtype) tensors: "
                            + "convert them first with :to(\"float32\")")
                }
            }
        }
    }

    @Test func quotientsThatAreRoundedDownKnowTheirTypes() throws {
        for dtype in DType.allCases {
            let tape = Tape()
            let text = refusal { try tape.floorDivide(tape.zeros([2], dtype), tape.zeros([2], dtype)) }
            if dtype.isFloating || dtype == .int32 {
                #expect(text == "" && tape[NodeID(tape.count - 1)].dtype == dtype)
            } else {
                #expect(
                    text == "'//' does not work on \(dtype) tensors: convert them first with :to(\"int32\")")
            }
        }
        let tape = Tape()
        #expect(
            refusal { try tape.floorDivide(tape.zeros([2], .int32), tape.zeros([2])) }
                == "'//' does not work on int32 and float32: convert one, for example with :to(\"float32\")")
    }

    @Test func mixedTypesSuggestTheCast() throws {
        let tape = Tape()
        let (single, double) = (try tape.zeros([2]), try tape.zeros([2], .float64))
        let whole = try tape.zeros([2], .int32)
        #expect(
            refusal { try tape.binary(.mul, single, whole) }
                == "'*' does not work on float32 and int32: convert one, for example with :to(\"float32\")")
        #expect(
            refusal { try tape.binary(.add, whole, double) }
                == "'+' does not work on int32 and float64: convert one, for example with :to(\"float64\")")
        #expect(
            refusal { try tape.binary(.less, single, double) }
                == "'lt' does not work on float32 and float64: convert one, for example with :to(\"float32\")")
    }

    @Test func anErrorNamesItsOperands() throws {
        let tape = Tape()
        let (a, b) = (try tape.zeros([2]), try tape.zeros([3]))
        do {
            _ = try tape.binary(.add, a, b)
            Issue.record("shapes (2) and (3) were added")
        } catch let error as GraphError { #expect(error.operands == [a, b]) }
    }

    @Test func whereBroadcastsAllThree() throws {
        let tape = Tape()
        let mask = try tape.zeros([3, 1], .bool)
        let result = try tape.select(mask, tape.zeros([1, 4], .int32), tape.constant(0, dtype: .int32))
        #expect(tape.shape(result) == (try Shape([3, 4])))
        #expect(tape.dtype(result) == .int32)
        let (one, four) = (try tape.zeros([1]), try tape.zeros([4]))
        #expect(
            refusal { try tape.select(one, four, four) }
                == "the condition of 'where' must be a bool tensor, got float32")
        #expect(
            refusal { try tape.select(mask, four, tape.zeros([4], .float64)) }
                == "'where' does not work on float32 and float64: convert one, for example with :to(\"float32\")")
        #expect(
            refusal { try tape.select(mask, four, four) } == "shapes (3, 1), (4) and (4) do not fit for 'where'")
    }

    @Test func aCastToTheSameTypeIsTheSameNode() throws {
        let tape = Tape()
        let a = try tape.zeros([2])
        #expect(tape.cast(a, .float32) == a)
        for dtype in DType.allCases { #expect(tape.dtype(tape.cast(a, dtype)) == dtype) }
    }
}
