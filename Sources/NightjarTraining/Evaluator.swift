import NightjarData
import NightjarEngine
import NightjarNN

/// What is measured after an epoch, with fixed weights: on the training inputs and, where there are some, on test inputs.
public struct Evaluator {
    /// Without the labels that the loss leaves out.
    public let train: LabelledDataset
    public let test: Dataset?
    public let validation: Dataset?
    public let session: Session
    public let model: Model
    public let loss: any TrainingLoss
    public let batchSize: Int
    /// Of the samples that a loss may ask for besides.
    public let drawSeed: UInt64
    /// Whether passes keep logits.
    public let wish: LogitsWish

    public init(
        train: LabelledDataset, test: Dataset?, validation: Dataset? = nil, session: Session, model: Model,
        loss: any TrainingLoss, batchSize: Int = 512, drawSeed: UInt64 = 0, wish: LogitsWish = LogitsWish()
    ) {
        self.validation = validation
        self.wish = wish
        self.train = train
        self.test = test
        self.session = session
        self.model = model
        self.loss = loss
        self.batchSize = batchSize
        self.drawSeed = drawSeed
    }

    /// - Parameters:
    ///   - epoch: the epoch after which this is done, counted from 1.
    ///   - step: the last step before it.
    public func run(epoch: Int, step: Int) throws -> Evaluation {
        let onTrain = try pass(loss: loss, keepsLogits: wish.isKept).run(train, epoch: epoch, step: step)
        let counts = try MemorizationCounts(
            predictions: onTrain.predictions, givenLabels: train.givenLabels,
            trueLabels: train.knowsTruth ? train.trueLabels : nil)
        var sets: [EvaluationSet: LabelledDataset] = [.train: train]
        var results: [EvaluationSet: EvaluationPass.Result] = [.train: onTrain]
        for (set, other) in [(EvaluationSet.test, test), (.validation, validation)] {
            guard let other else { continue }
            let data = try LabelledDataset(other).leavingOut(loss.labels.ignore)
            sets[set] = data
            results[set] = try pass(keepsLogits: wish.isKept).run(data, epoch: epoch, step: step)
        }
        return Evaluation(
            epoch: epoch, step: step, train: train, test: sets[.test], onTrain: onTrain, onTest: results[.test],
            validation: sets[.validation], onValidation: results[.validation], counts: counts,
            details: EvaluationDetails(self, sets, epoch: epoch, step: step, results: results))
    }

    func pass(loss: (any TrainingLoss)? = nil, keepsLogits: Bool = false) -> EvaluationPass {
        EvaluationPass(
            session: session, model: model, loss: loss, batchSize: batchSize, drawSeed: drawSeed,
            keepsLogits: keepsLogits)
    }
}
