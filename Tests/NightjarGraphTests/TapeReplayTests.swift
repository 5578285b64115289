import NightjarGraph
import NightjarTensor
import Testing

struct TapeReplayTests {
    private let shape = (try? Shape([3, 2])) ?? .scalar

    /// Momentum with decay, as an optimizer would record it: returns the new weight and velocity.
    private func rule(_ tape: Tape, _ w: NodeID, _ g: NodeID, _ v: NodeID) throws -> (w: NodeID, v: NodeID) {
        let decayed = try tape.binary(.add, g, tape.binary(.mul, tape.number(0.01), w))
        let velocity = try tape.binary(.add, tape.binary(.mul, tape.number(0.9), v), decayed)
        let sliced = try tape.slice(velocity, starts: [0, 0], counts: [1, 2], steps: [1, 1])
        let scaled = try tape.binary(.mul, velocity, tape.reduce(.sum, sliced, axes: 3, keep: false))
        return (try tape.binary(.sub, w, tape.binary(.mul, tape.number(0.1), scaled)), velocity)
    }

    private func leaves(_ tape: Tape) throws -> [NodeID] {
        try (0..<3).map { _ in tape.leaf(try .zeros(shape, dtype: .float32)) }
    }

    /// The expression below a node, written out, with leaves by their position on the tape.
    private func text(_ tape: Tape, _ id: NodeID) -> String {
        let node = tape[id]
        switch node.op {
        case .leaf: return "leaf\(node.slot)"
        case .number: return "\(tape.numbers[node.slot])"
        default:
            let detail = node.op == .slice ? "\(tape.ranges(of: node))" : "\(node.attribute)"
            return "\(node.op)[\(detail) \(node.dtype) \(node.shape)]("
                + node.operands.map { text(tape, $0) }.joined(separator: ", ") + ")"
        }
    }

    @Test func aReplayIsWhatRecordingAgainGives() throws {
        let tape = Tape()
        let (first, second) = (try leaves(tape), try leaves(tape))
        let start = tape.count
        let original = try rule(tape, first[0], first[1], first[2])
        let range = start..<tape.count
        let replay = tape.replay(range, substituting: Dictionary(uniqueKeysWithValues: zip(first, second)))
        let again = try rule(tape, second[0], second[1], second[2])
        #expect(text(tape, replay[original.w]) == text(tape, again.w))
        #expect(text(tape, replay[original.v]) == text(tape, again.v))
        #expect(text(tape, replay[original.w]) != text(tape, original.w))
    }

    @Test func rowsThatWorkElementByElementTakeAnotherShape() throws {
        let tape = Tape()
        func rule(_ w: NodeID, _ g: NodeID) throws -> NodeID {
            let mask = try tape.binary(.greater, g, tape.number(0.3))
            let step = try tape.select(mask, g, tape.unary(.neg, tape.number(0.1)))
            return try tape.binary(.sub, w, tape.binary(.mul, step, tape.number(0.7)))
        }
        let first = try leaves(tape)
        for dimensions in [[5], [4, 1, 2], []] {
            let other = try (0..<2).map { _ in tape.leaf(try .zeros(Shape(dimensions), dtype: .float32)) }
            let start = tape.count
            let original = try rule(first[0], first[1])
            let range = start..<tape.count
            #expect(tape.isElementwise(range, shape: shape, operands: [first[0], first[1]]))
            let replay = tape.replay(
                range, substituting: [first[0]: other[0], first[1]: other[1]],
                reshaping: (shape, tape.shape(other[0])))
            #expect(text(tape, replay[original]) == text(tape, try rule(other[0], other[1])))
        }
    }

    @Test func rowsThatDependOnTheShapeAreNotElementwise() throws {
        let tape = Tape()
        let operands = try leaves(tape)
        let stranger = tape.leaf(try .zeros(shape, dtype: .float32))
        func isElementwise(_ body: () throws -> NodeID) rethrows -> Bool {
            let start = tape.count
            _ = try body()
            return tape.isElementwise(start..<tape.count, shape: shape, operands: operands)
        }
        #expect(try isElementwise { try tape.unary(.exp, operands[0]) })
        #expect(try !isElementwise { try tape.reduce(.sum, operands[0], axes: 3, keep: false) })
        #expect(try !isElementwise { try tape.binary(.add, operands[0], stranger) })
        #expect(try !isElementwise { try tape.expand(tape.number(3), shape) })
        #expect(try !isElementwise { try tape.random(.uniform, shape, dtype: .float32, key: 1) })
        #expect(!tape.isElementwise(0..<0, shape: .scalar, operands: []))
    }

    @Test func originalsAreLeftAloneAndNumbersShared() throws {
        let tape = Tape()
        let (first, second) = (try leaves(tape), try leaves(tape))
        let start = tape.count
        let original = try rule(tape, first[0], first[1], first[2])
        let (end, numbers, before) = (tape.count, tape.numbers.count, text(tape, original.w))
        _ = tape.replay(start..<end, substituting: Dictionary(uniqueKeysWithValues: zip(first, second)))
        #expect(text(tape, original.w) == before)
        #expect(tape.numbers.count == numbers)
        // Three numbers of the rule are shared, everything else is copied.
        #expect(tape.count - end == end - start - 3)
    }

    @Test func nodesOutsideTheRangeStandForThemselves() throws {
        let tape = Tape()
        let (first, second) = (try leaves(tape), try leaves(tape))
        let norm = try tape.unary(.sqrt, tape.reduce(.sum, first[1], axes: 3, keep: false))
        let start = tape.count
        let scaled = try tape.binary(.div, first[0], norm)
        let replay = tape.replay(start..<tape.count, substituting: [first[0]: second[0]])
        #expect(replay[norm] == norm)
        #expect(replay[first[0]] == second[0])
        #expect(tape[replay[scaled]].a == second[0])
        #expect(tape[replay[scaled]].b == norm)
    }

    @Test func copiesKeepThePlaceOfTheirOriginals() throws {
        let tape = Tape()
        let (first, second) = (try leaves(tape), try leaves(tape))
        let start = tape.count
        tape.place = 4
        let doubled = try tape.binary(.add, first[0], first[0])
        tape.place = 9
        let result = try tape.unary(.exp, doubled)
        let replay = tape.replay(start..<tape.count, substituting: [first[0]: second[0]])
        #expect(tape.place(of: replay[doubled]) == 4)
        #expect(tape.place(of: replay[result]) == 9)
        #expect(tape.place == 9)
    }

    @Test func rowsThatDrawRandomNumbersAreNotForReplay() throws {
        let tape = Tape()
        let leaf = try leaves(tape)[0]
        let start = tape.count
        let doubled = try tape.binary(.add, leaf, leaf)
        #expect(tape.canReplay(start..<tape.count))
        _ = try tape.binary(.add, doubled, tape.random(.normal, shape, dtype: .float32, key: 1))
        #expect(!tape.canReplay(start..<tape.count))
    }
}
