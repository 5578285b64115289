import Foundation
import NightjarNN
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Writes one training into its run folder while it goes, and draws the progress line.
final class FitRecorder: TrainingObserver {
    /// Its configuration grows as scripts say how what they record is shown.
    var folder: RunFolder
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
    /// What the run must record; nil where it is made for the first time.
    var replay: Replay?
    /// Takes where training stands; nil where nobody asks.
    var reporter: ((WorkerProgress) -> Void)?
    /// Whether an event file of TensorBoard grows with the rows.
    var logsEvents = false
    private var events: RunEvents?
    private var lastReport = ContinuousClock.now
    private var shownValues = ""
    private var firstEpoch = 1
    private var stepsPerEpoch = 0
    private var writer: MetricsWriter?
    /// The last record with an evaluation pass, by column.
    private var last: [String: Double] = [:]
    private let epochsDone: Int
    private let fit: ScriptFit
    private var arrays: RunArrays?
    /// The metric whose best epoch is told, and which way is better.
    private let best: MetricInfo?
    private let course: ScriptCourse
    private var finishedEpochs: Int
    private let start = ContinuousClock.now
    private var lastEpoch = 1

    /// - Parameters:
    ///   - fit: the training; the rows of what an earlier run has done of it are in the folder.
    ///   - progress: nil draws none.
    /// - Throws: `RunError` where rows of an earlier run cannot be read.
    init(
        folder: RunFolder, _ fit: ScriptFit, checkpoints: CheckpointKeeper, progress: ProgressLine?,
        shown: [MetricInfo], best: MetricInfo?
    ) throws {
        let epochsDone = fit.epochsDone
        self.fit = fit
        self.best = best
        course = fit.course
        self.folder = folder
        epochs = fit.epochs
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
        firstEpoch = outline.firstEpoch - epochsDone
        stepsPerEpoch = outline.stepsPerEpoch
        columns = Array(EpochRecord.columns.dropFirst()) + outline.extraColumns
        writer = try folder.metricsWriter(
            columns: columns, keepingEpochs: epochsDone > 0 ? outline.firstEpoch - 1 : nil)
        arrays = try RunArrays(
            folder, fit, epochsDone: epochsDone, firstEpoch: outline.firstEpoch - epochsDone)
        try checkpoints.trainingBegins()
        if logsEvents { events = try RunEvents(folder, goesOn: epochsDone > 0) }
    }

    func noted(_ note: String) throws { say("note: " + note) }

    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        var row = Dictionary(zip(columns, record.values.dropFirst())) { first, _ in first }
        for (name, value) in logged { row[name] = value }
        try replay?.check(row, epoch: record.epoch)
        try writer?.append(epoch: record.epoch, row)
        try events?.append(epoch: record.epoch, values(of: row))
        if let evaluation { try arrays?.epochFinished(record.epoch, evaluation) }
        finishedEpochs += 1
        let own = zip(EpochRecord.columns + columns.dropFirst(EpochRecord.columns.count - 1), record.values)
        if evaluation != nil { remember(own) }
        for (name, value) in logged { last[name] = value }
        logged = []
        try checkpoints.epochFinished(record.epoch, isLast: record.epoch == lastEpoch, row: row, rows: flushedRows)
        if let end = replay?.end, record.epoch - firstEpoch + 1 == end { fit.trainer.stop() }
        shownValues = ([("loss", record.loss ?? record.trainLossRunning)] as [(String, Double?)])
            .map { name, value in value.map { "\(name) \(ProgressText.significant($0))" } }
            .compactMap { $0 }.joined()
        for metric in shown {
            if let value = last[metric.name] { shownValues += "  \(metric.title) \(metric.text(value))" }
        }
        report(WorkerProgress(epoch: record.epoch - firstEpoch + 1, epochs: epochs, values: shownValues))
    }

    /// Brings the rows to the disk.
    private func flushedRows() throws -> Checkpoint.Rows {
        try writer?.flush()
        try arrays?.flush()
        return Checkpoint.Rows(metrics: writer?.checksum ?? "", arrays: arrays?.checksums ?? [:])
    }

    /// What is defined of a row: the columns in their order, then what the script recorded.
    private func values(of row: [String: Double?]) -> [(name: String, value: Double)] {
        let own = columns.compactMap { name in (row[name] ?? nil).map { (name: name, value: $0) } }
        let known = Set(columns)
        return own + logged.filter { !known.contains($0.name) }
    }

    func stepFinished(_ step: StepRecord) throws {
        checkpoints.stepFinished()
        guard isReporting, lastReport.duration(to: .now) > .milliseconds(200) else { return }
        report(
            WorkerProgress(
                epoch: step.epoch - firstEpoch, epochs: epochs, step: step.stepInEpoch, steps: stepsPerEpoch,
                values: step.epoch > firstEpoch ? shownValues : "loss \(ProgressText.significant(step.loss))"))
    }

    private var isReporting: Bool { reporter != nil || progress?.isActive == true }

    private func report(_ state: WorkerProgress) {
        guard isReporting else { return }
        lastReport = .now
        reporter?(state)
        guard let progress, progress.isActive else { return }
        let done = state.share * Double(epochs) - Double(epochsDone)
        let left = ProgressText.secondsLeft(done: done, total: Double(epochs - epochsDone), elapsed: seconds)
        progress.show(state.shown + (left.map { "  \(ProgressText.duration($0)) left" } ?? ""))
    }

    /// Takes what a script records beside the metrics: in the row of the epoch that is going on, and as final values.
    /// - Throws: `ScriptError` for a name that the training measures itself.
    func log(_ values: [(name: String, value: Double)]) throws {
        if let own = values.first(where: { columns.contains($0.name) }) {
            throw ScriptError(
                "'\(own.name)' is a column that the training fills itself: record your value under another name")
        }
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
    func finish(
        _ status: RunStatus, message: String? = nil, trainer: Trainer, keepsWeights: Bool = false
    ) throws {
        // A run that has failed says so, whatever the disk says.
        let rows = status == .failed ? Checkpoint.Rows() : try flushedRows()
        if status == .interrupted { try checkpoints.interrupted { rows } }
        if status != .failed || keepsWeights { try writeWeights(trainer) }
        // What was recorded after the last epoch belongs to the end.
        for (name, value) in logged { last[name] = value }
        last.merge(folder.momentValues()) { own, _ in own }
        let table = try? folder.readMetrics()
        try folder.writeSummary(
            RunSummary(
                status: status, message: message, epochs: finishedEpochs, metrics: last,
                best: best.flatMap { table?.best(by: $0.name, $0.direction) }, seconds: seconds))
        // A process that is killed here leaves both; one that is killed before goes on from the checkpoint.
        if status == .finished { checkpoints.finished() }
        try events?.finish(status)
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
            let remembered = try told(ScriptCourse.Memory()) { try course.saved() }
            try folder.writeWeights(entries, metadata: remembered.text.isEmpty ? [:] : ["course": remembered.text])
            if !remembered.tensors.isEmpty {
                try withExtendedLifetime(remembered) {
                    try folder.writeState(
                        Checkpoint.entries(of: remembered).map { SafetensorsFile.Entry($0.name, $0.tensor) })
                }
            }
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
