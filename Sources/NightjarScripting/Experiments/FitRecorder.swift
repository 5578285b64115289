import Foundation
import NightjarNN
import NightjarProcess
import NightjarRuns
import NightjarTraining

/// Writes one training into its run folder while it goes, and draws the progress line.
final class FitRecorder: TrainingObserver {
    let folder: RunFolder
    let epochs: Int
    private let progress: ProgressLine?
    let checkpoints: CheckpointKeeper
    /// Takes what people may want to know.
    var say: (String) -> Void = { _ in }
    private var writer: MetricsWriter?
    /// The last record with an evaluation pass, by column.
    private var last: [String: Double] = [:]
    private let epochsDone: Int
    private let course: ScriptCourse
    private var finishedEpochs: Int
    private let start = ContinuousClock.now
    private var lastEpoch = 1

    /// - Parameters:
    ///   - epochs: of this training, those included that an earlier run has done.
    ///   - epochsDone: what an earlier run has done; its rows are in the folder.
    ///   - progress: nil draws none.
    /// - Throws: `RunError` where rows of an earlier run cannot be read.
    init(
        folder: RunFolder, epochs: Int, epochsDone: Int, checkpoints: CheckpointKeeper,
        course: ScriptCourse, progress: ProgressLine?
    ) throws {
        self.course = course
        self.folder = folder
        self.epochs = epochs
        self.checkpoints = checkpoints
        self.progress = progress
        self.epochsDone = epochsDone
        finishedEpochs = epochsDone
        guard epochsDone > 0 else { return }
        let table = try folder.readMetrics()
        if let row = table.rows.last, let loss = table.columns.firstIndex(of: "loss"), row.values[loss] != nil {
            remember(zip(table.columns, row.values))
        }
    }

    var seconds: Double { start.duration(to: .now) / .seconds(1) }

    func trainingBegins(_ outline: TrainingOutline) throws {
        lastEpoch = outline.lastEpoch
        writer = try folder.metricsWriter(
            columns: Array(EpochRecord.columns.dropFirst()) + outline.extraColumns,
            keepingEpochs: epochsDone > 0 ? outline.firstEpoch - 1 : nil)
    }

    func noted(_ note: String) throws { say("note: " + note) }

    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        try writer?.append(epoch: record.epoch, Array(record.values.dropFirst()))
        finishedEpochs += 1
        try checkpoints.epochFinished(record.epoch, isLast: record.epoch == lastEpoch)
        if evaluation != nil { remember(zip(EpochRecord.columns, record.values)) }
        guard let progress, progress.isActive else { return }
        let left = ProgressText.secondsLeft(
            done: Double(finishedEpochs - epochsDone), total: Double(epochs - epochsDone), elapsed: seconds)
        let shown: [(name: String, value: Double?)] = [
            ("loss", record.loss ?? record.trainLossRunning), ("J1", last["j1"]), ("J2", last["j2"]),
        ]
        progress.show(
            ProgressText.epoch(record.epoch, of: lastEpoch, values: shown, secondsLeft: left))
    }

    /// Keeps values as those of the end; what is not defined is left out.
    private func remember(_ values: some Sequence<(String, Double?)>) {
        last = [:]
        for (name, value) in values
        where EpochRecord.columns.contains(name) && !["epoch", "step", "learning_rate"].contains(name) {
            last[name] = value
        }
    }

    /// Writes the weights and, last of all, how it ended.
    func finish(_ status: RunStatus, message: String? = nil, trainer: Trainer) throws {
        if status != .failed { try writeWeights(trainer) }
        if status == .finished { checkpoints.finished() }
        try folder.writeSummary(
            RunSummary(
                status: status, message: message, epochs: finishedEpochs, metrics: last, seconds: seconds))
    }

    /// The weights that training would go on with, those by which the model is judged where these are others, and those
    /// that callbacks keep.
    private func writeWeights(_ trainer: Trainer) throws {
        let state = trainer.model.state
        let entries = state.map { SafetensorsFile.Entry($0.path, $0.tensor) }
        try withExtendedLifetime(state) {
            let remembered = try course.saved()
            try folder.writeWeights(entries, metadata: remembered.isEmpty ? [:] : ["course": remembered])
            let facts = try course.keptFacts()
            for (name, kept) in trainer.kept.all {
                try folder.writeBest(
                    name, kept.map { SafetensorsFile.Entry($0.path, $0.tensor) }, metadata: facts[name] ?? [:])
            }
            guard !trainer.optimizer.averages.isEmpty else { return }
            try trainer.optimizer.withAverages { try folder.writeAverages(entries) }
        }
    }
}
