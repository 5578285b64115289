import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining
import Testing

struct OptimizerTests {
    /// Three hidden layers of one shape: five distinct shapes in ten parameters.
    private func deepModel() throws -> Model {
        let hidden = try (0..<3).map { _ in try Linear(inputs: 8, outputs: 8) }
        return try Model(Sequential([Linear(inputs: 6, outputs: 8)] + hidden + [Linear(inputs: 8, outputs: 4)]))
    }

    @Test func aRuleIsRecordedOnceAShape() throws {
        let rule = Momentum()
        let bench = try StepBench(rule: rule, model: deepModel())
        try bench.run(1)
        // (6, 8), (8), (8, 8), (8, 4), (4).
        #expect(rule.recordings == 5)
        try bench.run(2)
        #expect(rule.recordings == 10)
    }

    @Test func aRuleThatLooksAtNoShapeIsRecordedOnceForAll() throws {
        let (one, each) = (Momentum(weightDecay: 0.1, looksAtShapes: false), Momentum(weightDecay: 0.1))
        let bench = try StepBench(rule: one, model: deepModel())
        let reference = try StepBench(rule: each, model: deepModel())
        for number in 1...3 {
            try bench.run(number)
            try reference.run(number)
        }
        #expect(one.recordings == 3)
        #expect(each.recordings == 15)
        for (left, right) in zip(
            bench.model.state + bench.optimizer.state, reference.model.state + reference.optimizer.state)
        {
            #expect(left.tensor.values == right.tensor.values, "\(left.path)")
        }
    }

    @Test func aRuleThatReducesIsRecordedForEachShapeAllTheSame() throws {
        final class Clipped: OptimizerRule {
            let name = "clipped"
            let state: [OptimizerSlot] = []
            let looksAtShapes = false
            var recordings = 0
            func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
                recordings += 1
                let axes = Reduction.all(rank: tape[request.gradient].rank)
                let norm = try tape.reduce(.sum, tape.unary(.square, request.gradient), axes: axes, keep: false)
                let step = try tape.binary(.div, request.gradient, tape.unary(.sqrt, norm))
                return ParameterUpdate(weight: try tape.binary(.sub, request.weight, step), state: [])
            }
        }
        let rule = Clipped()
        try StepBench(rule: rule, model: deepModel()).run(1)
        #expect(rule.recordings == 5)
    }

    @Test func repeatingARuleIsTheSameAsRecordingIt() throws {
        let replayed = try StepBench(rule: Momentum(weightDecay: 0.1), model: deepModel())
        // A rule that draws random numbers is recorded for every parameter.
        let inner = Momentum(weightDecay: 0.1)
        let recorded = try StepBench(
            rule: ClosureRule(inner.state) { tape, request in
                let shape = tape.shape(request.weight)
                let draw = try tape.random(.uniform, shape, dtype: .float32, key: 1)
                let update = try inner.record(tape, request)
                let nothing = try tape.binary(.mul, draw, tape.constant(0, dtype: .float32))
                return ParameterUpdate(weight: try tape.binary(.add, update.weight, nothing), state: update.state)
            }, model: deepModel())
        for number in 1...4 {
            try replayed.run(number)
            try recorded.run(number)
        }
        #expect(inner.recordings == 4 * 10)
        for (one, other) in zip(
            replayed.model.state + replayed.optimizer.state, recorded.model.state + recorded.optimizer.state)
        {
            #expect(one.path == other.path)
            for (left, right) in zip(one.tensor.values, other.tensor.values) { #expect(abs(left - right) < 1e-6) }
        }
    }

    @Test func aRuleThatLooksAtValuesIsRecordedForEachParameter() throws {
        let session = Session(threads: 1)
        let model = try deepModel()
        try model.initialize(seed: 1)
        var norms: [Double] = []
        let rule = ClosureRule { tape, request in
            let square = try tape.unary(.square, request.weight)
            let norm = try tape.reduce(.sum, square, axes: 3, keep: false)
            norms.append(try session.evaluate([Value(tape, norm)])[0].value(at: 0))
            return ParameterUpdate(weight: request.weight, state: [])
        }
        let optimizer = try Optimizer(rule, for: model)
        let data = try clusters(8)
        let bench = try StepBench(data: data)
        let step = TrainingStep(
            session: session, model: model, loss: CrossEntropy(), optimizer: optimizer, classes: 4, trainSeed: 0)
        let before = bytes(model.state)
        _ = try step.run(bench.loader.batch(0, of: bench.loader.order(epoch: 1)), epoch: 1, step: 1, learningRate: 0.1)
        #expect(norms.count == 10)
        for (norm, entry) in zip(norms, model.state) {
            #expect(abs(norm - entry.tensor.values.reduce(0) { $0 + $1 * $1 }) < 1e-5)
        }
        // The rule returned the weights as they were.
        #expect(bytes(model.state) == before)
    }

    @Test func groupsChooseRulesAndRates() throws {
        let model = try smallModel()
        try model.initialize(seed: 1)
        let (biases, weights) = (Momentum(momentum: 0), Momentum(momentum: 0))
        let optimizer = try Optimizer(
            [ParameterGroup(biases, rateFactor: 0) { $0.hasSuffix("bias") }, ParameterGroup(weights)], for: model)
        let before = model.state.map(\.tensor.values)
        let bench = try StepBench()
        let step = TrainingStep(
            session: bench.session, model: model, loss: CrossEntropy(), optimizer: optimizer, classes: 4, trainSeed: 0)
        _ = try step.run(bench.loader.batch(0, of: bench.loader.order(epoch: 1)), epoch: 1, step: 1, learningRate: 0.1)
        let isChanged = zip(model.state, before).map { $0.tensor.values != $1 }
        #expect(isChanged == [true, false, true, false])
        #expect(biases.recordings == 2)
        #expect(weights.recordings == 2)
    }

    @Test func aParameterInNoGroupIsAnError() throws {
        let error = #expect(throws: TrainingError.self) {
            try Optimizer([ParameterGroup(Momentum()) { $0.hasSuffix("weight") }], for: smallModel())
        }
        #expect(
            error?.description
                == "parameter 'layers.1.bias' is in no group of the optimizer: give the last group every "
                + "path that is left, or hold the parameter fixed")
    }

    @Test func slotsStartFromTheirValue() throws {
        let rule = ClosureRule([OptimizerSlot("mean"), OptimizerSlot("scale", initialValue: 1.5)]) { _, request in
            ParameterUpdate(weight: request.weight, state: request.state)
        }
        let optimizer = try Optimizer(rule, for: smallModel(hidden: 2))
        #expect(optimizer.state.count == 8)
        #expect(optimizer.state[0].path == "layers.1.weight/mean")
        #expect(optimizer.state[1].path == "layers.1.weight/scale")
        #expect(optimizer.state[1].tensor.values == [Double](repeating: 1.5, count: 12))
    }

    // MARK: All gradients together, averages, fixed parameters

    @Test func aMeasureIsRecordedOnceAShapeAndSeesAllGradients() throws {
        let limit = NormLimit(0.5)
        let bench = try StepBench(rule: Averaging(), model: deepModel(), measure: limit)
        let before = bench.model.state.map(\.tensor.values)
        try bench.run(1)
        #expect(limit.recordings == 5)
        // Whatever the gradients are, the step's length is the rate times the limit.
        let moved = zip(before, bench.model.state).flatMap { zip($0, $1.tensor.values).map { $0 - $1 } }
        #expect(abs(moved.reduce(0) { $0 + $1 * $1 }.squareRoot() - 0.1 * 0.5) < 1e-6)
    }

    @Test func averagesTakeThePlaceOfTheWeightsForAWhile() throws {
        let bench = try StepBench(rule: Averaging())
        let first = bench.model.state.map(\.tensor.values)
        #expect(bench.optimizer.averages.map(\.tensor.values) == first)
        try bench.run(1)
        let (weights, averages) = (bytes(bench.model.state), bytes(bench.optimizer.averages))
        for (start, (weight, average)) in zip(first, zip(bench.model.state, bench.optimizer.averages)) {
            #expect(weight.path == average.path)
            for (index, value) in average.tensor.values.enumerated() {
                #expect(abs(value - (0.75 * start[index] + 0.25 * weight.tensor.value(at: index))) < 1e-6)
            }
        }
        bench.optimizer.withAverages {
            #expect(bytes(bench.model.state) == averages)
        }
        #expect(bytes(bench.model.state) == weights)
        #expect(bytes(bench.optimizer.averages) == averages)
        #expect(throws: TrainingError.self) { try bench.optimizer.withAverages { throw TrainingError("no") } }
        #expect(bytes(bench.model.state) == weights)
    }

    @Test func loadedAveragesAreNotStartedAnew() throws {
        let (one, other) = (try StepBench(rule: Averaging()), try StepBench(rule: Averaging()))
        try one.run(1)
        try other.model.load(one.model.state)
        try other.optimizer.load(one.optimizer.state)
        try one.run(2)
        try other.run(2)
        #expect(bytes(one.optimizer.averages) == bytes(other.optimizer.averages))
    }

    @Test func frozenParametersHaveNoStateAndNoUpdate() throws {
        let bench = try StepBench(frozen: ["layers.1.weight", "layers.1.bias"])
        #expect(bench.optimizer.state.map(\.path) == ["layers.4.weight/velocity", "layers.4.bias/velocity"])
        let before = bench.model.state.map(\.tensor.values)
        try bench.run(1)
        #expect(zip(before, bench.model.state).map { $0 != $1.tensor.values } == [false, false, true, true])
    }

    @Test func whatDoesNotFitIsNamed() throws {
        func refusal(
            _ state: [OptimizerSlot] = [], _ body: @escaping (Tape, UpdateRequest) throws -> ParameterUpdate
        ) throws -> String { try StepBench(rule: ClosureRule(state, body)).refusal() }
        #expect(
            try refusal { tape, request in
                ParameterUpdate(weight: try tape.reduce(.sum, request.weight, axes: 1, keep: false), state: [])
            }
                == "optimizer 'mine' returned a new weight of shape (16) and type float32 for parameter "
                + "'layers.1.weight', expected (6, 16) and float32")
        #expect(
            try refusal([OptimizerSlot("mean")]) { tape, request in
                ParameterUpdate(weight: request.weight, state: [tape.cast(request.state[0], .float64)])
            }
                == "optimizer 'mine' returned a new 'mean' of shape (6, 16) and type float64 for parameter "
                + "'layers.1.weight', expected (6, 16) and float32")
        #expect(
            try refusal([OptimizerSlot("mean")]) { _, request in ParameterUpdate(weight: request.weight, state: []) }
                == "optimizer 'mine' remembers 1 tensors a parameter but returned 0")
        #expect(
            try refusal { tape, request in
                ParameterUpdate(weight: try tape.reshape(request.weight, Shape([7])), state: [])
            }
                == "optimizer 'mine', parameter 'layers.1.weight': cannot reshape (6, 16) (96 elements) to (7) "
                + "(7 elements)")
    }
}
