import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

/// A loss whose gradient gets to no parameter does not train.
@Suite struct GradientCheckTests {
    private final class Notes: TrainingObserver {
        private(set) var notes: [String] = []
        func noted(_ note: String) throws { notes.append(note) }
    }

    private func train(
        _ loss: any TrainingLoss, epochs: Int = 2, frozen: Set<String> = []
    ) throws -> (notes: [String], model: Model) {
        let model = try smallModel()
        let session = Session(threads: 1)
        let trainer = try Trainer(
            session: session, model: model, loss: loss,
            optimizer: try Optimizer([ParameterGroup(Momentum())], for: model, frozen: frozen),
            schedule: ClosureSchedule { _, _ in 0.1 })
        let notes = Notes()
        trainer.observers = [notes]
        _ = try trainer.fit(try clusters(16), epochs: epochs)
        return (notes.notes, model)
    }

    private func refusal(_ body: @escaping (Tape, NodeID, LossBatch) throws -> NodeID) -> String? {
        let loss = ClosureLoss { tape, logits, batch in LossOutput(try body(tape, logits, batch)) }
        return #expect(throws: TrainingError.self) { try train(loss) }?.message
    }

    @Test func operationsWithoutAGradientAreNamed() {
        let end = " passes none on, and there is no other way from the loss to the model"
        let start = "loss 'mine' cannot train, no gradient gets to a parameter: "
        #expect(
            refusal { tape, logits, batch in
                let best = try tape.argument(.argmax, logits, axis: 1, keep: false)
                return tape.cast(try tape.binary(.notEqual, best, batch.labels), .float32)
            } == start + "'argmax'" + end)
        #expect(
            refusal { tape, logits, batch in
                let values = try CrossEntropy().record(tape, logits: logits, batch: batch).value
                return try tape.unary(.stopGradient, values)
            } == start + "'detach'" + end)
        #expect(
            refusal { tape, logits, batch in
                let values = try CrossEntropy().record(tape, logits: logits, batch: batch).value
                return tape.cast(tape.cast(values, .int32), .float32)
            } == start + "the conversion to int32" + end)
        #expect(
            refusal { tape, logits, batch in
                let values = try CrossEntropy().record(tape, logits: logits, batch: batch).value
                return try tape.unary(.floor, values)
            } == start + "'floor'" + end)
    }

    @Test func valuesMadeOfPlainNumbersAreNamed() {
        #expect(
            refusal { tape, _, batch in tape.leaf(try Tensor.full(Shape([batch.count]), 0.5, dtype: .float32)) }
                == "loss 'mine' cannot train, no gradient gets to a parameter: its values do not depend on the model. "
                + "Numbers that are read with totable or item have lost their history, so work with tensors throughout")
    }

    @Test func oneWayPastWhatIsHeldFixedIsEnough() throws {
        let loss = ClosureLoss { tape, logits, batch in
            let held = try tape.unary(.stopGradient, logits)
            let output = try CrossEntropy().record(tape, logits: held, batch: batch)
            return LossOutput(try tape.binary(.add, output.value, tape.reduce(.sum, logits, axes: 2, keep: false)))
        }
        #expect(try train(loss).notes == [])
    }

    @Test func whatIsFrozenOnPurposeNeedsNoGradient() throws {
        let paths = try smallModel().parameters.map(\.path)
        let loss = ClosureLoss { tape, _, batch in
            LossOutput(tape.leaf(try Tensor.full(Shape([batch.count]), 0.5, dtype: .float32)))
        }
        #expect(try train(loss, frozen: Set(paths)).notes == [])
        #expect(try train(CrossEntropy(), frozen: Set(paths.dropLast())).notes == [])
    }

    @Test func someParametersWithoutAGradientAreANote() throws {
        let model = try smallModel()
        try model.initialize(seed: 1)
        let session = Session(threads: 1)
        let data = try clusters(16)
        let loader = try BatchLoader(data, batchSize: 16, shuffleSeed: 1, dtype: .float32)
        let last = try #require(model.parameters.last?.parameter.tensor)
        // The loss sees the last bias and nothing else.
        let loss = ClosureLoss { tape, _, batch in
            let sum = try tape.reduce(.sum, tape.leaf(last), axes: 1, keep: false)
            return LossOutput(try tape.expand(sum, Shape([batch.count])))
        }
        let step = TrainingStep(
            session: session, model: model, loss: loss, optimizer: try Optimizer(Momentum(), for: model), classes: 4,
            trainSeed: 1)
        var notes: [String] = []
        step.gradientListener = { notes.append($0) }
        let batch = try loader.batch(0, of: loader.order(epoch: 1))
        for number in 1...2 { _ = try step.run(batch, epoch: 1, step: number, learningRate: 0.1) }
        let paths = model.parameters.map(\.path)
        #expect(
            notes == [
                "no gradient of loss 'mine' reaches \(paths.count - 1) of \(paths.count) parameters: "
                    + paths.dropLast().joined(separator: ", ")
            ])
    }
}
