import NightjarGraph
import NightjarProcess
import NightjarTensor

/// What the shards of this process give on one level of a split plan, on its way to become whole.
package final class LevelJoin {
    /// A split row that is read whole.
    package struct Gathered {
        let row: Int
        /// Of one sample.
        let byteCount: Int
        /// Of the rows before it, for one sample.
        let offset: Int
    }

    private let layout: JoinLayout
    private let gathered: [Gathered]
    private let shards: BatchShards
    private let collective: any Collective
    private let samples: Int

    /// Sums of subtrees that are complete, the largest first.
    private var subtrees: [(height: Int, storage: Storage, samples: Int)] = []
    private var free: [Storage] = []
    private let whole: Storage

    package init(
        _ layout: JoinLayout, _ gathered: [Gathered], samples: Int, _ shards: BatchShards, _ collective: any Collective
    ) throws {
        self.layout = layout
        self.gathered = gathered
        self.shards = shards
        self.collective = collective
        self.samples = samples
        whole = try Storage(byteCount: LevelJoin.width(gathered) * samples)
    }

    /// Bytes of one sample in all rows that are gathered.
    private static func width(_ gathered: [Gathered]) -> Int { gathered.last.map { $0.offset + $0.byteCount } ?? 0 }

    private func storage() throws -> Storage { try free.popLast() ?? Storage(byteCount: layout.byteCount) }

    /// Takes what a shard gives; shards come in order.
    /// - Parameters:
    ///   - shares: its shares of sums, by row.
    ///   - parts: its samples of rows that are gathered, by row.
    package func add(_ shard: Int, shares: [Int: [Tensor]], parts: [Int: Tensor]) throws {
        let own = shards.samples(of: shard..<shard + 1, in: samples)
        for item in gathered {
            guard let part = parts[item.row] else { continue }
            let target =
                whole.pointer + own.lowerBound * LevelJoin.width(gathered) + own.count * item.offset
            target.copyMemory(from: part.pointer, byteCount: own.count * item.byteCount)
        }
        var sum = try storage()
        layout.pack(shares, into: sum.pointer)
        var (height, count) = (0, own.count)
        while let left = subtrees.last, left.height == height {
            subtrees.removeLast()
            layout.combine(
                left.storage.pointer, sum.pointer, into: left.storage.pointer, entries: 0..<layout.count,
                samples: (left.samples, count))
            free.append(sum)
            (sum, height, count) = (left.storage, height + 1, left.samples + count)
        }
        subtrees.append((height, sum, count))
    }

    /// Joins with the other processes.
    /// - Parameter failure: why this process has given less than it should.
    /// - Throws: ``EngineError`` with the words of the first process in which something failed, or `StopError` where one was
    ///   asked for a stop.
    package func exchange(failure: (any Error)?) throws {
        if failure != nil || subtrees.isEmpty {
            let sum = try storage()
            layout.pack([:], into: sum.pointer)
            subtrees = [(0, sum, 0)]
        }
        guard let own = subtrees.first else { return }
        let failures = (own.storage.pointer + layout.failuresOffset).assumingMemoryBound(to: Double.self)
        failures.pointee = failure == nil ? 0 : 1
        guard collective.count > 1 else {
            if let failure { throw failure }
            return
        }
        let spare = try storage()
        let share = shards.own.count
        try collective.join(own.storage.pointer, spare: spare.pointer, layout) { ranks in
            shards.samples(of: ranks.lowerBound * share..<ranks.upperBound * share, in: samples).count
        }
        if failures.pointee > 0 { try tell(failure) }
        let width = LevelJoin.width(gathered)
        guard width > 0 else { return }
        try collective.gather(whole.pointer) { rank in
            width * shards.samples(of: 0..<rank * share, in: samples).count
        }
    }

    /// In the place of words, with the number of a signal behind it: nothing failed, a stop was asked for.
    private static let stopMark: UInt8 = 1

    /// What failed goes to all processes, so that each ends with the reason.
    private func tell(_ failure: (any Error)?) throws -> Never {
        let most = 2048
        let texts = try Storage(byteCount: most * collective.count)
        let own = texts.pointer + most * collective.rank
        own.initializeMemory(as: UInt8.self, repeating: 0, count: most)
        if let failure {
            let isStop = failure is StopError || StopSignal.isRaised
            let stop = [LevelJoin.stopMark, UInt8(truncatingIfNeeded: StopSignal.number)]
            let words = isStop ? stop : Array("\(failure)".utf8.prefix(most))
            for index in words.indices { own.storeBytes(of: words[index], toByteOffset: index, as: UInt8.self) }
        }
        try collective.gather(texts.pointer) { most * $0 }
        // Its own error knows more than its words.
        if let failure { throw failure }
        var stop: Int32?
        for rank in 0..<collective.count {
            let bytes = UnsafeRawBufferPointer(start: texts.pointer + most * rank, count: most)
            guard bytes.first != 0 else { continue }
            guard bytes.first != LevelJoin.stopMark else {
                stop = stop ?? Int32(bytes[1])
                continue
            }
            let words = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            throw EngineError("in process \(rank + 1) of \(collective.count): \(words)")
        }
        if let stop {
            collective.stopped(by: stop)
            throw StopError()
        }
        throw EngineError("another process failed, and did not say why")
    }

    // MARK: Results

    /// A sum over all samples.
    /// - Parameter isSpread: of moments, the second number.
    package func sum(_ row: Int, like node: Node, isSpread: Bool) throws -> Tensor {
        guard let own = subtrees.first, let item = layout.items.first(where: { $0.row == row }) else {
            throw EngineError("a sum over the batch was asked for and not joined")
        }
        let tensor = try Tensor(uninitialized: node.shape, dtype: node.dtype)
        try layout.unpack(item, part: isSpread ? 1 : 0, from: own.storage.pointer, into: tensor)
        return tensor
    }

    /// All samples of a row.
    func rows(_ row: Int, like node: Node) throws -> Tensor {
        guard let item = gathered.first(where: { $0.row == row }) else {
            throw EngineError("rows of the batch were asked for and not gathered")
        }
        let tensor = try Tensor(uninitialized: node.shape, dtype: node.dtype)
        let width = LevelJoin.width(gathered)
        for shard in 0..<shards.count {
            let own = shards.samples(of: shard..<shard + 1, in: samples)
            (tensor.pointer + own.lowerBound * item.byteCount).copyMemory(
                from: whole.pointer + own.lowerBound * width + own.count * item.offset,
                byteCount: own.count * item.byteCount)
        }
        return tensor
    }
}
