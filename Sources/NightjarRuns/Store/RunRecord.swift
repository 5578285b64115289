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
}

/// Which runs are meant; a nil field does not restrict.
public struct RunQuery: Sendable, Equatable {
    public var experiment: String?
    public var data: String?
    public var model: String?
    public var loss: String?
    public var rate: Double?
    public var seed: Int?
    public var status: RunStatus?

    public init(
        experiment: String? = nil, data: String? = nil, model: String? = nil, loss: String? = nil,
        rate: Double? = nil, seed: Int? = nil, status: RunStatus? = nil
    ) {
        self.experiment = experiment
        self.data = data
        self.model = model
        self.loss = loss
        self.rate = rate
        self.seed = seed
        self.status = status
    }
}

/// A final metric over the seeds of one setting.
public struct RunGroup: Sendable, Equatable {
    public let experiment: String
    public let data: String
    public let model: String
    public let loss: String
    public let rate: Double
    /// One value a run, by ascending seed.
    public let statistics: SeedStatistics
}
