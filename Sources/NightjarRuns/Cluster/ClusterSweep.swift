// Follows cells that a scheduler runs, by its answers and by what their workers report.

import Foundation

/// A sweep whose cells run on a cluster: it looks at them from outside, and tells the same events as ``Sweep``.
public struct ClusterSweep {
    /// A cell and where it runs.
    public struct Element: Sendable {
        public let cell: SweepCell
        public let batch: CellBatch
        public let job: String
        /// Its number in the batch.
        public let number: Int

        public init(cell: SweepCell, batch: CellBatch, job: String, number: Int) {
            self.cell = cell
            self.batch = batch
            self.job = job
            self.number = number
        }
    }

    private var going: [ClusterCell]
    private let scheduler: Slurm
    private let interval: Double
    private let sleep: (Double) -> Void

    /// - Parameter interval: seconds from one question to the scheduler to the next.
    public init(
        _ elements: [Element], scheduler: Slurm, interval: Double,
        sleep: @escaping (Double) -> Void = { Thread.sleep(forTimeInterval: $0) }
    ) {
        going = elements.map { ClusterCell($0) }
        self.scheduler = scheduler
        self.interval = interval
        self.sleep = sleep
    }

    /// Follows all cells until each has ended, or until `shouldStop`: then it leaves them alone, and the result says that it
    /// was interrupted.
    /// - Parameter trouble: takes what a scheduler says that does not answer, once until it answers again; it is asked again
    ///   and again.
    public mutating func run(
        shouldStop: () -> Bool, trouble: (String) -> Void, progress: (SweepEvent, SweepProgress) -> Void
    ) -> SweepResult {
        var state = SweepProgress(total: going.count)
        var outcomes: [SweepOutcome] = []
        let start = ContinuousClock.now
        var isTroubled = false
        var isLeft = false
        while !going.isEmpty {
            if shouldStop() {
                isLeft = true
                break
            }
            do {
                try look(&state, &outcomes, since: start, progress)
                isTroubled = false
            } catch {
                if !isTroubled { trouble("\(error)") }
                isTroubled = true
            }
            progress(.tick, state)
            var waited = 0.0
            while !going.isEmpty, waited < interval, !shouldStop() {
                sleep(min(0.1, interval))
                waited += 0.1
            }
        }
        return SweepResult(
            outcomes: outcomes.sorted { $0.cell.index < $1.cell.index }, interrupted: isLeft, notStarted: 0)
    }

    /// One look at all cells.
    private mutating func look(
        _ state: inout SweepProgress, _ outcomes: inout [SweepOutcome], since start: ContinuousClock.Instant,
        _ progress: (SweepEvent, SweepProgress) -> Void
    ) throws {
        var jobs: [String: [Int: Slurm.Element]?] = [:]
        for job in Set(going.map(\.element.job)) { jobs[job] = .some(try scheduler.elements(of: job)) }
        var left: [ClusterCell] = []
        for var cell in going {
            let known = (jobs[cell.element.job] ?? nil)?[cell.element.number]
            let events = cell.look(known, scheduler)
            if case .ended(let outcome)? = events.last {
                outcomes.append(outcome)
                state.ended += 1
                if outcome.isFailure { state.failed += 1 }
            } else {
                left.append(cell)
            }
            state.running = left.count { $0.isRunning }
            estimate(&state, left, start)
            for event in events { progress(event, state) }
        }
        going = left
    }

    private func estimate(_ state: inout SweepProgress, _ left: [ClusterCell], _ start: ContinuousClock.Instant) {
        let done = Double(state.ended) + left.reduce(0) { $0 + $1.share }
        state.share = done / Double(max(1, state.total))
        state.secondsLeft = ProgressText.secondsLeft(
            done: done, total: max(done, Double(state.total)), elapsed: start.duration(to: .now) / .seconds(1))
    }
}
