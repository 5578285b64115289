import NightjarEngine
import NightjarGraph
import NightjarTensor

/// Rows and what is wanted of them, cut down while something still holds: a failing case small enough to read.
struct TapeCase: CustomStringConvertible {
    let tape: Tape
    let wanted: [NodeID]

    init(_ tape: Tape, _ wanted: [NodeID]) {
        self.tape = tape
        self.wanted = wanted
    }

    /// The smallest case found for which `fails` still holds: one wanted node if that is enough, and as many rows as
    /// possible replaced by tensors that hold their values.
    func shrunk(while fails: (TapeCase) -> Bool) -> TapeCase {
        var best = self
        for id in wanted {
            let alone = rebuilt([id], cutting: nil)
            if wanted.count > 1, fails(alone) {
                best = alone
                break
            }
        }
        best = best.rebuilt(best.wanted, cutting: nil)
        var progress = true
        while progress {
            progress = false
            for position in (0..<best.tape.count).reversed() {
                let row = best.tape[NodeID(position)]
                guard row.op.family != .source, row.op.family != .gradient, !best.wanted.contains(NodeID(position))
                else { continue }
                let smaller = best.rebuilt(best.wanted, cutting: NodeID(position))
                guard smaller.tape.count < best.tape.count, fails(smaller) else { continue }
                best = smaller
                progress = true
                break
            }
        }
        return best
    }

    /// The needed rows on a tape of their own; what `cut` names becomes a leaf.
    private func rebuilt(_ wanted: [NodeID], cutting cut: NodeID?) -> TapeCase {
        let naive = NaiveEvaluator(tape)
        var needed = [Bool](repeating: false, count: tape.count)
        for id in wanted { needed[id.position] = true }
        for position in (0..<tape.count).reversed() where needed[position] && NodeID(position) != cut {
            for operand in tape[NodeID(position)].operands { needed[operand.position] = true }
        }
        let result = Tape()
        let moved = copied(onto: result, where: { needed[$0.position] }, cutting: cut, values: naive)
        return TapeCase(result, wanted.compactMap { moved[$0] })
    }

    /// Appends rows to another tape, `cut` as a leaf that holds its value.
    /// - Returns: where each row went.
    @discardableResult
    func copied(
        onto result: Tape, where isWanted: (NodeID) -> Bool = { _ in true }, cutting cut: NodeID? = nil,
        values: NaiveEvaluator? = nil
    ) -> [NodeID: NodeID] {
        var moved: [NodeID: NodeID] = [.none: .none]
        for position in 0..<tape.count where isWanted(NodeID(position)) {
            let id = NodeID(position)
            var row = tape[id]
            if id == cut, let values, let tensor = try? Tensor.from(values[id], shape: row.shape, dtype: row.dtype) {
                moved[id] = result.leaf(tensor)
                continue
            }
            switch row.op {
            case .leaf: moved[id] = result.leaf(tape.leaves[row.slot])
            case .number: moved[id] = try? result.number(tape.numbers[row.slot], dtype: row.dtype)
            case .uniform, .normal:
                moved[id] = try? result.random(row.op, row.shape, dtype: row.dtype, key: tape.words[row.slot])
            default:
                if row.op == .slice || row.op == .embed {
                    row.attribute = result.appendExtra(tape.extra[row.slot..<(row.slot + 2 * row.rank)])
                } else if row.op == .native {
                    var call = NativeCall(attribute: row.attribute)
                    call.slot = result.appendNumbers(Array(tape.numbers[call.slot..<(call.slot + call.count)]))
                    row.attribute = call.attribute
                }
                moved[id] = result.append(row.mappingOperands { moved[$0] ?? .none })
            }
        }
        return moved
    }

    /// The rows as recorded, leaves with their first elements.
    var description: String {
        var lines: [String] = []
        for position in 0..<tape.count {
            let row = tape[NodeID(position)]
            let operands = row.operands.map { "%\($0.index)" }.joined(separator: ", ")
            var line = "%\(position) = \(row.op)(\(operands)) \(row.dtype)\(row.shape)"
            switch row.op {
            case .leaf: line += " \(tape.leaves[row.slot].values.prefix(12))"
            case .number: line += " \(tape.numbers[row.slot])"
            case .constant: line += " \(Double(bitPattern: row.attribute))"
            case .slice, .embed: line += " \(tape.ranges(of: row))"
            default: if row.attribute != 0 { line += " [\(row.attribute)]" }
            }
            lines.append(line)
        }
        return (lines + ["wanted: " + wanted.map { "%\($0.index)" }.joined(separator: ", ")]).joined(separator: "\n")
    }

    // MARK: Computing

    /// What the engine computes for the wanted nodes, with nothing kept from before.
    func values(threads: Int = 1, eager: Bool = false) throws -> [Tensor] {
        for position in 0..<tape.count { tape.forget(NodeID(position)) }
        tape.frontier = 0
        let session = Session(threads: threads)
        session.isEager = eager
        return try session.evaluate(wanted.map { Value(tape, $0) })
    }
}
