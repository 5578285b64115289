import Foundation
import NightjarRuns
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
    }

    /// - Parameter isLast: whether no epoch follows.
    func epochFinished(_ number: Int, isLast: Bool) throws {
        // Where a callback failed, the checkpoint before it is the one to go on from.
        guard isDue(number, isLast: isLast), course.failure == nil else { return }
        try course.checkpointComes(trainer.progress)
        let begin = ContinuousClock.now
        let elsewhere = try course.elsewhere()
        if let elsewhere { warn(CheckpointKeeper.warning(elsewhere)) }
        // State that is no longer finite is not written: the last good checkpoint stays.
        if try Checkpoint.write(
            trainer, draws: draws(), course: course.saved(), elsewhere: elsewhere, asksLength: course.asksLength(),
            to: folder) == nil
        {
            epoch = number
        }
        last = begin.duration(to: .now) / .seconds(1)
        spent += last
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

    /// The run has reached its end. The file stays only where somebody asked for it.
    func finished() {
        guard interval == nil, epoch != nil else { return }
        // A file that cannot be removed harms nobody.
        try? FileManager.default.removeItem(at: folder.checkpointURL)
        epoch = nil
    }

    /// What an error that ended the run should say as well.
    func completed(_ error: any Error) -> any Error {
        guard var divergence = error as? DivergenceError, let epoch else { return error }
        divergence.checkpoint = "\(ScriptFiles.display(folder.checkpointURL.path)), after epoch \(epoch)"
        return divergence
    }
}
