import NightjarGraph
import NightjarTensor

/// Records rows once for operands of a kind and repeats them for others of that kind.
final class RowRepeater {
    /// Operands with equal keys are interchangeable: same shapes, same types, same rule.
    struct Key: Hashable {
        let shape: Shape
        let dtype: DType
        let rule: Int
    }

    private struct Recorded {
        let operands: [NodeID]
        let results: [NodeID]
        /// The rows, or nil when repeating them would not mean the same as recording again.
        let rows: Range<Int>?
    }

    private let tape: Tape
    private var known: [Key: Recorded] = [:]

    init(_ tape: Tape) { self.tape = tape }

    /// The results for these operands: `record` is called for the first of a kind, and where repeating is not possible.
    func results(
        _ key: Key, operands: [NodeID], record: () throws -> [NodeID]
    ) throws -> [NodeID] {
        if let recorded = known[key], let rows = recorded.rows {
            let replay = tape.replay(
                rows, substituting: Dictionary(zip(recorded.operands, operands)) { first, _ in first })
            return recorded.results.map { replay[$0] }
        }
        let first = tape.count
        let results = try record()
        // A computed value that was looked at may have steered the rule: then these rows are for these operands alone.
        let rows = first..<tape.count
        let isGeneral = tape.frontier <= first && tape.canReplay(rows)
        known[key] = Recorded(operands: operands, results: results, rows: isGeneral ? rows : nil)
        return results
    }
}
