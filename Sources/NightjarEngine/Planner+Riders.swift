import NightjarGraph
import NightjarProcess

/// Producers fused into the prologue of a convolution: regions that ride along with it, which it computes while it loads
/// its images.
///
/// The sum of a residual block is written to memory, and the convolution that follows reads it at once; the gradient that
/// reaches a convolution through a batch norm is worked out while it is loaded, and a bias before the batch norm wants
/// its sum. A loader that does this as well, since it has the values in registers, saves a sweep over memory.
extension Planner {
    /// Finds a rider for each convolution that can take one.
    mutating func seatRiders() throws {
        guard grouping.fuses else { return }
        let hosts = grouping.groups.indices.filter { loadedImage(of: $0) != nil }
        for host in hosts.sorted(by: { grouping.groups[$0].members[0] < grouping.groups[$1].members[0] }) {
            try StopPatience.check()
            guard let image = loadedImage(of: host) else { continue }
            let rider = grouping.groupOf[image]
            guard rider >= 0, !riders.values.contains(rider), canRide(rider, image),
                canLeaveOut(image, of: rider, on: host),
                grouping.canSeat(rider, on: host)
            else { continue }
            riders[host] = rider
            if try kernel(of: host, tileImages: 0) == nil {
                riders[host] = nil
            } else {
                grouping.seat(rider, on: host)
            }
        }
    }

    /// Members of a group and of its rider, if it has one, in recording order.
    func members(of group: Int) -> [Int] {
        let own = grouping.groups[group].members
        return riders[group].map { (grouping.groups[$0].members + own).sorted() } ?? own
    }

    /// Rows that a group and its rider read from memory.
    func reads(of group: Int) -> Set<Int> {
        guard let rider = riders[group] else { return anew.reads(grouping.groups[group]) }
        return anew.reads(grouping.groups[group]).union(anew.reads(grouping.groups[rider]))
            .subtracting(grouping.groups[rider].members)
    }

    /// The row that a convolution, or its gradient for the images, takes in whole images.
    private func loadedImage(of host: Int) -> Int? {
        guard let product = grouping.groups[host].product, [.conv, .convInput].contains(graph.rows[product].op) else {
            return nil
        }
        return graph.root[graph.rows[product].a.position]
    }

    /// Whether a region can be a loader of one of its members: it works element by element, with sums of columns at most.
    private func canRide(_ rider: Int, _ image: Int) -> Bool {
        let group = grouping.groups[rider]
        guard group.product == nil, !group.isFallible, !group.isPermuted, !group.needsWholeRows,
            group.domain == graph.shape(image), group.extents[image] == .full,
            group.splits & lastCut(of: group) != 0
        else { return false }
        return group.members.allSatisfy { member in
            !graph.rows[member].op.standsAlone && directEffects[member] == nil && group.extents[member] != .rows
        }
    }

    /// The cut after all dimensions but the last, which a loader has.
    private func lastCut(of group: Group) -> UInt16 { 1 << UInt16(max(group.domain.rank, 1) - 1) }

    /// Whether the host looks at the rider's values nowhere but in the images that it loads.
    private func canLeaveOut(_ image: Int, of rider: Int, on host: Int) -> Bool {
        let own = Set(grouping.groups[rider].members)
        guard let product = grouping.groups[host].product else { return false }
        var isAlone = graph.root[graph.rows[product].b.position] != image
        let others = grouping.groups[host].members.filter { $0 != product }
        anew.visitOperands(from: others, of: grouping.groups[host]) { _, operand in
            if own.contains(graph.root[operand.position]) { isAlone = false }
        }
        return isAlone
    }

    /// The program of a rider, which also loads the host's images.
    func loader(of host: Int) throws -> ProgramBuilder? {
        guard let rider = riders[host], let image = loadedImage(of: host) else { return nil }
        var group = grouping.groups[rider]
        group.splits = lastCut(of: group)
        var builder = ProgramBuilder(graph, group, pool, anew: anew.rows)
        try builder.emitMembers()
        writeResults(of: group, &builder)
        try builder.storeLoaded(image)
        return builder
    }
}
