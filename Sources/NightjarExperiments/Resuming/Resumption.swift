import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// What `--resume` finds of a training: the checkpoint of the same run, or of one that differs in nothing but asking for
/// another number of epochs. Of several, the one that has come furthest.
///
/// A run that has finished keeps no checkpoint unless asked to: then its weights are taken, and there is nothing left to
/// do. What optimizer and loss remember is gone in that case. A run in which scripts changed is no beginning for another,
/// but it can itself go on: whichever of its versions the scripts hold now, see ``ScriptVersions``.
struct Resumption {
    let state: State
    /// The run that it belongs to.
    let source: RunFolder
    /// Epochs of the run that are done.
    let epochs: Int
    /// The versions of scripts that the run went through.
    let versions: ScriptVersions
    /// What is wrong with a later checkpoint of the run; nil where nothing is.
    var damage: String?

    /// Where training goes on; `progress` is where the trainer stands.
    func start(after progress: TrainingProgress) -> TrainingProgress {
        switch state {
        case .checkpoint(let checkpoint), .prefix(let checkpoint, _): checkpoint.progress
        case .weights: progress
        }
    }

    /// What goes on of a state that another run goes on from.
    enum Part { case optimizer, loss, course }

    enum State {
        case checkpoint(Checkpoint)
        case weights(SafetensorsFile)
        /// The state of another run, and what of it goes on besides the weights: see ``Branch``.
        case prefix(Checkpoint, Set<Part>)
    }

    /// - Parameter first: epochs that the trainer had done before the run.
    /// - Throws: `RunError` for a checkpoint that cannot be read.
    static func find(_ wanted: RunConfiguration, after first: Int, in runsDirectory: URL) throws -> Resumption? {
        let experiment = runsDirectory.appendingPathComponent(wanted.experimentFolderName, isDirectory: true)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: experiment.path)) ?? []
        var best: Resumption?
        for name in names.sorted() {
            // Folders that are no runs, or runs of other versions, are none of our business.
            guard let folder = try? RunFolder.open(experiment.appendingPathComponent(name, isDirectory: true)),
                hasCheckpoint(folder), isSimilar(folder.configuration, wanted)
            else { continue }
            let versions = try ScriptVersions(reading: folder)
            let isOwn = isSame(folder.configuration, wanted, versions)
            guard isOwn || !versions.areSeveral && withoutEpochs(folder.configuration) == withoutEpochs(wanted) else {
                continue
            }
            guard let (checkpoint, _, damage) = try lastGood(of: folder) else { continue }
            let epochs = checkpoint.progress.epochs - first
            guard checkpoint.configurationHash == folder.configuration.hash,
                isOwn ? epochs >= 0 : !checkpoint.asksLength && fits(epochs, of: folder.configuration, in: wanted)
            else { continue }
            // The run itself comes before others that are as far.
            let found = Resumption(
                state: .checkpoint(checkpoint), source: folder, epochs: epochs, versions: versions, damage: damage)
            if best.map({ (found.epochs, isOwn ? 1 : 0) > ($0.epochs, 0) }) ?? true { best = found }
        }
        return best
    }

    private static func hasCheckpoint(_ folder: RunFolder) -> Bool {
        [folder.checkpointURL, folder.previousCheckpointURL].contains {
            FileManager.default.fileExists(atPath: $0.path)
        }
    }

    /// Whether the folder holds a run that has finished.
    static func isFinished(_ folder: URL) -> Bool {
        (try? RunFolder.open(folder).readSummary())?.status == .finished
    }

    /// A folder that holds what a run left must say which run that was.
    /// - Throws: `RunError` where its configuration is gone, cannot be read, or is another's.
    static func checkConfiguration(of folder: URL, _ wanted: RunConfiguration) throws {
        let left = ["metrics.csv", "checkpoint.safetensors", "weights.safetensors"].first {
            FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
        }
        guard let left else { return }
        let advice = "\n  put it back, or run it anew with --again"
        let known: RunFolder
        do {
            known = try RunFolder.openChanged(folder)
        } catch {
            throw RunError("\(error), beside \(left) of the same run\(advice)")
        }
        guard known.configuration == wanted else {
            let differences = known.configuration.differences(from: wanted)
            throw RunError(
                "\(known.configurationURL.path): this is not what the run was: the file was changed or is damaged ("
                    + "\(differences.prefix(3).joined(separator: "; ")))\(advice)")
        }
        // Nor is it guessed how it ended, where its summary does not say it any more.
        _ = try RunFolder.open(folder).readSummary()
    }

    /// A run of the same cell with a checkpoint that is another run, with what it differs in; of several one that differs
    /// least.
    static func nearest(
        _ wanted: RunConfiguration, in runsDirectory: URL
    ) -> (run: RunFolder, differences: [String])? {
        guard let known = try? ExperimentFolder(wanted.experiment, in: runsDirectory).runs().runs else { return nil }
        let others = known.filter { $0.configuration.cell == wanted.cell && hasCheckpoint($0) }
            .map { ($0, $0.configuration.differences(from: wanted)) }
        return others.filter { !$0.1.isEmpty && !$0.1.allSatisfy { $0.hasPrefix("epochs ") } }
            .min { $0.1.count < $1.1.count }
    }

    /// A run that has finished needs none: its weights are there.
    private static func lastGood(
        of folder: RunFolder
    ) throws -> (checkpoint: Checkpoint, url: URL, damage: String?)? {
        do {
            return try Checkpoint.lastGood(of: folder)
        } catch {
            guard (try? folder.readSummary())?.status == .finished else { throw error }
            return nil
        }
    }

    /// A run that has finished and left nothing but its weights.
    /// - Throws: `RunError` where its files are not those that it wrote.
    static func finished(_ wanted: RunConfiguration, in runsDirectory: URL) throws -> Resumption? {
        let url = runsDirectory.appendingPathComponent(wanted.experimentFolderName, isDirectory: true)
            .appendingPathComponent(wanted.identifier, isDirectory: true)
        guard let folder = try? RunFolder.open(url), folder.configuration == wanted,
            let summary = try? folder.readSummary(), summary.status == .finished,
            FileManager.default.fileExists(atPath: folder.weightsURL.path)
        else { return nil }
        try folder.checkFiles()
        let versions = try ScriptVersions(reading: folder)
        guard !versions.areSeveral else { return nil }
        return Resumption(
            state: .weights(try folder.readWeights()), source: folder, epochs: summary.epochs, versions: versions)
    }

    /// Whether two runs can have to do with each other at all; quick.
    private static func isSimilar(_ known: RunConfiguration, _ wanted: RunConfiguration) -> Bool {
        known.cell == wanted.cell && known.parts["settings"] == wanted.parts["settings"]
            || withoutEpochs(known) == withoutEpochs(wanted)
    }

    /// Whether it is the same run, with its scripts at any of the versions that it went through.
    private static func isSame(
        _ known: RunConfiguration, _ wanted: RunConfiguration, _ versions: ScriptVersions
    ) -> Bool {
        known == wanted || versions.areSeveral && versions.normalized(known) == versions.normalized(wanted)
    }

    private static func withoutEpochs(_ configuration: RunConfiguration) -> RunConfiguration {
        var result = configuration
        result.epochs = 0
        // Whether it is small enough to be kept depends on how many epochs there are.
        result.parts["ledger"] = nil
        result.cell.removeAll { $0.name == "epochs" }
        if case .object(var settings)? = result.parts["settings"] {
            settings["epochs"] = nil
            result.parts["settings"] = .object(settings)
        }
        return result
    }

    /// Whether the first `epochs` of one run are those of another: the last epoch of each has an evaluation pass that
    /// others may be without.
    private static func fits(_ epochs: Int, of known: RunConfiguration, in wanted: RunConfiguration) -> Bool {
        guard epochs >= 0, epochs <= wanted.epochs else { return false }
        if known == wanted { return true }
        let interval = wanted.parts["evaluation_interval"]?.intValue ?? 1
        return epochs.isMultiple(of: max(interval, 1)) || (epochs < known.epochs && epochs < wanted.epochs)
    }

    /// Brings a folder and a trainer to where the state was written. The trainer's loss has been prepared.
    func apply(to fit: ScriptFit, _ folder: RunFolder) throws {
        let trainer = fit.trainer
        let metrics = try source.readMetrics()
        switch state {
        case .checkpoint(let checkpoint):
            try checkpoint.restore(trainer)
        case .prefix(let checkpoint, let kept):
            try checkpoint.restore(trainer, optimizer: kept.contains(.optimizer), loss: kept.contains(.loss))
        case .weights(let file):
            let weights = trainer.model.state.map { (name: $0.path, tensor: $0.tensor) }
            if !trainer.optimizer.averages.isEmpty {
                // What has no average of its own is in the file as it is in the weights.
                let averages = Dictionary(uniqueKeysWithValues: trainer.optimizer.averages.map { ($0.path, $0.tensor) })
                try Checkpoint.copy(
                    SafetensorsFile(contentsOf: source.averagesURL),
                    into: weights.map { ($0.name, averages[$0.name] ?? $0.tensor) })
            }
            try Checkpoint.copy(file, into: weights)
            let text = file.metadata["course"] ?? ""
            let hasTensors = FileManager.default.fileExists(atPath: source.stateURL.path)
            try fit.course.restore(
                hasTensors
                    ? Checkpoint.memory(text, in: SafetensorsFile(contentsOf: source.stateURL))
                    : ScriptCourse.Memory(text: text))
            for name in try fit.course.keptFacts().keys.sorted() {
                try trainer.kept.keep(name, of: trainer.model)
                try Checkpoint.copy(
                    SafetensorsFile(contentsOf: source.bestURL(name)),
                    into: (trainer.kept[name] ?? []).map { (name: $0.path, tensor: $0.tensor) })
            }
            trainer.progress.epochs += epochs
            let row = metrics.rows.last { $0.epoch == trainer.progress.epochs }
            if let step = metrics.columns.firstIndex(of: "step"), let last = row?.values[step] {
                guard let steps = Int(exactly: last), (0...(1 << 53)).contains(steps) else {
                    throw RunError(
                        "\(source.metricsURL.path): the step of epoch \(trainer.progress.epochs) is \(last), which is no "
                            + "number of steps")
                }
                trainer.progress.steps = steps
            }
        }
        fit.epochsDone = epochs
        if source != folder {
            try AtomicFile.write(FileReason.readText(source.metricsURL), to: folder.metricsURL)
            for (from, to) in [(source.ledgerURL, folder.ledgerURL), (source.arraysURL, folder.arraysURL)]
            where FileManager.default.fileExists(atPath: from.path) {
                try? FileManager.default.removeItem(at: to)
                try FileManager.default.copyItem(at: from, to: to)
            }
        }
        _ = try folder.metricsWriter(columns: metrics.columns, keepingEpochs: trainer.progress.epochs)
        fit.earlier = metrics.rows.filter { $0.epoch <= trainer.progress.epochs }.map { row in
            ScriptTable(
                fields: [("epoch", .integer(row.epoch))]
                    + zip(metrics.columns, row.values).compactMap { name, value in
                        value.map {
                            (name, name == "step" ? Int(exactly: $0).map { .integer($0) } ?? .number($0) : .number($0))
                        }
                    })
        }
    }
}
