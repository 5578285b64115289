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
    /// Samples kept apart to choose by, if there are any, and what the model says of them.
    public let validation: LabelledDataset?
    public let onValidation: EvaluationPass.Result?
    /// Agreement of the predictions with given and true labels.
    public let counts: MemorizationCounts
    /// All of it set by set, with what is computed when it is asked for.
    public let details: EvaluationDetails
    /// What the trainer's metrics say, in their order.
    public internal(set) var measures: [MetricMeasure] = []

    /// Accuracy on the test inputs in percent; nil without test data.
    public var testAccuracy: Double? { Evaluation.accuracy(onTest, test) }

    /// Accuracy on the validation inputs in percent; nil without validation data.
    public var validationAccuracy: Double? { Evaluation.accuracy(onValidation, validation) }

    private static func accuracy(_ result: EvaluationPass.Result?, _ data: LabelledDataset?) -> Double? {
        guard let result, let data else { return nil }
        return percent(zip(result.predictions, data.givenLabels).count { $0 == $1 }, of: data.given.kept)
    }
}
