import NightjarData
import NightjarEngine

/// The batches of an epoch in order, each made beside the step before it.
///
/// While a step is recorded and run, threads that have nothing else to do write the next batch; what is left when it
/// is asked for, the caller writes. What is in a batch depends on neither.
final class BatchFeed {
    let loader: BatchLoader
    private let session: Session
    private let epoch: Int
    private let order: [Int32]
    private var next: (number: Int, pending: PendingBatch, job: SideJob)?

    init(_ loader: BatchLoader, epoch: Int, session: Session) {
        self.loader = loader
        self.session = session
        self.epoch = epoch
        order = loader.order(epoch: epoch)
    }

    /// Batch `number`, and the making of the one after it begins.
    func batch(_ number: Int) throws -> Batch {
        let outer = session.profiler?.enter(.data)
        defer { if let outer { session.profiler?.leave(outer) } }
        if next?.number != number { try begin(number) }
        guard let ready = next else { return try loader.batch(number, of: order, epoch: epoch) }
        ready.job.finish()
        next = nil
        if number + 1 < loader.batchesPerEpoch { try begin(number + 1) }
        return ready.pending.batch
    }

    private func begin(_ number: Int) throws {
        next?.job.finish()
        let pending = try loader.pending(number, of: order, epoch: epoch)
        next = (number, pending, session.beside(pieces: pending.pieceCount) { pending.fill($0) })
    }
}
