import Foundation
import NightjarGraph
import NightjarScripting
import NightjarTensor
import NightjarTraining

// The robust log loss and SGD with momentum in Swift, line for line as plugins/losses/rll.lua and
// plugins/optimizers/sgd.lua have them: what a step costs without Lua. For `bench lua-share` alone.

/// `rll` in Swift.
final class NativeRobustLogLoss: TrainingLoss {
    let name = "rll"
    let alpha: Double

    init(alpha: Double = 0.1) { self.alpha = alpha }

    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> LossOutput {
        let shape = tape.shape(logits)
        let dtype = tape.dtype(logits)
        let last = shape.rank - 1
        let axes: UInt8 = 1 << UInt8(last)
        func number(_ value: Double) throws -> NodeID { try tape.number(value, dtype: dtype) }
        let shifted = try tape.binary(.add, tape.softmax(logits, axes: axes), number(alpha))
        let logProbability = try tape.unary(.log, shifted)
        let given = try tape.pick(logProbability, batch.labels)
        let sum = try tape.reduce(.sum, logProbability, axes: axes, keep: false)
        let others = try tape.binary(.div, tape.binary(.sub, sum, given), number(Double(shape[last] - 1)))
        let start = try tape.binary(.sub, number(log((1 + alpha) / alpha)), given)
        return LossOutput(try tape.binary(.add, start, others))
    }
}

/// `sgd` with momentum in Swift.
final class NativeMomentum: OptimizerRule {
    let name = "sgd"
    let state = [OptimizerSlot("velocity")]
    let momentum: Double

    init(momentum: Double = 0.9) { self.momentum = momentum }

    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate {
        let dtype = tape.dtype(request.weight)
        func scaled(_ factor: Double, _ node: NodeID) throws -> NodeID {
            try tape.binary(.mul, tape.number(factor, dtype: dtype), node)
        }
        let velocity = try tape.binary(.add, scaled(momentum, request.state[0]), request.gradient)
        let weight = try tape.binary(.sub, request.weight, scaled(request.learningRate, velocity))
        return ParameterUpdate(weight: weight, state: [velocity])
    }
}
