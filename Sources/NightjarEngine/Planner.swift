import CKernels
import NightjarGraph
import NightjarTensor

/// Makes a plan from a request: groups rows, orders the groups, writes their programs and lays out memory.
struct Planner {
    let graph: PlanGraph
    var grouping: Grouping
    let pool: PlanPool
    /// Effects whose new value is written where the old one lies, by the value's row.
    private var directEffects: [Int: [Int]] = [:]
    /// Effects that are copied when everything has run.
    private var copiedEffects: [(slot: Int, row: Int)] = []

    static func plan(_ request: Request) throws -> Plan {
        let graph = try PlanGraph(request)
        var planner = Planner(
            graph: graph, grouping: try Grouping(graph, fuses: request.fuses),
            pool: PlanPool(requestNumbers: request.numbers.count))
        return try planner.make(request)
    }

    private init(graph: PlanGraph, grouping: Grouping, pool: PlanPool) {
        self.graph = graph
        self.grouping = grouping
        self.pool = pool
    }

    private mutating func make(_ request: Request) throws -> Plan {
        decideEffects(Set(request.aliased.map(Int.init)))
        let order = try schedule()
        var launches: [Launch] = []
        var steps: [(group: Int, launches: Int)] = []
        for group in order {
            let made = try launchesOf(group)
            steps.append((group, made.count))
            launches.append(contentsOf: made)
        }
        try pool.check()
        return try Plan(
            graph: graph, pool: pool, launches: launches, layout: layOut(order), copies: copiedEffects, request: request
        )
    }

    // MARK: Effects

    /// Rows read from memory by a group.
    private func reads(_ group: Group) -> Set<Int> {
        var result: Set<Int> = []
        func visit(_ operand: NodeID) {
            let root = graph.root[operand.position]
            if graph.isInline[root], graph.rows[root].op != .leaf {
                for inner in graph.rows[root].operands { visit(inner) }
            } else if group.extents[root] == nil {
                result.insert(root)
            }
        }
        for member in group.members {
            if graph.rows[member].op == .leaf { result.insert(member) }
            for operand in graph.rows[member].operands { visit(operand) }
        }
        return result
    }

    /// An effect is written in place when every other reader of the old value can run before, and nothing that can
    /// fail runs after; otherwise it is copied at the end, as are those whose memory has other names.
    private mutating func decideEffects(_ aliased: Set<Int>) {
        var leafOfSlot: [Int: Int] = [:]
        for (index, row) in graph.rows.enumerated() where row.op == .leaf { leafOfSlot[row.slot] = index }
        let readers = grouping.groups.map { reads($0) }
        let fallible = grouping.groups.indices.filter { grouping.groups[$0].isFallible }
        for effect in graph.effects {
            let value = graph.root[effect.row]
            let home = grouping.groupOf[value]
            if home >= 0, !aliased.contains(effect.slot),
                canWriteInPlace(effect.slot, leafOfSlot[effect.slot], value, home, readers, fallible)
            {
                directEffects[value, default: []].append(effect.slot)
            } else {
                copiedEffects.append((effect.slot, value))
            }
        }
    }

    private mutating func canWriteInPlace(
        _ slot: Int, _ leaf: Int?, _ value: Int, _ home: Int, _ readers: [Set<Int>], _ fallible: [Int]
    ) -> Bool {
        let group = grouping.groups[home]
        guard !group.isFallible, !group.members.contains(where: { graph.rows[$0].op.standsAlone }) else { return false }
        if let leaf {
            if readers[home].contains(leaf), !readsInStep(leaf, value, group) { return false }
            for (other, read) in readers.enumerated() where other != home && read.contains(leaf) {
                if !grouping.order(home, after: other) { return false }
            }
        }
        for other in fallible where !grouping.order(home, after: other) { return false }
        return true
    }

    /// Whether all reads of a leaf in a group see exactly the element that the value's store replaces.
    private func readsInStep(_ leaf: Int, _ value: Int, _ group: Group) -> Bool {
        if group.accumulated.contains(value) { return true }
        guard group.extents[value] == .full, !group.isPermuted, group.domain == graph.shape(leaf) else { return false }
        return group.members.allSatisfy { member in
            let row = graph.rows[member]
            let touches = row.operands.contains { graph.root[$0.position] == leaf }
            guard touches else { return true }
            switch row.op.family {
            case .matmul, .movement, .routine: return false
            default:
                return row.operands.allSatisfy {
                    graph.root[$0.position] != leaf || graph.shape($0.position) == group.domain
                }
            }
        }
    }

    // MARK: Order

    /// Groups in an order that respects what each waits for, earlier recorded ones first.
    private func schedule() throws -> [Int] {
        let groups = grouping.groups
        var waiting = groups.map(\.after.count)
        var followers = [[Int]](repeating: [], count: groups.count)
        for (index, group) in groups.enumerated() {
            for other in group.after { followers[other].append(index) }
        }
        func rank(_ group: Int) -> Int { groups[group].product ?? groups[group].members.first ?? 0 }
        var ready = groups.indices.filter { waiting[$0] == 0 && !groups[$0].members.isEmpty }
        var order: [Int] = []
        while !ready.isEmpty {
            var best = 0
            for index in ready.indices where rank(ready[index]) < rank(ready[best]) { best = index }
            let next = ready.remove(at: best)
            order.append(next)
            for follower in followers[next] {
                waiting[follower] -= 1
                if waiting[follower] == 0 { ready.append(follower) }
            }
        }
        guard order.count == groups.filter({ !$0.members.isEmpty }).count else {
            throw EngineError("the plan's groups wait for each other in a circle")
        }
        return order
    }

    // MARK: Launches

    /// Whether a member's value is read outside its group or wanted by the request.
    private func isStored(_ root: Int, _ home: Int, _ readers: Set<Int>) -> Bool { readers.contains(root) }

    private func launchesOf(_ index: Int) throws -> [Launch] {
        let group = grouping.groups[index]
        if let only = group.members.first, graph.rows[only].op.standsAlone {
            return graph.rows[only].op.family == .routine ? [try routine(only)] : try movement(only)
        }
        var builder = ProgramBuilder(graph, group, pool)
        try builder.emitMembers()
        for member in group.members where group.extents[member] != nil {
            if storedRows.contains(member) { builder.store(member, to: .row(member)) }
            for slot in directEffects[member] ?? [] { builder.store(member, to: .leaf(slot)) }
        }
        let description = group.product
        let launch = builder.withDescription { program -> Launch? in
            guard let product = description else {
                return Launch(region: program, isFallible: group.isFallible, members: group.members)
            }
            return self.product(product, program, group)
        }
        guard let launch else {
            throw EngineError("the kernels refuse a program of \(group.members.count) operations over \(group.domain)")
        }
        var result = [launch]
        // A result over rows that also replaces a tensor is copied from its own memory.
        for member in group.members where group.accumulated.contains(member) {
            for slot in directEffects[member] ?? [] { result.append(try copy(member, to: .leaf(slot))) }
        }
        return result
    }

    private func product(_ index: Int, _ program: UnsafePointer<nj_program_desc>, _ group: Group) -> Launch? {
        let row = graph.rows[index]
        let (a, b) = (row.a.position, row.b.position)
        let (left, right) = (graph.shape(a), graph.shape(b))
        let rank = row.rank
        let (transposeA, transposeB) = (row.attribute & 1 != 0, row.attribute & 2 != 0)
        var description = nj_gemm_desc()
        description.dtype = row.dtype.rawValue
        description.m = Int64(row.shape[rank - 2])
        description.n = Int64(row.shape[rank - 1])
        description.k = Int64(left[transposeA ? rank - 2 : rank - 1])
        description.batch = Int64((0..<(rank - 2)).reduce(1) { $0 * row.shape[$1] })
        description.a_buffer = pool.buffer(memory(graph.root[a]))
        description.b_buffer = pool.buffer(memory(graph.root[b]))
        let (leftColumns, rightColumns) = (Int64(left[rank - 1]), Int64(right[rank - 1]))
        description.a_row_stride = transposeA ? 1 : leftColumns
        description.a_k_stride = transposeA ? leftColumns : 1
        description.a_batch_stride = Int64(left[rank - 2]) * leftColumns
        description.b_k_stride = transposeB ? 1 : rightColumns
        description.b_col_stride = transposeB ? rightColumns : 1
        description.b_batch_stride = Int64(right[rank - 2]) * rightColumns
        description.program = program
        return Launch(product: &description, isFallible: group.isFallible, members: group.members)
    }

    func memory(_ root: Int) -> Memory { graph.memory(root) }

    /// A launch over a domain of its own, which `write` fills.
    private func region(_ domain: Shape, members: [Int], _ write: (inout ProgramBuilder) -> Void) throws -> Launch {
        var builder = ProgramBuilder(graph, Group(domain: domain, splits: 1 << UInt16(max(domain.rank - 1, 0))), pool)
        write(&builder)
        guard let launch = builder.withDescription({ Launch(region: $0, isFallible: false, members: members) }) else {
            throw EngineError("the kernels refuse a copy over \(domain)")
        }
        return launch
    }

    private func copy(_ row: Int, to memory: Memory) throws -> Launch {
        try region(graph.shape(row), members: [row]) { builder in
            let dense = View(base: row, strides: graph.shape(row).strides)
            builder.storePart(NodeID(row), of: row, dense, to: memory)
        }
    }

    /// Boxes written one after the other into the memory of an `embed` or `concat` row.
    private func movement(_ index: Int) throws -> [Launch] {
        let row = graph.rows[index]
        var launches: [Launch] = []
        if row.op == .embed {
            launches.append(try region(row.shape, members: [index]) { $0.storeZeros(row.dtype, to: .row(index)) })
        }
        for (part, operand) in row.operands.enumerated() {
            launches.append(
                try region(graph.shape(operand.position), members: [index]) { builder in
                    builder.storePart(operand, of: index, graph.target(of: index, part: part), to: .row(index))
                })
        }
        return launches
    }

    // MARK: Memory

    /// Rows whose values are written to memory: read by another group, wanted, or accumulated.
    private var storedRows: Set<Int> {
        if let known = storedRowsCache.value { return known }
        var result: Set<Int> = []
        for group in grouping.groups { result.formUnion(reads(group)) }
        for output in graph.outputs { result.insert(graph.root[output]) }
        for effect in copiedEffects { result.insert(effect.row) }
        for group in grouping.groups {
            result.formUnion(group.accumulated)
            for member in group.members where graph.rows[member].op.standsAlone {
                result.insert(member)
            }
        }
        result = result.filter { grouping.groupOf[$0] >= 0 }
        storedRowsCache.value = result
        return result
    }
    private let storedRowsCache = Box()
    private final class Box { var value: Set<Int>? }

    /// Offsets in the arena by lifetime: from the launch that writes a row to the last one that reads it.
    private func layOut(_ order: [Int]) -> MemoryLayoutPlan {
        let wanted = Set(graph.outputs.map { graph.root[$0] })
        let finals = Set(copiedEffects.map(\.row))
        var lastRead: [Int: Int] = [:]
        for (time, group) in order.enumerated() {
            for root in reads(grouping.groups[group]) { lastRead[root] = time }
        }
        var arena = ArenaLayout()
        for (time, group) in order.enumerated() {
            for member in grouping.groups[group].members where storedRows.contains(member) && !wanted.contains(member) {
                let end = finals.contains(member) ? order.count : lastRead[member] ?? time
                let row = graph.rows[member]
                arena.place(member, bytes: row.shape.count * row.dtype.byteWidth, from: time, through: end)
            }
        }
        return MemoryLayoutPlan(offsets: arena.offsets, bytes: arena.bytes)
    }
}

/// Where rows lie in the arena.
struct MemoryLayoutPlan {
    let offsets: [Int: Int]
    let bytes: Int
}
