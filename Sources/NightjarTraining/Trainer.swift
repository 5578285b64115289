import NightjarData
import NightjarEngine
import NightjarNN
import NightjarProcess
import NightjarTensor

/// Trains a model: goes through the data epoch by epoch, asks the schedule for rates, measures, and tells observers.
///
/// What a step does is ``TrainingStep``'s matter, what is measured ``Evaluator``'s. The trainer only keeps the order and
/// knows where it stands.
public final class Trainer {
    public let session: Session
    public let model: Model
    public let loss: any TrainingLoss
    public let optimizer: Optimizer
    public let schedule: any Schedule
    public let options: TrainerOptions
    /// Further numbers for every record, in the order of their columns.
    public var metrics: [any EvaluationMetric] = []
    /// The columns of each, for the data of the training that is going on.
    private var metricColumns: [[String]]?
    /// Whether evaluations keep logits.
    public let logitsWish = LogitsWish()
    private var isValidated = false
    /// Changes the training inputs at random, each time they are used; evaluation sees them as they are.
    public var augmentation: (any InputAugmentation)?
    /// Make other samples of those of training batches, labels included, one after the other.
    public var batchAugmentations: [any BatchAugmentation] = []
    /// Weights that observers keep beside the model's.
    public let kept = KeptWeights()
    /// See ``TrainingStep/markDraws``.
    public var markDraws: () -> () -> Void = { {} }
    /// Takes each batch before its step, with the epoch and the step, and gives what is trained on instead: as many samples.
    public var changeBatch: ((Batch, _ epoch: Int, _ step: Int) throws -> Batch)?
    /// See ``TrainingStep/changeGradients``.
    public var changeGradients: TrainingStep.GradientChange?
    /// Told in this order.
    public var observers: [any TrainingObserver] = []
    /// Looked at after every step, and between the batches of an evaluation.
    public var interruption = InterruptionFlag()
    /// Seconds since some moment; for timing alone.
    public var clock: () -> Double = systemClock
    /// Where training stands. Set it, with weights and state of the optimizer, to go on from a checkpoint.
    public var progress = TrainingProgress()

    /// The steps of an epoch that an earlier run had begun: the next training goes on behind them.
    public var resumed: PartialEpoch?
    /// The steps of the epoch that is going on; nil between epochs.
    public private(set) var partial: PartialEpoch?
    /// The steps of an epoch that is over and that not all observers were told of yet; nil otherwise.
    public private(set) var untold: PartialEpoch?
    /// Whether the last training was stopped inside of a callback or an evaluation, and not between two steps.
    public private(set) var wasCutInside = false
    /// Asked before the first step of a training that goes on, with the loss on the training data as it is now.
    public var confirm: ((Evaluator) throws -> Void)?

    private var isStopRequested = false

    /// Draws the model's first values where it has none.
    /// - Throws: ``TrainingError`` for options that make no sense.
    public init(
        session: Session, model: Model, loss: any TrainingLoss, optimizer: Optimizer, schedule: any Schedule,
        options: TrainerOptions = TrainerOptions()
    ) throws {
        try options.check()
        try model.initialize(seed: options.seeds.initialization)
        self.session = session
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.schedule = schedule
        self.options = options
    }

    /// Ends ``fit(_:test:epochs:)`` after the step, or before the epoch, that comes next. For observers and scripts.
    public func stop() { isStopRequested = true }

    /// Trains for `epochs` more epochs.
    ///
    /// An interruption lets the step finish and then ends the call; what an unfinished epoch did to the weights stays. An
    /// epoch whose evaluation or callbacks it stops is unfinished.
    /// - Returns: the records of the epochs that were finished, and why it ended.
    /// - Throws: ``DivergenceError`` when the loss is no longer finite, ``TrainingError`` and ``LayerError`` when parts
    ///   do not fit, and what scripts and observers throw.
    public func fit(
        _ given: LabelledDataset, test: Dataset? = nil, validation: Dataset? = nil, epochs: Int
    ) throws -> FitResult {
        guard epochs >= 1 else { throw TrainingError("epochs must be at least 1, got \(epochs)") }
        let data = try loss.labels.fitted(given, loss: loss.name)
        for (kind, other) in [("test", test), ("validation", validation)] {
            guard let other else { continue }
            if other.classes != data.form.classes {
                throw TrainingError(
                    "training data have \(data.form.classes) classes, \(kind) data '\(other.name)' \(other.classes)")
            } else if !data.form.isComparable(to: other.targets.form) {
                throw TrainingError(
                    "training data have \(data.form.words), \(kind) data '\(other.name)' \(other.targets.form.words)")
            }
        }
        metricColumns = metrics.map { $0.columns(classNames: data.dataset.classNames) }
        isValidated = validation != nil
        model.logitsOutput = options.logitsOutput
        try loss.prepare(
            LossSetting(samples: data.count, classes: data.form.classes, dtype: model.dtype))
        let loader = try BatchLoader(
            data, batchSize: options.batchSize, shuffleSeed: options.seeds.shuffle, dtype: model.dtype,
            augmentation: options.augmentation.map { ($0, options.seeds.train) })
        let evaluator = Evaluator(
            train: data, test: test, validation: validation, session: session, model: model, loss: loss,
            batchSize: options.evaluationBatchSize, drawSeed: options.seeds.train, wish: logitsWish)
        let lastEpoch = try self.lastEpoch(after: epochs, loader)
        let outline = TrainingOutline(
            firstEpoch: progress.epochs + 1, lastEpoch: lastEpoch, stepsPerEpoch: stepsPerEpoch(loader),
            samples: data.count, extraColumns: extraColumns)
        isStopRequested = false
        wasCutInside = false
        partial = nil
        untold = nil
        for observer in observers { try observer.trainingBegins(outline) }
        try confirm?(evaluator)
        confirm = nil

        var records: [EpochRecord] = []
        var status = FitResult.Status.completed
        do {
            while progress.epochs < lastEpoch {
                let begun = resumed
                resumed = nil
                if let reason = stopReason {
                    status = reason
                    break
                }
                let epoch = progress.epochs + 1
                let start = clock()
                let running = try train(loader, epoch: epoch, isFirst: records.isEmpty, begun: begun)
                // A stop during the last step of an epoch finds the epoch complete.
                guard running.samples == data.count else {
                    status = stopReason ?? .stopped
                    break
                }
                let middle = clock()
                let isMeasured = epoch == lastEpoch || epoch.isMultiple(of: options.evaluationInterval)
                let evaluation =
                    isMeasured ? try measured(data, evaluator, epoch: epoch) : nil
                let record = try summarize(running, evaluation, epoch: epoch)
                progress.epochs = epoch
                partial = nil
                untold = running
                records.append(record)
                let timing = EpochTiming(trainingSeconds: middle - start, evaluationSeconds: clock() - middle)
                for observer in observers { try observer.epochFinished(record, evaluation, timing) }
                untold = nil
            }
        } catch let error where StopSignal.isRaised && !(error is DivergenceError || error is BadGradientError) {
            // What was stopped in the middle of an epoch: scripts, an evaluation, planning.
            wasCutInside = true
            status = .interrupted
        }
        let result = FitResult(status: status, records: records, progress: progress)
        for observer in observers { try observer.trainingEnded(result) }
        return result
    }

    /// What the averages give where there are any, else the weights.
    private func measured(_ data: LabelledDataset, _ evaluator: Evaluator, epoch: Int) throws -> Evaluation {
        try optimizer.withAverages {
            if optimizer.needsStatistics {
                let loader = try BatchLoader(
                    data, batchSize: options.batchSize, shuffleSeed: options.seeds.shuffle, dtype: model.dtype)
                try StatisticsPass(
                    session: session, model: model, loader: loader, trainSeed: options.seeds.train
                ).run(epoch: epoch, step: progress.steps)
            }
            var evaluation = try evaluator.run(epoch: epoch, step: progress.steps)
            if let value = evaluation.onTrain.meanLoss, !value.isFinite { return evaluation }
            evaluation.measures = try metrics.map { try $0.measure(evaluation) }
            return evaluation
        }
    }

    /// The last of so many further epochs. Epochs and steps are numbers of scripts and of files of metrics as well, where
    /// they are exact to 2^53.
    private func lastEpoch(after epochs: Int, _ loader: BatchLoader) throws -> Int {
        let exact = 0...(1 << 53)
        do {
            let last = try Count(progress.epochs, "epochs", in: exact) + Count(epochs, "epochs", in: exact)
            let steps = try Count(last.value, "epochs", in: exact) * Count(stepsPerEpoch(loader), "steps")
            _ = try Count(steps.value, "the steps of all epochs", in: exact)
            return last.value
        } catch {
            throw TrainingError("\(error)")
        }
    }

    private var stopReason: FitResult.Status? {
        if interruption.isRequested { return .interrupted }
        return isStopRequested ? .stopped : nil
    }

    // MARK: One epoch

    /// The names of all columns after ``EpochRecord/columns``: a script's metrics, and what is measured of gradients.
    public var extraColumns: [String] {
        (metricColumns ?? metrics.map { [$0.name] }).flatMap { $0 }
            + (options.gradients.isRecorded ? ["gradient_norm", "gradient_norm_max"] : [])
            + (options.gradients.action == .skip ? ["skipped_steps"] : [])
            + (isValidated ? ["validation_accuracy"] : [])
    }

    /// Under the columns of the metrics.
    private func measured(_ evaluation: Evaluation?) -> [Double?] {
        zip(metrics.indices, metricColumns ?? []).flatMap { index, columns -> [Double?] in
            guard let measure = evaluation?.measures[index] else { return columns.map { _ in nil } }
            return columns.indices.map { measure.values.indices.contains($0) ? measure.values[$0] : nil }
        }
    }

    private func train(
        _ loader: BatchLoader, epoch: Int, isFirst: Bool, begun: PartialEpoch?
    ) throws -> PartialEpoch {
        let mixer = BatchMixer(batchAugmentations, loader, seed: options.seeds.train)
        let step = TrainingStep(
            session: session, model: model, loss: loss, optimizer: optimizer,
            form: mixer?.form ?? loader.data.form, trainSeed: options.seeds.train)
        step.countsHits = true
        step.draws = SampleDraws(loader, seed: options.seeds.train, mixer: mixer)
        step.augmentation = augmentation
        step.gradients = options.gradients
        step.markDraws = markDraws
        step.changeGradients = changeGradients
        if isFirst {
            step.gradientListener = { [observers] note in for observer in observers { try observer.noted(note) } }
        }
        let feed = BatchFeed(loader, epoch: epoch, session: session)
        var running = begun ?? PartialEpoch()
        partial = running
        for number in min(running.steps, stepsPerEpoch(loader))..<stepsPerEpoch(loader) {
            if number > 0, stopReason != nil { break }
            let first = number * options.accumulation
            let position = progress.steps + 1
            let plain = try (first..<min(first + options.accumulation, loader.batchesPerEpoch)).map(feed.batch)
            let upcoming = try UpcomingStep(epoch: epoch, step: position, training: step) { [changeBatch] in
                try plain.map { batch in
                    let mixed = try mixer?.mixed(batch, epoch: epoch) ?? batch
                    return try changeBatch?(mixed, epoch, position) ?? mixed
                }
            }
            for observer in observers { try observer.stepBegins(upcoming) }
            let batches = upcoming.batches
            let samples = batches.reduce(0) { $0 + $1.count }
            let rate = try learningRate(epoch: epoch, step: position)
            let result = try StopSignal.step {
                try step.run(batches, epoch: epoch, step: position, learningRate: rate)
            }
            if result.isLeftOut, options.gradients.action == .stop {
                let bad = try step.badGradient(in: batches, epoch: epoch, step: position, learningRate: rate)
                throw BadGradientError(
                    path: bad?.path, count: bad?.count ?? 0, total: bad?.of ?? 0, loss: result.loss, epoch: epoch,
                    step: position)
            }
            progress.steps = position
            guard result.loss.isFinite || result.isLeftOut else {
                throw DivergenceError(
                    value: result.loss, lossName: loss.name, epoch: epoch, step: position, learningRate: rate)
            }
            running.samples += samples
            running.labels += result.labels
            running.steps += 1
            if result.isLeftOut {
                running.leftOut += 1
            } else {
                running.learned += result.labels
                running.lossSum += result.loss * Double(result.labels)
                running.normSum += result.gradientNorm ?? 0
                running.largestNorm = max(running.largestNorm, result.gradientNorm ?? 0)
            }
            running.hits += result.hits ?? 0
            running.learningRate = rate
            let record = StepRecord(
                epoch: epoch, step: position, stepInEpoch: number + 1, learningRate: rate, loss: result.loss,
                samples: samples, gradientNorm: result.gradientNorm, isLeftOut: result.isLeftOut)
            partial = running
            for observer in observers { try observer.stepFinished(record) }
        }
        guard running.leftOut < running.steps else {
            throw TrainingError(
                "every step of epoch \(epoch) was left out, because gradients were not finite: lower the learning rate, or "
                    + "say bad_gradients = \"stop\" to see the parameter")
        }
        return running
    }

    private func stepsPerEpoch(_ loader: BatchLoader) -> Int {
        (loader.batchesPerEpoch - 1) / options.accumulation + 1
    }

    /// The schedule's rate for a step.
    /// - Throws: ``TrainingError`` for a rate that is negative or no finite number, and what the schedule throws.
    public func learningRate(epoch: Int, step: Int) throws -> Double {
        let rate = try schedule.learningRate(epoch: epoch, step: step)
        guard rate.isFinite, rate >= 0 else {
            throw TrainingError(
                "schedule '\(schedule.name)' gave the learning rate \(shortest(rate)) for epoch \(epoch), step \(step): "
                    + "it must be a finite number of at least 0")
        }
        return rate
    }

    private func summarize(_ running: PartialEpoch, _ evaluation: Evaluation?, epoch: Int) throws -> EpochRecord {
        if let value = evaluation?.onTrain.meanLoss, !value.isFinite {
            throw DivergenceError(
                value: value, lossName: loss.name, epoch: epoch, step: progress.steps,
                learningRate: running.learningRate, isEvaluation: true)
        }
        return EpochRecord(
            epoch: epoch, step: progress.steps, learningRate: running.learningRate,
            trainLossRunning: running.lossSum / Double(max(running.learned, 1)),
            j1Running: percent(running.hits, of: running.labels), evaluation: evaluation,
            extra: measured(evaluation) + ofGradients(running) + (isValidated ? [evaluation?.validationAccuracy] : []))
    }

    /// Under the columns that ``extraColumns`` has after the metrics.
    private func ofGradients(_ running: PartialEpoch) -> [Double?] {
        let norms = [running.normSum / Double(running.steps - running.leftOut), running.largestNorm]
        return (options.gradients.isRecorded ? norms : [])
            + (options.gradients.action == .skip ? [Double(running.leftOut)] : [])
    }
}

/// Seconds of a clock that never goes back.
private func systemClock() -> Double {
    let (seconds, attoseconds) = (ContinuousClock.now - clockStart).components
    return Double(seconds) + Double(attoseconds) * 1e-18
}

private let clockStart = ContinuousClock.now
