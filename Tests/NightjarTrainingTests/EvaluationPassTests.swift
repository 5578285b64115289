import NightjarEngine
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

struct EvaluationPassTests {
    private let session = Session(threads: 1)
    private let data = try? clusters(37, wrong: 5)

    /// Logits of a linear model, computed one by one.
    private func logits(_ model: Model) throws -> [[Double]] {
        let data = try #require(data)
        let (weight, bias) = (model.state[0].tensor.values, model.state[1].tensor.values)
        let inputs = data.dataset.inputs.values
        return (0..<data.count).map { row -> [Double] in
            (0..<4).map { column -> Double in
                var sum = bias[column]
                for feature in 0..<6 { sum += inputs[row * 6 + feature] * weight[feature * 4 + column] }
                return sum
            }
        }
    }

    private func linearModel() throws -> Model {
        let model = try Model(Linear(inputs: 6, outputs: 4, dtype: .float64))
        try model.initialize(seed: 5)
        return model
    }

    @Test(arguments: [1, 10, 37, 512]) func predictionsAndLossesAreThoseOfTheModel(batchSize: Int) throws {
        let (data, model) = (try #require(data), try linearModel())
        let result = try EvaluationPass(session: session, model: model, loss: CrossEntropy(), batchSize: batchSize)
            .run(data, epoch: 1, step: 0)
        let rows = try logits(model)
        #expect(result.predictions == rows.map { row in Int32(row.firstIndex(of: row.max() ?? 0) ?? -1) })
        let losses = zip(rows, data.givenLabels).map { row, label in
            log(row.reduce(0) { $0 + exp($1) }) - row[Int(label)]
        }
        for (value, expected) in zip(result.sampleLosses ?? [], losses) { #expect(abs(value - expected) < 1e-12) }
        #expect(result.sampleLosses?.count == 37)
        #expect(abs((result.meanLoss ?? .nan) - losses.reduce(0, +) / 37) < 1e-12)
    }

    @Test func aLossOfOneNumberIsWeightedByTheBatch() throws {
        let (data, model) = (try #require(data), try linearModel())
        let loss = ClosureLoss(.batch) { tape, logits, batch in
            LossOutput(
                try tape.mean(CrossEntropy().record(tape, logits: logits, batch: batch).value, axes: 1, keep: false))
        }
        let whole = try EvaluationPass(session: session, model: model, loss: CrossEntropy())
            .run(data, epoch: 1, step: 0)
        let result = try EvaluationPass(session: session, model: model, loss: loss, batchSize: 10)
            .run(data, epoch: 1, step: 0)
        #expect(result.sampleLosses == nil)
        #expect(abs((result.meanLoss ?? .nan) - (whole.meanLoss ?? 0)) < 1e-12)
    }

    @Test func withoutALossThereArePredictionsAlone() throws {
        let result = try EvaluationPass(session: session, model: linearModel()).run(#require(data), epoch: 1, step: 0)
        #expect(result.predictions.count == 37)
        #expect(result.meanLoss == nil)
        #expect(result.sampleLosses == nil)
    }

    @Test func dropoutIsOffAndNothingChanges() throws {
        let (data, model) = (try #require(data), try smallModel(dropout: 0.5))
        try model.initialize(seed: 2)
        let before = bytes(model.state)
        let pass = EvaluationPass(session: session, model: model, loss: CrossEntropy())
        let (first, second) = (try pass.run(data, epoch: 1, step: 1), try pass.run(data, epoch: 2, step: 2))
        #expect(first.predictions == second.predictions)
        #expect(first.sampleLosses == second.sampleLosses)
        #expect(bytes(model.state) == before)
    }
}
