import NightjarTensor

/// Recorded rows repeated with other operands: an optimizer's rule is recorded once for a shape and replayed for every
/// other parameter of that shape.
extension Tape {
    /// Appends a copy of the rows in `range` in which `substitutes` take the place of the nodes they are given for.
    ///
    /// The caller guarantees that each substitute has the element type of the node it stands for, and its shape; or, with
    /// `reshaping`, that ``isElementwise(_:shape:operands:)`` holds and nodes of shape `from` are substituted by nodes
    /// of shape `to`. Sources
    /// (leaves, numbers, constants, positions) are not copied but shared; so are the numbers behind them. Copies keep
    /// the place of their originals. Cost: a few nanoseconds a row, and one look-up an operand from outside the range.
    /// - Returns: which node stands for which; see ``Replay``.
    public func replay(
        _ range: Range<Int>, substituting substitutes: [NodeID: NodeID], reshaping: (from: Shape, to: Shape)? = nil
    ) -> Replay {
        var copies = [Int32](repeating: -1, count: range.count)
        for (original, substitute) in substitutes where range.contains(original.position) {
            copies[original.position - range.lowerBound] = substitute.index
        }
        func translated(_ id: NodeID) -> NodeID {
            if range.contains(id.position) { return NodeID(copies[id.position - range.lowerBound]) }
            return substitutes[id] ?? id
        }
        let outerPlace = place
        defer { place = outerPlace }
        for position in range where copies[position - range.lowerBound] < 0 {
            var node = self[NodeID(position)]
            switch node.op {
            case .leaf, .number, .constant, .iota:
                copies[position - range.lowerBound] = Int32(truncatingIfNeeded: position)
            default:
                node = node.mappingOperands(translated)
                if let reshaping, node.shape == reshaping.from { node = node.withShape(reshaping.to) }
                place = place(of: NodeID(position))
                copies[position - range.lowerBound] = append(node).index
            }
        }
        return Replay(range: range, copies: copies, substitutes: substitutes)
    }

    /// Whether these rows work element by element on tensors of one shape, of which `operands` come from outside, and on
    /// single numbers: then they mean the same for any other shape in its place.
    public func isElementwise(_ range: Range<Int>, shape: Shape, operands: [NodeID]) -> Bool {
        guard shape.rank > 0 else { return false }
        return range.allSatisfy { position in
            let node = self[NodeID(position)]
            switch node.op.family {
            case .source: return node.rank == 0
            case .unary, .binary, .ternary: break
            case .reduction, .pick, .movement, .gradient, .rule, .routine, .product: return false
            }
            guard node.rank == 0 || node.shape == shape else { return false }
            return node.operands.allSatisfy {
                range.contains($0.position) || operands.contains($0) || self[$0].rank == 0
            }
        }
    }

    /// Whether replaying these rows means the same as recording them again: not so where random numbers are drawn,
    /// since a copy would draw the same ones.
    public func canReplay(_ range: Range<Int>) -> Bool {
        !range.contains { position in
            let op = self[NodeID(position)].op
            return op == .uniform || op == .normal
        }
    }
}

/// Which node stands for which after ``Tape/replay(_:substituting:)``.
public struct Replay {
    let range: Range<Int>
    let copies: [Int32]
    let substitutes: [NodeID: NodeID]

    /// The counterpart of a node: its copy or its substitute; the node itself where it was left alone.
    public subscript(id: NodeID) -> NodeID {
        if range.contains(id.position) { return NodeID(copies[id.position - range.lowerBound]) }
        return substitutes[id] ?? id
    }
}
