import NightjarTensor
import Testing

/// Training gives the same bits for any number of threads.
@Suite(.serialized) struct ThreadTests {
    @Test(arguments: [("lenet", 16), ("resnet20", 8), ("resnet20", 13), ("inception_lite", 3)])
    func weightsAfterFiftyStepsDoNotDependOnThreads(name: String, batch: Int) throws {
        try expectSameBits(steps: name == "inception_lite" ? 10 : 50, learningRate: 0.05) {
            try ModelTraining(name, batch: batch, threads: $0)
        }
    }

    /// Every optimizer of the plugins, and what may stand around one. The model has matrices that are cut into tiles and
    /// many small parameters.
    @Test(arguments: [
        "optimizer = nj.optim.sgd { momentum = 0.9, nesterov = true, weight_decay = 5e-4 }",
        "optimizer = nj.optim.adam { weight_decay = 0.01 }", "optimizer = nj.optim.adamw { amsgrad = true }",
        "optimizer = nj.optim.adamax {}", "optimizer = nj.optim.nadam {}", "optimizer = nj.optim.radam { beta2 = 0.9 }",
        "optimizer = nj.optim.rmsprop { momentum = 0.9, centered = true }", "optimizer = nj.optim.adagrad {}",
        "optimizer = nj.optim.lion {}", "optimizer = nj.optim.asgd {}",
        "optimizer = nj.optim.lookahead { optimizer = nj.optim.adam {}, k = 2 }",
        "optimizer = nj.optim.sam { optimizer = nj.optim.sgd { momentum = 0.9 }, adaptive = true }",
        "optimizer = nj.optim.adamw {}, clip = { norm = 0.5 }, average = nj.ema {}",
        "optimizer = nj.optim.sgd {}, clip = { value = 0.01 }, average = nj.averages.mean {}",
    ])
    func weightsAndAveragesOfEveryOptimizerDoNotDependOnThreads(update: String) throws {
        for (name, batch) in [("mlp", 33), ("resnet20", 4)] {
            try expectSameBits(steps: 6, learningRate: 0.003) {
                try ModelTraining(name, batch: batch, threads: $0, update: update)
            }
        }
    }

    /// Trains with 1, 2 and 3 threads and compares all that training leaves.
    private func expectSameBits(
        steps: Int, learningRate: Double, _ make: (_ threads: Int) throws -> ModelTraining
    ) throws {
        var first: [(path: String, bits: [UInt32])]?
        for threads in [1, 2, 3] {
            let training = try make(threads)
            for _ in 0..<steps { _ = try training.run(learningRate: learningRate) }
            let (model, optimizer) = (training.trainer.model, training.trainer.optimizer)
            let state = try (model.state + optimizer.state + optimizer.averages).map {
                (path: $0.path, bits: try $0.tensor.elements(of: Float.self).map(\.bitPattern))
            }
            guard let known = first else {
                first = state
                #expect(state.allSatisfy { $0.bits.allSatisfy { Float(bitPattern: $0).isFinite } })
                continue
            }
            #expect(known.count == state.count)
            for (expected, found) in zip(known, state) {
                #expect(expected.bits == found.bits, "\(threads) threads, \(found.path)")
            }
        }
    }
}
