import Foundation
import Logging
import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Gives every training of a script a run folder, and writes what the folder needs.
final class RunKeeper: FitListener {
    /// Names the folder below the runs directory; the experiment's name once it is known.
    var experiment: String
    /// What is the same in every cell, or what a plain script asked for.
    var settings: [String: JSONValue] = [:]
    /// The cell that is going on; empty in a plain script.
    private var cell: [CellSetting] = []
    private var replicates: [String] = []
    /// The order of the values of the experiment's axes, where it says anything.
    private var axisOrder: AxisOrder?
    /// The metrics that are shown; nil: those that are declared so.
    private var shownMetrics: [String]?
    /// How many folders there were when the cell began.
    private var foldersBefore = 0
    /// What a script records without training.
    private var hand: HandRecord?
    /// What all runs of this process have in common and what decides no result.
    private let origin: RunOrigin
    /// The folders of this process, in the order in which training began.
    private(set) var folders: [RunFolder] = []
    /// Called with each folder as soon as it is there.
    var began: (RunFolder) -> Void = { _ in }
    /// Called with each folder whose training has ended, however it ended.
    var ended: (RunFolder) -> Void = { _ in }
    /// Takes the profile of each training that has ended; nil where none are made.
    var profiled: ((RunFolder, Profile) -> Void)?
    /// Epochs between checkpoints; 0: none; nil: as often as costs nothing that anybody notices.
    var checkpointInterval: Int?
    /// Makes what takes over scripts that change during a training, and goes through versions that a resumed run has kept.
    var watcher: ((ScriptFit, ScriptVersions, _ start: TrainingProgress) throws -> any TrainingObserver)?
    /// Whether trainings write event files of TensorBoard.
    var logsEvents = false
    /// Whether scripts are looked at while a training goes on.
    var isWatching = false
    /// Whether trainings go on from what earlier runs left.
    var isResuming = false
    /// Whether somebody asked for that by `--resume`, and should be told where it does not come to it.
    var wasAskedToResume = false
    /// Whether runs that have finished are made anew.
    var runsAgain = false
    /// A run that is gone through again.
    var replay: Replay?
    /// A run that one of the trainings goes on from.
    var branch: Branch?
    /// Takes what people may want to know.
    var say: (String) -> Void = { _ in }
    /// Takes what people should see also of a worker.
    var tell: (String) -> Void = { _ in }
    /// Takes where training stands, of a worker.
    var reporter: ((WorkerProgress) -> Void)?
    /// What was told.
    private var warnings: Set<String> = []
    /// Trainers that have their final weights and nothing else.
    private var bare: [Trainer] = []
    /// Asked before each training.
    var willBegin: () throws -> Void = {}

    private let runsDirectory: URL
    let script: JSONValue
    /// The program with its modes, as configurations have it.
    var program: JSONValue { origin.program }
    /// Whose scripts are run.
    private unowned let host: ScriptHost
    private let log: RunLog
    private let logger: Logger
    private let progress: ProgressLine?
    private var recorder: FitRecorder?
    /// On the folder that is being written.
    private var lock: RunLock?
    /// On the texts, from the first that is kept to the end of this process.
    private var hold: TextHold?

    /// - Parameters:
    ///   - script: what identifies the script in configurations.
    ///   - log: goes into the folder of each run as soon as there is one.
    ///   - progress: nil draws none.
    init(
        experiment: String, runsDirectory: URL, script: JSONValue, host: ScriptHost, log: RunLog,
        progress: ProgressLine?, origin: RunOrigin
    ) {
        self.origin = origin
        self.experiment = experiment
        self.host = host
        self.log = log
        logger = log.logger()
        self.runsDirectory = runsDirectory
        self.script = script
        self.progress = progress
    }

    func fitBegins(_ fit: ScriptFit) throws {
        recorder = nil
        try StopSignal.check()
        try willBegin()
        let branch = branch.flatMap { $0.ordinal == folders.count ? $0 : nil }
        var asked = self.configuration(of: fit)
        asked.parts["fork"] = branch?.json
        var configuration = numbered(asked)
        let isReplayed = replay?.begins(configuration, number: folders.count) ?? false
        let aside = RunAside(place(of: configuration), in: runsDirectory)
        lock = try RunLock(place(of: configuration))
        let resumption = try resumption(configuration, fit, aside) ?? branch?.resumption(configuration)
        // A run whose scripts changed is the one that it was.
        if let resumption, resumption.versions.areSeveral, resumption.source.configuration != configuration {
            configuration = resumption.source.configuration
            lock?.release()
            lock = try RunLock(place(of: configuration))
        }
        let isOwn = resumption?.source.configuration == configuration
        if !isOwn, Resumption.isFinished(place(of: configuration)) {
            try aside.moveOut()
            lock?.leave()
            lock = try RunLock(place(of: configuration))
        }
        let folder = try create(configuration, keepingResults: isOwn)
        var watch: (any TrainingObserver)?
        if let resumption, isOwn { watch = try self.watch(fit, resumption) }
        if let resumption { try resume(fit, resumption, folder) }
        try folder.write(fit.train)
        let best = RunDescription.best(of: fit)
        let recorder = try FitRecorder(
            folder: folder, fit,
            checkpoints: CheckpointKeeper(
                folder, fit.trainer, interval: checkpointInterval,
                epoch: resumption?.source == folder ? fit.trainer.progress.epochs : nil, course: fit.course,
                draws: { [unowned host] in host.draws.text }, warn: { [weak self] in self?.warn($0) }),
            progress: progress, shown: shown(configuration.metrics),
            best: best.map { name in
                configuration.metrics.first { $0.name == name } ?? MetricInfo(name, direction: .higher)
            })
        recorder.say = say
        recorder.reporter = reporter
        recorder.logsEvents = logsEvents
        if isReplayed {
            recorder.replay = replay
            replay?.folder = folder
        }
        self.recorder = recorder
        fit.trainer.observers.append(recorder)
        if let watch {
            fit.trainer.observers.append(watch)
        } else if isWatching, let watcher {
            fit.trainer.observers.append(try watcher(fit, ScriptVersions(folder), fit.trainer.progress))
        }
        if profiled != nil { fit.trainer.session.beginProfile() }
    }

    private func place(of configuration: RunConfiguration) -> URL {
        runsDirectory.appendingPathComponent(configuration.experimentFolderName, isDirectory: true)
            .appendingPathComponent(configuration.identifier, isDirectory: true)
    }

    /// Makes the folder of a run that this process has locked, with the texts that it is made of.
    private func create(_ configuration: RunConfiguration, keepingResults: Bool = false) throws -> RunFolder {
        let texts = try heldTexts()
        for source in host.files.sources { try texts.keep(source.text) }
        let folder = try RunFolder.create(
            in: runsDirectory, configuration: configuration, keepingResults: keepingResults)
        folders.append(folder)
        log.open(folder)
        logger.notice("run \(configuration.identifier) begins\(keepingResults ? " again where it ended" : "")")
        host.files.ownsRun(folder.url)
        began(folder)
        return folder
    }

    /// The texts of runs, none of which goes while this process is there.
    func heldTexts() throws -> TextStore {
        let texts = TextStore(runsDirectory: runsDirectory)
        if hold == nil { hold = try texts.hold() }
        return texts
    }

    /// Whether files of the script's checkout differ from its commit.
    func checkoutIsDirty() -> Bool? { origin.checkoutIsDirty() }

    /// A run has ended: the texts that were read since it began are kept as well, and others may write the folder.
    private func left(_ folder: RunFolder) throws {
        let known = folder.configuration.environment["sources"]
        if let known, known != sources {
            let texts = try heldTexts()
            for source in host.files.sources { try texts.keep(source.text) }
            var environment = folder.configuration.environment
            environment["sources"] = sources
            _ = try folder.with(environment: environment)
        }
        lock?.release()
        lock = nil
    }

    /// Paths and hashes of the texts that were read.
    private var sources: JSONValue {
        .array(host.files.sources.map { ["path": .string($0.path), "sha256": .string($0.hash)] })
    }

    /// A script may train twice with equal settings; the second is another run.
    private func numbered(_ configuration: RunConfiguration) -> RunConfiguration {
        var result = configuration
        var number = 1
        while folders.contains(where: { $0.configuration == result }) {
            number += 1
            result.parts["fit"] = .integer(number)
        }
        return result
    }

    // MARK: Cells and what scripts record themselves

    /// A cell of an experiment begins.
    func begin(_ cell: SweepCell, of experiment: ScriptExperiment) {
        self.cell = cell.settings
        settings = experiment.settings
        replicates = experiment.replicates
        axisOrder = AxisOrder(experiment.axes)
        shownMetrics = experiment.shown
        foldersBefore = folders.count
        hand = nil
        lock = nil
        willBegin = {}
        log.leave()
        // Where the cell failed before, it may not do so now.
        try? FileManager.default.removeItem(at: place(of: failedConfiguration))
    }

    /// What a cell is that failed before it recorded anything.
    private var failedConfiguration: RunConfiguration {
        RunConfiguration(
            experiment: experiment, cell: cell, replicates: ownReplicates,
            parts: [
                "settings": .object(settings), "script": script, "program": origin.program,
                "failed": "before it recorded anything",
            ])
    }

    private var ownReplicates: [String] { replicates.filter { name in cell[axis: name] != nil } }

    /// A cell ended with an error. One that recorded nothing has a folder that says so, with its log.
    func cellFailed(_ message: String) throws {
        try endHandRecord(.failed, message: message)
        guard folders.count == foldersBefore else { return }
        var configuration = failedConfiguration
        configuration.environment = environment
        lock = try RunLock(place(of: configuration))
        let folder = try create(configuration)
        let now = Date()
        try folder.writeSummary(
            RunSummary(
                status: .failed, message: message, epochs: 0, metrics: [:], seconds: 0, started: now, ended: now))
        try left(folder)
        ended(folder)
    }

    /// A cell of a worker that ended before it could say so itself.
    /// - Returns: its folder.
    func failed(_ cell: SweepCell, of experiment: ScriptExperiment, _ message: String) throws -> RunFolder? {
        begin(cell, of: experiment)
        logger.error("\(message)")
        try cellFailed(message)
        return folders.count > foldersBefore ? folders.last : nil
    }

    /// A cell was stopped: what its script recorded by hand is an interrupted run.
    func cellStopped() throws { try endHandRecord(.interrupted) }

    private var environment: [String: JSONValue] {
        var environment = origin.environment
        environment["sources"] = sources
        if let axisOrder, !axisOrder.lists.isEmpty { environment[RunConfiguration.axesKey] = axisOrder.json }
        return environment
    }

    /// What `nj.record` and `trainer:log` hand over: of the epoch of a training that is going on, or of a loop that the
    /// script has written by hand.
    /// - Parameter epoch: counted from 1; nil for final values.
    func record(_ values: [(name: String, value: Double)], epoch: Int?) throws {
        if let recorder {
            try recorder.log(values)
            return
        }
        try recordByHand(values, epoch: epoch)
    }

    /// What the function of a cell returned: numbers by name are final metrics of the cell. They are added to the last
    /// training of the cell, or are a run by themselves.
    func record(returned: [ScriptValue]) throws {
        guard let table = returned.first?.asTable, table.array.isEmpty else {
            if let dropped = RunKeeper.nameless(returned.first ?? .nil) {
                warn(
                    "note: run of experiment '\(experiment)' returned \(dropped), which is recorded nowhere: it returns "
                        + "numbers by name, as in { accuracy = 0.9 }")
            }
            return try endHandRecord()
        }
        let values = try table.fields.map { field -> (name: String, value: Double) in
            if let number = field.value.asNumber { return (field.key, number) }
            if let flag = field.value.asBoolean { return (field.key, flag ? 1 : 0) }
            throw ScriptError(
                "run of experiment '\(experiment)' returned '\(field.key)', which is \(field.value.phrase): it returns "
                    + "numbers by name, as in { accuracy = 0.9 }")
        }
        if hand == nil, !values.isEmpty, folders.count > foldersBefore, let folder = folders.last,
            var summary = try folder.readSummary()
        {
            for (name, value) in values { summary.metrics[name] = value }
            try folder.writeSummary(summary)
            return
        }
        if !values.isEmpty { try recordByHand(values, epoch: nil) }
        try endHandRecord()
    }

    /// A result that somebody may think is kept; nil for nothing, and for what `fit` gives back.
    private static func nameless(_ value: ScriptValue) -> String? {
        switch value {
        case .integer, .number, .tensor: value.phrase
        case .table(let table): table.array.first?.asNumber == nil ? nil : "a list of numbers"
        default: nil
        }
    }

    private func recordByHand(_ values: [(name: String, value: Double)], epoch: Int?) throws {
        if hand == nil {
            try willBegin()
            let configuration = numbered(base(epochs: 0))
            lock = try RunLock(place(of: configuration))
            hand = HandRecord(try create(configuration), shown: shownMetrics ?? [])
        }
        try hand?.append(values, epoch: epoch)
    }

    private func endHandRecord(_ status: RunStatus = .finished, message: String? = nil) throws {
        guard let hand else { return }
        self.hand = nil
        try hand.finish(status, message: message)
        try left(hand.folder)
        ended(hand.folder)
    }

    /// A plain script has come to its end.
    func scriptEnded() throws { try endHandRecord() }

    /// A plain script has ended with an error: what it recorded by hand is a failed run.
    func scriptFailed(_ message: String) throws { try endHandRecord(.failed, message: message) }

    func write(report: String, to name: String) throws -> Bool {
        guard let folder = recorder?.folder else { return false }
        try folder.write(report: report, to: name)
        return true
    }

    // MARK: What an earlier run left

    /// What an earlier run left of this training. A run that has finished stays, unless all are made anew.
    private func resumption(
        _ configuration: RunConfiguration, _ fit: ScriptFit, _ aside: RunAside
    ) throws -> Resumption? {
        let place = place(of: configuration)
        try fit.trainer.loss.prepare(
            LossSetting(
                samples: fit.train.count, classes: fit.train.form.classes, dtype: fit.trainer.model.dtype))
        if runsAgain { return nil }
        try Resumption.checkConfiguration(of: place, configuration)
        let found = try isResuming ? unfinished(configuration, fit) : nil
        if let found { return found }
        // A repetition that left nothing to go on from: what it was to replace stands again.
        if aside.isThere, !Resumption.isFinished(place) {
            try aside.moveBack()
            lock?.leave()
            lock = try RunLock(place)
        }
        guard let finished = try Resumption.finished(configuration, in: runsDirectory) else {
            guard !bare.contains(where: { $0 === fit.trainer }) else {
                throw ScriptError(
                    "an earlier run kept the weights of this trainer and not what its optimizer and its loss remember, so it "
                        + "cannot be trained further to the same bits: --again runs all anew, and --checkpoint-every keeps "
                        + "all")
            }
            if wasAskedToResume { explain(configuration) }
            return nil
        }
        fit.isDone = true
        removeLeft(of: finished.source)
        if !wasAskedToResume, cell.isEmpty {
            let name = ScriptFiles.display(place.path)
            say("note: \(name) was finished already and stays as it is (--again runs it anew)")
        }
        return finished
    }

    /// Says why nothing is gone on from, where there is something.
    private func explain(_ configuration: RunConfiguration) {
        let folder = place(of: configuration)
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
    private func watch(_ fit: ScriptFit, _ resumption: Resumption) throws -> (any TrainingObserver)? {
        guard isWatching || resumption.versions.areSeveral, !fit.isDone else { return nil }
        return try watcher?(fit, resumption.versions, resumption.start(after: fit.trainer.progress))
    }

    private func resume(_ fit: ScriptFit, _ resumption: Resumption, _ folder: RunFolder) throws {
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
            if resumption.source != folder, !resumption.versions.areSeveral, checkpoint.elsewhere == nil,
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

    /// Tells what people should see, once.
    private func warn(_ message: String) {
        guard warnings.insert(message).inserted else { return }
        logger.warning("\(message)")
        tell(message)
    }

    /// Hands on what was measured.
    private func endProfile(_ fit: ScriptFit) {
        let session = fit.trainer.session
        guard let profile = session.profiler?.profile(), let recorder else { return }
        session.endProfile()
        profiled?(recorder.folder, profile)
    }

    func fitEnded(_ fit: ScriptFit, _ result: FitResult) throws {
        progress?.clear()
        endProfile(fit)
        let status: RunStatus = result.status == .interrupted ? .interrupted : .finished
        // What was finished before stays as it is.
        if !fit.isDone { try recorder?.finish(status, trainer: fit.trainer) }
        guard let recorder else { return }
        self.recorder = nil
        if status == .finished { RunAside(recorder.folder.url, in: runsDirectory).remove() }
        logger.notice("\(status.rawValue) after \(fit.trainer.progress.epochs) epochs")
        try left(recorder.folder)
        ended(recorder.folder)
    }

    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error {
        progress?.clear()
        endProfile(fit)
        guard let recorder else { return error }
        let error = recorder.checkpoints.completed(error)
        // The error that ended training goes on to the script; a disk that cannot be written adds nothing to it.
        // Where a callback failed, the step is whole and its weights are good.
        try? recorder.finish(
            .failed, message: ScriptMessage.text(error), trainer: fit.trainer, keepsWeights: fit.course.failure != nil)
        self.recorder = nil
        logger.error("training failed: \(ScriptMessage.text(error))")
        try? left(recorder.folder)
        ended(recorder.folder)
        return error
    }

    private func shown(_ metrics: [MetricInfo]) -> [MetricInfo] {
        guard let shownMetrics else { return metrics.filter(\.isHeadline) }
        return shownMetrics.compactMap { name in metrics.first { $0.name == name } }
    }

    /// What every run of this process says of itself, whether it trains or not.
    private func base(epochs: Int) -> RunConfiguration {
        RunConfiguration(
            experiment: experiment, cell: cell, replicates: ownReplicates,
            epochs: epochs,
            parts: [
                "settings": .object(settings), "script": script,
                "files": .array(
                    host.files.used.sorted { $0 < $1 }.map { ["name": .string($0.name), "sha256": .string($0.hash)] }),
                "program": origin.program,
            ], environment: environment)
    }

    /// Everything that decides the results of this training.
    private func configuration(of fit: ScriptFit) -> RunConfiguration {
        var configuration = base(epochs: fit.epochs)
        let description = RunDescription(host: host, shownMetrics: shownMetrics)
        configuration.parts.merge(description.parts(of: fit)) { $1 }
        configuration.environment[RunConfiguration.shownKey] = description.shown(of: fit)
        // They name folders of this machine; how many samples there are is in the part on data.
        if !fit.dataNotes.isEmpty {
            configuration.environment["data_notes"] = .array(
                fit.dataNotes.map { .string("\(fit.dataName): \($0)") })
        }
        return configuration
    }
}
