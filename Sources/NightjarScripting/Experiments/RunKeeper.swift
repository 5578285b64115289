import Foundation
import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarTraining

/// Gives every training of a script a run folder, and writes what the folder needs.
final class RunKeeper: FitListener {
    /// Names the folder below the runs directory; the experiment's name once it is known.
    var experiment: String
    /// Settings and the values of the cell, where an experiment runs.
    var settings: [String: JSONValue] = [:]
    /// The folders of this process, in the order in which training began.
    private(set) var folders: [RunFolder] = []
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
    private let script: JSONValue
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
        progress: ProgressLine?
    ) {
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
        var configuration = configuration(of: fit)
        // A script may train twice with equal settings; the second is another run.
        var number = 1
        while folders.contains(where: { $0.configuration == configuration }) {
            number += 1
            configuration.settings["fit"] = .integer(number)
        }
        let resumption = try isResuming ? resumption(configuration, fit) : nil
        // A run whose scripts changed is the one that it was.
        if let resumption, resumption.versions.areSeveral { configuration = resumption.source.configuration }
        let isOwn = resumption?.source.configuration == configuration
        let folder = try RunFolder.create(in: runsDirectory, configuration: configuration, keepingResults: isOwn)
        folders.append(folder)
        var watch: (any TrainingObserver)?
        if let resumption, isOwn { watch = try self.watch(fit, resumption) }
        if let resumption { try resume(fit, resumption, folder) }
        try folder.writeLabels(true: fit.train.trueLabels.map(Int.init), given: fit.train.givenLabels.map(Int.init))
        let recorder = try FitRecorder(
            folder: folder, epochs: fit.epochs, epochsDone: fit.epochsDone,
            checkpoints: CheckpointKeeper(
                folder, fit.trainer, interval: checkpointInterval,
                epoch: resumption?.source == folder ? fit.trainer.progress.epochs : nil, course: fit.course,
                draws: draws),
            course: fit.course, progress: progress)
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

    /// What an earlier run left of this training.
    private func resumption(_ configuration: RunConfiguration, _ fit: ScriptFit) throws -> Resumption? {
        let trainer = fit.trainer
        try trainer.loss.prepare(
            LossSetting(samples: fit.train.count, classes: fit.train.dataset.classes, dtype: trainer.model.dtype))
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
        var settings: [String: JSONValue] = [
            "settings": .object(self.settings),
            "script": script,
            "files": .array(
                files().sorted { $0 < $1 }.map { ["name": .string($0.name), "sha256": .string($0.hash)] }),
            "versions": ["nightjar": .string(NightjarVersion.text)],
            "data": [
                "name": .string(fit.dataName), "train": .integer(fit.train.count),
                "test": .integer(fit.test?.count ?? 0), "classes": .integer(fit.train.dataset.classes),
                "noise_rate": .number(fit.train.noiseRate),
            ],
            "model": ["name": .string(fit.modelName), "parameters": .integer(fit.trainer.model.parameterCount)],
            "loss": part(fit.lossName, "loss"),
            "optimizer": part(fit.optimizerName, "optimizer"),
            "schedule": part(fit.description.schedule, "schedule"),
            "batch_size": .integer(options.batchSize),
            "evaluation_batch_size": .integer(options.evaluationBatchSize),
            "evaluation_interval": .integer(options.evaluationInterval),
            "seeds": [
                "init": RunKeeper.seed(seeds.initialization), "shuffle": RunKeeper.seed(seeds.shuffle),
                "train": RunKeeper.seed(seeds.train),
            ],
        ]
        if let update = parameters["update"]?.asTable?.jsonFields, !update.isEmpty {
            settings["update"] = .object(update)
        }
        if let change = options.augmentation {
            settings["augment"] = .object(["crop": .integer(change.crop), "flip": .bool(change.flips)])
        }
        if options.logitsOutput > 0 { settings["logits"] = .integer(options.logitsOutput + 1) }
        if options.gradients.isRecorded { settings["gradient_norm"] = .bool(true) }
        if let action = options.gradients.action { settings["bad_gradients"] = .string(action.rawValue) }
        if options.accumulation > 1 { settings["accumulate"] = .integer(options.accumulation) }
        if !fit.trainer.metrics.isEmpty { settings["metrics"] = .array(fit.trainer.metrics.map { .string($0.name) }) }
        return RunConfiguration(
            experiment: experiment, data: fit.dataName, model: fit.modelName, loss: fit.lossName,
            rate: self.settings["rate"]?.doubleValue ?? fit.train.noiseRate,
            seed: self.settings["seed"]?.intValue ?? Int(truncatingIfNeeded: seeds.shuffle), epochs: fit.epochs,
            settings: settings)
    }

    private static func seed(_ value: UInt64) -> JSONValue { .integer(Int(truncatingIfNeeded: value)) }
}

/// Errors as files and people get them.
enum ScriptMessage {
    static func text(_ error: any Error) -> String { (error as? ScriptError)?.description ?? "\(error)" }
}
