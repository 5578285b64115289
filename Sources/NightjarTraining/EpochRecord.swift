/// What is kept of an epoch: one row of `metrics.csv`. It holds no clock values, so the same run gives the same bytes.
///
/// Accuracies and shares are percentages, 0 to 100. What is not defined, such as the share of memorized samples on clean
/// labels, is nil and an empty field.
public struct EpochRecord: Hashable, Sendable {
    /// Counted from 1.
    public let epoch: Int
    /// Steps done so far in the whole run.
    public let step: Int
    /// The rate of the epoch's last step.
    public let learningRate: Double
    /// The mean loss over the samples of the epoch, measured while the weights move.
    public let trainLossRunning: Double
    /// Accuracy against the given labels, measured while the weights move.
    public let j1Running: Double?
    /// The mean loss on the training inputs against the given labels, in an evaluation pass. This and what follows are
    /// nil for an epoch without one.
    public let loss: Double?
    public let j1: Double?
    public let j2: Double?
    public let fitClean: Double?
    public let memorized: Double?
    public let corrected: Double?
    public let other: Double?
    public let testAccuracy: Double?
    /// Values of a script's metrics, in their order.
    public let extra: [Double?]

    /// - Parameter evaluation: nil for an epoch without an evaluation pass.
    package init(
        epoch: Int, step: Int, learningRate: Double, trainLossRunning: Double, j1Running: Double?,
        evaluation: Evaluation?, extra: [Double?]
    ) {
        self.epoch = epoch
        self.step = step
        self.learningRate = learningRate
        self.trainLossRunning = trainLossRunning
        self.j1Running = j1Running
        loss = evaluation?.onTrain.meanLoss
        j1 = evaluation?.counts.j1Percent
        j2 = evaluation?.counts.j2Percent
        fitClean = evaluation?.counts.fitCleanPercent
        memorized = evaluation?.counts.memorizedPercent
        corrected = evaluation?.counts.correctedPercent
        other = evaluation?.counts.otherPercent
        testAccuracy = evaluation?.testAccuracy
        self.extra = extra
    }

    /// The names of all columns but a script's own, in order.
    public static let columns = [
        "epoch", "step", "learning_rate", "train_loss_running", "j1_running", "loss", "j1", "j2", "fit_clean",
        "memorized", "corrected", "other", "test_accuracy",
    ]

    /// The values under ``columns`` and then the extra ones.
    public var values: [Double?] {
        [
            Double(epoch), Double(step), learningRate, trainLossRunning, j1Running, loss, j1, j2, fitClean, memorized,
            corrected, other, testAccuracy,
        ] + extra
    }

    /// The first line of the file, without its end.
    public static func csvHeader(extra names: [String] = []) -> String {
        (columns + names).joined(separator: ",")
    }

    /// The row, without its end. Numbers are the shortest that read back as the same double.
    public var csvRow: String {
        values.map { $0.map(shortest) ?? "" }.joined(separator: ",")
    }
}
