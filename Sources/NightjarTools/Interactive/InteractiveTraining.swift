import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Shows how training goes that a session does. No run folder is made: `nightjar run` makes those.
public final class InteractiveTraining: FitListener {
    private let show: (String) -> Void
    private let clear: () -> Void

    /// - Parameters:
    ///   - show: takes a line in the place of the one before.
    ///   - clear: called when a training has ended.
    public init(show: @escaping (String) -> Void, clear: @escaping () -> Void) {
        self.show = show
        self.clear = clear
    }

    /// At a terminal; nothing elsewhere.
    public convenience init(_ line: ProgressLine?) {
        self.init(show: { line?.show($0) }, clear: { line?.clear() })
    }

    public func fitBegins(_ fit: ScriptFit) throws { fit.trainer.observers.append(Observer(fit, show)) }

    public func fitEnded(_ fit: ScriptFit, _ result: FitResult) throws { clear() }

    public func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error {
        clear()
        return error
    }

    private final class Observer: TrainingObserver {
        private let epochs: Int
        private let tell: (String) -> Void
        private var outline: TrainingOutline?
        private var values = ""
        private var last = ContinuousClock.now

        init(_ fit: ScriptFit, _ tell: @escaping (String) -> Void) {
            epochs = fit.epochs
            self.tell = tell
        }

        func trainingBegins(_ outline: TrainingOutline) throws { self.outline = outline }

        func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
            let percentages = [("J1", record.j1), ("J2", record.j2), ("test", record.testAccuracy)].compactMap {
                name, value in value.map { "\(name) \(NumberText.fixed($0, decimals: 1))" }
            }
            let loss = ProgressText.significant(record.loss ?? record.trainLossRunning)
            values = (["loss \(loss)"] + percentages).joined(separator: "  ")
            show(done: record.epoch - (outline?.firstEpoch ?? 1) + 1, step: 0)
        }

        func stepFinished(_ step: StepRecord) throws {
            guard last.duration(to: .now) > .milliseconds(200) else { return }
            if values.isEmpty { values = "loss \(ProgressText.significant(step.loss))" }
            show(done: step.epoch - (outline?.firstEpoch ?? 1), step: step.stepInEpoch)
        }

        private func show(done: Int, step: Int) {
            last = .now
            let state = WorkerProgress(
                epoch: done, epochs: epochs, step: step, steps: outline?.stepsPerEpoch ?? 0, values: values)
            tell(state.shown)
        }
    }
}
