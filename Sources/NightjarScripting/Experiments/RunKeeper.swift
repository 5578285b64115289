import Foundation
import NightjarEngine
import NightjarProcess
import NightjarRuns
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
    /// The metrics that are shown; nil: those that are declared so.
    private var shownMetrics: [String]?
    /// How many folders there were when the cell began.
    private var foldersBefore = 0
    /// What a script records without training.
    private var hand: HandRecord?
    /// What all runs of this process have in common and what decides no result.
    private let origin: RunOrigin
    /// The folders of this process, in the order in which training began.
    private(set) var folders: [RunFolder] = [] {
        didSet { if let last = folders.last { made?(last.url) } }
    }
    /// Hears of each of them.
    var made: ((URL) -> Void)?
    /// Called with each folder whose training has ended, however it ended.
    var ended: (RunFolder) -> Void = { _ in }
    /// Takes the profile of each training that has ended; nil where none are made.
    var profiled: ((RunFolder, Profile) -> Void)?
    /// Epochs between checkpoints; 0: none; nil: as often as costs nothing that anybody notices.
    var checkpointInterval: Int?
    /// Makes what takes over scripts that change during a training, and goes through versions that a resumed run has kept.
    var watcher: ((ScriptFit, ScriptVersions, _ start: TrainingProgress) throws -> any TrainingObserver)?
    /// Whether scripts are looked at while a training goes on.
    var isWatching = false
    /// How many numbers scripts have drawn, as checkpoints keep it.
    var draws: () -> String = { "" }
    /// Puts the numbers that scripts have drawn back to what a checkpoint says.
    var restoreDraws: (String) -> Void = { _ in }
    /// Whether trainings go on from what earlier runs left.
    var isResuming = false
    /// Takes what people may want to know.
    var say: (String) -> Void = { _ in }
    /// Trainers that have their final weights and nothing else.
    private var bare: [Trainer] = []
    /// Asked before each training.
    var willBegin: () throws -> Void = {}

    private let runsDirectory: URL
    let script: JSONValue
    /// The program with its modes, as configurations have it.
    var program: JSONValue { origin.program }
    private let files: () -> [(name: String, hash: String)]
    private let progress: ProgressLine?
    private var recorder: FitRecorder?

    /// - Parameters:
    ///   - script: what identifies the script in configurations.
    ///   - files: the other scripts that were read so far, those of plugins included.
    ///   - progress: nil draws none.
    init(
        experiment: String, runsDirectory: URL, script: JSONValue,
        files: @escaping () -> [(name: String, hash: String)],
        progress: ProgressLine?, origin: RunOrigin
    ) {
        self.origin = origin
        self.experiment = experiment
        self.files = files
        self.runsDirectory = runsDirectory
        self.script = script
        self.progress = progress
    }

    func fitBegins(_ fit: ScriptFit) throws {
        recorder = nil
        try StopSignal.check()
        try willBegin()
        var configuration = numbered(configuration(of: fit))
        let resumption = try isResuming ? resumption(configuration, fit) : nil
        // A run whose scripts changed is the one that it was.
        if let resumption, resumption.versions.areSeveral { configuration = resumption.source.configuration }
        let isOwn = resumption?.source.configuration == configuration
        let folder = try RunFolder.create(in: runsDirectory, configuration: configuration, keepingResults: isOwn)
        folders.append(folder)
        var watch: (any TrainingObserver)?
        if let resumption, isOwn { watch = try self.watch(fit, resumption) }
        if let resumption { try resume(fit, resumption, folder) }
        try folder.write(fit.train)
        let recorder = try FitRecorder(
            folder: folder, epochs: fit.epochs, epochsDone: fit.epochsDone,
            checkpoints: CheckpointKeeper(
                folder, fit.trainer, interval: checkpointInterval,
                epoch: resumption?.source == folder ? fit.trainer.progress.epochs : nil, course: fit.course,
                draws: draws),
            course: fit.course, progress: progress, shown: shown(configuration.metrics))
        recorder.say = say
        self.recorder = recorder
        fit.trainer.observers.append(recorder)
        if let watch {
            fit.trainer.observers.append(watch)
        } else if isWatching, let watcher {
            fit.trainer.observers.append(try watcher(fit, ScriptVersions(folder), fit.trainer.progress))
        }
        if profiled != nil { fit.trainer.session.beginProfile() }
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
        shownMetrics = experiment.shown
        foldersBefore = folders.count
        hand = nil
        willBegin = {}
    }

    /// What `nj.record` and `trainer:log` hand over: of the epoch of a training that is going on, or of a loop that the
    /// script has written by hand.
    /// - Parameter epoch: counted from 1; nil for final values.
    func record(_ values: [(name: String, value: Double)], epoch: Int?) throws {
        if let recorder {
            recorder.log(values)
            return
        }
        try recordByHand(values, epoch: epoch)
    }

    /// What the function of a cell returned: numbers by name are final metrics of the cell. They are added to the last
    /// training of the cell, or are a run by themselves.
    func record(returned: [ScriptValue]) throws {
        guard let table = returned.first?.asTable, table.array.isEmpty else { return try endHandRecord() }
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

    private func recordByHand(_ values: [(name: String, value: Double)], epoch: Int?) throws {
        if hand == nil {
            try willBegin()
            let configuration = numbered(base(epochs: 0))
            let folder = try RunFolder.create(in: runsDirectory, configuration: configuration)
            folders.append(folder)
            hand = HandRecord(folder)
        }
        try hand?.append(values, epoch: epoch)
    }

    private func endHandRecord() throws {
        guard let hand else { return }
        self.hand = nil
        try hand.finish()
        ended(hand.folder)
    }

    /// A plain script has come to its end.
    func scriptEnded() throws { try endHandRecord() }

    // MARK: What an earlier run left

    /// What an earlier run left of this training.
    private func resumption(_ configuration: RunConfiguration, _ fit: ScriptFit) throws -> Resumption? {
        let trainer = fit.trainer
        try trainer.loss.prepare(
            LossSetting(samples: fit.train.count, classes: fit.train.form.classes, dtype: trainer.model.dtype))
        let found = try Resumption.find(configuration, after: trainer.progress.epochs, in: runsDirectory)
        guard let finished = try Resumption.finished(configuration, in: runsDirectory) else {
            if found == nil, bare.contains(where: { $0 === trainer }) {
                throw ScriptError(
                    "--resume: an earlier run kept the weights of this trainer and not what its optimizer remembers, so it "
                        + "cannot be trained further to the same bits: run without --resume, and with --checkpoint-every "
                        + "to keep all")
            }
            return found
        }
        // The checkpoint of a run that the script stopped may be older than its weights.
        if let found, found.source == finished.source, found.epochs == finished.epochs {
            fit.isDone = true
            return found
        }
        // What a loss remembers is not in the weights: then it is all done again.
        guard trainer.loss.state.isEmpty else { return nil }
        fit.isDone = true
        return finished
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
        case .checkpoint(let checkpoint):
            checkpoint.draws.map(restoreDraws)
            try fit.course.restore(checkpoint.course)
        }
        guard !fit.isDone else { return }
        // It is going again: what says how it ended goes.
        try? FileManager.default.removeItem(at: folder.summaryURL)
        let name = ScriptFiles.display(folder.url.path)
        let origin = resumption.source == folder ? "" : " of \(ScriptFiles.display(resumption.source.url.path))"
        say("note: \(name) goes on after epoch \(fit.trainer.progress.epochs)\(origin)")
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
        if let recorder { ended(recorder.folder) }
        recorder = nil
    }

    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error {
        progress?.clear()
        endProfile(fit)
        guard let recorder else { return error }
        let error = recorder.checkpoints.completed(error)
        // The error that ended training goes on to the script; a disk that cannot be written adds nothing to it.
        try? recorder.finish(.failed, message: ScriptMessage.text(error), trainer: fit.trainer)
        ended(recorder.folder)
        self.recorder = nil
        return error
    }

    private func shown(_ metrics: [MetricInfo]) -> [MetricInfo] {
        guard let shownMetrics else { return metrics.filter(\.isHeadline) }
        return shownMetrics.compactMap { name in metrics.first { $0.name == name } }
    }

    /// The declarations as a run keeps them: what the experiment wants to see is a headline, and nothing else.
    private func declared(_ metrics: [MetricInfo]) -> JSONValue {
        .array(
            metrics.map { metric in
                var metric = metric
                if let shownMetrics { metric.isHeadline = shownMetrics.contains(metric.name) }
                return metric.json
            })
    }

    /// What every run of this process says of itself, whether it trains or not.
    private func base(epochs: Int) -> RunConfiguration {
        RunConfiguration(
            experiment: experiment, cell: cell, replicates: replicates.filter { name in cell[axis: name] != nil },
            epochs: epochs,
            parts: [
                "settings": .object(settings), "script": script,
                "files": .array(
                    files().sorted { $0 < $1 }.map { ["name": .string($0.name), "sha256": .string($0.hash)] }),
                "program": origin.program,
            ], environment: origin.environment)
    }

    /// Everything that decides the results of this training.
    private func configuration(of fit: ScriptFit) -> RunConfiguration {
        let options = fit.trainer.options
        let seeds = options.seeds
        let parameters = fit.description.parameters
        func part(_ name: String, _ kind: String) -> JSONValue {
            var entries: [String: JSONValue] = ["name": .string(name)]
            if let values = parameters[kind]?.asTable?.jsonFields, !values.isEmpty {
                entries["parameters"] = .object(values)
            }
            return .object(entries)
        }
        var configuration = base(epochs: fit.epochs)
        var parts: [String: JSONValue] = [
            "data": [
                "name": .string(fit.dataName), "train": .integer(fit.train.count),
                "test": .integer(fit.test?.count ?? 0), "classes": .integer(fit.train.form.classes),
            ],
            "labels": LabelRecord.json(fit.train, isNoise: fit.noise != nil),
            "noise": noise(of: fit),
            "model": part(fit.modelName, "model"),
            "loss": part(fit.lossName, "loss"),
            "optimizer": part(fit.optimizerName, "optimizer"),
            "schedule": part(fit.description.schedule, "schedule"),
            "batch_size": .integer(options.batchSize),
            "evaluation_batch_size": .integer(options.evaluationBatchSize),
            "evaluation_interval": .integer(options.evaluationInterval),
            "metrics": declared(
                StandardMetrics.all + fit.trainer.metrics.map { ($0 as? ScriptMetric)?.info ?? MetricInfo($0.name) }),
            "seeds": [
                "init": RunKeeper.seed(seeds.initialization), "shuffle": RunKeeper.seed(seeds.shuffle),
                "train": RunKeeper.seed(seeds.train), "noise": fit.noise?["seed"] ?? .null,
            ],
        ]
        if case .object(var model)? = parts["model"] {
            model["size"] = .integer(fit.trainer.model.parameterCount)
            parts["model"] = .object(model)
        }
        if let update = parameters["update"]?.asTable?.jsonFields, !update.isEmpty {
            parts["update"] = .object(update)
        }
        if let change = options.augmentation {
            parts["augment"] = .object(["crop": .integer(change.crop), "flip": .bool(change.flips)])
        }
        if options.accumulation > 1 { parts["accumulate"] = .integer(options.accumulation) }
        configuration.parts.merge(parts) { $1 }
        // They name folders of this machine; how many samples there are is in the part above.
        if !fit.dataNotes.isEmpty {
            configuration.environment["data_notes"] = .array(
                fit.dataNotes.map { .string("\(fit.dataName): \($0)") })
        }
        return configuration
    }

    /// The model of noise that made the given labels, and what share of them came out wrong.
    private func noise(of fit: ScriptFit) -> JSONValue {
        var entries: [String: JSONValue] = ["realised_rate": fit.train.noiseRate.map { .number($0) } ?? .null]
        if case .object(let known)? = fit.noise { entries.merge(known) { first, _ in first } }
        entries["name"] = entries["name"] ?? .string(fit.train.noiseRate == 0 ? "none" : "given labels")
        return .object(entries)
    }

    private static func seed(_ value: UInt64) -> JSONValue { .integer(Int(truncatingIfNeeded: value)) }
}

/// Errors as files and people get them.
enum ScriptMessage {
    static func text(_ error: any Error) -> String { (error as? ScriptError)?.description ?? "\(error)" }
}
