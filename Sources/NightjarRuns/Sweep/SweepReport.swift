// What a sweep tells while it goes and when it is over.

/// The program that runs one cell.
public struct SweepCommand: Sendable, Equatable {
    /// Path of the executable.
    public var executable: String
    public var arguments: [String]
    /// Variables set on top of this process's own environment.
    public var environment: [String: String]

    public init(executable: String, arguments: [String], environment: [String: String] = [:]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }
}

/// How one cell ended.
public struct SweepOutcome: Sendable, Equatable {
    public enum End: Sendable, Equatable {
        case finished
        /// The worker left with another status than 0.
        case failed(status: Int32)
        /// The worker was stopped by a signal that nobody asked for.
        case killed(signal: Int32)
        /// The worker could not be started; `errors` says why.
        case notStarted
        /// The worker ended because the sweep was interrupted.
        case interrupted
    }

    public let cell: SweepCell
    public let end: End
    /// The worker's last lines on standard output: what scripts printed.
    public let output: [String]
    /// Its last lines on standard error.
    public let errors: [String]
    /// What the worker reported, in order.
    public let messages: [WorkerMessage]
    public let seconds: Double

    public var isFailure: Bool {
        switch end {
        case .failed, .killed, .notStarted: true
        case .finished, .interrupted: false
        }
    }

    /// A failure for people: what ended how, then the worker's last words, indented.
    public var message: String {
        let how: String
        switch end {
        case .finished: how = "finished"
        case .failed(let status): how = "failed with exit status \(status)"
        case .killed(let signal): how = "was killed by signal \(signal)"
        case .notStarted: how = "could not be started"
        case .interrupted: how = "was interrupted"
        }
        return (["\(cell.title): \(how)"] + errors.map { "    " + $0 }).joined(separator: "\n")
    }
}

/// Where a sweep stands.
public struct SweepProgress: Sendable, Equatable {
    public var total: Int
    /// Cells that ended, in whatever way.
    public var ended = 0
    public var running = 0
    public var failed = 0
    /// No more cells are started.
    public var stopping = false
    /// From the pace so far; nil before the first cell has ended.
    public var secondsLeft: Double?

    public init(total: Int) { self.total = total }
}

/// Something that happened in a sweep.
public enum SweepEvent: Sendable, Equatable {
    case started(SweepCell)
    case ended(SweepOutcome)
    /// Nothing but time has passed; comes a few times a second.
    case tick
}

/// A sweep that is over.
public struct SweepResult: Sendable, Equatable {
    /// One for each cell that was started, in the order of the grid.
    public let outcomes: [SweepOutcome]
    /// Whether it was interrupted; then some cells may never have started.
    public let interrupted: Bool

    public var failures: [SweepOutcome] { outcomes.filter(\.isFailure) }
}
