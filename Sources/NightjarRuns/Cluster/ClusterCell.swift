// One cell on a cluster, as it is seen from outside.

import Foundation

/// What is known of a cell that a scheduler runs.
struct ClusterCell {
    let element: ClusterSweep.Element
    private(set) var isRunning = false
    /// The part of the cell that is done, as its worker told last.
    private(set) var share = 0.0
    private var messages = WorkerMessages()
    /// Bytes of the report that were read.
    private var read = 0
    /// The status with which the worker ended last; nil while it has not.
    private var status: Int32?
    /// The state that looked like an end at the last look: Slurm shows some on the way back into the queue.
    private var suspected: String?
    private var returns: [SweepOutcome] = []
    private let start = ContinuousClock.now

    init(_ element: ClusterSweep.Element) { self.element = element }

    /// Looks at what its worker has reported and at what the scheduler says.
    /// - Parameter known: nil where the scheduler knows nothing of it.
    /// - Returns: what is new; an end is the last.
    mutating func look(_ known: Slurm.Element?, _ scheduler: Slurm) -> [SweepEvent] {
        var events: [SweepEvent] = []
        let news = take()
        let state = known?.state
        if let known, known.waits {
            suspected = nil
            guard isRunning else { return [] }
            isRunning = false
            let outcome = outcome(.ended("was put back into the queue by Slurm"), errors: [])
            returns.append(outcome)
            return [.crashed(outcome)]
        }
        if state == "RUNNING" || news != nil, !isRunning {
            isRunning = true
            status = nil
            events.append(.started(element.cell))
        }
        if let news { events.append(.progress(element.cell, news)) }
        if let known, !known.isOver {
            suspected = nil
            return events
        }
        // Where it is seen twice it stays; an end in order cannot be anything else.
        let seen = state ?? "gone"
        guard seen == "COMPLETED" || seen == suspected else {
            suspected = seen
            return events
        }
        isRunning = false
        return events + [.ended(end(state, scheduler))]
    }

    /// Reads what is new in the report.
    private mutating func take() -> WorkerProgress? {
        guard let file = try? OwnFile.handle(element.batch.reportURL(element.number), O_RDONLY) else { return nil }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: UInt64(read))) != nil, let data = try? file.readToEnd(), !data.isEmpty else {
            return nil
        }
        read += data.count
        let news = messages.append(Array(data)[...])
        if let ended = news.ended { status = ended }
        if let progress = news.progress { share = progress.share }
        return news.progress
    }

    private func end(_ state: String?, _ scheduler: Slurm) -> SweepOutcome {
        if state == "COMPLETED" { return outcome(.finished, errors: []) }
        let account = scheduler.account(of: element.job, element.number)
        let said = log() + (account.map { [$0] } ?? [])
        switch state {
        case "CANCELLED": return outcome(.interrupted, errors: said)
        case "FAILED":
            let exit = account.flatMap(Slurm.exit)
            if let signal = exit?.signal, signal > 0 { return outcome(.killed(signal: signal), errors: said) }
            return outcome(.failed(status: exit?.status ?? status ?? 1), errors: said)
        case nil:
            // It ended a while ago: what counts is what its worker said last.
            switch status {
            case 0?: return outcome(.finished, errors: [])
            case let status?: return outcome(.failed(status: status), errors: said)
            case nil: return outcome(.ended("is gone, and Slurm knows nothing of it any more"), errors: said)
            }
        case let state?: return outcome(.ended("was ended by Slurm: \(state)"), errors: said)
        }
    }

    /// The last lines of what the worker, and Slurm about it, wrote.
    private func log() -> [String] {
        guard let file = try? OwnFile.handle(element.batch.logURL(element.number), O_RDONLY) else { return [] }
        defer { try? file.close() }
        var tail = SweepTail(bytesKept: 32_768)
        let size = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: size > 32_768 ? size - 32_768 : 0)
        tail.append(Array((try? file.readToEnd()) ?? Data())[...])
        return tail.lines
    }

    private func outcome(_ end: SweepOutcome.End, errors: [String]) -> SweepOutcome {
        // An attempt that goes on with a run reports its folder once more.
        var told: [WorkerMessage] = []
        for message in messages.all where !told.contains(message) { told.append(message) }
        var outcome = SweepOutcome(
            cell: element.cell, end: end, output: [], errors: errors, messages: told,
            seconds: start.duration(to: .now) / .seconds(1))
        outcome.crash = returns
        return outcome
    }
}
