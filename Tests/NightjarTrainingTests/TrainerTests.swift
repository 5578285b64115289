import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

struct TrainerTests {
    private func trainer(
        loss: any TrainingLoss = CrossEntropy(), schedule: any Schedule = ClosureSchedule(constant: 0.1),
        threads: Int = 1, dropout: Double = 0, hidden: Int = 16, seeds: Seeds = Seeds(all: 4),
        _ change: (inout TrainerOptions) -> Void = { _ in }
    ) throws -> Trainer {
        var options = TrainerOptions()
        options.batchSize = 16
        options.evaluationBatchSize = 30
        options.seeds = seeds
        change(&options)
        let model = try smallModel(hidden: hidden, dropout: dropout)
        return try Trainer(
            session: Session(threads: threads), model: model, loss: loss, optimizer: Optimizer(Momentum(), for: model),
            schedule: schedule, options: options)
    }

    // MARK: Learning

    @Test func aSeparableProblemIsLearned() throws {
        let trainer = try trainer()
        let result = try trainer.fit(clusters(100), test: clusters(40).dataset, epochs: 10)
        let last = try #require(result.records.last)
        #expect(result.status == .completed)
        #expect(result.records.map(\.epoch) == Array(1...10))
        #expect(last.step == 70)
        #expect(last.j1 == 100)
        #expect(last.j2 == 100)
        #expect(last.fitClean == 100)
        #expect(last.memorized == nil)
        #expect(last.testAccuracy == 100)
        #expect((last.loss ?? 1) < (result.records[0].loss ?? 0) / 2)
        #expect(trainer.progress == TrainingProgress(epochs: 10, steps: 70))
    }

    @Test func noiseIsCountedAgainstGivenAndTrueLabels() throws {
        let data = try clusters(100, wrong: 20)
        let record = try #require(try trainer().fit(data, epochs: 8).records.last)
        let (a, m, c) = (try #require(record.fitClean), try #require(record.memorized), try #require(record.corrected))
        #expect(abs(try #require(record.j1) - (0.8 * a + 0.2 * m)) < 1e-9)
        #expect(abs(try #require(record.j2) - (0.8 * a + 0.2 * c)) < 1e-9)
        // Wrong labels lie inside the clusters of others, so that a small model corrects most of them.
        #expect(c > 50)
        #expect(record.testAccuracy == nil)
    }

    @Test func whatIsReadOffMovingWeightsIsTheMeanOverSamples() throws {
        let observer = Recorder()
        let trainer = try trainer()
        trainer.observers = [observer]
        let record = try #require(try trainer.fit(clusters(40), epochs: 1).records.first)
        #expect(observer.steps.map(\.samples) == [16, 16, 8])
        let sum = observer.steps.reduce(0) { $0 + $1.loss * Double($1.samples) }
        #expect(abs(record.trainLossRunning - sum / 40) < 1e-12)
        #expect(record.j1Running != nil)
    }

    // MARK: The same bits

    private func finish(_ trainer: Trainer) throws -> (weights: [UInt8], rows: [String]) {
        let result = try trainer.fit(clusters(100, wrong: 30), test: clusters(50).dataset, epochs: 3)
        return (bytes(trainer.model.state + trainer.optimizer.state), result.records.map(\.csvRow))
    }

    @Test func equalSeedsGiveEqualBitsForAnyNumberOfThreads() throws {
        let reference = try finish(trainer(dropout: 0.2, hidden: 300))
        for threads in [1, 2, 3] {
            let other = try finish(trainer(threads: threads, dropout: 0.2, hidden: 300))
            #expect(other.weights == reference.weights)
            #expect(other.rows == reference.rows)
        }
    }

    @Test(arguments: [
        Seeds(all: 4, initialization: 5), Seeds(all: 4, shuffle: 5), Seeds(all: 4, train: 5),
    ]) func eachSeedMatters(_ seeds: Seeds) throws {
        #expect(try finish(trainer(dropout: 0.2)).weights != finish(trainer(dropout: 0.2, seeds: seeds)).weights)
    }

    @Test func twoCallsAreOneCallOfTwiceTheEpochs() throws {
        let (whole, parts) = (try trainer(dropout: 0.2), try trainer(dropout: 0.2))
        let data = try clusters(100)
        let records = try whole.fit(data, epochs: 4).records
        let first = try parts.fit(data, epochs: 2).records
        let second = try parts.fit(data, epochs: 2).records
        #expect(first + second == records)
        #expect(bytes(parts.model.state) == bytes(whole.model.state))
    }

    @Test func trainingGoesOnFromWeightsStateAndProgress() throws {
        let (whole, start, rest) = (try trainer(dropout: 0.2), try trainer(dropout: 0.2), try trainer(dropout: 0.2))
        let data = try clusters(100)
        let records = try whole.fit(data, epochs: 4).records
        _ = try start.fit(data, epochs: 2)
        try rest.model.load(start.model.state)
        try rest.optimizer.load(start.optimizer.state)
        rest.progress = start.progress
        #expect(try rest.fit(data, epochs: 2).records == Array(records[2...]))
        #expect(bytes(rest.model.state + rest.optimizer.state) == bytes(whole.model.state + whole.optimizer.state))
    }

    // MARK: Stopping

    @Test(arguments: [(Double.nan, "nan"), (.infinity, "inf")])
    func aLossThatIsNoNumberStopsTheRun(_ value: Double, _ text: String) throws {
        // Batches of 16 in 48 samples: the fifth step is in epoch 2.
        let loss = ClosureLoss { tape, logits, batch in
            let output = try CrossEntropy().record(tape, logits: logits, batch: batch)
            guard batch.step == 5, batch.mode == .training else { return output }
            return LossOutput(try tape.binary(.mul, output.value, tape.number(value)))
        }
        let (trainer, observer) = (try trainer(loss: loss), Recorder())
        trainer.observers = [observer]
        let error = #expect(throws: DivergenceError.self) { try trainer.fit(clusters(48), epochs: 3) }
        #expect(
            error?.description == """
                the loss 'mine' became \(text) in epoch 2 at step 5 (learning rate 0.1)
                  lower the learning rate, clip the gradients, or check the loss for the logarithm of 0 and division by \
                0: --check-numerics shows the line where it began
                  the epochs before this one are kept
                """)
    }

    @Test func aLossThatIsNoNumberInEvaluationStopsTheRun() throws {
        let loss = ClosureLoss { tape, logits, batch in
            let output = try CrossEntropy().record(tape, logits: logits, batch: batch)
            guard batch.epoch == 2, batch.mode == .evaluation else { return output }
            return LossOutput(try tape.binary(.mul, output.value, tape.number(.infinity)))
        }
        let error = #expect(throws: DivergenceError.self) { try trainer(loss: loss).fit(clusters(48), epochs: 3) }
        #expect(
            error?.description == """
                the loss 'mine' became inf in the evaluation after epoch 2, step 6 (learning rate 0.1)
                  lower the learning rate, clip the gradients, or check the loss for the logarithm of 0 and division by \
                0: --check-numerics shows the line where it began
                  the epochs before this one are kept
                """)
    }

    @Test func anInterruptionLetsTheStepFinish() throws {
        let (trainer, observer) = (try trainer(), Recorder())
        let flag = trainer.interruption
        observer.onStep = { if $0.step == 5 { flag.request() } }
        trainer.observers = [observer]
        let result = try trainer.fit(clusters(48), epochs: 10)
        #expect(result.status == .interrupted)
        #expect(result.records.map(\.epoch) == [1])
        #expect(result.progress == TrainingProgress(epochs: 1, steps: 5))
        #expect(observer.steps.last?.step == 5)
        #expect(observer.results == [result])
        flag.clear()
        #expect(try trainer.fit(clusters(48), epochs: 1).records.map(\.epoch) == [2])
    }

    @Test func aStopInTheLastStepOfAnEpochKeepsTheEpoch() throws {
        let (trainer, observer) = (try trainer(), Recorder())
        observer.onStep = { if $0.step == 6 { trainer.stop() } }
        trainer.observers = [observer]
        let result = try trainer.fit(clusters(48), epochs: 10)
        #expect(result.status == .stopped)
        #expect(result.records.map(\.epoch) == [1, 2])
    }

    @Test func aStopThatCameBeforeLeavesNothingDone() throws {
        let trainer = try trainer()
        trainer.interruption.request()
        let before = bytes(trainer.model.state)
        let result = try trainer.fit(clusters(48), epochs: 2)
        #expect(result == FitResult(status: .interrupted, records: [], progress: TrainingProgress()))
        #expect(bytes(trainer.model.state) == before)
    }

    // MARK: Schedule, metrics, observers

    @Test func theScheduleSeesEpochAndStepFromOne() throws {
        var seen: [[Int]] = []
        let schedule = ClosureSchedule { epoch, step in
            seen.append([epoch, step])
            return 0.1 / Double(step)
        }
        let observer = Recorder()
        let trainer = try trainer(schedule: schedule)
        trainer.observers = [observer]
        let records = try trainer.fit(clusters(40), epochs: 2).records
        #expect(seen == [[1, 1], [1, 2], [1, 3], [2, 4], [2, 5], [2, 6]])
        #expect(observer.steps.map(\.stepInEpoch) == [1, 2, 3, 1, 2, 3])
        #expect(records.map(\.learningRate) == [0.1 / 3, 0.1 / 6])
    }

    @Test(arguments: [(-0.5, "-0.5"), (Double.nan, "nan")]) func aRateThatIsNoneIsRefused(
        _ rate: Double, _ text: String
    ) throws {
        let schedule = ClosureSchedule { _, step in step == 2 ? rate : 0.1 }
        let error = #expect(throws: TrainingError.self) { try trainer(schedule: schedule).fit(clusters(40), epochs: 1) }
        #expect(
            error?.description
                == "schedule 'mine' gave the learning rate \(text) for epoch 1, step 2: it must be a finite "
                + "number of at least 0")
    }

    @Test func metricsAddTheirColumns() throws {
        let (trainer, observer) = (try trainer { $0.evaluationInterval = 2 }, Recorder())
        trainer.metrics = [Share()]
        trainer.observers = [observer]
        let records = try trainer.fit(clusters(40), epochs: 3).records
        #expect(observer.outlines.map(\.extraColumns) == [["first_class"]])
        #expect(records.map { $0.j1 == nil } == [true, false, false])
        #expect(records[0].extra == [nil])
        #expect(records[0].csvRow.hasSuffix(",,,,,,,,,"))
        #expect((0.0...100).contains(try #require(records[1].extra[0])))
    }

    @Test func observersHearEverythingInOrder() throws {
        let (trainer, observer) = (try trainer(), Recorder())
        var seconds = 0.0
        trainer.clock = {
            seconds += 2
            return seconds
        }
        trainer.observers = [observer]
        let result = try trainer.fit(clusters(40), epochs: 2)
        #expect(
            observer.outlines == [
                TrainingOutline(firstEpoch: 1, lastEpoch: 2, stepsPerEpoch: 3, samples: 40, extraColumns: [])
            ])
        #expect(observer.calls == ["begin", "step", "step", "step", "epoch", "step", "step", "step", "epoch", "end"])
        #expect(observer.records == result.records)
        #expect(observer.timings.map(\.seconds) == [4, 4])
        #expect(observer.results == [result])
    }

    @Test func theLossIsToldWhatItIsGoingToSee() throws {
        let loss = ClosureLoss { try CrossEntropy().record($0, logits: $1, batch: $2) }
        _ = try trainer(loss: loss).fit(clusters(40), epochs: 1)
        #expect(loss.settings == [LossSetting(samples: 40, classes: 4, dtype: .float32)])
    }

    // MARK: Settings

    @Test func settingsThatMakeNoSenseAreRefused() throws {
        func refusal(_ body: () throws -> Void) -> String? {
            #expect(throws: TrainingError.self, performing: body)?.description
        }
        #expect(refusal { _ = try trainer { $0.batchSize = 0 } } == "batch_size must be at least 1, got 0")
        #expect(
            refusal { _ = try trainer { $0.evaluationInterval = -1 } }
                == "evaluation_interval must be at least 1, got -1")
        #expect(refusal { _ = try trainer().fit(clusters(8), epochs: 0) } == "epochs must be at least 1, got 0")
        #expect(
            refusal { _ = try trainer().fit(clusters(8), test: clusters(9, classes: 3).dataset, epochs: 1) }
                == "training data have 4 classes, test data 'clusters' 3")
    }
}

/// Keeps all it is told.
private final class Recorder: TrainingObserver {
    var calls: [String] = []
    var outlines: [TrainingOutline] = []
    var steps: [StepRecord] = []
    var records: [EpochRecord] = []
    var timings: [EpochTiming] = []
    var results: [FitResult] = []
    var onStep: (StepRecord) -> Void = { _ in }

    func trainingBegins(_ outline: TrainingOutline) throws {
        calls.append("begin")
        outlines.append(outline)
    }
    func stepFinished(_ step: StepRecord) throws {
        calls.append("step")
        steps.append(step)
        onStep(step)
    }
    func epochFinished(_ record: EpochRecord, _ evaluation: Evaluation?, _ timing: EpochTiming) throws {
        calls.append("epoch")
        records.append(record)
        timings.append(timing)
    }
    func trainingEnded(_ result: FitResult) throws {
        calls.append("end")
        results.append(result)
    }
}

/// The share of training inputs that are predicted as the first class.
private final class Share: EvaluationMetric {
    let name = "first_class"
    func value(_ evaluation: Evaluation) throws -> Double? {
        let predictions = evaluation.onTrain.predictions
        return 100 * Double(predictions.count { $0 == 0 }) / Double(predictions.count)
    }
}
