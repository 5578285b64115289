import NightjarGraph
import NightjarTensor

/// Which rows of a plan fall apart into the samples of a batch, and which do not.
///
/// A row is split where its first dimension counts samples, perhaps several entries of each, and the entries of a
/// sample depend on that sample alone and on what is not split. A sum over samples is joined: each shard has its
/// share. All else is whole: every process computes it.
struct BatchSplit {
    let graph: PlanGraph
    /// The number of samples.
    let samples: Int
    private(set) var kinds: [Kind] = []

    enum Kind { case whole, split, joined }

    /// In which form a row is read: all of it, or the samples of one shard.
    enum Form: Hashable { case whole, part }

    /// - Parameter slots: of the leaves whose first dimension counts the samples.
    init(_ graph: PlanGraph, samples: Int, slots: Set<Int>) {
        self.graph = graph
        self.samples = samples
        kinds.reserveCapacity(graph.rows.count)
        for (index, row) in graph.rows.enumerated() { kinds.append(kind(index, row, slots)) }
    }

    private func kind(_ index: Int, _ row: Node, _ slots: Set<Int>) -> Kind {
        if row.op == .leaf { return slots.contains(row.slot) && countsSamples(row.shape) ? .split : .whole }
        if reads(row, forms(index)) { return .split }
        return reads(row, shareForms(index)) ? .joined : .whole
    }

    /// Whether a row reads the part of one that is split.
    private func reads(_ row: Node, _ forms: [Form]?) -> Bool {
        guard let forms else { return false }
        return zip(row.operands, forms).contains { $1 == .part && kinds[$0.position] == .split }
    }

    /// Whether the first dimension may count samples.
    func countsSamples(_ shape: Shape) -> Bool {
        shape.rank > 0 && shape[0] >= samples && shape[0].isMultiple(of: samples)
    }

    /// The shape of a row for so many samples.
    func shape(_ index: Int, samples part: Int) -> Shape {
        let shape = graph.shape(index)
        guard countsSamples(shape) else { return shape }
        var extents = shape.extents
        extents[0] = Int32(truncatingIfNeeded: shape[0] / samples * part)
        return Shape(uncheckedExtents: extents, rank: shape.rank)
    }

    /// Whether the part of a row that is whole is computed anew from parts, and not cut out of it: what costs little.
    func isMadeInParts(_ index: Int) -> Bool {
        switch graph.rows[index].op.family {
        case .unary, .binary, .ternary: true
        case .movement: graph.rows[index].op == .expand
        case .source, .reduction, .pick, .gradient, .rule, .routine, .product: false
        }
    }

    /// How a row reads its operands where only the samples of a shard are computed; nil where that is no part of it.
    func forms(_ index: Int) -> [Form]? {
        let row = graph.rows[index]
        guard countsSamples(row.shape) else { return nil }
        func matches(_ id: NodeID) -> Bool {
            let shape = graph.shape(id.position)
            return shape.rank > 0 && shape[0] == row.shape[0]
        }
        let all = row.operands.map { _ in Form.part }
        switch row.op.family {
        case .source, .gradient, .rule: return nil
        case .unary, .binary, .ternary:
            return row.operands.map { graph.shape($0.position).rank == row.rank && matches($0) ? .part : .whole }
        case .reduction:
            return !row.op.isMoment && !Reduction(attribute: row.attribute).reduces(0) && matches(row.a) ? all : nil
        case .pick: return row.operands.allSatisfy(matches) ? all : nil
        case .product: return productForms(row)
        case .movement: return movementForms(row, matches)
        case .routine: return routineForms(row, matches)
        }
    }

    private func productForms(_ row: Node) -> [Form]? {
        switch row.op {
        case .matmul:
            if row.rank > 2 { return [.part, .part] }
            // Transposed, the rows of the result are columns of the operand.
            return row.attribute & 1 == 0 ? [.part, .whole] : nil
        case .conv, .convInput: return [.part, .whole]
        case .convWeight: return nil
        default: return row.operands.map { _ in .part }
        }
    }

    private func movementForms(_ row: Node, _ matches: (NodeID) -> Bool) -> [Form]? {
        switch row.op {
        case .reshape: return countsSamples(graph.shape(row.a.position)) ? [.part] : nil
        case .permute: return Tape.order(of: row).first == 0 ? [.part] : nil
        case .expand: return [graph.shape(row.a.position).rank == row.rank && matches(row.a) ? .part : .whole]
        case .slice, .embed:
            let ranges = graph.tape.ranges(of: row)
            return ranges.starts.first == 0 && ranges.steps.first == 1 && matches(row.a) ? [.part] : nil
        default: return row.slot > 0 ? [.part, .part] : nil
        }
    }

    private func routineForms(_ row: Node, _ matches: (NodeID) -> Bool) -> [Form]? {
        switch row.op {
        case .cumsum, .argsort: return Walk(attribute: row.attribute).axis > 0 ? [.part] : nil
        case .gather, .scatterAdd:
            let isList = graph.shape(row.b.position).rank < graph.shape(row.a.position).rank
            if Walk(attribute: row.attribute).axis > 0 { return [.part, isList ? .whole : .part] }
            // Entries that are chosen among all: each sample chooses its own.
            return row.op == .gather && matches(row.b) ? [.whole, .part] : nil
        case .native: return nil
        default:
            return row.operands.allSatisfy { matches($0) && graph.shape($0.position).rank > 2 }
                ? row.operands.map { _ in .part } : nil
        }
    }

    /// How a shard's share of a sum over samples reads its operands; nil for all other rows.
    func shareForms(_ index: Int) -> [Form]? {
        let row = graph.rows[index]
        switch row.op {
        case .sum:
            guard Reduction(attribute: row.attribute).reduces(0), row.dtype.isFloating || row.dtype == .int32 else {
                return nil
            }
            return countsSamples(graph.shape(row.a.position)) ? [.part] : nil
        case .average, .spread: return countsSamples(graph.shape(row.a.position)) ? [.part] : nil
        case .matmul where row.rank == 2 && row.attribute & 3 == 1, .convWeight:
            return row.operands.allSatisfy { countsSamples(graph.shape($0.position)) } ? [.part, .part] : nil
        default: return nil
        }
    }
}
