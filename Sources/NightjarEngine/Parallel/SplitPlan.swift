import NightjarGraph
import NightjarTensor

/// A plan that several processes run together, each on its shards of a batch; see ``SplitOrder``.
///
/// It is made of ordinary plans, one for the rows of a level that are whole and one for those that are split, which
/// runs once for each shard. So a shard's numbers do not depend on which process computes them.
final class SplitPlan {
    private struct Level {
        var whole: Segment?
        /// By the number of samples of a shard: there are two at most.
        var parts: [Int: Segment] = [:]
        /// What shards wait for.
        var early = Join()
        /// What nobody reads before the last level.
        var late = Join()
        /// Values that nobody reads after it.
        var done: Set<Segment.Value> = []

        /// What is joined together.
        struct Join {
            var layout = JoinLayout([])
            var gathered: [LevelJoin.Gathered] = []
            /// Rows that are whole after it.
            var joined: [(row: Int, source: Source)] = []
        }

        enum Source {
            case sum(row: Int, isSpread: Bool)
            case rows
        }
    }

    /// The sums of a level, early and late ones.
    private typealias Sums = (early: [Sum], late: [Sum])
    private typealias Sum = (row: Int, kind: JoinLayout.Kind, count: Int)

    private let graph: PlanGraph
    private let shards: BatchShards
    private let samples: Int
    private var levels: [Level]

    /// - Parameter samples: of the batch.
    init(_ request: Request, samples: Int, _ shards: BatchShards) throws {
        graph = try PlanGraph(request)
        self.shards = shards
        self.samples = samples
        let split = BatchSplit(graph, samples: samples, slots: Set(request.batchSlots.map(Int.init)))
        let order = SplitOrder(split)
        levels = [Level](repeating: Level(), count: order.last + 1)
        makeLevels(split, order, request)
    }

    // MARK: Making

    private func makeLevels(_ split: BatchSplit, _ order: SplitOrder, _ request: Request) {
        var whole = [[Segment.Value]](repeating: [], count: levels.count)
        var parts = whole
        var sums = [Sums](repeating: ([], []), count: levels.count)
        // Mean and spread of the same values are joined together.
        var moments: [Node: Int] = [:]
        func key(_ row: Node) -> Node { Node(.average, row.dtype, row.shape, row.a, attribute: row.attribute) }
        var awaitedMoments: Set<Node> = []
        for (index, row) in graph.rows.enumerated() where row.op.isMoment && order.isAwaited[index] {
            awaitedMoments.insert(key(row))
        }
        for (index, row) in graph.rows.enumerated() {
            if order.parts[index] >= 0, !order.isCut[index], order.partForms(index) != nil {
                parts[order.parts[index]].append(.init(row: index, form: .part))
            }
            guard order.whole[index] >= 0 else { continue }
            switch split.kinds[index] {
            case .whole:
                if !SplitPlan.isAtHand(row) { whole[order.whole[index]].append(.init(row: index, form: .whole)) }
            case .split:
                guard order.isGathered[index] else { continue }
                let bytes = row.shape.count / samples * row.dtype.byteWidth
                let join: WritableKeyPath<Level, Level.Join> = order.isAwaited[index] ? \.early : \.late
                let level = order.parts[index]
                let offset = levels[level][keyPath: join].gathered.last.map { $0.offset + $0.byteCount } ?? 0
                levels[level][keyPath: join].gathered.append(.init(row: index, byteCount: bytes, offset: offset))
                levels[level][keyPath: join].joined.append((index, .rows))
            case .joined:
                let level = order.shares(index)
                var sum = index
                var isEarly = order.isAwaited[index]
                if row.op.isMoment {
                    sum = moments[key(row)] ?? index
                    moments[key(row)] = sum
                    isEarly = awaitedMoments.contains(key(row))
                }
                if sum == index {
                    parts[level].append(.init(row: index, form: .share))
                    let item = (index, kind(of: row), row.shape.count)
                    if isEarly { sums[level].early.append(item) } else { sums[level].late.append(item) }
                }
                let join: WritableKeyPath<Level, Level.Join> = isEarly ? \.early : \.late
                levels[level][keyPath: join].joined.append((index, .sum(row: sum, isSpread: row.op == .spread)))
            }
        }
        for level in levels.indices {
            levels[level].early.layout = JoinLayout(sums[level].early)
            levels[level].late.layout = JoinLayout(sums[level].late)
        }
        makeSegments(split, order, request, whole, parts)
    }

    private func kind(of row: Node) -> JoinLayout.Kind {
        if row.op.isMoment {
            let values = Reduction(attribute: row.attribute).width(graph.shape(row.a.position))
            return .moments(values: values / samples)
        }
        return row.dtype == .float32 ? .float32 : row.dtype == .float64 ? .float64 : .whole
    }

    /// Whether any segment can have a row without being given it.
    private static func isAtHand(_ row: Node) -> Bool {
        row.op == .leaf || row.op == .number || row.op == .constant || row.op == .iota
    }

    private func makeSegments(
        _ split: BatchSplit, _ order: SplitOrder, _ request: Request, _ whole: [[Segment.Value]],
        _ parts: [[Segment.Value]]
    ) {
        let last = levels.count - 1
        let anew = SplitRematerialization(split, order).rows
        // Sizes of shards that have samples.
        let sizes = Set((0..<shards.count).map { shards.samples(of: $0..<$0 + 1, in: samples).count }).subtracting([0])
        typealias Draft = (level: Int, samples: Int?, members: [Segment.Value], builder: SegmentBuilder)
        var drafts: [Draft] = []
        for level in levels.indices {
            var samplesOf: [(Int?, [Segment.Value])] = sizes.sorted().map { ($0, parts[level]) }
            samplesOf.append((nil, whole[level]))
            for (count, members) in samplesOf where !members.isEmpty || (count == nil && level == last) {
                drafts.append(
                    (
                        level, count, members,
                        SegmentBuilder(
                            split, order, anew: anew, members: members, samples: count, fuses: request.fuses)
                    ))
            }
        }
        // What the end of the last segment asks for is imported while it is written.
        var lastRead: [Segment.Value: Int] = [:]
        for draft in drafts {
            for value in draft.builder.imports { lastRead[value] = max(lastRead[value] ?? 0, draft.level) }
        }
        for row in graph.outputs + graph.effects.map(\.row) {
            lastRead[.init(row: row, form: .whole)] = last
        }
        let gathered = Set(levels.flatMap { ($0.early.gathered + $0.late.gathered).map(\.row) })
        for var draft in drafts {
            let isLast = draft.level == last && draft.samples == nil
            let exports = draft.members.filter { value in
                switch value.form {
                case .share: true
                case .part: lastRead[value].map { $0 > draft.level } ?? false || gathered.contains(value.row)
                case .whole: !isLast && lastRead[value] != nil
                }
            }
            let segment = draft.builder.segment(exports: exports, endOf: isLast ? request : nil)
            if let count = draft.samples {
                levels[draft.level].parts[count] = segment
            } else {
                levels[draft.level].whole = segment
            }
            for value in exports where lastRead[value] == nil { levels[draft.level].done.insert(value) }
        }
        for (value, level) in lastRead where level < last { levels[level].done.insert(value) }
    }

    /// The operations whose values, of the samples of a shard, one level hands to another.
    var handedOn: [Op] {
        let rows = Set(levels.flatMap { $0.parts.values }.flatMap(\.exports).filter { $0.form == .part }.map(\.row))
        return rows.sorted().map { graph.rows[$0].op }
    }

    // MARK: Running

    /// What is known while a plan runs: an object, so that nothing copies its lists.
    private final class Values {
        var whole: [Int: Tensor] = [:]
        var parts: [[Int: Tensor]]
        /// Cut out of what is whole, by shard.
        var cuts: [[Int: Tensor]]

        init(shards: Int) {
            parts = [[Int: Tensor]](repeating: [:], count: shards)
            cuts = parts
        }
    }

    /// A join that goes on while the process computes.
    private typealias Exchange = (
        join: LevelJoin, rows: [(row: Int, source: Level.Source)], pending: ExchangeLine.Pending
    )

    /// - Returns: the outputs, in the request's order. Effects are written.
    /// - Throws: what fails in any of the processes.
    func run(_ request: Request, _ session: Session, _ parallel: DataParallel) throws -> [Tensor] {
        let values = Values(shards: shards.own.count)
        var late: [Exchange] = []
        var failure: (any Error)?
        for (number, level) in levels.enumerated() {
            let isLast = number == levels.count - 1
            if isLast { for exchange in late { try finish(exchange, values) } }
            if failure == nil, let segment = level.whole {
                do {
                    let tensors = try segment.run(request, session) { try self.input($0, request, values) }
                    if isLast { return tensors }
                    for (value, tensor) in zip(segment.exports, tensors) { values.whole[value.row] = tensor }
                } catch {
                    if isLast { throw error }
                    failure = session.told(error)
                }
            }
            guard !isLast else { break }
            // What this process cannot give, it says with the next sums: the others wait for these.
            let joins = try [(level.early, true), (level.late, false)].filter { !$0.0.joined.isEmpty }
                .map { join, isEarly in
                    let bytes = try LevelJoin(join.layout, join.gathered, samples: samples, shards, parallel.collective)
                    return (join: bytes, rows: join.joined, isEarly: isEarly)
                }
            if failure == nil {
                do {
                    for (own, shard) in shards.own.enumerated() {
                        try run(level, shard, own, request, session, values, joins.map(\.join))
                    }
                } catch {
                    failure = session.told(error)
                }
            }
            let exchanges = joins.map { Exchange($0.join, $0.rows, parallel.line.begin($0.join, failure: failure)) }
            for (exchange, join) in zip(exchanges, joins) {
                if join.isEarly { try finish(exchange, values) } else { late.append(exchange) }
            }
            for value in level.done {
                if value.form == .whole {
                    values.whole[value.row] = nil
                } else {
                    for own in values.parts.indices { values.parts[own][value.row] = nil }
                }
            }
        }
        throw failure ?? EngineError("a split plan ended before its outputs were computed")
    }

    private func finish(_ exchange: Exchange, _ values: Values) throws {
        try exchange.pending.wait()
        for (row, source) in exchange.rows {
            let node = graph.rows[row]
            switch source {
            case .rows: values.whole[row] = try exchange.join.rows(row, like: node)
            case .sum(let sum, let isSpread):
                values.whole[row] = try exchange.join.sum(sum, like: node, isSpread: isSpread)
            }
        }
    }

    /// One shard on one level.
    private func run(
        _ level: Level, _ shard: Int, _ own: Int, _ request: Request, _ session: Session, _ values: Values,
        _ joins: [LevelJoin]
    ) throws {
        let range = shards.samples(of: shard..<shard + 1, in: samples)
        var shares: [Int: [Tensor]] = [:]
        var parts: [Int: Tensor] = [:]
        if let segment = level.parts[range.count] {
            let tensors: [Tensor]
            do {
                tensors = try segment.run(request, session, first: range.lowerBound) { input in
                    try self.input(input, request, values, own, range)
                }
            } catch let fault as PlanFault {
                throw inBatch(fault, range)
            }
            var next = tensors.makeIterator()
            for value in segment.exports {
                guard let tensor = next.next() else { break }
                if value.form == .share {
                    shares[value.row] = [tensor]
                    if graph.rows[value.row].op.isMoment, let spread = next.next() { shares[value.row]?.append(spread) }
                } else {
                    parts[value.row] = tensor
                }
            }
            values.parts[own].merge(parts) { $1 }
        }
        for join in joins { try join.add(shard, shares: shares, parts: parts) }
    }

    /// A fault that a shard has met, with its place in the batch.
    private func inBatch(_ fault: PlanFault, _ range: Range<Int>) -> PlanFault {
        guard fault.counted.rank > 0, fault.counted[0] > 0, fault.counted[0].isMultiple(of: range.count) else {
            return fault
        }
        var fault = fault
        fault.position += range.lowerBound * (fault.counted.count / range.count)
        var extents = fault.counted.extents
        extents[0] = Int32(truncatingIfNeeded: fault.counted[0] / range.count * samples)
        fault.counted = Shape(uncheckedExtents: extents, rank: fault.counted.rank)
        return fault
    }

    private func input(_ input: Segment.Input, _ request: Request, _ values: Values) throws -> Tensor {
        switch input {
        case .leaf(let slot): return request.leaves[slot]
        case .value(let value):
            if value.form == .whole, let tensor = values.whole[value.row] { return tensor }
        case .leafPart, .cut: break
        }
        throw EngineError("a split plan reads \(input), which nothing has computed")
    }

    private func input(
        _ input: Segment.Input, _ request: Request, _ values: Values, _ own: Int, _ range: Range<Int>
    ) throws -> Tensor {
        switch input {
        case .leafPart(let slot):
            // Leaves and rows are told apart by sign.
            if let known = values.cuts[own][~slot] { return known }
            let part = try cut(request.leaves[slot], range)
            values.cuts[own][~slot] = part
            return part
        case .cut(let row):
            if let known = values.cuts[own][row] { return known }
            guard let tensor = values.whole[row] else { break }
            let part = try cut(tensor, range)
            values.cuts[own][row] = part
            return part
        case .value(let value) where value.form == .part:
            if let part = values.parts[own][value.row] { return part }
        case .leaf, .value: return try self.input(input, request, values)
        }
        throw EngineError("a split plan reads \(input), which nothing has computed")
    }

    /// The entries of some samples.
    private func cut(_ tensor: Tensor, _ range: Range<Int>) throws -> Tensor {
        var extents = tensor.shape.extents
        let entries = tensor.shape[0] / samples
        extents[0] = Int32(truncatingIfNeeded: range.count * entries)
        let part = try Tensor(
            uninitialized: Shape(uncheckedExtents: extents, rank: tensor.shape.rank), dtype: tensor.dtype)
        let width = tensor.byteCount / samples
        part.pointer.copyMemory(
            from: UnsafeRawPointer(tensor.pointer) + range.lowerBound * width, byteCount: part.byteCount)
        return part
    }
}
