import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import TestLibraries
import Testing

/// Trainings that several processes share: the same bits for any number of them.
struct DataParallelTests {
    enum Kind: String, CaseIterable {
        case perceptron, dropout, normalized, convolutions, accumulated
    }

    private struct Outcome: Sendable, Equatable {
        var weights: [UInt8]
        var losses: [Double?]
        var accuracies: [Double?]
    }

    private static func model(_ kind: Kind) throws -> Model {
        switch kind {
        case .perceptron, .accumulated: return try smallModel()
        case .dropout: return try smallModel(dropout: 0.4)
        case .normalized:
            return try Model(
                Sequential([
                    Linear(inputs: 6, outputs: 16), BatchNorm(channels: 16), Activation(.relu),
                    Linear(inputs: 16, outputs: 8), BatchNorm(channels: 8), Activation(.relu),
                    Linear(inputs: 8, outputs: 4),
                ]))
        case .convolutions:
            return try Model(
                Sequential([
                    Conv2D(inputs: 1, outputs: 5, kernel: (3, 3), window: ConvolutionWindow(padding: (1, 1))),
                    BatchNorm(channels: 5),
                    Activation(.relu),
                    Conv2D(inputs: 5, outputs: 6, kernel: (3, 3), window: ConvolutionWindow(padding: (1, 1))),
                    Activation(.relu), Flatten(), Linear(inputs: 36, outputs: 4),
                ]))
        }
    }

    private static func data(_ kind: Kind) throws -> LabelledDataset {
        // 100 samples in batches of 16: the last one has 4, fewer than there are shards.
        let data = try clusters(100)
        guard kind == .convolutions else { return data }
        let images = try data.dataset.inputs.reshaped(Shape([100, 3, 2, 1]))
        return try Dataset(
            name: "images", inputs: images, labels: data.givenLabels, classes: 4, normalization: .identity
        ).given(labels: data.givenLabels)
    }

    private static func train(_ kind: Kind, _ parallel: DataParallel?) throws -> Outcome {
        var options = TrainerOptions()
        options.batchSize = 16
        options.evaluationBatchSize = 30
        options.seeds = Seeds(all: 4)
        if kind == .accumulated { options.accumulation = 2 }
        let model = try model(kind)
        let session = Session(threads: 1)
        session.parallel = parallel
        let trainer = try Trainer(
            session: session, model: model, loss: CrossEntropy(), optimizer: Optimizer(Momentum(), for: model),
            schedule: ClosureSchedule(constant: 0.05), options: options)
        let result = try trainer.fit(data(kind), test: clustersOrNone(kind), epochs: 3)
        return Outcome(
            weights: bytes(model.state + trainer.optimizer.state),
            losses: result.records.map(\.loss), accuracies: result.records.map(\.j1))
    }

    private static func clustersOrNone(_ kind: Kind) throws -> Dataset? {
        kind == .convolutions ? nil : try clusters(41).dataset
    }

    @Test(arguments: Kind.allCases) func trainingsHaveTheSameBitsForAnyNumberOfProcesses(kind: Kind) throws {
        let alone = try Self.train(kind, DataParallel())
        for processes in [2, 4, 8] {
            let others = try ThreadCollective.run(processes) { try Self.train(kind, DataParallel($0)) }
            for (rank, other) in others.enumerated() { #expect(other == alone, "process \(rank) of \(processes)") }
        }
        // The same mathematics as in one piece: sums in another order, and no other sums.
        let plain = try Self.train(kind, nil)
        for (one, other) in zip(alone.losses, plain.losses) {
            #expect(abs((one ?? 0) - (other ?? 1)) < 1e-3)
        }
    }
}
