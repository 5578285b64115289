import CKernels
import NightjarGraph
import NightjarProcess
import NightjarTensor

/// Makes a plan from a request: groups rows, orders the groups, writes their programs and lays out memory.
struct Planner {
    let graph: PlanGraph
    var grouping: Grouping
    /// Rows that are worked out where they are read.
    let anew: Rematerialization
    let pool: PlanPool
    /// Effects whose new value is written where the old one lies, by the value's row.
    private(set) var directEffects: [Int: [Int]] = [:]
    /// Effects that are copied when everything has run.
    private(set) var copiedEffects: [(slot: Int, row: Int)] = []
    /// Regions that a convolution computes while it loads, by the convolution's group.
    var riders: [Int: Int] = [:]

    static func plan(_ request: Request) throws -> Plan {
        try StopPatience.during {
            var planner = try Planner(request)
            return try planner.make(request)
        }
    }

    init(_ request: Request) throws {
        pool = PlanPool(requestNumbers: request.numbers.count)
        try pool.check()
        graph = try PlanGraph(request)
        try StopPatience.check()
        var grouping = try Grouping(graph, fuses: request.fuses)
        anew = try Rematerialization(graph, &grouping)
        self.grouping = grouping
    }

    private mutating func make(_ request: Request) throws -> Plan {
        let order = try schedule(request)
        let waves = try waves(order)
        let launches = try waves.flatMap { wave in
            try StopPatience.check()
            return try launchesOf(wave: wave)
        }
        try pool.check()
        return try Plan(
            graph: graph, pool: pool, launches: launches, layout: layOut(waves), copies: copiedEffects, request: request
        )
    }

    // MARK: Effects

    /// An effect is written in place when every other reader of the old value can run before, and nothing that can
    /// fail runs after; otherwise it is copied at the end, as are those whose memory has other names.
    mutating func decideEffects(_ aliased: Set<Int>) throws {
        var leafOfSlot: [Int: Int] = [:]
        for (index, row) in graph.rows.enumerated() where row.op == .leaf { leafOfSlot[row.slot] = index }
        // By what they read, each in order: an effect asks for the readers of one leaf, and there are as many effects as
        // parameters.
        var readers: [Int: [Int]] = [:]
        for (index, group) in grouping.groups.enumerated() {
            try StopPatience.check()
            for read in anew.reads(group) { readers[read, default: []].append(index) }
        }
        let fallible = grouping.groups.indices.filter { grouping.groups[$0].isFallible }
        for effect in graph.effects {
            try StopPatience.check()
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
        _ slot: Int, _ leaf: Int?, _ value: Int, _ home: Int, _ readers: [Int: [Int]], _ fallible: [Int]
    ) -> Bool {
        let group = grouping.groups[home]
        guard !group.isFallible, !group.members.contains(where: { graph.rows[$0].op.standsAlone }) else { return false }
        if let leaf {
            let reading = readers[leaf] ?? []
            if reading.contains(home), !readsInStep(leaf, value, group) { return false }
            for other in reading where other != home {
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
        var inStep = true
        anew.visitOperands(of: group) { row, operand in
            guard graph.root[operand.position] == leaf else { return }
            switch graph.rows[row].op.family {
            case .product, .movement, .routine: inStep = false
            // A loader reads where it likes.
            default: inStep = inStep && !anew.rows.contains(row) && graph.shape(operand.position) == group.domain
            }
        }
        return inStep
    }

    // MARK: Order

    /// Decides what is left to decide, and puts groups in an order.
    mutating func schedule(_ request: Request) throws -> [Int] {
        try decideEffects(Set(request.aliased.map(Int.init)))
        try seatRiders()
        return try order()
    }

    /// Groups in an order that respects what each waits for, earlier recorded ones first. Riders come with their hosts.
    private func order() throws -> [Int] {
        var groups = grouping.groups
        for rider in riders.values {
            try StopPatience.check()
            for index in groups.indices { groups[index].after.remove(rider) }
            groups[rider].members = []
            groups[rider].after = []
        }
        var waiting = groups.map(\.after.count)
        var followers = [[Int]](repeating: [], count: groups.count)
        for (index, group) in groups.enumerated() {
            try StopPatience.check()
            for other in group.after { followers[other].append(index) }
        }
        func rank(_ group: Int) -> Int { groups[group].product ?? groups[group].members.first ?? 0 }
        var ready = groups.indices.filter { waiting[$0] == 0 && !groups[$0].members.isEmpty }
        var order: [Int] = []
        while !ready.isEmpty {
            try StopPatience.check()
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

    /// - Parameter tileImages: see ``ProductDescription``.
    func launchesOf(_ index: Int, tileImages: Int = 0) throws -> [Launch] {
        let group = grouping.groups[index]
        if let only = group.members.first, graph.rows[only].op.standsAlone {
            return graph.rows[only].op.family == .routine ? [try routine(only)] : try movement(only)
        }
        guard let kernel = try kernel(of: index, tileImages: tileImages) else {
            throw EngineError("the kernels refuse a program of \(group.members.count) operations over \(group.domain)")
        }
        var result = [Launch(kernel, isFallible: group.isFallible, members: members(of: index))]
        // A result over rows that also replaces a tensor is copied from its own memory.
        for member in group.members where group.accumulated.contains(member) {
            for slot in directEffects[member] ?? [] { result.append(try copy(member, to: .leaf(slot))) }
        }
        return result
    }

    /// The kernel of a group with its program; nil when the kernels refuse it.
    func kernel(of index: Int, tileImages: Int) throws -> TileKernel? {
        let group = grouping.groups[index]
        var builder = ProgramBuilder(graph, group, pool, anew: anew.rows)
        try builder.emitMembers()
        writeResults(of: group, &builder)
        let loader = try loader(of: index)
        return try builder.withDescription { program -> TileKernel? in
            guard let product = group.product else { return RegionKernel(program) }
            return try ProductDescription(
                graph, pool, product, anew: anew.rows, imageLoader: loader, tileImages: tileImages
            ).kernel(program)
        }
    }

    /// Stores what others read, and what replaces a state.
    func writeResults(of group: Group, _ builder: inout ProgramBuilder) {
        for member in group.members where group.extents[member] != nil {
            if storedRows.contains(member) { builder.store(member, to: .row(member)) }
            for slot in directEffects[member] ?? [] { builder.store(member, to: .leaf(slot)) }
        }
    }

    /// A launch over a domain of its own, which `write` fills.
    private func region(_ domain: Shape, members: [Int], _ write: (inout ProgramBuilder) throws -> Void) throws
        -> Launch
    {
        let group = Group(domain: domain, splits: 1 << UInt16(max(domain.rank - 1, 0)))
        var builder = ProgramBuilder(graph, group, pool, anew: anew.rows)
        try write(&builder)
        guard let kernel = builder.withDescription({ RegionKernel($0) }) else {
            throw EngineError("the kernels refuse a copy over \(domain)")
        }
        return Launch(kernel, isFallible: false, members: members)
    }

    private func copy(_ row: Int, to memory: Memory) throws -> Launch {
        try region(graph.shape(row), members: [row]) { builder in
            let dense = View(base: row, strides: graph.shape(row).strides)
            try builder.storePart(NodeID(row), of: row, dense, to: memory)
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
                    try builder.storePart(operand, of: index, graph.target(of: index, part: part), to: .row(index))
                })
        }
        return launches
    }

    // MARK: Memory

    /// Rows whose values are written to memory: read by another group, wanted, or accumulated.
    var storedRows: Set<Int> {
        if let known = storedRowsCache.value { return known }
        var result: Set<Int> = []
        for group in grouping.groups { result.formUnion(anew.reads(group)) }
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

    /// Offsets in the arena by lifetime: from the wave that writes a row to the last one that reads it.
    func layOut(_ waves: [[Int]]) throws -> MemoryLayoutPlan {
        let wanted = Set(graph.outputs.map { graph.root[$0] })
        let finals = Set(copiedEffects.map(\.row))
        var lastRead: [Int: Int] = [:]
        for (time, wave) in waves.enumerated() {
            try StopPatience.check()
            for group in wave {
                for root in reads(of: group) { lastRead[root] = time }
            }
        }
        var arena = ArenaLayout()
        for (time, wave) in waves.enumerated() {
            try StopPatience.check()
            for member in wave.flatMap({ members(of: $0) })
            where storedRows.contains(member) && !wanted.contains(member) {
                let end = finals.contains(member) ? waves.count : lastRead[member] ?? time
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
