import Foundation
import NightjarNN
import NightjarRuns
import NightjarTraining

/// Writes one training into its run folder while it goes, and draws the progress line.
final class FitRecorder: TrainingObserver {
    let folder: RunFolder
    let epochs: Int
    private let progress: ProgressLine?
    private let interruption: InterruptionFlag
    let checkpoints: CheckpointKeeper
    private var writer: MetricsWriter?
    private var last: EpochRecord?
    private var finishedEpochs = 0
    private let start = ContinuousClock.now
    private var firstEpoch = 1
    private var lastEpoch = 1

    /// - Parameter progress: nil draws none.
    init(
        folder: RunFolder, epochs: Int, interruption: InterruptionFlag, checkpoints: CheckpointKeeper,
        progress: ProgressLine?
    ) {
        self.folder = folder
        self.epochs = epochs
        self.interruption = interruption
        self.checkpoints = checkpoints
        self.progress = progress
    }

    var seconds: Double { start.duration(to: .now) / .seconds(1) }

    func trainingBegins(_ outline: TrainingOutline) throws {
        (firstEpoch, lastEpoch) = (outline.firstEpoch, outline.lastEpoch)
        writer = try folder.metricsWriter(columns: Array(EpochRecord.columns.dropFirst()) + outline.extraColumns)
    }

    func stepFinished(_ step: StepRecord) throws {
        if InterruptSignal.isRaised { interruption.request() }
    }

    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        try writer?.append(epoch: record.epoch, Array(record.values.dropFirst()))
        finishedEpochs += 1
        try checkpoints.epochFinished(record.epoch, isLast: record.epoch == lastEpoch)
        if evaluation != nil { last = record }
        if InterruptSignal.isRaised { interruption.request() }
        guard let progress, progress.isActive else { return }
        let left = ProgressText.secondsLeft(done: Double(finishedEpochs), total: Double(epochs), elapsed: seconds)
        let shown: [(name: String, value: Double?)] = [
            ("loss", record.loss ?? record.trainLossRunning), ("J1", last?.j1), ("J2", last?.j2),
        ]
        progress.show(
            ProgressText.epoch(record.epoch, of: firstEpoch - 1 + epochs, values: shown, secondsLeft: left))
    }

    /// Final values by name; what is not defined is left out.
    private var metrics: [String: Double] {
        guard let last else { return [:] }
        var metrics: [String: Double] = [:]
        for (name, value) in zip(EpochRecord.columns, last.values)
        where !["epoch", "step", "learning_rate"].contains(name) {
            metrics[name] = value
        }
        return metrics
    }

    /// Writes the weights and, last of all, how it ended.
    func finish(_ status: RunStatus, message: String? = nil, model: Model) throws {
        if status != .failed { try writeWeights(model) }
        if status == .finished { checkpoints.finished() }
        try folder.writeSummary(
            RunSummary(
                status: status, message: message, epochs: finishedEpochs, metrics: metrics, seconds: seconds))
    }

    private func writeWeights(_ model: Model) throws {
        let state = model.state
        try withExtendedLifetime(state) {
            try folder.writeWeights(state.map { SafetensorsFile.Entry($0.path, $0.tensor) })
        }
    }
}
