import NightjarData
import NightjarTraining

/// One call of `trainer:fit` from a script, as whoever runs the script sees it.
public final class ScriptFit {
    public let trainer: Trainer
    public let train: LabelledDataset
    public let test: Dataset?
    /// Epochs of this call.
    public let epochs: Int
    /// What the parts are called and how they are set.
    public let description: TrainerDescription
    /// The data set that the samples come from: `digits`.
    public let dataName: String

    init(
        trainer: Trainer, train: LabelledDataset, test: Dataset?, epochs: Int, description: TrainerDescription,
        dataName: String
    ) {
        self.trainer = trainer
        self.train = train
        self.test = test
        self.epochs = epochs
        self.description = description
        self.dataName = dataName
    }

    public var lossName: String { description.loss }
    public var modelName: String { description.model }
    public var optimizerName: String { description.optimizer }
}

/// Whoever runs a script and wants to hear of its training: keeps run folders, shows progress, forwards Ctrl-C.
public protocol FitListener: AnyObject {
    /// Before the first epoch. The listener may add observers and set the trainer's interruption flag.
    func fitBegins(_ fit: ScriptFit) throws
    /// After the last, also when it was interrupted or stopped.
    func fitEnded(_ fit: ScriptFit, _ result: FitResult) throws
    /// When an error ended it.
    /// - Returns: the error that goes on to the script: this one, or one that says more.
    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error
}
