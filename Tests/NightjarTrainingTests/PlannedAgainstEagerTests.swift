import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

/// The planned road against its reference, which runs every operation on its own, along a run of training.
@Suite struct PlannedAgainstEagerTests {
    /// Loss and gradients of a batch at the model's present weights.
    private func lossAndGradients(_ model: Model, _ batch: Batch, eager: Bool) throws -> [Tensor] {
        let session = Session(threads: 2)
        session.isEager = eager
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        let context = ForwardContext(
            tape: tape, mode: .training, provenance: session.provenance, trainSeed: 3, step: 1)
        let logits = try context.call(model, tape.leaf(batch.inputs))
        let logProbabilities = try tape.logSoftmax(logits, axes: 2)
        let losses = try tape.unary(.neg, tape.pick(logProbabilities, tape.leaf(batch.labels)))
        let mean = try tape.mean(losses, axes: 1, keep: false)
        let gradients = try tape.gradient(
            of: mean, withRespectTo: model.parameters.map { tape.leaf($0.parameter.tensor) })
        return try session.commit(outputs: [mean] + gradients, effects: [])
    }

    /// The largest difference relative to the largest entry.
    private func distance(_ one: Tensor, _ other: Tensor) -> Double {
        let scale = one.values.map(abs).max() ?? 0
        let worst = zip(one.values, other.values).map { abs($0 - $1) }.max() ?? 0
        return worst / max(scale, 1e-30)
    }

    @Test func lossAndGradientsAgreeAtTwentyPointsOfARun() throws {
        let bench = try StepBench(
            model: smallModel(hidden: 48, dropout: 0.2), data: clusters(240, wrong: 60), batchSize: 40, threads: 2)
        for point in 1...20 {
            for step in 1...3 { try bench.run((point - 1) * 3 + step, learningRate: 0.05) }
            let batch = try bench.loader.batch(point % bench.loader.batchesPerEpoch, of: bench.loader.order(epoch: 1))
            let planned = try lossAndGradients(bench.model, batch, eager: false)
            let eager = try lossAndGradients(bench.model, batch, eager: true)
            for (one, other) in zip(planned, eager) {
                #expect(distance(one, other) < 1e-5, "point \(point): \(one.shape)")
            }
        }
    }

    @Test func twentyStepsInDoublePrecisionAgree() throws {
        func weights(eager: Bool) throws -> [[Double]] {
            let bench = try StepBench(
                model: smallModel(hidden: 48, dtype: .float64), data: clusters(240, wrong: 60), batchSize: 40,
                threads: 2)
            bench.session.isEager = eager
            for step in 1...20 { try bench.run(step, learningRate: 0.05) }
            return bench.model.parameters.map(\.parameter.tensor.values)
        }
        for (planned, eager) in zip(try weights(eager: false), try weights(eager: true)) {
            for (one, other) in zip(planned, eager) { #expect(abs(one - other) <= 1e-9 * max(1, abs(other))) }
        }
    }
}
