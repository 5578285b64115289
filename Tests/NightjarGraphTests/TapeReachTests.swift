import NightjarGraph
import NightjarTensor
import Testing

/// Where gradients get to, by the operations alone, against the rules themselves.
struct TapeReachTests {
    /// Whether differentiation, which is asked for all targets, derives anything but a plain 0 for each.
    private func derives(_ tape: Tape, _ loss: NodeID, _ target: NodeID) throws -> Bool {
        let results = try Differentiation(tape: tape).gradients(of: loss, withRespectTo: [target])
        let node = tape[results[0]]
        let base = node.op == .expand ? tape[node.a] : node
        return !(base.op == .constant && Double(bitPattern: base.attribute) == 0)
    }

    @Test(arguments: Op.allCases.filter { [.unary, .binary].contains($0.family) })
    func `an operation passes gradients on where its rule does`(op: Op) throws {
        for side in op.family == .unary ? [0] : [0, 1] {
            let tape = Tape()
            let x = try tape.unary(.variable, tape.leaf(Tensor([0.5, 2] as [Double])))
            let other = tape.leaf(try Tensor([1.5, 3] as [Double]))
            let mask = try tape.binary(.greater, x, other)
            let operand = [.and, .or, .xor, .not].contains(op) ? mask : x
            let second = [.and, .or, .xor].contains(op) ? mask : other
            let result =
                op == .cast
                ? tape.cast(x, .float64)
                : op.family == .unary
                    ? try tape.unary(op, operand)
                    : try tape.binary(op, side == 0 ? operand : second, side == 0 ? second : operand)
            let number = tape.dtype(result).isFloating ? result : tape.cast(result, .float64)
            let loss = try tape.reduce(.sum, number, axes: 1, keep: false)
            let reach = tape.reach(of: loss, to: [x])
            #expect(reach.reached == [try derives(tape, loss, x)])
            #expect((reach.cut == nil) == reach.reached[0])
        }
    }

    @Test func `the cut nearest to the value is named`() throws {
        let tape = Tape()
        let x = tape.leaf(try Tensor([0.5, 2, 1, 3] as [Float], shape: Shape([2, 2])))
        let log = try tape.logSoftmax(x, axes: 2)
        let best = try tape.argument(.argmax, log, axis: 1, keep: false)
        let loss = try tape.reduce(.sum, tape.cast(best, .float32), axes: 1, keep: false)
        let reach = tape.reach(of: loss, to: [x])
        #expect(reach.reached == [false])
        #expect(reach.cut == best)
        // The largest entry, which log_softmax holds fixed, is no cut where a gradient gets past it.
        let fine = tape.reach(of: try tape.reduce(.sum, log, axes: 3, keep: false), to: [x])
        #expect(fine.reached == [true])
        #expect(fine.cut == nil)
    }

    @Test func `what was made of plain numbers has no cut`() throws {
        let tape = Tape()
        let (x, numbers) = (try tape.zeros([2]), tape.leaf(try Tensor([1, 2] as [Float])))
        let reach = tape.reach(of: try tape.reduce(.sum, numbers, axes: 1, keep: false), to: [x])
        #expect(reach.reached == [false])
        #expect(reach.cut == nil)
    }

    @Test func `targets are told apart`() throws {
        let tape = Tape()
        let (x, y, z) = (try tape.zeros([2]), try tape.zeros([2]), try tape.zeros([2]))
        let held = try tape.unary(.stopGradient, y)
        let loss = try tape.reduce(.sum, tape.binary(.mul, x, held), axes: 1, keep: false)
        #expect(tape.reach(of: loss, to: [x, y, z]).reached == [true, false, false])
    }

    @Test func `a custom function passes on what its routes say`() throws {
        for isRouted in [false, true] {
            let tape = Tape()
            let x = try tape.zeros([2])
            let value = try tape.unary(.square, x)
            let (gradient, result) = (
                tape.placeholder(tape.shape(x), dtype: .float32), tape.placeholder(tape.shape(x), dtype: .float32)
            )
            let rule = try tape.unary(.neg, gradient)
            let custom = try tape.custom(
                value, gradient: gradient, result: result, routes: isRouted ? [(x, rule)] : [])
            let loss = try tape.reduce(.sum, custom, axes: 1, keep: false)
            #expect(tape.reach(of: loss, to: [x]).reached == [isRouted])
            #expect(try derives(tape, loss, x) == isRouted)
        }
    }
}
