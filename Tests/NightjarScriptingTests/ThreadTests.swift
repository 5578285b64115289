import NightjarTensor
import Testing

/// Training gives the same bits for any number of threads.
@Suite(.serialized) struct ThreadTests {
    @Test(arguments: [("lenet", 16), ("resnet20", 8), ("resnet20", 13), ("inception_lite", 3)])
    func weightsAfterFiftyStepsDoNotDependOnThreads(name: String, batch: Int) throws {
        let steps = name == "inception_lite" ? 10 : 50
        var first: [(path: String, bits: [UInt32])]?
        for threads in [1, 2, 3] {
            let training = try ModelTraining(name, batch: batch, threads: threads)
            for _ in 0..<steps { _ = try training.run(learningRate: 0.05) }
            let state = try (training.trainer.model.state + training.trainer.optimizer.state).map {
                (path: $0.path, bits: try $0.tensor.elements(of: Float.self).map(\.bitPattern))
            }
            guard let known = first else {
                first = state
                #expect(state.allSatisfy { $0.bits.allSatisfy { Float(bitPattern: $0).isFinite } })
                continue
            }
            for (expected, found) in zip(known, state) {
                #expect(expected.bits == found.bits, "\(threads) threads, \(found.path)")
            }
        }
    }
}
