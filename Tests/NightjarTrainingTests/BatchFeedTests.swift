import NightjarData
import NightjarEngine
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

/// Batches that are made beside the steps.
@Suite struct BatchFeedTests {
    /// Images of bytes with labels by their brightness.
    private func images(_ count: Int) throws -> LabelledDataset {
        let shape = try Shape([count, 8, 8, 3])
        let stream = RandomStream(seed: 5, purpose: "pixels")
        let bytes = (0..<shape.count).map { UInt8(stream.below(200, UInt64($0)) + ($0 / 192 % 2) * 50) }
        return LabelledDataset(
            try Dataset(
                name: "images", inputs: Tensor(bytes, shape: shape), labels: (0..<count).map { Int32($0 % 2) },
                classes: 2, normalization: Normalization(mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.4])))
    }

    /// The bits of all weights after two epochs of training with crops and mirror images, and the last record.
    private func train(threads: Int, augmentation: Augmentation?, accumulation: Int = 1) throws -> [[Double]] {
        var options = TrainerOptions()
        options.batchSize = 7
        options.evaluationBatchSize = 11
        options.accumulation = accumulation
        options.augmentation = augmentation
        options.seeds = Seeds(all: 9)
        let model = try Model(Sequential([Flatten(), Linear(inputs: 192, outputs: 2)]))
        let trainer = try Trainer(
            session: Session(threads: threads), model: model, loss: CrossEntropy(),
            optimizer: Optimizer(Momentum(), for: model), schedule: ClosureSchedule(constant: 0.01), options: options)
        let result = try trainer.fit(images(60), test: images(25).dataset, epochs: 2)
        return model.state.map(\.tensor.values) + [result.records.flatMap { [$0.loss ?? 0, $0.j1 ?? 0] }]
    }

    @Test(arguments: [1, 2]) func trainingDoesNotDependOnWhoMakesTheBatches(accumulation: Int) throws {
        let change = try Augmentation(crop: 2, flips: true)
        let alone = try train(threads: 1, augmentation: change, accumulation: accumulation)
        for threads in [2, 3, 4] {
            #expect(try train(threads: threads, augmentation: change, accumulation: accumulation) == alone)
        }
        #expect(try train(threads: 1, augmentation: nil, accumulation: accumulation) != alone)
    }
}
