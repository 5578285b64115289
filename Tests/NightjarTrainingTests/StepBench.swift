import NightjarData
import NightjarEngine
import NightjarNN
import NightjarTensor
import NightjarTraining

/// A training step on a small model and the batches of a data set in order.
struct StepBench {
    let session: Session
    let model: Model
    let optimizer: Optimizer
    let step: TrainingStep
    let loader: BatchLoader

    init(
        loss: any TrainingLoss = CrossEntropy(), rule: any OptimizerRule = Momentum(), model: Model? = nil,
        data: LabelledDataset? = nil, batchSize: Int = 8, threads: Int = 1, measure: (any GradientMeasure)? = nil,
        frozen: Set<String> = []
    ) throws {
        let model = try model ?? smallModel()
        try model.initialize(seed: 1)
        let data = try data ?? clusters(24)
        session = Session(threads: threads)
        self.model = model
        optimizer = try Optimizer([ParameterGroup(rule)], for: model, frozen: frozen, measure: measure)
        step = TrainingStep(
            session: session, model: model, loss: loss, optimizer: optimizer, classes: data.dataset.classes,
            trainSeed: 3)
        loader = try BatchLoader(data, batchSize: batchSize, shuffleSeed: nil, dtype: model.dtype)
    }

    @discardableResult
    func run(_ number: Int = 1, learningRate: Double = 0.1) throws -> TrainingStep.Result {
        let batch = try loader.batch((number - 1) % loader.batchesPerEpoch, of: loader.order(epoch: 1))
        return try step.run(batch, epoch: 1, step: number, learningRate: learningRate)
    }

    /// One step over several batches, the first ones of the data.
    @discardableResult
    func run(batches count: Int, number: Int = 1) throws -> TrainingStep.Result {
        let order = loader.order(epoch: 1)
        let batches = try (0..<count).map { try loader.batch($0, of: order) }
        return try step.run(batches, epoch: 1, step: number, learningRate: 0.1)
    }

    /// The message of the error that a step gives.
    func refusal() -> String {
        do {
            try run()
            return "no error"
        } catch { return String(describing: error) }
    }
}
