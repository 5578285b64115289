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
    /// The metrics that the progress line shows, with their titles.
    private let shown: [MetricInfo]
    /// What a script recorded of the epoch that is going on.
    private var logged: [(name: String, value: Double)] = []
    private var columns: [String] = []
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
        folder: RunFolder, epochs: Int, epochsDone: Int, checkpoints: CheckpointKeeper, course: ScriptCourse,
        progress: ProgressLine?, shown: [MetricInfo] = []
    ) throws {
        self.course = course
        self.folder = folder
        self.epochs = epochs
        self.checkpoints = checkpoints
        self.progress = progress
        self.shown = shown
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
        columns = Array(EpochRecord.columns.dropFirst()) + outline.extraColumns
        writer = try folder.metricsWriter(
            columns: columns, keepingEpochs: epochsDone > 0 ? outline.firstEpoch - 1 : nil)
    }

    func noted(_ note: String) throws { say("note: " + note) }

    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        var row = Dictionary(zip(columns, record.values.dropFirst())) { first, _ in first }
        for (name, value) in logged { row[name] = value }
        try writer?.append(epoch: record.epoch, row)
        finishedEpochs += 1
        let own = zip(EpochRecord.columns + columns.dropFirst(EpochRecord.columns.count - 1), record.values)
        if evaluation != nil { remember(own) }
        for (name, value) in logged { last[name] = value }
        logged = []
        try checkpoints.epochFinished(record.epoch, isLast: record.epoch == lastEpoch)
        guard let progress, progress.isActive else { return }
        let left = ProgressText.secondsLeft(
            done: Double(finishedEpochs - epochsDone), total: Double(epochs - epochsDone), elapsed: seconds)
        let values: [(name: String, value: Double?)] =
            [("loss", record.loss ?? record.trainLossRunning)] + shown.map { ($0.title, last[$0.name]) }
        progress.show(
            ProgressText.epoch(record.epoch, of: lastEpoch, values: values, secondsLeft: left))
    }

    /// Takes what a script records beside the metrics: in the row of the epoch that is going on, and as final values.
    func log(_ values: [(name: String, value: Double)]) {
        logged += values
    }

    /// Keeps values as those of the end; what is not defined is left out.
    private func remember(_ values: some Sequence<(String, Double?)>) {
        last = [:]
        for (name, value) in values where !FitRecorder.positions.contains(name) { last[name] = value }
    }

    /// Columns that say where training stands and measure nothing.
    private static let positions: Set = ["epoch", "step", "learning_rate"]

    /// Writes the weights and, last of all, how it ended.
    func finish(_ status: RunStatus, message: String? = nil, trainer: Trainer) throws {
        if status != .failed { try writeWeights(trainer) }
        // What was recorded after the last epoch belongs to the end.
        for (name, value) in logged { last[name] = value }
        if status == .finished { checkpoints.finished() }
        try folder.writeSummary(
            RunSummary(
                status: status, message: message, epochs: finishedEpochs, metrics: last, seconds: seconds))
    }

    /// What the script's side says; nothing where it was stopped in the middle and says no more.
    private func told<Value>(_ nothing: Value, _ ask: () throws -> Value) throws -> Value {
        do {
            return try StopSignal.step(ask)
        } catch  where StopSignal.isRaised {
            return nothing
        }
    }

    /// The weights that training would go on with, those by which the model is judged where these are others, and those
    /// that callbacks keep.
    private func writeWeights(_ trainer: Trainer) throws {
        let state = trainer.model.state
        let entries = state.map { SafetensorsFile.Entry($0.path, $0.tensor) }
        try withExtendedLifetime(state) {
            let remembered = try told("") { try course.saved() }
            try folder.writeWeights(entries, metadata: remembered.isEmpty ? [:] : ["course": remembered])
            let facts = try told([:]) { try course.keptFacts() }
            for (name, kept) in trainer.kept.all {
                try folder.writeBest(
                    name, kept.map { SafetensorsFile.Entry($0.path, $0.tensor) }, metadata: facts[name] ?? [:])
            }
            guard !trainer.optimizer.averages.isEmpty else { return }
            try trainer.optimizer.withAverages { try folder.writeAverages(entries) }
        }
    }
}
