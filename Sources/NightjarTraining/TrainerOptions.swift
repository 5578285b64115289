import NightjarData
import NightjarTensor

/// Settings of a trainer that are not opinions about learning.
public struct TrainerOptions: Hashable, Sendable {
    /// Samples in a training batch; the last of an epoch may hold fewer.
    public var batchSize = 128
    /// Batches whose gradients make one step; the last step of an epoch may have fewer.
    public var accumulation = 1
    /// Random changes of training images; evaluation sees them as they are.
    public var augmentation: Augmentation?
    /// Samples in a batch of an evaluation pass. It changes memory and speed; sums may differ in the last digits.
    public var evaluationBatchSize = 512
    /// An evaluation pass follows every so many epochs, and the last.
    public var evaluationInterval = 1
    /// Which output of a model that has several are the logits, counted from 0.
    public var logitsOutput = 0
    /// What is measured of gradients, and what happens where they are not finite.
    public var gradients = GradientWatch()
    public var seeds = Seeds(all: 0)

    public init() {}

    func check() throws {
        guard logitsOutput >= 0 else { throw TrainingError("logits counts outputs from 1, got \(logitsOutput)") }
        for (name, value) in [
            ("batch_size", batchSize), ("accumulate", accumulation), ("evaluation_batch_size", evaluationBatchSize),
            ("evaluation_interval", evaluationInterval),
        ] {
            guard value >= 1 else { throw TrainingError("\(name) must be at least 1, got \(value)") }
            guard value <= Int32.max else { throw TrainingError("\(name) must be at most \(Int32.max), got \(value)") }
        }
    }
}
