import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

/// Steps that look for NaN and infinities before they write anything.
@Suite struct NumericsTests {
    /// A step that replaces `state` by what `body` records, checked. Returns what it throws.
    private func step(
        _ state: Tensor, checked: Bool = true, _ body: (Tape, NodeID) throws -> (output: NodeID, new: NodeID)
    ) throws -> NumericsError? {
        let session = Session(threads: 1)
        session.checksNumerics = checked
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        tape.place = session.provenance.intern(.init(source: "script.lua", line: 1))
        let leaf = tape.leaf(state)
        let recorded = try body(tape, leaf)
        do {
            _ = try session.commit(outputs: [recorded.output], effects: [.init(state, recorded.new)])
            return nil
        } catch let error as NumericsError {
            return error
        }
    }

    private func sum(_ tape: Tape, _ id: NodeID) throws -> NodeID {
        try tape.reduce(.sum, id, axes: Reduction.all(rank: tape[id].rank), keep: false)
    }

    @Test func theOperationThatMadeTheFirstInfinityIsNamed() throws {
        let state = try Tensor([4, 0, 1, 0] as [Float]).reshaped(Shape([2, 2]))
        let error = try #require(
            try step(state) { tape, x in
                let logarithm = try tape.unary(.log, x)
                let scaled = try tape.binary(.mul, logarithm, tape.number(0, dtype: .float32))
                return (try sum(tape, scaled), scaled)
            })
        #expect(
            error.description == """
                script.lua:1: log made infinity: 2 of 4 numbers of shape (2, 2), the first at [1][2]
                  from input (2, 2) float32: 0 to 4, mean 1.25, 2 zeros, made at script.lua:1
                  nothing of this step was written
                """)
        #expect(state.values == [4, 0, 1, 0])
    }

    /// The slope of the branch that a mask does not take is infinite: 0 times that is NaN, and the message says what to
    /// write instead, also where more is done to the branch before it is chosen.
    @Test(arguments: [false, true]) func aBranchThatIsNotTakenIsAnsweredWithWhatToWrite(_ negated: Bool) throws {
        let state = try Tensor([0, 1] as [Float])
        let error = try #require(
            try step(state) { tape, x in
                let zero = tape.constant(0, dtype: .float32)
                var branch = try tape.unary(.log, x)
                if negated { branch = try tape.unary(.neg, branch) }
                let chosen = try tape.select(tape.binary(.greater, x, zero), branch, zero)
                let total = try sum(tape, chosen)
                return (total, try tape.gradient(of: total, withRespectTo: [x])[0])
            })
        #expect(error.isOfGradient && error.isSelected)
        #expect(
            error.message.contains(
                """

                  the branch that nj.where does not take has 0 times its slope, nan where the slope is infinite: make its \
                operand safe first, as in nj.where(fine, p, 1):log()
                  nothing of this step was written
                """))
        #expect(state.values == [0, 1])
    }

    /// The gradient of a part has starts and steps of its own, which the search has to know.
    @Test func aGradientThatGoesThroughAPartIsSearched() throws {
        let state = try Tensor([4, 0, 1] as [Float])
        let error = try #require(
            try step(state) { tape, x in
                let part = try tape.narrow(x, axis: 0, start: 1, count: 2)
                let total = try sum(tape, tape.unary(.sqrt, part))
                return (total, try tape.gradient(of: total, withRespectTo: [x])[0])
            })
        #expect(error.isOfGradient && error.operation == "div")
        #expect(state.values == [4, 0, 1])
    }

    @Test func anOperationOfAGradientIsNamedAsSuch() throws {
        let state = try Tensor([4, 0] as [Float])
        let error = try #require(
            try step(state) { tape, x in
                let total = try sum(tape, tape.unary(.sqrt, x))
                return (total, try tape.gradient(of: total, withRespectTo: [x])[0])
            })
        #expect(error.isOfGradient)
        #expect(error.operation == "div")
        #expect(
            error.message.hasPrefix("div in the gradient made infinity: 1 of 2 numbers of shape (2), the first at [2]"))
        #expect(state.values == [4, 0])
    }

    @Test func anInfinityThatAMaskTookAwayIsNobodysFault() throws {
        let state = try Tensor([0, 2] as [Float])
        let error = try #require(
            try step(state) { tape, x in
                let zero = tape.constant(0, dtype: .float32)
                let safe = try tape.select(tape.binary(.greater, x, zero), tape.unary(.log, x), zero)
                let quotient = try tape.binary(.div, safe, zero)
                return (try sum(tape, quotient), safe)
            })
        #expect(error.operation == "div")
        let fine = try step(try Tensor([0, 2] as [Float])) { tape, x in
            let zero = tape.constant(0, dtype: .float32)
            let safe = try tape.select(tape.binary(.greater, x, zero), tape.unary(.log, x), zero)
            return (try sum(tape, safe), safe)
        }
        #expect(fine == nil)
    }

    @Test func whatCameInBadIsTold() throws {
        let error = try #require(
            try step(try Tensor([1, .nan] as [Float])) { tape, x in
                let double = try tape.binary(.add, x, x)
                return (try sum(tape, double), double)
            })
        #expect(error.message.hasPrefix("an input holds nan: 1 of 2 numbers of shape (2), the first at [2]"))
    }

    @Test func checkedStepsWriteTheSameBits() throws {
        func run(checked: Bool) throws -> [Double] {
            let session = Session(threads: 1)
            session.checksNumerics = checked
            let pair = [try Tensor([1, 2, 3] as [Float]), try Tensor([0.1, 0.2, 0.3] as [Float])]
            for _ in 0..<5 {
                session.beginStep()
                defer { session.endStep() }
                let tape = session.tape
                let (a, b) = (tape.leaf(pair[0]), tape.leaf(pair[1]))
                let value = try sum(tape, tape.binary(.mul, tape.unary(.sin, a), b))
                let gradient = try tape.gradient(of: value, withRespectTo: [a])[0]
                // Each takes something of the other, one of them whole.
                _ = try session.commit(
                    outputs: [value], effects: [.init(pair[0], b), .init(pair[1], tape.binary(.add, a, gradient))])
            }
            return pair.flatMap(\.values)
        }
        let (plain, checked) = (try run(checked: false), try run(checked: true))
        #expect(plain == checked)
    }
}
