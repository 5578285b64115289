import NightjarTensor

/// The bytes that a plan needs while it runs, all known before it runs for the first time.
public struct PlanMemory: Sendable, Equatable {
    /// Tensors that are there before: weights, states, the batch. Memory that several share counts once.
    public var inputs = 0
    /// What launches hand on to each other, laid out by lifetime.
    public var arena = 0
    /// Partial results that are added in a fixed order, of the launch that has most of them.
    public var partials = 0
    /// For each thread.
    public var scratch = 0
    /// Tensors that a run makes and hands out.
    public var results = 0

    /// At its most, with so many threads.
    public func peak(threads: Int) -> Int { inputs + arena + partials + scratch * max(1, threads) + results }
}

extension PlanMemory {
    init(_ plan: Plan, _ request: Request) {
        var seen: Set<ObjectIdentifier> = []
        for tensor in request.leaves where seen.insert(ObjectIdentifier(tensor.storage)).inserted {
            inputs += tensor.storage.byteCount
        }
        arena = plan.arenaBytes
        partials = plan.partialBytes
        scratch = plan.scratchBytes
        results = plan.resultBytes
    }
}
