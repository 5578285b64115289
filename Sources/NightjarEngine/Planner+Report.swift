import NightjarGraph
import NightjarTensor

/// Plans as ``PlanReport`` shows them.
extension Planner {
    static func report(_ request: Request, _ provenance: ProvenanceTable) throws -> PlanReport {
        let fused = try launchReports(request, provenance)
        var separate = request
        separate.fuses = false
        let unfused = PlanReport(
            launches: try launchReports(separate, provenance), memory: .init(), unfused: .init())
        return PlanReport(
            launches: fused, memory: .init(try plan(request), request), unfused: unfused.totals)
    }

    private static func launchReports(
        _ request: Request, _ provenance: ProvenanceTable
    ) throws -> [PlanReport.Launch] {
        var planner = try Planner(request)
        let order = try planner.schedule(request)
        var launches: [PlanReport.Launch] = []
        for group in order { launches += try planner.reports(of: group, request, provenance) }
        for effect in planner.copiedEffects { launches.append(planner.copyReport(effect.row)) }
        return launches
    }

    /// A group is one launch, but for those that move boxes, and results that also replace a state.
    private func reports(
        of index: Int, _ request: Request, _ provenance: ProvenanceTable
    ) throws -> [PlanReport.Launch] {
        let group = grouping.groups[index]
        let made = try launchesOf(index)
        let members = members(of: index)
        let operations = members.map { member in
            let origin = graph.origins[member]
            return PlanReport.Operation(
                name: graph.rows[member].name, dtype: graph.rows[member].dtype, shape: graph.shape(member),
                place: provenance.place(request.places[origin.requestRow]), isOfGradient: origin.isBackward)
        }
        let stored = members.filter { storedRows.contains($0) }
        // What accumulates is stored by the launch, and replaces a state in a launch of its own.
        let states = group.members.filter { !group.accumulated.contains($0) }
            .flatMap { member in (directEffects[member] ?? []).map { _ in access(member, name: "state") } }
        let first = PlanReport.Launch(
            kind: group.product.map { graph.rows[$0].name } ?? kind(group), domain: group.domain,
            split: group.product == nil ? min(group.split, group.domain.rank) : group.domain.rank,
            operations: operations, reads: reads(of: index).sorted().map { access($0) },
            writes: stored.map { access($0) } + states, tiles: made.first?.kernel.tileCounts ?? [],
            nanoseconds: made.first?.cost ?? 0, flops: members.reduce(0) { $0 + graph.flops(of: $1) })
        let copies = made.dropFirst().map { launch in
            let row = launch.members.first ?? group.members[0]
            return PlanReport.Launch(
                kind: "copy", domain: graph.shape(row), split: 0, operations: [], reads: [access(row)],
                writes: [access(row, name: "state")], tiles: launch.kernel.tileCounts, nanoseconds: launch.cost,
                flops: 0)
        }
        return [first] + copies
    }

    private func kind(_ group: Group) -> String {
        guard group.members.count == 1, let only = group.members.first else { return "region" }
        return graph.rows[only].op.standsAlone ? graph.rows[only].name : "region"
    }

    private func copyReport(_ row: Int) -> PlanReport.Launch {
        PlanReport.Launch(
            kind: "copy", domain: graph.shape(row), split: 0, operations: [], reads: [access(row)],
            writes: [access(row, name: "state")], tiles: [], nanoseconds: 0, flops: 0)
    }

    private func access(_ row: Int, name: String? = nil) -> PlanReport.Access {
        let node = graph.rows[row]
        // Counting is read from one list, whatever the shape.
        let count = node.op == .iota && graph.isSource(row) ? node.shape[node.slot] : node.shape.count
        return PlanReport.Access(
            name: name ?? (node.op == .leaf ? "input" : node.name), dtype: node.dtype, shape: node.shape,
            bytes: count * node.dtype.byteWidth)
    }
}
