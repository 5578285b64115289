// Runs the cells of a grid as worker processes, a few at a time.

import Foundation

/// A sweep over cells. Each cell is a process of its own: it can crash, leak or be killed without harm to the others,
/// and writes its own run folder.
public struct Sweep {
    /// Lines kept of what a worker says.
    public static let linesKept = 20

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
        var outcomes: [SweepOutcome] = []
        let clock = ContinuousClock()
        let start = clock.now
        var estimated = start
        func ended(_ outcome: SweepOutcome) {
            outcomes.append(outcome)
            state.ended += 1
            if outcome.isFailure { state.failed += 1 }
            let elapsed = start.duration(to: clock.now) / .seconds(1)
            // The cells that are going count as half done: without that the estimate starts too high.
            let done = Double(state.ended) + Double(running.count) / 2
            state.secondsLeft = ProgressText.secondsLeft(
                done: done, total: max(done, Double(cells.count)), elapsed: elapsed)
            estimated = clock.now
            progress(.ended(outcome), state)
        }
        let arrivals = SweepArrivals()
        while true {
            if !state.stopping, shouldStop() {
                state.stopping = true
                running.forEach { $0.interrupt() }
            }
            while !state.stopping, running.count < jobs, let cell = waiting.popFirst() {
                let worker = SweepWorker(cell: cell, command: command(cell))
                if let failure = worker.start(arrivals: arrivals) {
                    ended(failure)
                    continue
                }
                running.append(worker)
                state.running = running.count
                progress(.started(cell), state)
            }
            if running.isEmpty { break }
            if let arrival = arrivals.next(within: 0.1) {
                running.removeAll { $0.cell.index == arrival.index }
                state.running = running.count
                ended(arrival.outcome(stopping: state.stopping))
            } else {
                var shown = state
                shown.secondsLeft = state.secondsLeft.map {
                    max(0, $0 - estimated.duration(to: clock.now) / .seconds(1))
                }
                progress(.tick, shown)
            }
        }
        return SweepResult(
            outcomes: outcomes.sorted { $0.cell.index < $1.cell.index }, interrupted: state.stopping)
    }
}
