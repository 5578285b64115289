import NightjarGraph

/// Which parts a later level works out again from what it reads anyway, instead of their being handed from level to level:
/// ``Rematerialization``, across the levels of a split plan.
///
/// A batch norm ends a level between the layer before it and its application, forward and backward. So without this all that
/// a layer computes elementwise on the way (the normalized values, the sum before an activation, its mask) would be written
/// out and read again by some later level, where a plan in one piece writes what products give and nothing else.
struct SplitRematerialization {
    /// Rows whose parts no level hands to another.
    private(set) var rows: Set<Int> = []

    private let split: BatchSplit
    private let order: SplitOrder
    /// Rows whose parts one level hands to another.
    private var stored: Set<Int> = []
    /// By level: rows whose parts come from before it.
    private var reads: [Set<Int>]
    /// By row: the levels that read it so, before anything is decided.
    private var readers: [Int: [Int]] = [:]

    /// Instructions that may be repeated for one row, and values that a reader may load for it in addition.
    private static let mostWeight = 10
    private static let mostFurther = 1

    init(_ split: BatchSplit, _ order: SplitOrder) {
        self.split = split
        self.order = order
        reads = [Set<Int>](repeating: [], count: order.last + 1)
        for index in split.graph.rows.indices {
            if isComputed(index) { note(index, order.parts[index], order.partForms(index) ?? []) }
            if order.whole[index] >= 0, split.kinds[index] == .joined {
                note(index, order.shares(index), split.shareForms(index) ?? [])
            }
        }
        for (level, rows) in reads.enumerated() {
            for row in rows { readers[row, default: []].append(level) }
        }
        stored = Set(readers.keys)
        // In recording order: what a row is made of has been decided before.
        for index in stored.sorted() { decide(index) }
    }

    /// Whether a level computes the parts of a row, from parts and from what is whole.
    private func isComputed(_ index: Int) -> Bool {
        order.parts[index] >= 0 && !order.isCut[index] && order.partForms(index) != nil
    }

    private mutating func note(_ index: Int, _ level: Int, _ forms: [BatchSplit.Form]) {
        for (operand, form) in zip(split.graph.rows[index].operands, forms) where form == .part {
            let row = operand.position
            if isComputed(row), order.parts[row] < level { reads[level].insert(row) }
        }
    }

    private mutating func decide(_ index: Int) {
        guard isCheap(index), !order.isGathered[index], let (bases, steps) = derivation(of: index) else { return }
        let readers = readers[index] ?? []
        let fits = readers.allSatisfy { level in
            bases.count { !reads[level].contains($0) && !isComputed($0, on: level) } <= Self.mostFurther
        }
        guard fits else { return }
        rows.formUnion(steps)
        stored.remove(index)
        for level in readers {
            reads[level].remove(index)
            reads[level].formUnion(bases.filter { !isComputed($0, on: level) })
        }
    }

    private func isComputed(_ index: Int, on level: Int) -> Bool { isComputed(index) && order.parts[index] == level }

    private func isCheap(_ index: Int) -> Bool {
        let graph = split.graph
        guard isComputed(index), !graph.needsMemory[index], !graph.canFail[index] else { return false }
        return graph.rows[index].op.isCheap || graph.rows[index].op == .reshape || graph.rows[index].op == .expand
    }

    /// How a part follows by cheap instructions from parts that are handed on, cut or leaves: these, and the rows on the
    /// way, itself included; nil where there is no such way.
    private func derivation(of index: Int) -> (bases: Set<Int>, steps: Set<Int>)? {
        var bases: Set<Int> = []
        var steps: Set<Int> = []
        var weight = 0
        func descend(_ row: Int) -> Bool {
            guard steps.insert(row).inserted else { return true }
            weight += 1
            guard weight <= Self.mostWeight else { return false }
            for (operand, form) in zip(split.graph.rows[row].operands, order.partForms(row) ?? []) where form == .part {
                let part = operand.position
                if rows.contains(part) || (!stored.contains(part) && isCheap(part)) {
                    guard descend(part) else { return false }
                } else if stored.contains(part) || !isComputed(part) {
                    // What is counted lies nowhere.
                    if split.graph.rows[part].op != .iota { bases.insert(part) }
                } else {
                    return false
                }
            }
            return true
        }
        return descend(index) ? (bases, steps) : nil
    }
}
