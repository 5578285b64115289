import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarTensor
import NightjarTraining
import Testing

/// A step that is only looked at.
@Suite struct RehearsalTests {
    private func step(
        _ loss: any TrainingLoss, rule: any OptimizerRule = Momentum()
    ) throws -> (step: TrainingStep, batch: Batch) {
        let model = try smallModel()
        try model.initialize(seed: 1)
        let data = try clusters(16)
        let loader = try BatchLoader(data, batchSize: 16, shuffleSeed: 1, dtype: .float32)
        let step = TrainingStep(
            session: Session(threads: 1), model: model, loss: loss, optimizer: try Optimizer(rule, for: model),
            classes: 4, trainSeed: 1)
        return (step, try loader.batch(0, of: loader.order(epoch: 1)))
    }

    private func refusal(_ loss: any TrainingLoss, rule: any OptimizerRule = Momentum()) throws -> String? {
        let (step, batch) = try step(loss, rule: rule)
        let before = bytes(step.model.state + step.optimizer.state)
        let error = #expect(throws: TrainingError.self) {
            try step.rehearse(batch, epoch: 1, step: 1, learningRate: 0.1)
        }
        #expect(bytes(step.model.state + step.optimizer.state) == before)
        return error?.description
    }

    @Test func nothingIsWrittenAndTheNextStepIsTheSame() throws {
        let (rehearsed, batch) = try step(CrossEntropy())
        let before = bytes(rehearsed.model.state + rehearsed.optimizer.state)
        try rehearsed.rehearse(batch, epoch: 1, step: 1, learningRate: 0.1)
        #expect(bytes(rehearsed.model.state + rehearsed.optimizer.state) == before)
        let (other, _) = try step(CrossEntropy())
        let first = try rehearsed.run(batch, epoch: 1, step: 1, learningRate: 0.1)
        let second = try other.run(batch, epoch: 1, step: 1, learningRate: 0.1)
        #expect(first.loss == second.loss)
        #expect(
            bytes(rehearsed.model.state + rehearsed.optimizer.state) == bytes(other.model.state + other.optimizer.state)
        )
    }

    @Test func aLossThatWouldBeNoNumberIsNamed() throws {
        let loss = ClosureLoss { tape, logits, batch in
            let output = try CrossEntropy().record(tape, logits: logits, batch: batch)
            return LossOutput(try tape.binary(.mul, output.value, tape.number(.nan)))
        }
        #expect(try refusal(loss) == "the loss 'mine' of the batch would be nan")
    }

    /// sqrt has no derivative at 0, and the loss is 0 all the same.
    @Test func weightsThatWouldBeNoNumbersAreNamed() throws {
        let loss = ClosureLoss { tape, logits, batch in
            let output = try CrossEntropy().record(tape, logits: logits, batch: batch)
            return LossOutput(try tape.unary(.sqrt, tape.binary(.sub, output.value, output.value)))
        }
        let message = try #require(try refusal(loss))
        // How many depends on which hidden units are active for some sample.
        #expect(message.hasSuffix(" of 96 numbers of parameter 'layers.1.weight' would not be finite after the step"))
    }

    @Test func whatTheOptimizerRemembersIsLookedAtAsWell() throws {
        let rule = ClosureRule([OptimizerSlot("level")]) { tape, request in
            let level = try tape.unary(.log, tape.binary(.mul, request.state[0], tape.number(0)))
            return ParameterUpdate(weight: request.weight, state: [level])
        }
        #expect(
            try refusal(CrossEntropy(), rule: rule)
                == "96 of 96 numbers of 'layers.1.weight/level' would not be finite after the step")
    }
}
