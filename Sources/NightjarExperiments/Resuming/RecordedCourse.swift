import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Whether a training that goes on behind the epochs of another run would have recorded what that run recorded.
///
/// Two runs whose configurations agree but for the number of epochs may still differ in values that functions see around
/// them: a schedule or a loss that reads `cfg.epochs`. What they give now for what is done is compared with the rows.
struct RecordedCourse {
    let trainer: Trainer
    /// Of the run that is gone on from.
    let metrics: MetricsTable
    /// The run's folder, for messages.
    let name: String
    /// How many numbers scripts have drawn.
    let draws: () -> String
    /// Whether the weights are those of the last row.
    let isBetweenEpochs: Bool

    private var rows: [MetricsRow] { metrics.rows.filter { $0.epoch <= trainer.progress.epochs } }

    private func value(_ column: String, of row: MetricsRow) -> Double? {
        metrics.columns.firstIndex(of: column).flatMap { row.values[$0] }
    }

    /// - Throws: `RunError` for the first learning rate, or the last loss, that comes out with other bits.
    func check(_ evaluator: Evaluator) throws {
        let rewind = trainer.markDraws()
        defer { rewind() }
        for row in rows {
            guard let rate = value("learning_rate", of: row),
                let step = value("step", of: row).flatMap({ Int(exactly: $0) })
            else { continue }
            let now = try trainer.learningRate(epoch: row.epoch, step: step)
            if now != rate { throw difference("the learning rate", row.epoch, was: rate, now: now, "schedule") }
        }
        guard isBetweenEpochs, !trainer.optimizer.needsStatistics, let last = rows.last,
            last.epoch == trainer.progress.epochs, let loss = value("loss", of: last)
        else { return }
        let drawn = draws()
        let now = try trainer.optimizer.withAverages {
            try evaluator.run(epoch: last.epoch, step: trainer.progress.steps).onTrain.meanLoss
        }
        // A loss that draws was evaluated with other draws.
        guard let now, draws() == drawn, now != loss else { return }
        throw difference("the loss", last.epoch, was: loss, now: now, "loss")
    }

    private func difference(
        _ what: String, _ epoch: Int, was: Double, now: Double, _ kind: String
    ) -> RunError {
        RunError(
            "--resume: \(name) cannot be gone on from: \(what) of epoch \(epoch) was \(NumberText.shortest(was)) there and "
                + "would be \(NumberText.shortest(now)) here: the \(kind) sees a value that is not the same, such as the "
                + "number of epochs\n  run without --resume to begin anew")
    }
}
