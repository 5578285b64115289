/// How a batch is cut: into a fixed number of shards, neighbours next to each other, whatever the number of processes.
///
/// What is summed over samples is summed over those of each shard, and the shards' sums are added by a binary tree:
/// 0 with 1, 2 with 3, their sums, and so on. Each process owns the shards below one node of the tree, so that the same
/// numbers are added in the same order by one process and by many.
public struct BatchShards: Sendable, Hashable {
    /// Shards of a batch, a power of two.
    public let count: Int
    /// The first and the last of this process.
    public let own: Range<Int>

    /// As many as anybody may ask for.
    public static let most = 1024
    /// Those of a run that does not say otherwise.
    public static let usual = 8

    /// - Throws: ``EngineError`` unless both numbers are powers of two and each process gets a shard.
    public init(_ count: Int, rank: Int = 0, of processes: Int = 1) throws {
        guard (1...BatchShards.most).contains(count), count.nonzeroBitCount == 1 else {
            throw EngineError(
                "a batch is cut into 1, 2, 4, 8, ... or \(BatchShards.most) shards, got \(count)")
        }
        guard processes >= 1, processes.nonzeroBitCount == 1, processes <= count, (0..<processes).contains(rank) else {
            let possible = sequence(first: 1) { $0 < count ? $0 * 2 : nil }.map(String.init).joined(separator: ", ")
            throw EngineError(
                "\(processes) processes cannot share the \(count) shards of a batch: start one of \(possible), or ask "
                    + "for more shards")
        }
        self.count = count
        let share = count / processes
        own = rank * share..<(rank + 1) * share
    }

    /// Where the samples of some shards stand in a batch. Where it does not divide, some shards have one more than the
    /// others; where there are fewer samples than shards, some have none.
    public func samples(of shards: Range<Int>, in batch: Int) -> Range<Int> {
        first(shards.lowerBound, batch)..<first(shards.upperBound, batch)
    }

    private func first(_ shard: Int, _ batch: Int) -> Int {
        let (whole, rest) = batch.quotientAndRemainder(dividingBy: count)
        return shard * whole + shard * rest / count
    }
}
