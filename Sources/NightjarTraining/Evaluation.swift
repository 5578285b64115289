import NightjarData

/// What the model said about every sample after an epoch, and the counts that follow.
public struct Evaluation: Sendable {
    /// Counted from 1.
    public let epoch: Int
    /// The last step before the evaluation, counted from 1.
    public let step: Int
    /// The training data, with given and true labels, without those that the loss leaves out.
    public let train: LabelledDataset
    /// The test data, if there are any, without the labels that the loss leaves out.
    public let test: LabelledDataset?
    /// Predictions and losses on the training inputs, in the order of the data set.
    public let onTrain: EvaluationPass.Result
    /// Predictions on the test inputs, in the order of the data set.
    public let onTest: EvaluationPass.Result?
    /// Agreement of the predictions with given and true labels.
    public let counts: MemorizationCounts

    /// Accuracy on the test inputs in percent; nil without test data.
    public var testAccuracy: Double? {
        guard let test, let onTest else { return nil }
        let hits = zip(onTest.predictions, test.givenLabels).count { $0 == $1 }
        return percent(hits, of: test.given.kept)
    }
}
