/// How training ended, when no error ended it.
public struct FitResult: Hashable, Sendable {
    public enum Status: String, Sendable {
        /// All epochs are done.
        case completed
        /// The outside asked for a stop: see ``InterruptionFlag``.
        case interrupted
        /// A script or an observer asked for a stop.
        case stopped
    }

    public let status: Status
    /// One record for each epoch that was finished in this call.
    public let records: [EpochRecord]
    /// Where training stands.
    public let progress: TrainingProgress

    public init(status: Status, records: [EpochRecord], progress: TrainingProgress) {
        self.status = status
        self.records = records
        self.progress = progress
    }
}

/// How far training has come.
public struct TrainingProgress: Hashable, Sendable {
    /// Epochs that are finished.
    public var epochs: Int
    /// Steps that are done, those of an unfinished epoch included.
    public var steps: Int

    public init(epochs: Int = 0, steps: Int = 0) {
        self.epochs = epochs
        self.steps = steps
    }
}
