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
    /// Epochs between two; 0: none at all; nil: as above.
    private let interval: Int?
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

    /// - Parameter epoch: that of the file that is there already.
    init(
        _ folder: RunFolder, _ trainer: Trainer, interval: Int?, epoch: Int?, course: ScriptCourse,
        draws: @escaping () -> String, warn: @escaping (String) -> Void
    ) {
        self.warn = warn
        self.course = course
        self.folder = folder
        self.trainer = trainer
        self.interval = interval
        self.epoch = epoch
        self.draws = draws
        drawn = draws()
        rowsThrough = trainer.progress.epochs
    }

    /// A step is done: training could go on from here.
    func stepFinished() { drawn = draws() }

    /// - Parameters:
    ///   - isLast: whether no epoch follows.
    ///   - rows: brings the rows of metrics and arrays to the disk, and gives their sums.
    func epochFinished(_ number: Int, isLast: Bool, rows: () throws -> Checkpoint.Rows) throws {
        drawn = draws()
        rowsThrough = number
        guard isDue(number, isLast: isLast) else {
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
        try write(said, Checkpoint.Position(epochs: number, partial: nil), rows)
        last = begin.duration(to: .now) / .seconds(1)
        spent += last
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
        try write(known, Checkpoint.Position(epochs: rowsThrough, partial: partial), rows)
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
