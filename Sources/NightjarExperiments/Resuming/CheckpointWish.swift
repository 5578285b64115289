import NightjarRuns

/// How often the checkpoints of a run are written, and which of them stay.
struct CheckpointWish {
    /// Epochs between two; 0: none at all; nil: as often as costs nothing that anybody notices.
    var interval: Int?
    /// How many of the latest are kept as those of their epochs; nil: none.
    var keep: Int?
    /// By what the best epoch is told whose checkpoint is kept; nil: none is.
    var best: BestMetric?

    init() {}

    /// - Throws: `RunError` for a metric that is none.
    init(_ request: RunRequest) throws {
        // Those of the latest epochs are asked for: then each epoch has one.
        interval = request.checkpointInterval ?? (request.checkpointsKept == nil ? nil : 1)
        keep = request.checkpointsKept
        best = try request.checkpointBest.map { try BestMetric($0) }
    }

    /// The same for a training with these metrics.
    /// - Throws: `RunError` for a metric that it does not have, or that has no better direction.
    func resolved(_ metrics: [MetricInfo]) throws -> CheckpointWish {
        var wish = self
        do {
            wish.best = try best?.resolved(metrics)
        } catch {
            throw RunError("--checkpoint-best: \(error)")
        }
        return wish
    }
}
