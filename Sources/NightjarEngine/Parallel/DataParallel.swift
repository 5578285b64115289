import NightjarGraph
import NightjarTensor

/// What a session needs to share the batches of a training with other processes.
///
/// Every process records the same steps on the same batches and holds the same weights. What is computed of the samples
/// of a batch is split: see ``BatchShards`` for the order of sums, ``BatchSplit`` for what is split, ``SplitOrder`` for
/// when processes wait for each other.
public final class DataParallel {
    public let shards: BatchShards
    public let collective: any Collective
    let line: ExchangeLine
    private var plans: [Key: SplitPlan] = [:]
    private let capacity = 64

    private struct Key: Hashable {
        let plan: PlanKey
        let slots: [Int32]
    }

    /// - Parameter shards: of a batch, whatever the number of processes.
    /// - Throws: ``EngineError`` for numbers that do not fit; see ``BatchShards``.
    public init(shards: Int = BatchShards.usual, _ collective: any Collective = SingleProcess()) throws {
        self.shards = try BatchShards(shards, rank: collective.rank, of: collective.count)
        self.collective = collective
        line = ExchangeLine(collective)
    }

    /// For tests: what is kept from level to level in the plans that have run, see ``SplitPlan/handedOn``.
    package var handedOn: [[Op]] { plans.values.map(\.handedOn) }

    /// Runs a request that reads the samples of a batch; nil where it reads none.
    func run(_ request: Request, _ session: Session) throws -> [Tensor]? {
        guard request.fuses, let slot = request.batchSlots.first else { return nil }
        let samples = request.leaves[Int(slot)].shape[0]
        guard samples > 0, request.batchSlots.allSatisfy({ request.leaves[Int($0)].shape[0] == samples }) else {
            return nil
        }
        let key = Key(plan: request.key, slots: request.batchSlots)
        if let plan = plans[key] { return try plan.run(request, session, self) }
        // Steps of one kind are few; a script whose graph changes from step to step must not fill memory.
        if plans.count >= capacity { plans.removeAll() }
        let plan = try SplitPlan(request, samples: samples, shards)
        plans[key] = plan
        return try plan.run(request, session, self)
    }
}
