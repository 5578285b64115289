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
    private var shownMetrics: [String]? { recorded.shown }
    private var recorded = RecordedMetrics()
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
    /// How often checkpoints are written, and which stay.
    var checkpoints = CheckpointWish()
    /// Whether trainings write event files of TensorBoard.
    var logsEvents = false
    /// What earlier runs left of the trainings.
    let earlier: EarlierRuns
    /// A run that is gone through again.
    var replay: Replay?
    /// A run that one of the trainings goes on from.
    var branch: Branch?
    /// Takes what people may want to know.
    var say: (String) -> Void = { _ in }
    /// Takes what people should see also of a worker.
    var tell: (String) -> Void = { _ in }
    /// The processes that share trainings with this one.
    var peers: RunPeers?
    /// Takes where training stands, of a worker.
    var reporter: ((WorkerProgress) -> Void)?
    /// What was told.
    private var warnings: Set<String> = []
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
    /// The folder that is being written.
    private var claim: RunClaim?
    /// What was said of runs that other processes write.
    private var refusals: [String] = []
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
        earlier = EarlierRuns(host: host, runsDirectory: runsDirectory)
        earlier.say = { [unowned self] in say($0) }
        earlier.warn = { [unowned self] in warn($0) }
    }

    func fitBegins(_ fit: ScriptFit) throws { try notingRefusals { try begin(fit) } }

    private func begin(_ fit: ScriptFit) throws {
        recorder = nil
        try StopSignal.check()
        try willBegin()
        let branch = branch.flatMap { $0.ordinal == folders.count ? $0 : nil }
        var asked = self.configuration(of: fit)
        asked.parts["fork"] = branch?.json
        var configuration = numbered(asked)
        try peers?.meet(before: configuration)
        let wish = try checkpoints.resolved(configuration.metrics)
        let isReplayed = replay?.begins(configuration, number: folders.count) ?? false
        var claim = try lock(configuration)
        let resumption =
            try earlier.find(configuration, fit, claim, isAlone: cell.isEmpty)
            ?? (isReplayed ? replay?.resumption(after: fit.trainer.progress.epochs) : nil)
            ?? branch?.resumption(configuration)
        // A run whose scripts changed is the one that it was.
        if let resumption, resumption.versions.areSeveral, resumption.source.configuration != configuration {
            configuration = resumption.source.configuration
            claim.release()
            claim = try lock(configuration)
        }
        let isOwn = resumption?.source.configuration == configuration
        if isOwn, let known = resumption?.source.configuration {
            // Of epochs that are done, nothing is said again.
            recorded.keep(known.recordedMetrics)
            configuration.environment[RunConfiguration.recordedKey] = recorded.json(beside: known.measuredMetrics)
        }
        if !isOwn, Resumption.isFinished(claim.place) { try claim.moveOut() }
        let folder = try create(configuration, keepingResults: isOwn)
        var watch: (any TrainingObserver)?
        if let resumption, isOwn { watch = try earlier.watch(fit, resumption) }
        if let resumption { try earlier.goOn(fit, resumption, folder) }
        try folder.write(fit.train)
        folder.removeKept { $0 > fit.trainer.progress.epochs }
        if case .checkpoint? = resumption?.state, let source = resumption?.source, source != folder, !isReplayed {
            try folder.takeKept(of: source, through: fit.trainer.progress.epochs)
        }
        let best = RunDescription.best(of: fit)
        let recorder = try FitRecorder(
            folder: folder, fit,
            checkpoints: CheckpointKeeper(
                folder, fit.trainer, wish: wish,
                epoch: resumption?.source == folder ? fit.trainer.progress.epochs : nil,
                training: folders.count - 1 - foldersBefore,
                earlier: resumption == nil ? nil : folder.readMetrics(), course: fit.course,
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
        if let peers { fit.trainer.observers.append(peers) }
        fit.trainer.observers.append(recorder)
        if let watch = try watch ?? earlier.watchFromHere(fit, folder) { fit.trainer.observers.append(watch) }
        if profiled != nil { fit.trainer.session.beginProfile() }
    }

    /// Locks the folder of a run.
    private func lock(_ configuration: RunConfiguration) throws -> RunClaim {
        let claim = try RunClaim(configuration, in: runsDirectory)
        self.claim = claim
        return claim
    }

    private func notingRefusals(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let held as RunLock.Held {
            refusals.append(held.description)
            throw held
        }
    }

    /// Whether an error says that another process writes the run: then nothing of it is this process's to record.
    func isRefusal(_ message: String) -> Bool { refusals.contains { message.contains($0) } }

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
        }
        try describe(folder)
        claim?.release()
        claim = nil
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
        recorded = RecordedMetrics(shown: experiment.shown, declared: experiment.recorded)
        foldersBefore = folders.count
        hand = nil
        claim = nil
        refusals = []
        willBegin = {}
        log.leave()
        // Where the cell failed before, it may not do so now.
        try? FileManager.default.removeItem(at: RunClaim.place(of: failedConfiguration, in: runsDirectory))
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

    /// A cell ended with an error. One that recorded nothing has a folder that says so, with its log, unless another process
    /// writes its run.
    func cellFailed(_ message: String) throws {
        try endHandRecord(.failed, message: message)
        guard folders.count == foldersBefore, !isRefusal(message) else { return }
        var configuration = failedConfiguration
        configuration.environment = environment
        _ = try lock(configuration)
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

    /// The run that takes what the script records.
    private var recordingFolder: RunFolder? { recorder?.folder ?? hand?.folder ?? endedTraining }

    func declare(recorded metrics: [MetricInfo]) throws {
        if let folder = recordingFolder {
            let own = Set(folder.configuration.measuredMetrics.map(\.name))
            if let taken = metrics.first(where: { own.contains($0.name) }) { throw RunKeeper.refusal(of: taken.name) }
        }
        if recorded.declare(metrics), let folder = recordingFolder { try describe(folder) }
    }

    /// Where the experiment says what it shows, that goes for numbers of which the script says nothing as well.
    private func noteNames(_ values: [(name: String, value: Double)]) throws {
        let lacking = recorded.lacking(values)
        if !lacking.isEmpty { try declare(recorded: lacking) }
    }

    private static func refusal(of name: String) -> ScriptError {
        ScriptError("'\(name)' is a column that the training fills itself: record your value under another name")
    }

    /// Brings what is known of the run's surroundings by now into its `config.json`.
    private func describe(_ folder: RunFolder) throws {
        guard let place = folders.lastIndex(where: { $0.url == folder.url }) else { return }
        var environment = folders[place].configuration.environment
        if environment["sources"] != nil { environment["sources"] = sources }
        if let metrics = recorded.json(beside: folder.configuration.measuredMetrics) {
            environment[RunConfiguration.recordedKey] = metrics
        }
        guard environment != folders[place].configuration.environment else { return }
        let described = try folder.with(environment: environment)
        folders[place] = described
        if recorder?.folder == described { recorder?.folder = described }
        if hand?.folder == described { hand?.folder = described }
    }

    /// What `nj.record` and `trainer:log` hand over: of the epoch of a training that is going on, or of a loop that the
    /// script has written by hand.
    /// - Parameter epoch: counted from 1; nil for final values.
    func record(_ values: [(name: String, value: Double)], epoch: Int?) throws {
        if let recorder {
            try recorder.log(values)
            return try noteNames(values)
        }
        if epoch == nil, let training = endedTraining {
            let own = Set(training.configuration.metrics.map(\.name))
            if let taken = values.first(where: { own.contains($0.name) }) {
                throw RunKeeper.refusal(of: taken.name)
            }
            if try add(values, to: training) { return try noteNames(values) }
        }
        try recordByHand(values, epoch: epoch)
    }

    /// The last training that has ended in this cell, where nothing was recorded by hand since.
    private var endedTraining: RunFolder? { hand == nil && folders.count > foldersBefore ? folders.last : nil }

    /// Adds final values to a run that has ended; false where it has no end. A run that has them stays as it is.
    private func add(_ values: [(name: String, value: Double)], to folder: RunFolder) throws -> Bool {
        guard var summary = try folder.readSummary() else { return false }
        let isKnown = values.allSatisfy { name, value in
            summary.metrics[name].map { $0 == value || $0.isNaN && value.isNaN } ?? false
        }
        guard !isKnown else { return true }
        for (name, value) in values { summary.metrics[name] = value }
        try folder.writeSummary(summary)
        return true
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
        if !values.isEmpty, let training = endedTraining, try add(values, to: training) { return try noteNames(values) }
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
        try noteNames(values)
        if hand == nil {
            try willBegin()
            var description = base(epochs: 0)
            description.parts["seeds"] = HandRecord.seeds(host.options.seed)
            let configuration = numbered(description)
            try notingRefusals { _ = try lock(configuration) }
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
        var configuration = RunConfiguration(
            experiment: experiment, cell: cell, replicates: ownReplicates,
            epochs: epochs,
            parts: [
                "settings": .object(settings), "script": script,
                "files": .array(
                    host.files.used.sorted { $0 < $1 }.map { ["name": .string($0.name), "sha256": .string($0.hash)] }),
                "program": origin.program,
            ], environment: environment)
        configuration.environment[RunConfiguration.recordedKey] = recorded.json(beside: configuration.measuredMetrics)
        return configuration
    }

    /// Everything that decides the results of this training.
    private func configuration(of fit: ScriptFit) -> RunConfiguration {
        var configuration = base(epochs: fit.epochs)
        let description = RunDescription(
            host: host, shownMetrics: shownMetrics, sums: DataSum(runsDirectory: runsDirectory))
        configuration.parts.merge(description.parts(of: fit)) { $1 }
        configuration.environment[RunConfiguration.shownKey] = description.shown(of: fit)
        configuration.environment[RunConfiguration.recordedKey] = recorded.json(beside: configuration.measuredMetrics)
        // They name folders of this machine; how many samples there are is in the part on data.
        if !fit.dataNotes.isEmpty {
            configuration.environment["data_notes"] = .array(
                fit.dataNotes.map { .string("\(fit.dataName): \($0)") })
        }
        return configuration
    }
}
