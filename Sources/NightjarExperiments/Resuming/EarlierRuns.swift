import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// What earlier runs left of the trainings of a script, and how a training goes on from it.
final class EarlierRuns {
    /// Whether trainings go on from what earlier runs left.
    var isResuming = false
    /// Whether somebody asked for that by `--resume`, and should be told where it does not come to it.
    var wasAskedToResume = false
    /// Whether runs that have finished are made anew.
    var runsAgain = false
    /// Whether scripts are looked at while a training goes on.
    var isWatching = false
    /// Makes what takes over scripts that change during a training, and goes through versions that a resumed run has kept.
    var watcher: ((ScriptFit, ScriptVersions, _ start: TrainingProgress) throws -> any TrainingObserver)?
    /// Takes what people may want to know.
    var say: (String) -> Void = { _ in }
    /// Takes what people should see.
    var warn: (String) -> Void = { _ in }
    /// Trainers that have their final weights and nothing else.
    private var bare: [Trainer] = []
    private let runsDirectory: URL
    /// Whose scripts are run.
    private unowned let host: ScriptHost

    init(host: ScriptHost, runsDirectory: URL) {
        self.host = host
        self.runsDirectory = runsDirectory
    }

    /// What an earlier run left of this training. A run that has finished stays, unless all are made anew.
    /// - Parameters:
    ///   - claim: the folder of the run, which this process has locked.
    ///   - isAlone: whether the run is none of many, of which a line tells as well.
    func find(
        _ configuration: RunConfiguration, _ fit: ScriptFit, _ claim: RunClaim, isAlone: Bool
    ) throws -> Resumption? {
        let place = claim.place
        try fit.trainer.loss.prepare(
            LossSetting(
                samples: fit.train.count, classes: fit.train.form.classes, dtype: fit.trainer.model.dtype))
        if runsAgain { return nil }
        try Resumption.checkConfiguration(of: place, configuration)
        let found = try isResuming ? unfinished(configuration, fit) : nil
        if let found { return found }
        // A repetition that left nothing to go on from: what it was to replace stands again.
        if claim.aside.isThere, !Resumption.isFinished(place) { try claim.moveBack() }
        guard let finished = try Resumption.finished(configuration, in: runsDirectory) else {
            guard !bare.contains(where: { $0 === fit.trainer }) else {
                throw ScriptError(
                    "an earlier run kept the weights of this trainer and not what its optimizer and its loss remember, so it "
                        + "cannot be trained further to the same bits: --again runs all anew, and --checkpoint-every keeps "
                        + "all")
            }
            if wasAskedToResume { explain(configuration, place) }
            return nil
        }
        fit.isDone = true
        removeLeft(of: finished.source)
        if !wasAskedToResume, isAlone {
            let name = ScriptFiles.display(place.path)
            say("note: \(name) was finished already and stays as it is (--again runs it anew)")
        }
        return finished
    }

    /// Says why nothing is gone on from, where there is something.
    private func explain(_ configuration: RunConfiguration, _ folder: URL) {
        if let rows = try? RunFolder.open(folder).readMetrics().rows.count, rows > 0 {
            warn(
                "note: --resume: \(ScriptFiles.display(folder.path)) has \(rows) \(rows == 1 ? "epoch" : "epochs") and no "
                    + "checkpoint to go on from: it begins anew")
        } else if let (other, differences) = Resumption.nearest(configuration, in: runsDirectory) {
            warn(
                "note: --resume: \(ScriptFiles.display(other.url.path)) is not gone on from, for it differs in "
                    + "\(differences.prefix(5).joined(separator: "; "))\(differences.count > 5 ? "; ..." : "")")
        }
    }

    /// A run that can go on; or one that has ended, where a checkpoint says so.
    private func unfinished(_ configuration: RunConfiguration, _ fit: ScriptFit) throws -> Resumption? {
        let found = try Resumption.find(configuration, after: fit.trainer.progress.epochs, in: runsDirectory)
        guard let finished = try Resumption.finished(configuration, in: runsDirectory) else { return found }
        // The checkpoint of a run that the script stopped may be older than its weights.
        guard let found, found.source == finished.source, case .checkpoint(let checkpoint) = found.state
        else { return nil }
        guard found.epochs == finished.epochs else { return nil }
        fit.isDone = true
        if !checkpoint.isKept { found.source.removeCheckpoints() }
        return found
    }

    /// A run that was killed between its summary and the end of its checkpoints has left them.
    private func removeLeft(of run: RunFolder) {
        // A damaged one may be one that somebody asked for: it stays.
        guard let left = try? Checkpoint.lastGood(of: run), !left.checkpoint.isKept else { return }
        run.removeCheckpoints()
    }

    /// Brings scripts to the versions of the moment from which a run goes on.
    func watch(_ fit: ScriptFit, _ resumption: Resumption) throws -> (any TrainingObserver)? {
        guard isWatching || resumption.versions.areSeveral, !fit.isDone else { return nil }
        return try watcher?(fit, resumption.versions, resumption.start(after: fit.trainer.progress))
    }

    /// What looks at scripts from now on, in a run that begins; nil where nobody asked for that.
    func watchFromHere(_ fit: ScriptFit, _ folder: RunFolder) throws -> (any TrainingObserver)? {
        guard isWatching else { return nil }
        return try watcher?(fit, ScriptVersions(folder), fit.trainer.progress)
    }

    /// Brings a training and its folder to where an earlier run stood.
    func goOn(_ fit: ScriptFit, _ resumption: Resumption, _ folder: RunFolder) throws {
        try resumption.apply(to: fit, folder)
        bare.removeAll { $0 === fit.trainer }
        switch resumption.state {
        case .weights: bare.append(fit.trainer)
        case .prefix(let checkpoint, let kept):
            if let draws = checkpoint.draws.flatMap(DrawCounter.init) { host.draws = draws }
            if kept.contains(.course) { try fit.course.restore(checkpoint.course) }
        case .checkpoint(let checkpoint):
            if let draws = checkpoint.draws.flatMap(DrawCounter.init) { host.draws = draws }
            try fit.course.restore(checkpoint.course)
            if let damage = resumption.damage {
                warn("note: \(damage)\n  the run goes on from the checkpoint before that one")
            }
            if resumption.source.configuration != folder.configuration, !resumption.versions.areSeveral,
                checkpoint.elsewhere == nil,
                checkpoint.course.text.isEmpty
            {
                let recorded = RecordedCourse(
                    trainer: fit.trainer, metrics: try resumption.source.readMetrics(),
                    name: ScriptFiles.display(resumption.source.url.path),
                    draws: { [unowned host] in host.draws.text }, isBetweenEpochs: checkpoint.partial == nil)
                fit.trainer.confirm = { try recorded.check($0) }
            }
            if let elsewhere = checkpoint.elsewhere {
                warn(
                    "note: \(ScriptFiles.display(folder.url.path)) goes on, and \(elsewhere): no checkpoint keeps that, so "
                        + "its numbers may not be those of a run without a stop (--again runs it anew)")
            }
        }
        guard !fit.isDone else { return }
        // It is going again: what says how it ended goes.
        try? FileManager.default.removeItem(at: folder.summaryURL)
        let name = ScriptFiles.display(folder.url.path)
        let origin = resumption.source == folder ? "" : " of \(ScriptFiles.display(resumption.source.url.path))"
        let steps = fit.trainer.resumed?.steps ?? 0
        let more = steps == 0 ? "" : " and \(steps) \(steps == 1 ? "step" : "steps")"
        say("note: \(name) goes on after epoch \(fit.trainer.progress.epochs)\(more)\(origin)")
    }
}
