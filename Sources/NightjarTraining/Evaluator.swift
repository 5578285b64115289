import NightjarData
import NightjarEngine
import NightjarNN

/// What is measured after an epoch, with fixed weights: on the training inputs and, where there are some, on test inputs.
public struct Evaluator {
    /// Without the labels that the loss leaves out.
    public let train: LabelledDataset
    public let test: Dataset?
    public let session: Session
    public let model: Model
    public let loss: any TrainingLoss
    public let batchSize: Int
    /// Of the samples that a loss may ask for besides.
    public let drawSeed: UInt64

    public init(
        train: LabelledDataset, test: Dataset?, session: Session, model: Model, loss: any TrainingLoss,
        batchSize: Int = 512, drawSeed: UInt64 = 0
    ) {
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
        let onTrain = try EvaluationPass(
            session: session, model: model, loss: loss, batchSize: batchSize, drawSeed: drawSeed
        ).run(train, epoch: epoch, step: step)
        let counts = try MemorizationCounts(
            predictions: onTrain.predictions, givenLabels: train.givenLabels,
            trueLabels: train.knowsTruth ? train.trueLabels : nil)
        let test = try test.map { try LabelledDataset($0).leavingOut(loss.labels.ignore) }
        let onTest = try test.map {
            try EvaluationPass(session: session, model: model, batchSize: batchSize).run($0, epoch: epoch, step: step)
        }
        return Evaluation(
            epoch: epoch, step: step, train: train, test: test, onTrain: onTrain, onTest: onTest, counts: counts)
    }
}
