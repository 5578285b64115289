// A run as the store knows it, and what one can ask for.

import Foundation

/// One run in the store: what a list or a table of runs needs. The rest is in its folder.
public struct RunRecord: Sendable, Equatable {
    /// `<experiment folder>/<run folder>`: unique, and the path below the runs directory.
    public let id: String
    public let experiment: String
    public let configurationHash: String
    public let cell: [CellSetting]
    /// The axes of the cell that repeat a setting.
    public let replicates: [String]
    /// The declarations of its metrics.
    public let declared: [MetricInfo]
    public let status: RunStatus
    public let message: String?
    /// Epochs finished.
    public let epochs: Int
    public let seconds: Double?
    /// When it began and ended, as ISO 8601 has it.
    public let started: String?
    public let ended: String?
    /// Metrics by name: final ones, and those of the best epoch as ``RunSummary/values`` names them.
    public let metrics: MetricValues
    /// The text by which the cell is told from others in the same store.
    let cellKey: String
    /// The hashes of the script and of the files of components that it read, by name.
    let texts: RunTexts
    /// The order that its experiment gave the values of axes.
    let order: AxisOrder

    /// The name of its folder.
    public var name: String { id.split(separator: "/").last.map(String.init) ?? id }

    /// The row of a table.
    var row: RunRow {
        RunRow(
            cell: cell, state: RunRow.State(status), epochs: epochs, values: metrics, message: message,
            seconds: seconds ?? 0)
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
