import NightjarGraph
import NightjarProcess
import NightjarTensor

/// Recomputation (gradient checkpointing, by the row): which rows are worked out again where they are read, instead of being
/// written to memory and read from there.
///
/// The gradient of a layer reads what the layer computed on the way: the normalized value of a batch norm, the sum
/// before an activation. Where such a row follows by a few cheap instructions from values that lie in memory anyway,
/// each reader computes it anew: a write is saved, and readers read little more than before. Convolutions compute their
/// images while they load them, concatenations their parts while they move them; so the application of a batch norm, an
/// activation and their gradients cost no sweep.
struct Rematerialization {
    private let graph: PlanGraph
    /// Rows that readers outside their group compute anew.
    private(set) var rows: Set<Int> = []

    /// Instructions that may be repeated for one row.
    private static let mostWeight = 10

    /// Finds the rows, and narrows the cuts of their readers so that what they are made of can be loaded.
    init(_ graph: PlanGraph, _ grouping: inout Grouping) throws {
        self.graph = graph
        guard grouping.fuses else { return }
        var reads = grouping.groups.map { self.reads($0) }
        let pinned = Set((graph.outputs + graph.effects.map(\.row)).map { graph.root[$0] })
        var stored = Set(reads.joined()).union(pinned)
        var users: [Int: [Int]] = [:]
        for (group, roots) in reads.enumerated() {
            for root in roots { users[root, default: []].append(group) }
        }
        // In recording order: what a row is made of has been decided before.
        for index in graph.rows.indices where stored.contains(index) && !pinned.contains(index) {
            try StopPatience.check()
            let home = grouping.groupOf[index]
            guard home >= 0, isCheap(index), grouping.groups[home].extents[index] == .full,
                let (bases, steps) = derivation(of: index, stored)
            else { continue }
            let large = bases.filter { graph.shape($0).count == graph.shape(index).count }
            let readers = users[index] ?? []
            var cuts: [Int: UInt16] = [:]
            let fits = readers.allSatisfy { reader in
                let group = grouping.groups[reader]
                let further = large.filter { !reads[reader].contains($0) && group.extents[$0] == nil }
                // Work that is folded into a loader also saves the sweep that did it.
                guard further.count <= (group.product == nil ? 1 : 2) else { return false }
                cuts[reader] = self.cuts(of: group, reading: index, from: bases)
                return cuts[reader] != 0
            }
            guard fits, !readers.isEmpty else { continue }
            rows.formUnion(steps)
            stored.remove(index)
            for reader in readers {
                grouping.narrow(reader, to: cuts[reader] ?? 0)
                reads[reader].remove(index)
                reads[reader].formUnion(bases.filter { grouping.groups[reader].extents[$0] == nil })
            }
        }
        try dropUnused(&grouping)
    }

    /// Takes rows out of the groups that computed them first where nothing in the group uses them.
    private func dropUnused(_ grouping: inout Grouping) throws {
        for index in rows.sorted(by: >) {
            try StopPatience.check()
            let home = grouping.groupOf[index]
            var isUsed = false
            visitOperands(of: grouping.groups[home]) { row, operand in
                if row != index, graph.root[operand.position] == index { isUsed = true }
            }
            if !isUsed { grouping.drop(index) }
        }
    }

    // MARK: What a group reads

    /// Calls `body` with each row that is worked out in a group, rows computed anew included, and each of its operands.
    func visitOperands(of group: Group, _ body: (_ row: Int, _ operand: NodeID) -> Void) {
        visitOperands(from: group.members, of: group, body)
    }

    /// The same for some members of a group alone.
    func visitOperands(from members: [Int], of group: Group, _ body: (_ row: Int, _ operand: NodeID) -> Void) {
        var seen: Set<Int> = []
        func visit(_ row: Int) {
            for operand in graph.rows[row].operands {
                body(row, operand)
                let root = graph.root[operand.position]
                let isWorkedOut = graph.isInline[root] && graph.rows[root].op != .leaf
                guard isWorkedOut || (rows.contains(root) && group.extents[root] == nil), seen.insert(root).inserted
                else { continue }
                visit(root)
            }
        }
        for member in members { visit(member) }
    }

    /// Rows that a group reads from memory.
    func reads(_ group: Group) -> Set<Int> {
        var result = Set(group.members.filter { graph.rows[$0].op == .leaf })
        visitOperands(of: group) { _, operand in
            let root = graph.root[operand.position]
            guard group.extents[root] == nil, !rows.contains(root),
                !graph.isInline[root] || graph.rows[root].op == .leaf
            else { return }
            result.insert(root)
        }
        return result
    }

    // MARK: What can be computed anew

    private func isCheap(_ index: Int) -> Bool {
        !graph.needsMemory[index] && !graph.canFail[index] && graph.rows[index].op.isCheap
    }

    /// How a row follows by cheap instructions alone from what lies in memory: that, and the rows on the way, itself
    /// included; nil where there is no such way.
    private func derivation(of index: Int, _ stored: Set<Int>) -> (bases: Set<Int>, steps: Set<Int>)? {
        let shape = graph.shape(index)
        var bases: Set<Int> = []
        var steps: Set<Int> = []
        var weight = 0
        func descend(_ row: Int) -> Bool {
            weight += 1
            guard weight <= Self.mostWeight else { return false }
            steps.insert(row)
            for operand in graph.rows[row].operands {
                let root = graph.root[operand.position]
                if graph.isInline[root] { continue }
                if rows.contains(root) || (!stored.contains(root) && isCheap(root) && graph.shape(root) == shape) {
                    guard graph.shape(operand.position) == shape, descend(root) else { return false }
                } else {
                    guard stored.contains(root) || graph.rows[root].op == .leaf, graph.rows[root].op != .iota,
                        root != index
                    else { return false }
                    bases.insert(root)
                }
            }
            return true
        }
        return descend(index) ? (bases, steps) : nil
    }

    /// Whether a part that is moved into a larger tensor can be worked out on the way: its last dimension is swept as
    /// columns.
    private func isLoadable(_ index: Int, from bases: Set<Int>, over domain: Shape) -> Bool {
        guard graph.shape(index) == domain else { return false }
        let columns: UInt16 = 1 << UInt16(max(domain.rank - 1, 0))
        return graph.rows[index].operands.allSatisfy { operand in
            let root = graph.root[operand.position]
            if graph.isInline[root] { return true }
            if !bases.contains(root) { return isLoadable(root, from: bases, over: domain) }
            let strides = Broadcasting.strides(of: graph.shape(operand.position), in: domain)
            return Group.splits(domain, strides: strides) & columns != 0
        }
    }

    /// The cuts of a group that allow it to compute a row anew; 0 for none.
    private func cuts(of group: Group, reading index: Int, from bases: Set<Int>) -> UInt16 {
        guard !group.isPermuted, group.weight + Self.mostWeight <= 1500 else { return 0 }
        // Elementwise readers take a value from a register as they would from memory; products may have a loader.
        var isRead = false
        for member in group.members {
            let row = graph.rows[member]
            for (position, operand) in row.operands.enumerated() where graph.root[operand.position] == index {
                if row.op.takesLoader(position) { continue }
                if row.op == .concat || row.op == .embed {
                    guard isLoadable(index, from: bases, over: graph.shape(operand.position)) else { return 0 }
                    continue
                }
                guard [.unary, .binary, .ternary, .reduction].contains(row.op.family),
                    graph.shape(operand.position) == group.domain, graph.shape(index) == group.domain,
                    group.extents[member] != .rows || row.op.family == .reduction
                else { return 0 }
                isRead = true
            }
        }
        guard isRead else { return group.splits }
        var splits = group.splits
        func narrow(_ row: Int) {
            for operand in graph.rows[row].operands {
                let root = graph.root[operand.position]
                if graph.isInline[root] || group.extents[root] != nil { continue }
                if bases.contains(root) {
                    splits &= Group.splits(
                        group.domain, strides: Broadcasting.strides(of: graph.shape(operand.position), in: group.domain)
                    )
                } else {
                    narrow(root)
                }
            }
        }
        narrow(index)
        return splits
    }
}

extension Op {
    /// True for operations of a few instructions an element, each on one element of every operand: working them out again
    /// costs less than writing and reading what they give.
    var isCheap: Bool {
        switch self {
        case .neg, .abs, .relu, .square, .not, .cast, .add, .sub, .mul, .div, .maximum, .minimum, .equal, .notEqual,
            .less,
            .lessEqual, .greater, .greaterEqual, .and, .or, .xor, .select:
            true
        // Dear, or not of one element of each operand.
        case .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf, .floor, .ceil,
            .round, .isNaN, .isFinite, .pow, .mod:
            false
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder, .stopGradient, .variable: false
        case .sum, .prod, .max, .min, .argmax, .argmin, .average, .spread, .pick: false
        case .matmul, .conv, .convInput, .convWeight, .poolMax, .unpoolMax, .poolMean, .unpoolMean: false
        case .reshape, .permute, .expand, .slice, .embed, .concat: false
        case .cumsum, .argsort, .gather, .scatterAdd, .inverse, .det, .cofactors, .cofactorChange, .slogdet, .native:
            false
        case .gradient, .custom, .route: false
        }
    }
}
