import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTensor
import NightjarTraining

/// What an experiment would do: its cells, and of each that is not only a repetition, two steps rehearsed, from which time,
/// memory and disk of all follow. Nothing is written.
final class DryRun: FitListener {
    /// What one training would take.
    struct Estimate {
        var secondsPerStep = 0.0
        var steps = 0
        var evaluationSeconds = 0.0
        var diskBytes = 0
        var seconds: Double { secondsPerStep * Double(steps) + evaluationSeconds }
    }

    /// Ends a training once it is measured.
    struct Rehearsed: Error, CustomStringConvertible {
        var description: String { "a rehearsal ends here" }
    }

    private let host: ScriptHost
    private let experiment: ScriptExperiment
    private let output: (String) -> Void
    /// Of the trainings of the cell that is rehearsed.
    private var estimates: [Estimate] = []
    private var measuring: Measure?

    init(host: ScriptHost, experiment: ScriptExperiment, output: @escaping (String) -> Void) {
        self.host = host
        self.experiment = experiment
        self.output = output
    }

    /// - Parameter jobs: processes at a time.
    /// - Returns: whether every cell could be rehearsed.
    func run(jobs: Int, errors: (String) -> Void) throws -> Bool {
        host.fitListener = self
        let replicates = Set(experiment.replicates)
        var groups: [(cell: SweepCell, count: Int)] = []
        var places: [String: Int] = [:]
        for cell in experiment.cells {
            let key = cell.settings.filter { !replicates.contains($0.name) }.title
            if let place = places[key] {
                groups[place].count += 1
            } else {
                places[key] = groups.count
                groups.append((cell, 1))
            }
        }
        let settings = experiment.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.plainText)" }
        output("experiment '\(experiment.name)': \(experiment.cells.count) cells, \(groups.count) of them distinct")
        if !settings.isEmpty { output("settings: " + settings.joined(separator: " ")) }
        var (seconds, disk) = (0.0, 0)
        var failures: [(message: String, cells: [String])] = []
        for (number, (cell, count)) in groups.enumerated() {
            func stopped() -> StopError {
                errors(DryRun.stopped(after: number, of: groups.count))
                return StopError()
            }
            if StopSignal.isRaised { throw stopped() }
            let title = cell.settings.filter { !replicates.contains($0.name) }.title
            let shown = (title.isEmpty ? "all cells" : title) + (count > 1 ? "  x \(count)" : "")
            do {
                let found = try rehearse(cell)
                let own = found.reduce(0) { $0 + $1.seconds }
                seconds += own * Double(count)
                let bytes = found.reduce(0) { $0 + $1.diskBytes }
                disk += bytes * count
                output("  \(shown): " + DryRun.text(found, seconds: own, bytes: bytes))
            } catch {
                if StopSignal.isRaised { throw stopped() }
                output("  \(shown): fails")
                let message = ScriptMessage.text(error)
                if let known = failures.firstIndex(where: { $0.message == message }) {
                    failures[known].cells.append(title)
                } else {
                    failures.append((message, [title]))
                }
            }
        }
        let wall = seconds / Double(max(1, min(jobs, experiment.cells.count)))
        output(
            "in all about \(ProgressText.duration(wall)) with \(jobs) \(jobs == 1 ? "job" : "jobs"), "
                + "\(DryRun.size(DryRun.peakMemory)) of memory for each, \(DryRun.size(disk)) on the disk")
        for failure in failures {
            let title =
                failure.cells.count == 1
                ? failure.cells[0] : "\(failure.cells.count) cells, from \(failure.cells[0]) on"
            errors("error in \(title):\n\(failure.message)")
        }
        return failures.isEmpty
    }

    /// What is said where somebody stops it: a first step of many thousand operations is planned for seconds.
    static func stopped(after done: Int, of count: Int) -> String {
        "stopped when \(done) of \(count) distinct \(count == 1 ? "cell" : "cells") \(count == 1 ? "was" : "were") rehearsed"
            + (done == 0 ? ": two steps of the first take longer than this" : "")
    }

    private func rehearse(_ cell: SweepCell) throws -> [Estimate] {
        estimates = []
        do {
            _ = try host.run(experiment, cell: cell)
        } catch {
            // The rehearsal's own end comes back as the script's error.
            if estimates.isEmpty || measuring?.isDone != true { throw error }
        }
        return estimates
    }

    private static func text(_ found: [Estimate], seconds: Double, bytes: Int) -> String {
        guard let first = found.first else { return "trains nothing" }
        return "\(first.steps) steps of \(NumberText.fixed(first.secondsPerStep * 1000, decimals: 2)) ms, about "
            + "\(ProgressText.duration(seconds)), \(size(bytes)) on the disk"
    }

    private static func size(_ bytes: Int) -> String {
        let units: [(Double, String)] = [(1_073_741_824, "GiB"), (1_048_576, "MiB"), (1024, "KiB")]
        for (unit, name) in units where Double(bytes) >= unit {
            return NumberText.fixed(Double(bytes) / unit, decimals: 1) + " " + name
        }
        return "\(bytes) bytes"
    }

    /// The most memory that this process has had so far.
    private static var peakMemory: Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }

    // MARK: A training

    var keepsWhatIsDone: Bool { false }

    func fitBegins(_ fit: ScriptFit) throws {
        let measure = Measure(fit)
        measuring = measure
        fit.trainer.observers.append(measure)
    }

    func fitEnded(_ fit: ScriptFit, _ result: FitResult) throws {}

    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error {
        if let estimate = measuring?.estimate { estimates.append(estimate) }
        return error
    }

    /// Rehearses the first step twice, the second time with its plan made, and ends the training.
    private final class Measure: TrainingObserver {
        private let fit: ScriptFit
        private var outline: TrainingOutline?
        private(set) var estimate: Estimate?
        var isDone: Bool { estimate != nil }

        init(_ fit: ScriptFit) { self.fit = fit }

        func trainingBegins(_ outline: TrainingOutline) throws { self.outline = outline }

        func stepBegins(_ step: UpcomingStep) throws {
            guard let outline, let batch = step.batches.first else { return }
            let rate = try fit.trainer.learningRate(epoch: step.epoch, step: step.step)
            var seconds = 0.0
            for _ in 0..<2 {
                let start = ContinuousClock.now
                try step.training.rehearse(batch, epoch: step.epoch, step: step.step, learningRate: rate)
                seconds = start.duration(to: .now) / .seconds(1)
            }
            let options = fit.trainer.options
            let epochs = outline.lastEpoch - outline.firstEpoch + 1
            // A pass forward is about a third of a step.
            let samples = fit.train.count + (fit.test?.count ?? 0) + (fit.validation?.count ?? 0)
            let evaluations = (epochs - 1) / max(1, options.evaluationInterval) + 1
            let weights = fit.trainer.model.state.reduce(0) { $0 + $1.tensor.byteCount }
            let ledger = 4 * RunArrays.columns(of: fit).count * fit.train.count * epochs
            estimate = Estimate(
                secondsPerStep: seconds * Double(options.accumulation), steps: epochs * outline.stepsPerEpoch,
                evaluationSeconds: seconds / 3 * Double(samples * evaluations) / Double(max(1, batch.count)),
                diskBytes: weights + ledger + epochs * 250 + fit.train.count * 11 + 8000)
            throw Rehearsed()
        }
    }
}
