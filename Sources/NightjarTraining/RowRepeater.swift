import NightjarGraph
import NightjarTensor

/// Records rows once for operands of a kind and repeats them for others of that kind.
final class RowRepeater {
    /// Operands with equal keys are interchangeable: same shapes, same types, same rule.
    struct Key: Hashable {
        /// Of the first operand; nil for any, where the rows work element by element.
        var shape: Shape?
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
    /// - Parameter looksAtShapes: asked after `record`: whether what it did may depend on the operands' shape.
    func results(
        _ key: Key, operands: [NodeID], looksAtShapes: () -> Bool = { true }, record: () throws -> [NodeID]
    ) throws -> [NodeID] {
        var general = key
        general.shape = nil
        if let recorded = known[general] ?? known[key], let rows = recorded.rows, let from = recorded.operands.first,
            let to = operands.first
        {
            let shapes = (tape.shape(from), tape.shape(to))
            let replay = tape.replay(
                rows, substituting: Dictionary(zip(recorded.operands, operands)) { first, _ in first },
                reshaping: shapes.0 == shapes.1 ? nil : shapes)
            return recorded.results.map { replay[$0] }
        }
        let first = tape.count
        let results = try record()
        // A computed value that was looked at may have steered the rule: then these rows are for these operands alone.
        let rows = first..<tape.count
        let isGeneral = tape.frontier <= first && tape.canReplay(rows)
        let isForAnyShape =
            isGeneral && !looksAtShapes()
            && tape.isElementwise(rows, shape: tape.shape(operands[0]), operands: operands)
        known[isForAnyShape ? general : key] = Recorded(
            operands: operands, results: results, rows: isGeneral ? rows : nil)
        return results
    }
}
