import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

struct LossRecorderTests {
    private func refusal(
        _ reduction: LossReduction = .sample, _ body: @escaping (Tape, NodeID) throws -> NodeID
    ) throws -> String {
        try StepBench(loss: ClosureLoss(reduction) { tape, logits, _ in LossOutput(try body(tape, logits)) }).refusal()
    }

    @Test func aLossOfAnotherSizeIsRefused() throws {
        #expect(
            try refusal { tape, logits in try tape.reduce(.sum, logits, axes: 2, keep: true) }
                == "loss 'mine' must return one value per sample, shape (8), got (8, 1): reduce the classes away, "
                + "for example with :sum(-1), or declare reduction = \"batch\" for a loss that returns one number")
        #expect(
            try refusal { tape, logits in try tape.mean(logits, axes: 3, keep: false) }
                == "loss 'mine' must return one value per sample, shape (8), got (): reduce the classes away, "
                + "for example with :sum(-1), or declare reduction = \"batch\" for a loss that returns one number")
        #expect(
            try refusal(.batch) { tape, logits in try tape.reduce(.sum, logits, axes: 2, keep: false) }
                == "loss 'mine' declares reduction = \"batch\" and must return one number, got shape (8): "
                + "reduce it, for example with :mean()")
    }

    @Test func thePlaceOfTheValueIsNamedWhereItIsKnown() throws {
        let loss = ClosureLoss { tape, logits, _ in
            // Place 2 is that of the first layer: what the loss itself records carries the place of the loss.
            tape.place = 2
            return LossOutput(try tape.unary(.exp, logits))
        }
        #expect(
            try StepBench(loss: loss).refusal()
                == "model.layers.1 (linear): loss 'mine' must return one value per sample, shape (8), got (8, 4): "
                + "reduce the classes away, for example with :sum(-1), or declare reduction = \"batch\" for a loss "
                + "that returns one number")
    }

    @Test func aMaskIsNoLoss() throws {
        #expect(
            try refusal { tape, logits in
                let sums = try tape.reduce(.sum, logits, axes: 2, keep: false)
                return try tape.binary(.greater, sums, tape.constant(0, dtype: .float32))
            } == "loss 'mine' must return float32 or float64 values, got bool")
    }

    @Test func anOperationThatDoesNotFitNamesTheLoss() throws {
        #expect(
            try refusal { tape, logits in try tape.reshape(logits, Shape([5])) }
                == "loss 'mine': cannot reshape (8, 4) (32 elements) to (5) (5 elements)")
    }

    @Test func aStateOfAnotherShapeIsRefused() throws {
        let memory = try Tensor.zeros(Shape([3]), dtype: .float32)
        let loss = ClosureLoss { tape, logits, _ in
            let sums = try tape.reduce(.sum, logits, axes: 2, keep: false)
            return LossOutput(sums, updates: [StateUpdate(memory, sums)])
        }
        #expect(
            try StepBench(loss: loss).refusal()
                == "loss 'mine' gives a state of shape (3) and type float32 a new value of shape (8) and type float32")
    }

    @Test func aLossOfOneNumberIsTakenAsItIs() throws {
        let loss = ClosureLoss(.batch) { tape, logits, batch in
            let values = try CrossEntropy().record(tape, logits: logits, batch: batch).value
            return LossOutput(try tape.reduce(.sum, values, axes: 1, keep: true))
        }
        let (sum, mean) = (try StepBench(loss: loss).run().loss, try StepBench().run().loss)
        #expect(abs(sum - 8 * mean) < 1e-5)
    }
}
