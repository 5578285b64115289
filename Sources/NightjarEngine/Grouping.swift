import NightjarGraph
import NightjarProcess
import NightjarTensor

/// Operator fusion: gathers the rows of a plan into groups, greedily and in recording order.
///
/// A row joins the group of an operand when it works on the same domain and no path leads out of the group and back;
/// two groups that a row connects become one under the same condition.
struct Grouping {
    let graph: PlanGraph
    let fuses: Bool
    private(set) var groups: [Group] = []
    /// The group of each row (by root), or -1.
    private(set) var groupOf: [Int]

    /// A product wider than this takes no reductions along its rows.
    private let widestProductRow = 512
    /// Members of one group at most: registers are plenty, but planning should stay quick.
    private let mostMembers = 400
    /// Instructions of one group at most, numbers that are worked out in it included; see ``PlanGraph/weight``.
    private let mostWeight = 1500

    init(_ graph: PlanGraph, fuses: Bool) throws {
        self.graph = graph
        self.fuses = fuses
        groupOf = [Int](repeating: -1, count: graph.rows.count)
        for (index, row) in graph.rows.enumerated()
        where graph.isNeeded[index] && row.op != .reshape && !graph.isSource(index) && !graph.isInline[index] {
            try StopPatience.check()
            try place(index)
        }
        placeBareOutputs()
    }

    // MARK: Placing a row

    private mutating func place(_ index: Int) throws {
        let row = graph.rows[index]
        switch row.op.family {
        case .product: start(index, domain: row.shape, product: true)
        case .routine: start(index, domain: row.shape)
        case .movement where row.op == .expand: placeElementwise(index)
        case .movement: start(index, domain: row.shape)
        case .reduction: placeReduction(index)
        case .source, .unary, .binary, .ternary, .pick: placeElementwise(index)
        case .gradient, .rule: throw EngineError("'\(row.op.name)' was not expanded before it was planned")
        }
    }

    /// Opens a group with one member.
    private mutating func start(_ index: Int, domain: Shape, product: Bool = false) {
        var group = Group(domain: domain, splits: Group.allSplits(domain))
        group.members = [index]
        group.weight = graph.weight[index]
        group.extents[index] = .full
        if product {
            group.product = index
            group.splits = 1 << UInt16(domain.rank - 1)
        }
        group.after = operandGroups(index)
        group.isFallible = graph.canFail[index]
        group.splits &= viewSplits(index, domain)
        if group.splits == 0 { group.splits = 1 << UInt16(max(domain.rank, 1) - 1) }
        groupOf[index] = groups.count
        groups.append(group)
    }

    /// Cuts that suit the operands which `index` reads from memory over `domain`.
    private func viewSplits(_ index: Int, _ domain: Shape) -> UInt16 {
        let row = graph.rows[index]
        switch row.op {
        case _ where row.op.family == .product || row.op.standsAlone: return Group.allSplits(domain)
        case .permute, .slice: return Group.splits(domain, strides: graph.view(of: index).strides)
        case .iota: return Group.splits(domain, strides: graph.iotaStrides(index, row.shape, in: domain))
        default:
            var splits = Group.allSplits(domain)
            for operand in row.operands where !graph.isInline[graph.root[operand.position]] {
                splits &= externalSplits(operand.position, row.shape, domain)
            }
            return splits
        }
    }

    private func externalSplits(_ operand: Int, _ shape: Shape, _ domain: Shape) -> UInt16 {
        if graph.rows[graph.root[operand]].op == .iota {
            return Group.splits(
                domain, strides: graph.iotaStrides(graph.root[operand], graph.shape(operand), in: domain))
        }
        return Group.splits(domain, strides: Broadcasting.strides(of: graph.shape(operand), in: domain))
    }

    private func operandGroups(_ index: Int) -> Set<Int> {
        var result: Set<Int> = []
        for operand in graph.rows[index].operands {
            let group = groupOf[graph.root[operand.position]]
            if group >= 0 { result.insert(group) }
        }
        return result
    }

    /// Groups of operands, latest first: candidates to join.
    private func candidates(_ index: Int) -> [Int] {
        fuses ? operandGroups(index).sorted(by: >) : []
    }

    private mutating func placeElementwise(_ index: Int) {
        for candidate in candidates(index) where join(index, candidate) {
            absorbOthers(index)
            return
        }
        start(
            index,
            domain: graph.rows[index].op == .pick ? graph.shape(graph.rows[index].a.position) : graph.shape(index))
        if graph.rows[index].op == .pick { becomePick(index) }
    }

    /// A pick opens a group over the rows it picks from.
    private mutating func becomePick(_ index: Int) {
        let group = groupOf[index]
        let domain = groups[group].domain
        groups[group].extents[index] = .rows
        groups[group].splits = Group.splits(domain, trailing: 1 << UInt8(domain.rank - 1))
        groups[group].needsWholeRows = true
    }

    private mutating func placeReduction(_ index: Int) {
        for candidate in candidates(index) where joinReduction(index, candidate) { return }
        let row = graph.rows[index]
        let source = graph.shape(row.a.position)
        let reduction = Reduction(attribute: row.attribute)
        start(index, domain: source)
        if settleReduction(index, groupOf[index], axes: reduction.axes) { return }
        // Neither the first nor the last dimensions: walk the operand with the reduced ones last.
        let order = graph.reductionOrder(index)
        let kept = (0..<source.rank).filter { !reduction.reduces($0) }.count
        groups[groupOf[index]].domain = Shape(
            uncheckedExtents: graph.permuted(source.extents, order), rank: source.rank)
        groups[groupOf[index]].isPermuted = true
        groups[groupOf[index]].splits = Group.splits(
            groups[groupOf[index]].domain, strides: order.map { source.strides[$0] })
        settleReduction(index, groupOf[index], axes: Reduction.all(rank: source.rank) & ~((1 << UInt8(kept)) - 1))
    }

    /// Records in the group what kind of reduction a member is, and the cuts it allows. False when none is left.
    @discardableResult
    private mutating func settleReduction(_ index: Int, _ group: Int, axes: UInt8) -> Bool {
        let domain = groups[group].domain
        let row = graph.rows[index]
        let isArgument = row.op == .argmax || row.op == .argmin
        if axes == Reduction.all(rank: domain.rank), !isArgument {
            groups[group].extents[index] = nil
            groups[group].accumulated.insert(index)
            return true
        }
        // Moments are kept for each column or for everything, also where a row could be a line of its own.
        let trailing = row.op.isMoment ? 0 : groups[group].splits & Group.splits(domain, trailing: axes)
        if trailing != 0 {
            guard groups[group].product == nil || domain.last <= widestProductRow else { return false }
            groups[group].splits = trailing
            groups[group].extents[index] = .rows
            groups[group].needsWholeRows = true
            return true
        }
        let leading = groups[group].splits & Group.splits(domain, trailing: Reduction.all(rank: domain.rank) & ~axes)
        guard leading != 0, !isArgument else { return false }
        groups[group].splits = leading
        groups[group].extents[index] = nil
        groups[group].accumulated.insert(index)
        return true
    }

    // MARK: Joining

    /// Whether `from` must wait for `to`, through any groups.
    func depends(_ from: Int, on to: Int) -> Bool {
        var seen: Set<Int> = [from]
        var stack = [from]
        while let next = stack.popLast() {
            for other in groups[next].after where seen.insert(other).inserted {
                if other == to { return true }
                stack.append(other)
            }
        }
        return false
    }

    /// Whether the operands of `index` allow it into `group`: none waits for the group, none is its accumulated result.
    private func ordered(_ index: Int, _ group: Int) -> Bool {
        for operand in graph.rows[index].operands {
            let root = graph.root[operand.position]
            if groups[group].accumulated.contains(root) { return false }
            let other = groupOf[root]
            if other >= 0, other != group, depends(other, on: group) { return false }
        }
        return true
    }

    /// How a row of this shape extends over the group's domain, judged by its operands in the group; with the cuts
    /// that this needs. Nil when it does not fit.
    private func fit(_ index: Int, _ group: Int) -> (extent: Group.Extent, splits: UInt16)? {
        let row = graph.rows[index]
        let domain = groups[group].domain
        let inside = row.operands.filter { groups[group].extents[graph.root[$0.position]] != nil }
        var splits = groups[group].splits
        if row.shape == domain {
            for operand in row.operands {
                let root = graph.root[operand.position]
                if graph.isInline[root] { continue }
                let strides = Broadcasting.strides(of: graph.shape(operand.position), in: domain)
                switch groups[group].extents[root] {
                case .full:
                    guard graph.shape(operand.position).count == domain.count else { return nil }
                case .rows:
                    splits &= rowSplits(domain, strides)
                case nil:
                    splits &= externalSplits(operand.position, row.shape, domain)
                }
                if splits == 0 { return nil }
            }
            return (.full, splits)
        }
        // One value a row, computed from values of rows.
        guard !inside.isEmpty,
            inside.allSatisfy({ groups[group].extents[graph.root[$0.position]] == .rows })
        else { return nil }
        splits &= splitsWithRows(domain, row.shape.count)
        guard splits != 0 else { return nil }
        for operand in row.operands {
            let root = graph.root[operand.position]
            if graph.isInline[root] { continue }
            // In step with the rows, without repetition.
            guard graph.shape(operand.position).count == row.shape.count, graph.rows[root].op != .iota else {
                return nil
            }
        }
        return (.rows, splits)
    }

    /// Cuts for which a view repeats along columns and is dense along rows.
    private func rowSplits(_ domain: Shape, _ strides: [Int]) -> UInt16 {
        var result: UInt16 = 0
        for split in 0..<max(domain.rank, 1) {
            let repeats = (split..<domain.rank).allSatisfy { domain[$0] == 1 || strides[$0] == 0 }
            var expected = 1
            var dense = true
            for axis in (0..<split).reversed() where domain[axis] != 1 {
                dense = dense && strides[axis] == expected
                expected *= domain[axis]
            }
            if repeats && dense { result |= 1 << UInt16(split) }
        }
        return result
    }

    private func splitsWithRows(_ domain: Shape, _ rows: Int) -> UInt16 {
        var result: UInt16 = 0
        var product = 1
        for split in 0..<max(domain.rank, 1) {
            if product == rows { result |= 1 << UInt16(split) }
            if split < domain.rank { product *= domain[split] }
        }
        return result
    }

    private mutating func join(_ index: Int, _ group: Int) -> Bool {
        guard hasRoom(group, 1, graph.weight[index]), ordered(index, group) else { return false }
        let row = graph.rows[index]
        if row.op == .pick { return joinPick(index, group) }
        guard !standsAlone(group), let fit = fit(index, group) else { return false }
        groups[group].splits = fit.splits
        admit(index, group, fit.extent)
        return true
    }

    /// Groups of rows that stand alone have one member and take no other.
    private func standsAlone(_ group: Int) -> Bool {
        guard groups[group].members.count == 1, let only = groups[group].members.first else { return false }
        return graph.rows[only].op.standsAlone
    }

    private func hasRoom(_ group: Int, _ members: Int, _ weight: Int) -> Bool {
        groups[group].members.count + members <= mostMembers && groups[group].weight + weight <= mostWeight
    }

    private mutating func joinPick(_ index: Int, _ group: Int) -> Bool {
        let row = graph.rows[index]
        let domain = groups[group].domain
        let values = row.a.position
        guard !standsAlone(group), groups[group].extents[graph.root[values]] == .full, graph.shape(values) == domain,
            groups[group].extents[graph.root[row.b.position]] == nil
                || groups[group].extents[graph.root[row.b.position]] == .rows,
            groups[group].product == nil || domain.last <= widestProductRow
        else { return false }
        let splits = groups[group].splits & Group.splits(domain, trailing: 1 << UInt8(domain.rank - 1))
        guard splits != 0 else { return false }
        groups[group].splits = splits
        groups[group].needsWholeRows = true
        admit(index, group, .rows)
        return true
    }

    private mutating func joinReduction(_ index: Int, _ group: Int) -> Bool {
        guard hasRoom(group, 1, graph.weight[index]), ordered(index, group), !standsAlone(group) else { return false }
        let row = graph.rows[index]
        let reduction = Reduction(attribute: row.attribute)
        let source = row.a.position
        switch groups[group].extents[graph.root[source]] {
        case .full:
            guard graph.shape(source) == groups[group].domain else { return false }
            let before = groups[group]
            admit(index, group, .full)
            if settleReduction(index, group, axes: reduction.axes) { return true }
            groups[group] = before
            groupOf[index] = -1
            return false
        case .rows:
            guard reduction.width(graph.shape(source)) == graph.shape(source).count, row.op != .argmax,
                row.op != .argmin
            else { return false }
            admit(index, group, .full)
            groups[group].extents[index] = nil
            groups[group].accumulated.insert(index)
            return true
        case nil: return false
        }
    }

    private mutating func admit(_ index: Int, _ group: Int, _ extent: Group.Extent) {
        groups[group].members.append(index)
        groups[group].weight += graph.weight[index]
        groups[group].extents[index] = extent
        groups[group].isFallible = groups[group].isFallible || graph.canFail[index]
        groups[group].after.formUnion(operandGroups(index))
        groups[group].after.remove(group)
        groupOf[index] = group
    }

    // MARK: Merging

    /// Draws the other operands' groups into the one that `index` has joined, where they share the domain.
    private mutating func absorbOthers(_ index: Int) {
        let group = groupOf[index]
        for other in operandGroups(index).sorted() where other != group { absorb(other, into: group) }
    }

    private mutating func absorb(_ other: Int, into group: Int) {
        let (one, two) = (groups[group], groups[other])
        var splits = one.splits & two.splits
        let hasProduct = one.product != nil || two.product != nil
        guard one.domain == two.domain, splits != 0, one.product == nil || two.product == nil,
            !one.isPermuted, !two.isPermuted, hasRoom(group, two.members.count, two.weight), !standsAlone(other),
            !standsAlone(group),
            !hasProduct || !(one.needsWholeRows || two.needsWholeRows) || one.domain.last <= widestProductRow
        else { return }
        // No path between the two through a third, and none from one's accumulated results to the other.
        for third in one.after where third != other && (depends(third, on: other)) { return }
        for third in two.after where third != group && (depends(third, on: group)) { return }
        for member in one.members where mustWait(member, for: two) { return }
        for member in two.members where mustWait(member, for: one) { return }
        // What one read from memory it will find in a register, which must extend as the reader takes it: with as many
        // columns as rows, (n) may be a value for each row, or one for each column.
        for member in one.members { splits &= cuts(member, one, reading: two) }
        for member in two.members { splits &= cuts(member, two, reading: one) }
        guard splits != 0 else { return }
        for member in two.members { groupOf[member] = group }
        groups[group].members = (one.members + two.members).sorted()
        groups[group].weight += two.weight
        groups[group].extents.merge(two.extents) { first, _ in first }
        groups[group].accumulated.formUnion(two.accumulated)
        groups[group].product = one.product ?? two.product
        groups[group].after.formUnion(two.after)
        groups[group].after.remove(group)
        groups[group].after.remove(other)
        groups[group].splits = splits
        groups[group].isFallible = one.isFallible || two.isFallible
        groups[group].needsWholeRows = one.needsWholeRows || two.needsWholeRows
        groups[other] = Group(domain: two.domain, splits: 0)
        for index in groups.indices where groups[index].after.contains(other) {
            groups[index].after.remove(other)
            if index != group { groups[index].after.insert(group) }
        }
    }

    /// Cuts for which a member of `own` can take what `other` holds in registers in place of what lies in memory.
    private func cuts(_ member: Int, _ own: Group, reading other: Group) -> UInt16 {
        let row = graph.rows[member]
        var result = UInt16.max
        for (position, operand) in row.operands.enumerated() {
            guard let extent = other.extents[graph.root[operand.position]] else { continue }
            let shape = graph.shape(operand.position)
            switch (row.op.family, own.extents[member]) {
            case (.pick, _): if extent != (position == 0 ? .full : .rows) { return 0 }
            case (.reduction, _): if shape.count != own.domain.count { return 0 }
            case (_, .full) where extent == .rows:
                result &= rowSplits(own.domain, Broadcasting.strides(of: shape, in: own.domain))
            case (_, .full): if shape.count != own.domain.count { return 0 }
            default: if extent != .rows || shape.count != row.shape.count { return 0 }
            }
        }
        return result
    }

    /// Whether a row reads what `group` leaves in memory and not what it holds in registers.
    private func mustWait(_ member: Int, for group: Group) -> Bool {
        let row = graph.rows[member]
        let roots = row.operands.map { graph.root[$0.position] }
        switch row.op {
        case .permute, .slice,
            _ where row.op.family == .product:
            return roots.contains { group.members.contains($0) }
        default: return roots.contains { group.accumulated.contains($0) }
        }
    }

    // MARK: What is wanted but computed nowhere

    /// Outputs and effects that are plain sources or numbers are copied by a group of their own.
    private mutating func placeBareOutputs() {
        for index in graph.outputs + graph.effects.map(\.row) {
            let root = graph.root[index]
            guard groupOf[root] < 0 else { continue }
            var group = Group(domain: graph.shape(root), splits: Group.allSplits(graph.shape(root)))
            group.members = [root]
            group.extents[root] = .full
            if graph.rows[root].op == .iota {
                group.splits &= Group.splits(
                    group.domain, strides: graph.iotaStrides(root, graph.shape(root), in: group.domain))
            }
            group.after = operandGroups(root)
            groupOf[root] = groups.count
            groups.append(group)
        }
    }

    /// Allows fewer cuts to a group.
    mutating func narrow(_ group: Int, to splits: UInt16) { groups[group].splits &= splits }

    /// Takes a member out that nobody in its group needs. Who waited for an emptied group waits for what it waited for.
    mutating func drop(_ member: Int) {
        let group = groupOf[member]
        groups[group].members.removeAll { $0 == member }
        groups[group].extents[member] = nil
        groupOf[member] = -1
        guard groups[group].members.isEmpty else { return }
        for index in groups.indices where groups[index].after.remove(group) != nil {
            groups[index].after.formUnion(groups[group].after)
        }
        groups[group].after = []
    }

    /// Makes `later` wait for `earlier`. False when that would close a circle.
    mutating func order(_ later: Int, after earlier: Int) -> Bool {
        if later == earlier || groups[later].after.contains(earlier) { return true }
        if depends(earlier, on: later) { return false }
        groups[later].after.insert(earlier)
        return true
    }

    // MARK: Riders, see ``Planner/seatRiders()``

    /// Whether no third group stands between a rider and its host.
    func canSeat(_ rider: Int, on host: Int) -> Bool {
        !depends(rider, on: host) && groups[host].after.allSatisfy { $0 == rider || !depends($0, on: rider) }
    }

    /// From now on the host does the rider's work: it waits for what the rider waits for, and who waits for the rider
    /// waits for it.
    mutating func seat(_ rider: Int, on host: Int) {
        groups[host].after.formUnion(groups[rider].after)
        groups[host].after.remove(rider)
        for index in groups.indices where index != host && groups[index].after.contains(rider) {
            groups[index].after.insert(host)
        }
    }
}
