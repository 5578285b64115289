import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Decides when a training's state is written, so that a run that ends badly, or is killed, loses little.
///
/// Unless told how often, it writes after the first epoch and then whenever all writing so far, with one more like the
/// last, took less than a hundredth of the time that training took: what is lost is then about a hundred times what a
/// checkpoint takes, and nobody waits for it.
final class CheckpointKeeper {
    /// The epoch of the file that is there; nil where none is.
    private(set) var epoch: Int?

    private let folder: RunFolder
    private let trainer: Trainer
    private let wish: CheckpointWish
    /// Epochs between two; 0: none at all; nil: as above.
    private var interval: Int? { wish.interval }
    /// Which of the trainings of its script or cell it is, from 0.
    private let training: Int
    /// The best epoch so far, by what is asked for, and its value.
    private var best: (epoch: Int, value: Double)?
    private let draws: () -> String
    private let course: ScriptCourse
    /// Takes what people should know, once for all that says the same.
    private let warn: (String) -> Void
    private let start = ContinuousClock.now
    /// What the script's side of a training says.
    private struct Said {
        let memory: ScriptCourse.Memory
        let elsewhere: String?
        let asksLength: Bool
    }

    /// As it was last asked; not asked anew at each epoch once it remembers something.
    private var said: Said?
    /// How many numbers scripts had drawn after the last step or epoch.
    private var drawn: String
    /// The last epoch whose row is written.
    private var rowsThrough: Int
    private var spent = 0.0
    private var last = 0.0

    /// The part of the time that may go into checkpoints when nobody says how often they are written.
    private static let share = 0.01

    /// - Parameters:
    ///   - epoch: that of the file that is there already.
    ///   - training: which of the trainings of its script or cell it is, from 0.
    ///   - earlier: the rows of what is done.
    init(
        _ folder: RunFolder, _ trainer: Trainer, wish: CheckpointWish, epoch: Int?, training: Int,
        earlier: MetricsTable?, course: ScriptCourse, draws: @escaping () -> String, warn: @escaping (String) -> Void
    ) {
        self.training = training
        if let metric = wish.best, let known = earlier?.best(by: metric.name, metric.direction ?? .higher) {
            best = known.metrics[metric.name].map { (known.epoch, $0) }
        }
        self.warn = warn
        self.course = course
        self.folder = folder
        self.trainer = trainer
        self.wish = wish
        self.epoch = epoch
        self.draws = draws
        drawn = draws()
        rowsThrough = trainer.progress.epochs
    }

    /// A step is done: training could go on from here.
    func stepFinished() { drawn = draws() }

    /// - Parameters:
    ///   - isLast: whether no epoch follows.
    ///   - row: what was measured.
    ///   - rows: brings the rows of metrics and arrays to the disk, and gives their sums.
    func epochFinished(_ number: Int, isLast: Bool, row: [String: Double?], rows: () throws -> Checkpoint.Rows) throws {
        drawn = draws()
        rowsThrough = number
        let isBest = try self.isBest(number, row)
        guard isDue(number, isLast: isLast) || isBest else {
            if course.failure == nil, said?.memory.text.isEmpty ?? true { said = try ask() }
            return
        }
        // Where a callback failed, the checkpoint before it is the one to go on from.
        guard course.failure == nil else { return }
        try course.checkpointComes(trainer.progress)
        let begin = ContinuousClock.now
        let said = try ask()
        self.said = said
        if let elsewhere = said.elsewhere { warn(CheckpointKeeper.warning(elsewhere)) }
        let mark = isBest ? wish.best?.text : nil
        try write(said, Checkpoint.Position(training: training, epochs: number, partial: nil, best: mark), rows)
        try keep(number, isLast: isLast, isBest: isBest)
        last = begin.duration(to: .now) / .seconds(1)
        spent += last
    }

    private func isBest(_ number: Int, _ row: [String: Double?]) throws -> Bool {
        guard let metric = wish.best else { return false }
        guard let value = row[metric.name] else {
            throw RunError(
                "--checkpoint-best: epoch \(number) has no '\(metric.name)': it is to be measured, or recorded at each epoch"
            )
        }
        guard let value, metric.isBetter(value, than: best?.value) else { return false }
        best = (number, value)
        return true
    }

    /// Keeps what was written as the checkpoint of its epoch, and lets go those that nobody asked for any more.
    private func keep(_ number: Int, isLast: Bool, isBest: Bool) throws {
        // One with numbers that are not finite was not written.
        guard wish.keep != nil || wish.best != nil, epoch == number else { return }
        let count = wish.keep ?? 0
        if count > 0 || isBest { try folder.keepCheckpoint(of: number) }
        let regular = folder.keptEpochs.filter { isDue($0, isLast: isLast && $0 == number) }
        let latest = Set(regular.suffix(count))
        folder.removeKept { $0 != best?.epoch && !latest.contains($0) }
    }

    /// Training begins: what the script's side says of itself from then on.
    func trainingBegins() throws { said = try ask() }

    private func ask() throws -> Said {
        Said(memory: try course.saved(), elsewhere: try course.elsewhere(), asksLength: try course.asksLength())
    }

    /// State that is no longer finite is not written: the last good checkpoint stays.
    private func write(
        _ said: Said, _ position: Checkpoint.Position, _ rows: () throws -> Checkpoint.Rows
    ) throws {
        let bad = try Checkpoint.write(
            trainer, draws: drawn, course: said.memory, elsewhere: said.elsewhere, asksLength: said.asksLength,
            rows: rows(), position: position, isKept: interval.map { $0 > 0 } ?? false, to: folder)
        if bad == nil { epoch = position.epochs }
    }

    /// A signal stopped training: what is there is written, whatever the interval, with the position inside of the epoch.
    ///
    /// A script that was stopped in the middle says no more. Where it had nothing to remember that harms nothing; else half
    /// of what a callback does may have been done, and the last checkpoint stays.
    func interrupted(rows: () throws -> Checkpoint.Rows) throws {
        guard course.failure == nil else { return }
        let isUntold = trainer.untold != nil && trainer.progress.epochs == rowsThrough + 1
        guard isUntold || trainer.progress.epochs == rowsThrough else { return }
        let partial = isUntold ? trainer.untold : trainer.partial
        guard partial?.steps ?? 0 > 0 || epoch != rowsThrough && rowsThrough > 0 else { return }
        var known = said.flatMap { $0.memory.text.isEmpty ? $0 : nil }
        if !trainer.wasCutInside {
            // Between two steps all that was drawn counts, also by callbacks that are told of the step after this.
            drawn = draws()
            do { known = try StopSignal.step(ask) } catch  where StopSignal.isRaised {}
        }
        guard let known else { return }
        try write(known, Checkpoint.Position(training: training, epochs: rowsThrough, partial: partial), rows)
    }

    /// What a script is told whose functions change what no checkpoint keeps.
    static func warning(_ elsewhere: String) -> String {
        "note: \(elsewhere), which no checkpoint keeps: a run that goes on after a stop begins with first values again\n"
            + "  keep it in the state of the experiment, state = { ... } and run = function(cfg, state), or of a callback"
    }

    private func isDue(_ number: Int, isLast: Bool) -> Bool {
        if let interval { return interval > 0 && (isLast || number.isMultiple(of: interval)) }
        // The weights of a run that is over are written anyway.
        if isLast { return false }
        return epoch == nil || spent + last < CheckpointKeeper.share * (start.duration(to: .now) / .seconds(1))
    }

    /// The run has reached its end, and its summary says so. The file stays only where somebody asked for it.
    func finished() {
        guard interval ?? 0 == 0, epoch != nil else { return }
        folder.removeCheckpoints()
        epoch = nil
    }

    /// What an error that ended the run should say as well.
    func completed(_ error: any Error) -> any Error {
        guard var divergence = error as? DivergenceError, let epoch else { return error }
        divergence.checkpoint = "\(ScriptFiles.display(folder.checkpointURL.path)), after epoch \(epoch)"
        return divergence
    }
}
