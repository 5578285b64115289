import NightjarEngine
import NightjarGraph
import NightjarProcess
import NightjarTensor
import TestLibraries
import Testing

struct CollectiveTests {
    /// Few entries that are exchanged whole, and many of which each process adds a part.
    private static let sizes = [3, 40_001]

    private static func layout(_ entries: Int) -> JoinLayout {
        JoinLayout([
            (row: 1, kind: .float32, count: entries), (row: 2, kind: .moments(values: 5), count: entries / 3),
            (row: 3, kind: .whole, count: 2), (row: 4, kind: .float64, count: 7),
        ])
    }

    /// A shard's shares, drawn for it alone.
    private static func shares(_ shard: Int, _ entries: Int) throws -> [Int: [Tensor]] {
        let stream = RandomStream(seed: UInt64(shard + 1), purpose: "shares")
        func drawn(_ count: Int, _ dtype: DType, _ name: String) throws -> Tensor {
            let own = stream.derive(name)
            return try Tensor.made(Shape([count]), dtype: dtype) { own.normal(UInt64($0)) * 10 }
        }
        return [
            1: [try drawn(entries, .float32, "a")],
            2: [try drawn(entries / 3, .float64, "mean"), try drawn(entries / 3, .float64, "spread")],
            3: [try drawn(2, .int32, "whole")], 4: [try drawn(7, .float64, "b")],
        ]
    }

    /// What every process holds in the end, as bytes.
    private static func joined(_ processes: Int, entries: Int, batch: Int) throws -> [[UInt8]] {
        try ThreadCollective.run(processes) { collective in
            let shards = try BatchShards(8, rank: collective.rank, of: collective.count)
            let join = try LevelJoin(layout(entries), [], samples: batch, shards, collective)
            for shard in shards.own { try join.add(shard, shares: shares(shard, entries), parts: [:]) }
            try join.exchange(failure: nil)
            func bytes(_ row: Int, _ count: Int, _ dtype: DType, isSpread: Bool = false) throws -> [UInt8] {
                let shape = try Shape([count])
                let tensor = try join.sum(row, like: .init(.leaf, dtype, shape), isSpread: isSpread)
                return Array(UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount))
            }
            return try bytes(1, entries, .float32) + bytes(2, entries / 3, .float64)
                + bytes(2, entries / 3, .float64, isSpread: true) + bytes(3, 2, .int32) + bytes(4, 7, .float64)
        }
    }

    /// Batches of more samples than shards, and of fewer.
    @Test(arguments: sizes, [32, 21, 5]) func sumsAreTheSameForAnyNumberOfProcesses(entries: Int, batch: Int) throws {
        let alone = try #require(try Self.joined(1, entries: entries, batch: batch).first)
        for processes in [2, 4, 8] {
            for (rank, bytes) in try Self.joined(processes, entries: entries, batch: batch).enumerated() {
                #expect(bytes == alone, "process \(rank) of \(processes)")
            }
        }
    }

    @Test func momentsOfShardsAreThoseOfAllValues() throws {
        let layout = JoinLayout([(row: 1, kind: .moments(values: 1), count: 1)])
        let values = (0..<12).map { 1e6 + Double($0 * $0) }
        func moments(_ values: ArraySlice<Double>) -> (mean: Double, spread: Double) {
            let mean = values.reduce(0, +) / Double(values.count)
            return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
        }
        let shards = try BatchShards(4)
        let join = try LevelJoin(layout, [], samples: 12, shards, SingleProcess())
        for shard in 0..<4 {
            let (mean, spread) = moments(values[shards.samples(of: shard..<shard + 1, in: 12)])
            try join.add(shard, shares: [1: [try Tensor([mean]), try Tensor([spread])]], parts: [:])
        }
        try join.exchange(failure: nil)
        let node = Node(.leaf, .float64, try Shape([1]))
        let expected = moments(values[...])
        #expect(abs(try join.sum(1, like: node, isSpread: false).value(at: 0) - expected.mean) < 1e-6)
        #expect(abs(try join.sum(1, like: node, isSpread: true).value(at: 0) - expected.spread) < 1e-6)
    }

    /// A process that adds a part of a large sum sends about twice its bytes, however many there are.
    @Test func largeSumsSendTwiceTheirBytes() throws {
        let count = 100_000
        for processes in [2, 4, 8] {
            let sent = try ThreadCollective.run(processes) { collective in
                let shards = try BatchShards(8, rank: collective.rank, of: collective.count)
                let layout = JoinLayout([(row: 1, kind: .float32, count: count)])
                let join = try LevelJoin(layout, [], samples: 8, shards, collective)
                for shard in shards.own {
                    try join.add(shard, shares: [1: [try Tensor.full(Shape([count]), 1, dtype: .float32)]], parts: [:])
                }
                try join.exchange(failure: nil)
                return collective.sentBytes
            }
            let whole = Double(4 * count)
            let expected = 2 * whole * Double(processes - 1) / Double(processes)
            for bytes in sent { #expect(abs(Double(bytes) - expected) < 100, "\(processes) processes") }
        }
    }

    @Test func aFailureReachesAllProcesses() throws {
        let words = try ThreadCollective.run(4) { collective in
            let shards = try BatchShards(8, rank: collective.rank, of: collective.count)
            let join = try LevelJoin(Self.layout(3), [], samples: 32, shards, collective)
            if collective.rank != 2 {
                for shard in shards.own { try join.add(shard, shares: Self.shares(shard, 3), parts: [:]) }
            }
            return refusal { try join.exchange(failure: collective.rank == 2 ? EngineError("label 11 of 10") : nil) }
        }
        #expect(
            words == [
                "in process 3 of 4: label 11 of 10", "in process 3 of 4: label 11 of 10", "label 11 of 10",
                "in process 3 of 4: label 11 of 10",
            ])
    }

    /// A launcher that ends all of them, or a person who ends one: nothing has failed.
    @Test func aStopInOneProcessIsAStopInAllOfThem() throws {
        let ends = try ThreadCollective.run(4) { collective in
            let shards = try BatchShards(8, rank: collective.rank, of: collective.count)
            let join = try LevelJoin(Self.layout(3), [], samples: 32, shards, collective)
            if collective.rank != 1 {
                for shard in shards.own { try join.add(shard, shares: Self.shares(shard, 3), parts: [:]) }
            }
            do {
                try join.exchange(failure: collective.rank == 1 ? StopError() : nil)
                return "joined"
            } catch {
                return "\(type(of: error)), told of \(collective.stops.map(String.init))"
            }
        }
        let told = "StopError, told of [\"0\"]"
        #expect(ends == [told, "StopError, told of []", told, told])
    }

    /// What failed is said, whoever was stopped besides.
    @Test func aFailureIsSaidBeforeAStop() throws {
        let words = try ThreadCollective.run(4) { collective in
            let shards = try BatchShards(8, rank: collective.rank, of: collective.count)
            let join = try LevelJoin(Self.layout(3), [], samples: 32, shards, collective)
            let failures: [Int: any Error] = [1: StopError(), 3: EngineError("label 11 of 10")]
            return refusal { try join.exchange(failure: failures[collective.rank]) }
        }
        let said = "in process 4 of 4: label 11 of 10"
        #expect(words == [said, "interrupted", said, "label 11 of 10"])
    }

    @Test func numbersThatDoNotFitAreRefused() {
        #expect(
            refusal { try BatchShards(6) } == "a batch is cut into 1, 2, 4, 8, ... or 1024 shards, got 6")
        #expect(
            refusal { try BatchShards(8, rank: 0, of: 3) }
                == "3 processes cannot share the 8 shards of a batch: start one of 1, 2, 4, 8, or ask for more shards")
        #expect(
            refusal { try BatchShards(8, rank: 0, of: 16) }
                == "16 processes cannot share the 8 shards of a batch: start one of 1, 2, 4, 8, or ask for more shards")
    }
}
