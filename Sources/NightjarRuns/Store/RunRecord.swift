// A run as the store knows it, and what one can ask for.

import Foundation

/// One run in the store.
public struct RunRecord: Sendable, Equatable {
    /// `<experiment folder>/<run folder>`: unique, and the path below the runs directory.
    public let id: String
    public let configuration: RunConfiguration
    public let configurationHash: String
    public let status: RunStatus
    public let message: String?
    /// Epochs finished.
    public let epochs: Int
    public let seconds: Double?
    public let started: Date?
    public let ended: Date?
    /// Final metrics by name.
    public let metrics: [String: Double]

    /// The row of a table; `axes` are names of values beside those of the cell.
    var row: RunRow { RunRow(configuration, summary, extra: []) }

    private var summary: RunSummary? {
        RunSummary(
            status: status, message: message, epochs: epochs, metrics: metrics, seconds: seconds ?? 0,
            started: started, ended: ended)
    }
}

/// Which runs are meant; a nil field does not restrict.
public struct RunQuery: Sendable, Equatable {
    public var experiment: String?
    public var status: RunStatus?
    /// A condition on axes, settings, components and final metrics.
    public var filter: RunFilter?

    public init(experiment: String? = nil, status: RunStatus? = nil, filter: RunFilter? = nil) {
        self.experiment = experiment
        self.status = status
        self.filter = filter
    }

    /// - Parameter condition: as ``RunFilter/init(_:)`` reads it.
    /// - Throws: `RunError` for a condition that cannot be read.
    public init(experiment: String? = nil, status: RunStatus? = nil, where condition: String) throws {
        self.init(experiment: experiment, status: status, filter: try RunFilter(condition))
    }
}
