import NightjarGraph
import NightjarTensor

/// How one parameter is updated. A script's optimizer is one of these.
///
/// The rule is recorded anew at each step, once for every distinct shape, and repeated for the other parameters of that
/// shape; so it must not depend on which parameter it sees. A rule that works element by element and looks at no shape
/// is recorded once for all shapes. A rule that draws random numbers, or looks at a computed
/// value while it is recorded, is recorded for each parameter instead.
public protocol OptimizerRule: AnyObject {
    /// As messages and tables show it: `sgd`.
    var name: String { get }
    /// What is remembered for each parameter, each of the parameter's shape and type.
    var state: [OptimizerSlot] { get }
    /// Whether the last recording may have depended on the parameter's shape. True unless a rule knows better.
    var looksAtShapes: Bool { get }
    /// Which entry of ``state`` is an average of the weights, by which the model is judged; nil: none.
    var averageSlot: Int? { get }
    /// Whether the step's gradient is taken at other weights: see ``perturbed(_:_:_:total:)``. False unless a rule says so.
    var looksAhead: Bool { get }
    /// Records the average of a value that is no parameter, by the rule of ``averageSlot``.
    func average(_ tape: Tape, _ average: NodeID, of value: NodeID, step: Int) throws -> NodeID
    /// Records the update of one parameter.
    func record(_ tape: Tape, _ request: UpdateRequest) throws -> ParameterUpdate
    /// What a slot that starts as ``OptimizerSlot/Start/computed`` holds before the first step, of the weight's shape and
    /// type.
    func firstValue(of slot: String, for weight: Tensor) throws -> Tensor
    /// One number of a parameter and its gradient; those of all parameters whose rules look ahead are added up.
    func part(_ tape: Tape, _ weight: NodeID, _ gradient: NodeID) throws -> NodeID
    /// The weights at which the step's gradient is taken, from those that there are and the gradient at them.
    func perturbed(_ tape: Tape, _ weight: NodeID, _ gradient: NodeID, total: NodeID) throws -> NodeID
}

extension OptimizerRule {
    public var looksAtShapes: Bool { true }
    public var averageSlot: Int? { nil }
    public var looksAhead: Bool { false }
    public func firstValue(of slot: String, for weight: Tensor) throws -> Tensor { try weight.copy() }
    public func part(_ tape: Tape, _ weight: NodeID, _ gradient: NodeID) throws -> NodeID { gradient }
    public func perturbed(_ tape: Tape, _ weight: NodeID, _ gradient: NodeID, total: NodeID) throws -> NodeID { weight }
    public func average(_ tape: Tape, _ average: NodeID, of value: NodeID, step: Int) throws -> NodeID { value }
}

/// What is made of all gradients together before the update, such as the factor that holds their common norm down.
public protocol GradientMeasure: AnyObject {
    /// As messages show it.
    var name: String { get }
    /// One number of one gradient. Recorded once a shape; the parts are added up in the order of the parameters.
    func part(_ tape: Tape, _ gradient: NodeID) throws -> NodeID
    /// What the rules get, a single number, from the sum of all parts.
    func factor(_ tape: Tape, _ total: NodeID) throws -> NodeID
}

/// One thing that an optimizer remembers for each parameter.
public struct OptimizerSlot: Hashable, Sendable {
    /// What it holds before the first step.
    public enum Start: Hashable, Sendable {
        /// This number everywhere.
        case value(Double)
        /// The weights as they then are.
        case weights
        /// What the rule makes of the weights as they then are.
        case computed
    }

    /// As it is called in checkpoints: `velocity`.
    public let name: String
    public let start: Start

    public init(_ name: String, start: Start) {
        self.name = name
        self.start = start
    }

    public init(_ name: String, initialValue: Double = 0) { self.init(name, start: .value(initialValue)) }
}

/// What a rule is given.
public struct UpdateRequest {
    /// The parameter as it is now.
    public let weight: NodeID
    /// The derivative of the mean loss, of the parameter's shape.
    public let gradient: NodeID
    /// What was remembered, in the order of ``OptimizerRule/state``.
    public let state: [NodeID]
    /// The schedule's rate times that of the parameter's group. Record it with `tape.number`, so that it is an input of
    /// the plan.
    public let learningRate: Double
    /// Counted from 1 over the whole run.
    public let step: Int
    /// What the optimizer's ``GradientMeasure`` made of all gradients; nil without one.
    public let factor: NodeID?

    public init(
        weight: NodeID, gradient: NodeID, state: [NodeID], learningRate: Double, step: Int, factor: NodeID? = nil
    ) {
        self.factor = factor
        self.weight = weight
        self.gradient = gradient
        self.state = state
        self.learningRate = learningRate
        self.step = step
    }
}

/// What a rule has recorded.
public struct ParameterUpdate {
    public let weight: NodeID
    /// In the order of ``OptimizerRule/state``.
    public let state: [NodeID]

    public init(weight: NodeID, state: [NodeID]) {
        self.weight = weight
        self.state = state
    }
}
