import NightjarData
import NightjarEngine
import NightjarNN

/// The running statistics with which averaged weights are judged. Those of the run belong to other weights.
public enum AverageStatistics: String, CaseIterable, Sendable {
    /// Worked out anew over the training set before each evaluation: the statistics that these weights have.
    case recomputed
    /// Averaged from step to step as the weights are.
    case averaged
    /// Those of the run, as they are.
    case running
}

/// Goes through the training set in training mode and gives the model the statistics that its weights have now: the mean
/// over all batches, each by its number of samples. Weights stay as they are.
struct StatisticsPass {
    let session: Session
    let model: Model
    let loader: BatchLoader
    let trainSeed: UInt64

    func run(epoch: Int, step: Int) throws {
        let outer = session.profiler?.enter(.evaluation)
        defer { if let outer { session.profiler?.leave(outer) } }
        let feed = BatchFeed(loader, epoch: epoch, session: session)
        var seen = 0
        for number in 0..<loader.batchesPerEpoch {
            let batch = try feed.batch(number)
            seen += batch.count
            session.beginStep()
            defer { session.endStep() }
            let context = ForwardContext(
                tape: session.tape, mode: .training, provenance: session.provenance, trainSeed: trainSeed, step: step,
                part: number, statisticsShare: Double(batch.count) / Double(seen))
            let inputs = session.tape.leaf(batch.inputs)
            session.tape.markBatch(inputs)
            _ = try context.call(model, inputs)
            _ = try session.commit(
                outputs: [], effects: context.updates.map { Session.Effect($0.tensor, $0.node) })
        }
    }
}
