// A run on disk: `runs/<experiment>/<identifier>/` and the files in it.

import Foundation

/// The folder of one run. Its files are the source of truth; tables, stores and reports are made from them.
///
/// | file | holds |
/// |---|---|
/// | `config.json` | the resolved configuration; its SHA-256 is the run's hash |
/// | `metrics.csv` | a row an epoch, no clock values |
/// | `ledger.npy` | a row for each epoch and training sample: `ledger` of `config.json` names the columns |
/// | `arrays/` | matrices and columns by sample that metrics give, an epoch a row, as .npy |
/// | `labels.csv` | `index,true,given`, all from 0 |
/// | `weights.safetensors` | the final weights |
/// | `averages.safetensors` | the same with averages in the place of weights, for a run that keeps any |
/// | `state.safetensors` | the tensors that callbacks and the experiment's state remember, where there are any |
/// | `checkpoint.safetensors` | weights and all other state after an epoch, until the run has finished |
/// | `checkpoint.previous.safetensors` | the one before it, should it turn out to be damaged |
/// | `checkpoints/` | those of single epochs, for a run with `--checkpoint-keep` or `--checkpoint-best` |
/// | `profile.json` | where the time went, for a run with `--profile` |
/// | `versions/`, `versions.json` | the texts of scripts that changed during a run with `--watch` |
/// | `events.out.tfevents.nightjar` | the rows of `metrics.csv` for TensorBoard, for a run with `--log tensorboard` |
/// | `log.txt` | what scripts printed, notes, warnings and errors, with their moments |
/// | `summary.json` | status, final metrics, seconds |
public struct RunFolder: Sendable, Equatable {
    /// Numbers of epochs that a file may tell of: what is worked out with them stays a whole number.
    public static let possibleEpochs = 0...(1 << 53)

    /// The folder itself.
    public let url: URL
    public let configuration: RunConfiguration

    public var configurationURL: URL { url.appendingPathComponent("config.json") }
    public var metricsURL: URL { url.appendingPathComponent("metrics.csv") }
    public var ledgerURL: URL { url.appendingPathComponent("ledger.npy") }
    public var arraysURL: URL { url.appendingPathComponent("arrays", isDirectory: true) }
    public func arrayURL(_ metric: String) -> URL { RunFolder.arrayURL(metric, in: url) }
    static func arrayURL(_ metric: String, in folder: URL) -> URL {
        folder.appendingPathComponent("arrays", isDirectory: true).appendingPathComponent("\(metric).npy")
    }
    public var labelsURL: URL { url.appendingPathComponent("labels.csv") }
    public var weightsURL: URL { url.appendingPathComponent("weights.safetensors") }
    public var averagesURL: URL { url.appendingPathComponent("averages.safetensors") }
    /// Weights that a callback keeps, such as those of the best epoch.
    public func bestURL(_ name: String) -> URL { url.appendingPathComponent("best_\(name).safetensors") }
    public var stateURL: URL { url.appendingPathComponent("state.safetensors") }
    public var checkpointURL: URL { url.appendingPathComponent("checkpoint.safetensors") }
    public var previousCheckpointURL: URL { url.appendingPathComponent("checkpoint.previous.safetensors") }
    public var eventsURL: URL { url.appendingPathComponent(EventFile.name) }
    public var profileURL: URL { url.appendingPathComponent("profile.json") }
    public var versionsURL: URL { url.appendingPathComponent("versions", isDirectory: true) }
    public var versionsIndexURL: URL { url.appendingPathComponent("versions.json") }
    public var logURL: URL { url.appendingPathComponent("log.txt") }
    public var summaryURL: URL { url.appendingPathComponent("summary.json") }

    /// Writes what a reporter says into the folder `reports` of the run, whole or not at all.
    /// - Throws: ``RunError`` where it cannot be written.
    public func write(report: String, to name: String) throws {
        try AtomicFile.write(report, to: made("reports").appendingPathComponent(name))
    }

    /// A folder inside of the run's, which is made where it is not there.
    /// - Throws: `RunError` where it cannot be made, or is a link.
    public func made(_ name: String) throws -> URL {
        let folder = url.appendingPathComponent(name, isDirectory: true)
        try OwnFile.makeFolder(folder)
        return folder
    }

    /// Whether the tensors of a run lie in a file of this name.
    public static func keeps(_ name: String) -> Bool {
        [
            "weights.safetensors", "averages.safetensors", "checkpoint.safetensors", "checkpoint.previous.safetensors",
        ].contains(name)
            || name.hasPrefix("best_") && name.hasSuffix(".safetensors")
    }

    /// Makes the folder of a run and writes `config.json`. Results of an earlier run of the same configuration are
    /// removed, its summary first, so that a half-finished repeat never looks finished.
    /// - Parameter keepingResults: true for a run that resumes.
    public static func create(
        in runsDirectory: URL, configuration: RunConfiguration, keepingResults: Bool = false
    ) throws -> RunFolder {
        let url = runsDirectory.appendingPathComponent(configuration.experimentFolderName, isDirectory: true)
            .appendingPathComponent(configuration.identifier, isDirectory: true)
        let folder = RunFolder(url: url, configuration: configuration)
        do {
            try FileReason.makeFolder(url)
            AtomicFile.removeUnfinished(in: url)
            let old =
                [
                    folder.summaryURL, folder.metricsURL, folder.labelsURL, folder.weightsURL, folder.averagesURL,
                    folder.profileURL, folder.checkpointURL, folder.previousCheckpointURL, folder.keptCheckpointsURL,
                    folder.versionsIndexURL,
                    folder.versionsURL, folder.logURL,
                    folder.stateURL, folder.ledgerURL, folder.arraysURL, folder.eventsURL,
                ] + folder.bestFiles()
            for file in old where !keepingResults && OwnFile.isThere(file) {
                try FileManager.default.removeItem(at: file)
            }
        } catch {
            throw RunError("\(url.path): could not prepare the run's folder (\(FileReason.of(error)))")
        }
        try AtomicFile.write(configuration.fileText, to: folder.configurationURL)
        return folder
    }

    /// The same run with another environment, written anew: what it is does not change.
    public func with(environment: [String: JSONValue]) throws -> RunFolder {
        var configuration = self.configuration
        configuration.environment = environment
        try AtomicFile.write(configuration.fileText, to: configurationURL)
        return RunFolder(url: url, configuration: configuration)
    }

    /// What is said of a file that is not the one that was written.
    static func changed(_ file: URL) -> RunError {
        RunError("\(file.path): this is not what the run wrote: the file was changed or is damaged\n  \(advice)")
    }

    /// Opens a run that is already on disk.
    /// - Throws: `RunError` for a configuration that cannot be read, or is not the one that was written.
    public static func open(_ url: URL) throws -> RunFolder { try open(url, summed: true) }

    /// Opens a run whose configuration may have been changed: to say what is another.
    public static func openChanged(_ url: URL) throws -> RunFolder { try open(url, summed: false) }

    private static func open(_ url: URL, summed: Bool) throws -> RunFolder {
        let file = url.appendingPathComponent("config.json")
        let data = try FileReason.readJSON(file)
        let json = try JSONValue(parsing: data, source: file.path)
        let configuration = try RunConfiguration(parsing: json, source: file.path)
        // The text of a configuration ends with a line: one that does not was cut where JSON does not notice.
        guard data.last == UInt8(ascii: "\n") else { throw RunError("\(file.path): its last line is cut short") }
        guard !summed || SummedJSON.isWhole(data, json) else { throw changed(file) }
        return RunFolder(url: url, configuration: configuration)
    }

    /// Opens `metrics.csv` for writing a row an epoch.
    /// - Parameters:
    ///   - columns: names of the values after `epoch`.
    ///   - keepingEpochs: on resume, the last epoch whose row stays; later rows are cut off. nil starts a new file.
    public func metricsWriter(columns: [String], keepingEpochs: Int? = nil) throws -> MetricsWriter {
        try MetricsWriter(to: metricsURL, columns: columns, keepingEpochs: keepingEpochs)
    }

    /// The rows of `metrics.csv`. A last line that a kill cut short is left out.
    public func readMetrics() throws -> MetricsTable {
        try MetricsTable(contentsOf: metricsURL)
    }

    /// Writes the labels used in training. Classes and indices count from 0.
    /// - Throws: `RunError` where the two lists differ in length.
    public func writeLabels(true trueLabels: [Int], given: [Int]) throws {
        guard trueLabels.count == given.count else {
            throw RunError(
                "\(labelsURL.path): \(trueLabels.count) true labels but \(given.count) given labels; "
                    + "there must be one of each a sample")
        }
        var text = "index,true,given\n"
        for (index, pair) in zip(trueLabels, given).enumerated() { text += "\(index),\(pair.0),\(pair.1)\n" }
        try AtomicFile.write(text, to: labelsURL)
    }

    /// Reads the labels back, in the order of their indices.
    public func readLabels() throws -> (true: [Int], given: [Int]) {
        let records = try CSV.parse(try FileReason.readText(labelsURL), source: labelsURL.path)
        guard records.first == ["index", "true", "given"] else {
            throw RunError("\(labelsURL.path), line 1: expected the header index,true,given")
        }
        var result = (true: [Int](), given: [Int]())
        for (index, record) in records.dropFirst().enumerated() {
            let numbers = record.compactMap { Int($0) }
            guard record.count == 3, numbers.count == 3, numbers[0] == index else {
                throw RunError(
                    "\(labelsURL.path), line \(index + 2): expected \(index) and two labels, "
                        + "got \(record.joined(separator: ","))")
            }
            result.true.append(numbers[1])
            result.given.append(numbers[2])
        }
        return result
    }

    /// Writes the final weights; the run's hash goes into the file's metadata as `config_hash`.
    public func writeWeights(_ entries: [SafetensorsFile.Entry], metadata: [String: String] = [:]) throws {
        try write(entries, metadata, to: weightsURL)
    }

    /// Writes the model that evaluation saw, where averages stand for weights: entries as in ``writeWeights(_:metadata:)``.
    public func writeAverages(_ entries: [SafetensorsFile.Entry]) throws {
        try write(entries, [:], to: averagesURL)
    }

    /// Writes weights that a callback keeps.
    /// - Parameter metadata: what is known of them: `metric`, `value`, `epoch`.
    public func writeBest(_ name: String, _ entries: [SafetensorsFile.Entry], metadata: [String: String]) throws {
        try write(entries, metadata, to: bestURL(name))
    }

    /// Writes the tensors that the script's side of a training remembers.
    public func writeState(_ entries: [SafetensorsFile.Entry]) throws {
        try write(entries, [:], to: stateURL)
    }

    /// The files of ``writeBest(_:_:metadata:)`` that are there.
    func bestFiles() -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { $0.hasPrefix("best_") && $0.hasSuffix(".safetensors") }.sorted()
            .map { url.appendingPathComponent($0) }
    }

    private func write(
        _ entries: [SafetensorsFile.Entry], _ metadata: [String: String], to url: URL
    ) throws {
        var metadata = metadata
        metadata["config_hash"] = configuration.hash
        try SafetensorsFile.write(entries, metadata: metadata, summed: true, to: url)
    }

    /// The columns of `ledger.npy`; empty for a run that keeps none.
    public var ledgerColumns: [String] {
        guard case .array(let names)? = configuration.parts["ledger"] else { return [] }
        return names.compactMap(\.stringValue)
    }

    /// Reads the final weights.
    public func readWeights() throws -> SafetensorsFile {
        try SafetensorsFile(contentsOf: weightsURL)
    }

    /// Writes `summary.json`, with the sums of all files; the last thing a run does before its checkpoints go.
    public func writeSummary(_ summary: RunSummary) throws {
        let text = summary.text(configurationHash: configuration.hash, files: try fileSums())
        try AtomicFile.write(text, to: summaryURL, flushed: true)
    }

    /// The run's summary, or nil where the run has not ended (or was killed).
    /// - Throws: `RunError` for one that cannot be read, or is not the one that was written.
    public func readSummary() throws -> RunSummary? {
        guard FileManager.default.fileExists(atPath: summaryURL.path) else { return nil }
        let data = try FileReason.readJSON(summaryURL)
        let json = try JSONValue(parsing: data, source: summaryURL.path)
        guard SummedJSON.isWhole(data, json) else { throw RunFolder.changed(summaryURL) }
        return try RunSummary(parsing: json, source: summaryURL.path)
    }
}
