import Foundation
import NightjarEngine
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
    /// How many numbers scripts have drawn, as checkpoints keep it.
    var draws: () -> String = { "" }
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
        if InterruptSignal.isRaised { throw InterruptedError() }
        try willBegin()
        var configuration = configuration(of: fit)
        // A script may train twice with equal settings; the second is another run.
        var number = 1
        while folders.contains(where: { $0.configuration == configuration }) {
            number += 1
            configuration.settings["fit"] = .integer(number)
        }
        let folder = try RunFolder.create(in: runsDirectory, configuration: configuration)
        folders.append(folder)
        try folder.writeLabels(true: fit.train.trueLabels.map(Int.init), given: fit.train.givenLabels.map(Int.init))
        let recorder = FitRecorder(
            folder: folder, epochs: fit.epochs, interruption: fit.trainer.interruption,
            checkpoints: CheckpointKeeper(folder, fit.trainer, interval: checkpointInterval, draws: draws),
            progress: progress)
        self.recorder = recorder
        fit.trainer.observers.append(recorder)
        if profiled != nil { fit.trainer.session.beginProfile() }
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
        try recorder?.finish(status, model: fit.trainer.model)
        if let recorder { ended(recorder.folder) }
        recorder = nil
    }

    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error {
        progress?.clear()
        endProfile(fit)
        guard let recorder else { return error }
        let error = recorder.checkpoints.completed(error)
        // The error that ended training goes on to the script; a disk that cannot be written adds nothing to it.
        try? recorder.finish(.failed, message: ScriptMessage.text(error), model: fit.trainer.model)
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
        if !fit.trainer.metrics.isEmpty { settings["metrics"] = .array(fit.trainer.metrics.map { .string($0.name) }) }
        return RunConfiguration(
            experiment: experiment, data: fit.dataName, model: fit.modelName, loss: fit.lossName,
            rate: self.settings["rate"]?.doubleValue ?? fit.train.noiseRate,
            seed: self.settings["seed"]?.intValue ?? Int(truncatingIfNeeded: seeds.shuffle), epochs: fit.epochs,
            settings: settings)
    }

    private static func seed(_ value: UInt64) -> JSONValue { .integer(Int(truncatingIfNeeded: value)) }
}

/// Ctrl-C came before a training began.
struct InterruptedError: Error, CustomStringConvertible {
    var description: String { "interrupted" }
}

/// Errors as files and people get them.
enum ScriptMessage {
    static func text(_ error: any Error) -> String { (error as? ScriptError)?.description ?? "\(error)" }
}
