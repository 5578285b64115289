import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor
import NightjarTraining

/// Cross-entropy as a script would write it.
final class CrossEntropy: TrainingLoss {
    let name = "cce"
    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput {
        let logProbabilities = try tape.logSoftmax(logits, axes: 2)
        return LossOutput(try tape.unary(.neg, tape.pick(logProbabilities, batch.labels)))
    }
}

/// A loss made of a closure.
final class ClosureLoss: TrainingLoss {
    let name = "mine"
    let reduction: LossReduction
    let body: (Tape, NodeID, LossBatch) throws -> LossOutput
    private(set) var settings: [LossSetting] = []

    init(_ reduction: LossReduction = .sample, _ body: @escaping (Tape, NodeID, LossBatch) throws -> LossOutput) {
        self.reduction = reduction
        self.body = body
    }

    func prepare(_ setting: LossSetting) throws { settings.append(setting) }
    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput { try body(tape, logits, batch) }
}

/// SGD with momentum and weight decay, as PyTorch defines it.
final class Momentum: OptimizerRule {
    let name = "sgd"
    let state = [OptimizerSlot("velocity")]
    let momentum: Double
    let weightDecay: Double
    let looksAtShapes: Bool
    /// How often the rule was recorded.
    private(set) var recordings = 0

    init(momentum: Double = 0.9, weightDecay: Double = 0, looksAtShapes: Bool = true) {
        self.looksAtShapes = looksAtShapes
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
        recordings += 1
        let dtype = tape.dtype(request.weight)
        func scaled(_ factor: Double, _ node: NodeID) throws -> NodeID {
            try tape.binary(.mul, tape.number(factor, dtype: dtype), node)
        }
        let gradient = try tape.binary(.add, request.gradient, scaled(weightDecay, request.weight))
        let velocity = try tape.binary(.add, scaled(momentum, request.state[0]), gradient)
        let weight = try tape.binary(.sub, request.weight, scaled(request.learningRate, velocity))
        return ParameterUpdate(weight: weight, state: [velocity])
    }
}

/// A rule made of a closure.
final class ClosureRule: OptimizerRule {
    let name = "mine"
    let state: [OptimizerSlot]
    let body: (Tape, UpdateRequest) throws -> ParameterUpdate

    init(_ state: [OptimizerSlot] = [], _ body: @escaping (Tape, UpdateRequest) throws -> ParameterUpdate) {
        self.state = state
        self.body = body
    }

    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate { try body(tape, request) }
}

/// The factor that brings the norm of all gradients to a limit.
final class NormLimit: GradientMeasure {
    let name = "norm"
    let limit: Double
    /// How often the part of a gradient was recorded.
    private(set) var recordings = 0

    init(_ limit: Double) { self.limit = limit }

    func part(_ tape: Tape, _ gradient: NodeID) throws -> NodeID {
        recordings += 1
        let axes = Reduction.all(rank: tape.shape(gradient).rank)
        return try tape.reduce(.sum, tape.unary(.square, gradient), axes: axes, keep: false)
    }

    func factor(_ tape: Tape, _ total: NodeID) throws -> NodeID {
        try tape.binary(.div, tape.number(limit, dtype: tape.dtype(total)), tape.unary(.sqrt, total))
    }
}

/// Plain descent that keeps an average of the weights and multiplies gradients by the common factor.
final class Averaging: OptimizerRule {
    let name = "averaging"
    let state = [OptimizerSlot("average", start: .weights)]
    let averageSlot: Int? = 0

    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
        let dtype = tape.dtype(request.weight)
        func scaled(_ factor: Double, _ node: NodeID) throws -> NodeID {
            try tape.binary(.mul, tape.number(factor, dtype: dtype), node)
        }
        let gradient = try request.factor.map { try tape.binary(.mul, request.gradient, $0) } ?? request.gradient
        let weight = try tape.binary(.sub, request.weight, scaled(request.learningRate, gradient))
        let average = try tape.binary(.add, scaled(0.75, request.state[0]), scaled(0.25, weight))
        return ParameterUpdate(weight: weight, state: [average])
    }
}

/// A schedule made of a closure.
final class ClosureSchedule: Schedule {
    let name = "mine"
    let body: (Int, Int) throws -> Double

    init(_ body: @escaping (Int, Int) throws -> Double) { self.body = body }
    convenience init(constant rate: Double) { self.init { _, _ in rate } }
    func learningRate(epoch: Int, step: Int) throws -> Double { try body(epoch, step) }
}

/// Random inputs of six features around one centre a class, and labels of which some may be wrong.
func clusters(_ count: Int, classes: Int = 4, wrong: Int = 0) throws -> LabelledDataset {
    let stream = RandomStream(seed: 21, purpose: "clusters")
    let centres = stream.derive("centres")
    var values: [Double] = []
    for sample in 0..<count {
        for feature in 0..<6 {
            let centre = 2 * centres.normal(UInt64(sample % classes * 6 + feature))
            values.append(centre + 0.3 * stream.normal(UInt64(sample * 6 + feature)))
        }
    }
    let labels = (0..<count).map { Int32($0 % classes) }
    let data = try Dataset(
        name: "clusters", inputs: .from(values, shape: Shape([count, 6]), dtype: .float32), labels: labels,
        classes: classes, normalization: .identity)
    return try data.given(labels: labels.enumerated().map { $0 < wrong ? ($1 + 1) % Int32(classes) : $1 })
}

/// 6 inputs, one hidden layer, 4 classes.
func smallModel(hidden: Int = 16, dtype: DType = .float32, dropout: Double = 0, classes: Int = 4) throws -> Model {
    try Model(
        Sequential([
            Linear(inputs: 6, outputs: hidden, dtype: dtype), Activation(.relu), Dropout(rate: dropout),
            Linear(inputs: hidden, outputs: classes, dtype: dtype),
        ]))
}

/// All weights and state of a model and its optimizer, bit for bit.
func bytes(_ tensors: [(path: String, tensor: Tensor)]) -> [UInt8] {
    tensors.flatMap { Array(UnsafeRawBufferPointer(start: $0.tensor.pointer, count: $0.tensor.byteCount)) }
}
