// How a run ended: the contents of `summary.json`.

import Foundation

/// The end of a run as far as it is known.
public enum RunStatus: String, Sendable, CaseIterable {
    /// No end is on record: still going, or killed.
    case running
    case finished
    case interrupted
    case failed
}

/// Final metrics of a run and how it came to its end. This is the one file of a run that holds clock values.
public struct RunSummary: Sendable, Equatable {
    public var status: RunStatus
    /// What went wrong, for a failed run.
    public var message: String?
    /// Epochs that were finished.
    public var epochs: Int
    /// Final values by name. Accuracies are percentages, 0...100. A metric that is not defined is left out.
    public var metrics: [String: Double]
    /// The best epoch; nil where nothing says which that is.
    public var best: Best?
    /// Wall time of the training, in seconds.
    public var seconds: Double
    /// When the run began and ended, where known; whole seconds.
    public var started: Date?
    public var ended: Date?

    /// The epoch at which a metric was best, with all that was measured then. It is not the end of the run, and it was
    /// chosen by looking: what is told of it names the metric.
    public struct Best: Sendable, Equatable {
        /// The metric that it was chosen by.
        public var by: String
        public var epoch: Int
        public var metrics: [String: Double]

        public init(by: String, epoch: Int, metrics: [String: Double]) {
            self.by = by
            self.epoch = epoch
            self.metrics = metrics
        }
    }

    /// Final values, and those of the best epoch under names that say so: `best(test_accuracy)`,
    /// `j1@best(test_accuracy)`, `epoch@best(test_accuracy)`.
    public var values: [String: Double] {
        guard let best else { return metrics }
        var values = metrics
        for (name, value) in best.metrics where metrics[name] != nil {
            values[MetricReference(name, at: .best(best.by)).text] = value
        }
        values[MetricReference("epoch", at: .best(best.by)).text] = Double(best.epoch)
        return values
    }

    public init(
        status: RunStatus, message: String? = nil, epochs: Int, metrics: [String: Double], best: Best? = nil,
        seconds: Double, started: Date? = nil, ended: Date? = nil
    ) {
        self.status = status
        self.message = message
        self.epochs = epochs
        self.metrics = metrics
        self.best = best
        self.seconds = seconds
        self.started = started
        self.ended = ended
    }

    /// - Parameters:
    ///   - configurationHash: written beside the values so that they can be traced to `config.json`.
    ///   - files: the sums of the run's files, see ``RunFolder/checkFiles()``.
    func text(configurationHash: String, files: [String: String] = [:]) -> String {
        var entries: [String: JSONValue] = [
            "status": .string(status.rawValue), "epochs": .integer(epochs), "seconds": .number(seconds),
            "metrics": .object(metrics.mapValues { .number($0) }), "config_hash": .string(configurationHash),
        ]
        if !files.isEmpty { entries["files"] = .object(files.mapValues { .string($0) }) }
        if let message { entries["message"] = .string(message) }
        if let best {
            entries["best"] = [
                "by": .string(best.by), "epoch": .integer(best.epoch),
                "metrics": .object(best.metrics.mapValues { .number($0) }),
            ]
        }
        if let started { entries["started"] = .string(RunSummary.stamp(started)) }
        if let ended { entries["ended"] = .string(RunSummary.stamp(ended)) }
        return SummedJSON.text(entries)
    }

    init(parsing json: JSONValue, source: String) throws {
        guard let word = json["status"]?.stringValue, let status = RunStatus(rawValue: word) else {
            let known = RunStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw RunError("\(source): \"status\" must be one of \(known)")
        }
        guard let epochs = json["epochs"]?.intValue, RunFolder.possibleEpochs.contains(epochs),
            let seconds = json["seconds"]?.doubleValue,
            case .object(let values)? = json["metrics"]
        else {
            throw RunError("\(source): \"epochs\" and \"seconds\" must be numbers and \"metrics\" an object")
        }
        var metrics: [String: Double] = [:]
        for (name, value) in values {
            guard let number = value.doubleValue else {
                throw RunError("\(source): metric \"\(name)\" is not a number")
            }
            metrics[name] = number
        }
        var best: Best?
        if let by = json["best"]?["by"]?.stringValue, let epoch = json["best"]?["epoch"]?.intValue,
            RunFolder.possibleEpochs.contains(epoch), case .object(let values)? = json["best"]?["metrics"]
        {
            best = Best(by: by, epoch: epoch, metrics: values.compactMapValues(\.doubleValue))
        }
        self.init(
            status: status, message: json["message"]?.stringValue, epochs: epochs, metrics: metrics, best: best,
            seconds: seconds, started: json["started"]?.stringValue.flatMap(RunSummary.date),
            ended: json["ended"]?.stringValue.flatMap(RunSummary.date))
    }

    static func stamp(_ date: Date) -> String { date.formatted(.iso8601) }

    static func date(_ stamp: String) -> Date? { try? Date(stamp, strategy: .iso8601) }
}
