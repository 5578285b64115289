// Runs the cells of a grid as worker processes, a few at a time.

import Foundation

/// A sweep over cells. Cells run in processes of their own, and write run folders of their own: one can crash or be killed
/// without harm to the others. A process that says so takes the next cell when it is done with one; see
/// ``SweepCommand/order``. A cell whose worker a signal ended is started once more.
public struct Sweep {
    /// Lines kept of what a worker says.
    public static let linesKept = 20
    /// So many cells that all fail with the same words, before any has got anywhere, are a mistake in what all have in
    /// common: the others are not started.
    public static let commonFailures = 4

    private let cells: [SweepCell]
    private let jobs: Int
    private let command: (SweepCell) -> SweepCommand

    /// - Parameters:
    ///   - cells: what to run, started in this order.
    ///   - jobs: workers at a time, at least 1. Jobs times threads a worker should not exceed the cores.
    ///   - command: the command line for a cell.
    public init(cells: [SweepCell], jobs: Int, command: @escaping (SweepCell) -> SweepCommand) {
        self.cells = cells
        self.jobs = max(1, jobs)
        self.command = command
    }

    /// Runs all cells and returns when the last worker has ended.
    ///
    /// When `shouldStop` turns true no more cells are started, each worker is asked to stop, and the sweep waits for
    /// them to finish their step. Workers are in our process group and die with us: see ``ChildProcess``.
    /// - Parameters:
    ///   - shouldStop: asked about ten times a second; `{ StopSignal.isRaised }` in a command-line program.
    ///   - progress: called on the calling thread.
    public func run(
        shouldStop: () -> Bool, progress: (SweepEvent, SweepProgress) -> Void = { _, _ in }
    ) -> SweepResult {
        var state = SweepProgress(total: cells.count)
        var waiting = cells[...]
        var running: [SweepWorker] = []
        /// Workers that wait for a cell.
        var idle: [SweepWorker] = []
        var outcomes: [SweepOutcome] = []
        /// Workers that crashed and were started again, by cell.
        var crashes: [Int: SweepOutcome] = [:]
        let clock = ContinuousClock()
        let start = clock.now
        /// The part of each cell that is going, as its worker tells it.
        var shares: [Int: Double] = [:]
        func estimate() {
            let elapsed = start.duration(to: clock.now) / .seconds(1)
            // A worker that has told nothing yet counts as half done: without that the estimate starts too high.
            let going = running.reduce(0) { $0 + (shares[$1.cell.index] ?? (state.ended > 0 ? 0.5 : 0)) }
            let done = Double(state.ended) + going
            state.share = done / Double(max(1, cells.count))
            state.secondsLeft = ProgressText.secondsLeft(
                done: done, total: max(done, Double(cells.count)), elapsed: elapsed)
        }
        func ended(_ outcome: SweepOutcome) {
            var outcome = outcome
            outcome.crash = crashes[outcome.cell.index].map { [$0] } ?? []
            outcomes.append(outcome)
            state.ended += 1
            if outcome.isFailure { state.failed += 1 }
            shares[outcome.cell.index] = nil
            estimate()
            progress(.ended(outcome), state)
        }
        let arrivals = SweepArrivals()
        /// Whether some cell has got anywhere.
        var hasStarted = false
        var notStarted = 0
        while true {
            if !state.stopping, shouldStop() {
                state.stopping = true
                running.forEach { $0.interrupt() }
            }
            let room = jobsNow(outcomes, hasStarted)
            if room == 0, running.isEmpty, !waiting.isEmpty, !state.stopping {
                notStarted = waiting.count
                waiting = []
            }
            while !state.stopping, running.count < room, !waiting.isEmpty {
                // As long as all fail, the next is one far away: it has less in common with them.
                guard
                    let cell = room < jobs || !hasStarted && !outcomes.isEmpty ? waiting.popLast() : waiting.popFirst()
                else { break }
                do {
                    running.append(try worker(cell, among: &idle, arrivals))
                } catch {
                    ended(
                        SweepOutcome(
                            cell: cell, end: .notStarted, output: [], errors: ["\(error)"], messages: [], seconds: 0))
                    continue
                }
                state.running = running.count
                progress(.started(cell), state)
            }
            if running.isEmpty { break }
            switch arrivals.next(within: 0.1) {
            case .progress(let index, let worker)?:
                guard let cell = running.first(where: { $0.cell.index == index })?.cell else { continue }
                hasStarted = true
                shares[index] = worker.share
                estimate()
                progress(.progress(cell, worker), state)
            case .end(let arrival)?:
                if let place = running.firstIndex(where: { $0.cell.index == arrival.index }) {
                    let worker = running.remove(at: place)
                    if arrival.waits { idle.append(worker) }
                }
                state.running = running.count
                let outcome = arrival.outcome(stopping: state.stopping)
                hasStarted = hasStarted || !outcome.isFailure
                // What a signal ended may have been the machine's fault: once more, and not a third time.
                if case .killed = outcome.end, !state.stopping, crashes[outcome.cell.index] == nil {
                    crashes[outcome.cell.index] = outcome
                    waiting = [outcome.cell] + waiting
                    progress(.crashed(outcome), state)
                } else {
                    ended(outcome)
                }
            case nil:
                estimate()
                progress(.tick, state)
            }
        }
        idle.forEach { $0.dismiss() }
        return SweepResult(
            outcomes: outcomes.sorted { $0.cell.index < $1.cell.index }, interrupted: state.stopping,
            notStarted: notStarted)
    }

    /// One that waits, where it takes the cell; else a new one.
    private func worker(
        _ cell: SweepCell, among idle: inout [SweepWorker], _ arrivals: SweepArrivals
    ) throws -> SweepWorker {
        let command = command(cell)
        while let worker = idle.popLast() {
            if worker.begin(cell, command) { return worker }
            worker.dismiss()
        }
        return try SweepWorker(command, cell: cell, arrivals: arrivals)
    }

    /// How many workers may be going: all, unless every cell so far has failed with the same words.
    private func jobsNow(_ outcomes: [SweepOutcome], _ hasStarted: Bool) -> Int {
        guard !hasStarted, !outcomes.isEmpty, Set(outcomes.map(\.reason)).count == 1 else { return jobs }
        return min(jobs, max(0, Sweep.commonFailures - outcomes.count))
    }
}
