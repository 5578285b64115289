import NightjarData

/// Somebody who is told how training goes: the writer of `metrics.csv`, the progress line, a script's callbacks.
///
/// An error thrown by an observer stops the run.
public protocol TrainingObserver: AnyObject {
    func trainingBegins(_ outline: TrainingOutline) throws
    /// Before the schedule is asked for the step's rate.
    func stepBegins(_ step: UpcomingStep) throws
    func stepFinished(_ step: StepRecord) throws
    /// `evaluation` is nil after an epoch without an evaluation pass.
    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws
    /// Something that people may want to know: which parameters get no gradient.
    func noted(_ note: String) throws
    /// Not called when an error stops the run.
    func trainingEnded(_ result: FitResult) throws
}

extension TrainingObserver {
    public func trainingBegins(_ outline: TrainingOutline) throws {}
    public func stepBegins(_ step: UpcomingStep) throws {}
    public func stepFinished(_ step: StepRecord) throws {}
    public func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {}
    public func noted(_ note: String) throws {}
    public func trainingEnded(_ result: FitResult) throws {}
}

/// What is about to be done.
public struct TrainingOutline: Hashable, Sendable {
    /// The first epoch to come, counted from 1.
    public let firstEpoch: Int
    /// The last epoch to come.
    public let lastEpoch: Int
    public let stepsPerEpoch: Int
    public let samples: Int
    /// The names of a script's own metrics, columns after ``EpochRecord/columns``.
    public let extraColumns: [String]

    public init(firstEpoch: Int, lastEpoch: Int, stepsPerEpoch: Int, samples: Int, extraColumns: [String]) {
        self.firstEpoch = firstEpoch
        self.lastEpoch = lastEpoch
        self.stepsPerEpoch = stepsPerEpoch
        self.samples = samples
        self.extraColumns = extraColumns
    }
}

/// One training step that is about to be done.
public final class UpcomingStep {
    /// Counted from 1.
    public let epoch: Int
    /// Counted from 1 over the whole run.
    public let step: Int
    /// One, or several whose gradients are gathered. What an observer puts here is what the step is done with.
    public var batches: [Batch]
    /// What does it: an observer can rehearse the step with other parts.
    public let training: TrainingStep
    private let make: () throws -> [Batch]

    /// - Parameter make: changes the samples of the step, as augmentations and callbacks say, and leaves the samples
    ///   themselves as they are.
    init(epoch: Int, step: Int, training: TrainingStep, make: @escaping () throws -> [Batch]) throws {
        self.epoch = epoch
        self.step = step
        self.training = training
        self.make = make
        batches = try make()
    }

    /// The batches once more, from the same samples: an augmentation has changed since.
    public func remadeBatches() throws -> [Batch] { try make() }
}

/// One training step that is done.
public struct StepRecord: Hashable, Sendable {
    /// Counted from 1.
    public let epoch: Int
    /// Counted from 1 over the whole run.
    public let step: Int
    /// Counted from 1 in the epoch.
    public let stepInEpoch: Int
    public let learningRate: Double
    /// The mean loss of the batch, before the update.
    public let loss: Double
    /// The number of samples in the batch.
    public let samples: Int
    /// The Euclidean norm of all gradients, before clipping; nil where it is not measured.
    public var gradientNorm: Double?
    /// True when gradients were not finite and the step was left out.
    public var isLeftOut = false
}

/// How long an epoch took. Never part of a record.
public struct EpochTiming: Hashable, Sendable {
    public let trainingSeconds: Double
    public let evaluationSeconds: Double

    public var seconds: Double { trainingSeconds + evaluationSeconds }
}
