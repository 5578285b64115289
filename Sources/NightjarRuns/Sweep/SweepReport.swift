// What a sweep tells while it goes and when it is over.

import Foundation

/// The program that runs one cell, and perhaps the ones after it.
public struct SweepCommand: Sendable, Equatable {
    /// Path of the executable.
    public var executable: String
    public var arguments: [String]
    /// Variables set on top of this process's own environment.
    public var environment: [String: String]
    /// What the program is sent when it is to begin this cell, a line; it says ``WorkerMessage/ended(status:)`` when the
    /// cell is over and waits for another. nil: a process for this cell alone, which ends with it.
    public var order: String?

    public init(
        executable: String, arguments: [String], environment: [String: String] = [:], order: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.order = order
    }

    /// Whether a process that was started for `other` takes this one's order.
    func isTaken(byProcessOf other: SweepCommand) -> Bool {
        order != nil && other.order != nil && executable == other.executable && arguments == other.arguments
            && environment == other.environment
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
        /// Somebody else ended it, such as the scheduler of a cluster: in words, behind the cell.
        case ended(String)
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
    /// The attempts before this one, where a signal or a scheduler ended them; in a sweep here one at most.
    public internal(set) var crash: [SweepOutcome] = []

    package init(
        cell: SweepCell, end: End, output: [String], errors: [String], messages: [WorkerMessage], seconds: Double,
        crash: [SweepOutcome] = []
    ) {
        (self.cell, self.end, self.output, self.errors) = (cell, end, output, errors)
        (self.messages, self.seconds, self.crash) = (messages, seconds, crash)
    }

    public var isFailure: Bool {
        switch end {
        case .failed, .killed, .notStarted, .ended: true
        case .finished, .interrupted: false
        }
    }

    /// Whether the worker could not say itself how its run ended.
    public var isLost: Bool {
        switch end {
        case .killed, .ended: true
        case .finished, .failed, .notStarted, .interrupted: false
        }
    }

    /// The folders that the worker made, in order.
    public var folders: [URL] {
        messages.compactMap { message in
            guard case .runFolder(let path) = message else { return nil }
            return URL(fileURLWithPath: path, isDirectory: true)
        }
    }

    /// What went wrong, without the cell.
    var reason: String {
        for case .failure(let message) in messages { return message }
        return "\(end)\n" + errors.joined(separator: "\n")
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
        case .ended(let words): how = words
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
    /// From the pace so far, cells that are going counted by their part; nil before anything is known.
    public var secondsLeft: Double?
    /// The part of all cells that is done, 0 to 1.
    public var share = 0.0

    public init(total: Int) { self.total = total }
}

/// Something that happened in a sweep.
public enum SweepEvent: Sendable, Equatable {
    case started(SweepCell)
    case ended(SweepOutcome)
    /// A worker was ended by a signal that nobody sent; its cell is started once more.
    case crashed(SweepOutcome)
    /// A worker told where its training stands.
    case progress(SweepCell, WorkerProgress)
    /// Nothing but time has passed; comes a few times a second.
    case tick
}

/// A sweep that is over.
public struct SweepResult: Sendable, Equatable {
    /// One for each cell that was started, in the order of the grid.
    public let outcomes: [SweepOutcome]
    /// Whether it was interrupted; then some cells may never have started.
    public let interrupted: Bool
    /// Cells that were left out because all before them failed with the same words; see ``Sweep/commonFailures``.
    public let notStarted: Int

    public var failures: [SweepOutcome] { outcomes.filter(\.isFailure) }
}
