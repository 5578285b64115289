import NightjarData
import NightjarRuns
import NightjarTraining

/// One call of `trainer:fit` from a script, as whoever runs the script sees it.
public final class ScriptFit {
    public let trainer: Trainer
    public let train: LabelledDataset
    public let test: Dataset?
    public let validation: Dataset?
    /// Epochs of this call.
    public let epochs: Int
    /// Epochs of this call that an earlier run has done. Set before training begins.
    public package(set) var epochsDone = 0
    /// Whether an earlier run has finished it, be it that the script stopped it before its last epoch.
    public package(set) var isDone = false
    /// The records of these epochs.
    package var earlier: [ScriptTable] = []
    /// What the parts are called and how they are set.
    public let description: TrainerDescription
    /// The data set that the samples come from: `digits`.
    public let dataName: String
    /// What people should know of the data set's files.
    public let dataNotes: [String]
    /// The model of noise behind the given labels; nil where none is known.
    public let noise: JSONValue?
    /// The same of the label sets, by name.
    public let setNoise: [String: JSONValue]
    package let callbacks: ScriptCallbacks
    /// Schedules and callbacks, with what they remember.
    package let course: ScriptCourse

    init(
        trainer: Trainer, train: LabelledDataset, test: Dataset?, validation: Dataset? = nil, epochs: Int,
        description: TrainerDescription, dataName: String, dataNotes: [String], noise: JSONValue?,
        setNoise: [String: JSONValue] = [:], callbacks: ScriptCallbacks, course: ScriptCourse
    ) {
        self.validation = validation
        self.noise = noise
        self.setNoise = setNoise
        self.course = course
        self.trainer = trainer
        self.train = train
        self.test = test
        self.epochs = epochs
        self.description = description
        self.dataName = dataName
        self.dataNotes = dataNotes
        self.callbacks = callbacks
    }

    /// The loss, the optimizer, the schedule and the augmentations, as the script made them.
    package var parts: [ScriptFunction] {
        let rule = trainer.optimizer.groups.first?.rule
        let augmentations = trainer.batchAugmentations.map { ($0 as? ScriptBatchAugmentation)?.object }
        return
            ([
                (trainer.loss as? ScriptLoss)?.loss, (rule as? ScriptOptimizer)?.rule,
                (trainer.schedule as? ScriptSchedule)?.schedule,
            ] + augmentations).compactMap { $0 }
    }

    public var lossName: String { description.loss }
    public var modelName: String { description.model }
    public var optimizerName: String { description.optimizer }
}

/// Whoever runs a script and wants to hear of its training: keeps run folders, shows progress, forwards Ctrl-C.
public protocol FitListener: AnyObject {
    /// Whether it writes what a training has done when that is stopped, so that a stop waits for it.
    var keepsWhatIsDone: Bool { get }
    /// Before the first epoch. The listener may add observers and set the trainer's interruption flag.
    func fitBegins(_ fit: ScriptFit) throws
    /// After the last, also when it was interrupted or stopped.
    func fitEnded(_ fit: ScriptFit, _ result: FitResult) throws
    /// What the script records beside its metrics; `epoch` is nil for final values.
    func record(_ values: [(name: String, value: Double)], epoch: Int?) throws
    /// How what the script records is shown, from now on.
    func declare(recorded metrics: [MetricInfo]) throws
    /// Writes what a reporter says into a file for the run that is going on, whole or not at all.
    /// - Returns: false where no run is kept.
    func write(report: String, to name: String) throws -> Bool
    /// When an error ended it.
    /// - Returns: the error that goes on to the script: this one, or one that says more.
    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error
}

extension FitListener {
    public var keepsWhatIsDone: Bool { true }
    /// Nothing is kept.
    public func write(report: String, to name: String) throws -> Bool { false }
    /// Nothing is kept.
    public func record(_ values: [(name: String, value: Double)], epoch: Int?) throws {}
    /// Nothing is kept.
    public func declare(recorded metrics: [MetricInfo]) throws {}
}
