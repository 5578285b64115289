import Foundation
import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

struct TrainingStepTests {
    /// Two features, two classes, two samples; every number below follows by hand.
    @Test func oneStepIsThatOfPaperAndPencil() throws {
        let layer = try Linear(
            inputs: 2, outputs: 2, dtype: .float64, weightInitializer: .zeros, biasInitializer: .zeros)
        let data = try LabelledDataset(
            Dataset(
                name: "two", inputs: Tensor([1, 2, 3, -1] as [Float], shape: Shape([2, 2])), labels: [0, 1], classes: 2,
                normalization: .identity))
        let bench = try StepBench(rule: Momentum(momentum: 0.5), model: Model(layer), data: data, batchSize: 2)
        // Equal logits: p = 1/2 everywhere, loss log 2, d loss / d logits = (p - one-hot) / 2.
        let first = try bench.run(1, learningRate: 0.4)
        #expect(abs(first.loss - 0.6931471805599453) < 1e-15)
        // Gradient of the weight: x^T [[-1/4, 1/4], [1/4, -1/4]] = [[1/2, -1/2], [-3/4, 3/4]]; of the bias: 0.
        expectNear(layer.weight.tensor.values, [-0.2, 0.2, 0.3, -0.3])
        expectNear(layer.bias?.tensor.values ?? [], [0, 0])
        expectNear(bench.optimizer.state[0].tensor.values, [0.5, -0.5, -0.75, 0.75])
        // Second step: logits (0.4, -0.4) and (-0.9, 0.9).
        let (p, q) = (1 / (1 + exp(0.8)), 1 / (1 + exp(1.8)))
        let second = try bench.run(2, learningRate: 0.4)
        #expect(abs(second.loss + (log(1 - p) + log(1 - q)) / 2) < 1e-15)
        let gradient = [(-p + 3 * q) / 2, (p - 3 * q) / 2, (-2 * p - q) / 2, (2 * p + q) / 2]
        let velocity = zip(gradient, [0.5, -0.5, -0.75, 0.75]).map { $0 + $1 / 2 }
        expectNear(bench.optimizer.state[0].tensor.values, velocity)
        expectNear(layer.weight.tensor.values, zip([-0.2, 0.2, 0.3, -0.3], velocity).map { $0 - 0.4 * $1 })
    }

    private func expectNear(_ values: [Double], _ expected: [Double]) {
        #expect(values.count == expected.count)
        for (value, golden) in zip(values, expected) { #expect(abs(value - golden) < 1e-15, "\(values) \(expected)") }
    }

    /// What Tests/Golden/mlp_training.py writes.
    private struct Golden: Decodable {
        struct Settings: Decodable {
            let learning_rate: Double
            let momentum: Double
            let weight_decay: Double
        }
        let settings: Settings
        let inputs: [Double]
        let labels: [Int32]
        let weights_before: [String: [Double]]
        let losses: [Double]
        let weights_after: [String: [Double]]
    }

    @Test(arguments: [false, true]) func twentyStepsAreThoseOfPyTorch(isEager: Bool) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden/mlp_training.json")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        let model = try Model(
            Sequential([
                Linear(inputs: 6, outputs: 5, dtype: .float64), Activation(.relu),
                Linear(inputs: 5, outputs: 7, dtype: .float64), Activation(.tanh),
                Linear(inputs: 7, outputs: 4, dtype: .float64),
            ]))
        try model.load(
            model.state.map {
                (path: $0.path, tensor: try Tensor(golden.weights_before[$0.path] ?? [], shape: $0.tensor.shape))
            })
        let inputs = try Tensor.from(golden.inputs, shape: Shape([24, 6]), dtype: .float32)
        let data = try LabelledDataset(
            Dataset(name: "golden", inputs: inputs, labels: golden.labels, classes: 4, normalization: .identity))
        let rule = Momentum(momentum: golden.settings.momentum, weightDecay: golden.settings.weight_decay)
        let bench = try StepBench(rule: rule, model: model, data: data)
        bench.session.isEager = isEager
        #expect(golden.losses.count == 20)
        for (index, expected) in golden.losses.enumerated() {
            let loss = try bench.run(index + 1, learningRate: golden.settings.learning_rate).loss
            #expect(abs(loss - expected) < 1e-9, "step \(index + 1)")
        }
        for (path, tensor) in model.state {
            for (value, expected) in zip(tensor.values, golden.weights_after[path] ?? []) {
                #expect(abs(value - expected) < 1e-9, "\(path)")
            }
        }
    }

    @Test func hitsAreCountedWhereAskedFor() throws {
        let bench = try StepBench()
        #expect(try bench.run().hits == nil)
        bench.step.countsHits = true
        let predictions = try EvaluationPass(session: bench.session, model: bench.model)
            .run(bench.loader.data, epoch: 1, step: 1).predictions
        let expected = zip(predictions, bench.loader.data.givenLabels).prefix(8).count { $0 == $1 }
        #expect(try bench.run().hits == expected)
    }

    @Test func aFixedParameterStaysAsItIs() throws {
        let model = try smallModel()
        model.parameters[0].parameter.isTrainable = false
        try model.initialize(seed: 1)
        let before = model.state.map(\.tensor.values)
        let bench = try StepBench(model: model)
        try bench.run()
        #expect(model.state[0].tensor.values == before[0])
        #expect(model.state[1].tensor.values != before[1])
        #expect(
            bench.optimizer.state.map(\.path) == [
                "layers.1.bias/velocity", "layers.4.weight/velocity", "layers.4.bias/velocity",
            ])
    }

    @Test func whatALossRemembersIsWrittenWithTheWeights() throws {
        let memory = try Tensor.zeros(Shape([8]), dtype: .float32)
        let loss = ClosureLoss { tape, logits, batch in
            let values = try CrossEntropy().record(tape, logits: logits, batch: batch).value
            let sum = try tape.binary(.add, tape.leaf(memory), values)
            return LossOutput(values, updates: [StateUpdate(memory, sum)])
        }
        let bench = try StepBench(loss: loss)
        let first = try bench.run().loss
        #expect(abs(memory.values.reduce(0, +) / 8 - first) < 1e-6)
        let before = memory.values
        _ = try EvaluationPass(session: bench.session, model: bench.model, loss: loss, batchSize: 8)
            .run(bench.loader.data, epoch: 1, step: 1)
        #expect(memory.values == before)
    }

    // MARK: Several batches in a step

    @Test func batchesOfOneStepGiveTheGradientOfOneLargeBatch() throws {
        // 22 samples: batches of 8, 8 and 6.
        let (large, small) = (
            try StepBench(model: smallModel(dtype: .float64), data: clusters(22), batchSize: 22),
            try StepBench(model: smallModel(dtype: .float64), data: clusters(22), batchSize: 8)
        )
        for number in 1...3 {
            let (one, other) = (try large.run(batches: 1, number: number), try small.run(batches: 3, number: number))
            #expect(abs(one.loss - other.loss) < 1e-12)
        }
        for (one, other) in zip(large.model.state, small.model.state) {
            for (left, right) in zip(one.tensor.values, other.tensor.values) { #expect(abs(left - right) < 1e-12) }
        }
    }

    @Test func aStepThatFailsInItsSecondBatchLeavesWeightsAndTheNextStepAlone() throws {
        var calls = 0
        let loss = ClosureLoss { tape, logits, batch in
            calls += 1
            if calls == 2 { throw TrainingError("no") }
            return try CrossEntropy().record(tape, logits: logits, batch: batch)
        }
        let (failing, sound) = (try StepBench(loss: loss), try StepBench())
        let before = bytes(failing.model.state + failing.optimizer.state)
        #expect(throws: TrainingError.self) { try failing.run(batches: 2) }
        #expect(bytes(failing.model.state + failing.optimizer.state) == before)
        try failing.run(batches: 3)
        try sound.run(batches: 3)
        #expect(bytes(failing.model.state) == bytes(sound.model.state))
    }

    @Test func dropoutDiffersBetweenTheBatchesOfAStep() throws {
        let bench = try StepBench(model: smallModel(dropout: 0.5), data: clusters(8), batchSize: 8)
        let batch = try bench.loader.batch(0, of: bench.loader.order(epoch: 1))
        let same = try bench.step.run([batch], epoch: 1, step: 1, learningRate: 0).loss
        #expect(try bench.step.run([batch], epoch: 1, step: 1, learningRate: 0).loss == same)
        let both = try bench.step.run([batch, batch], epoch: 1, step: 1, learningRate: 0).loss
        #expect(abs(both - same) > 1e-6)
    }

    @Test func theStepEndsAlsoWhenItFails() throws {
        let bench = try StepBench(loss: ClosureLoss { _, logits, _ in LossOutput(logits) })
        #expect(throws: TrainingError.self) { try bench.run() }
        #expect(!bench.session.isInStep)
    }

    @Test func aModelOfOtherClassesIsRefused() throws {
        let bench = try StepBench(model: smallModel(classes: 5))
        #expect(
            bench.refusal()
                == "the model must give one row of logits a sample and one column a class, shape (8, 4), got (8, 5) "
                + "from inputs of shape (8, 6)")
    }
}
