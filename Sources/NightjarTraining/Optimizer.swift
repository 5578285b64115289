import NightjarGraph
import NightjarNN
import NightjarTensor

/// The rules of a model's parameters, and what they remember.
///
/// Each parameter that is trainable when the optimizer is made belongs to the first group that includes it.
public final class Optimizer {
    public let groups: [ParameterGroup]

    /// One trainable parameter with its group and what is remembered for it.
    struct Entry {
        let path: String
        let parameter: Parameter
        let group: Int
        let state: [Tensor]
    }
    let entries: [Entry]

    /// - Throws: ``TrainingError`` when a trainable parameter is in no group.
    public init(_ groups: [ParameterGroup], for model: Model) throws {
        self.groups = groups
        entries = try model.parameters.filter(\.parameter.isTrainable).map { path, parameter in
            guard let group = groups.firstIndex(where: { $0.includes(path) }) else {
                throw TrainingError(
                    "parameter '\(path)' is in no group of the optimizer: give the last group every path that is left, "
                        + "or hold the parameter fixed")
            }
            let state = try groups[group].rule.state.map {
                try Tensor.full(parameter.shape, $0.initialValue, dtype: parameter.dtype)
            }
            return Entry(path: path, parameter: parameter, group: group, state: state)
        }
    }

    /// One rule for every parameter.
    public convenience init(_ rule: any OptimizerRule, for model: Model) throws {
        try self.init([ParameterGroup(rule)], for: model)
    }

    /// What is remembered, as `PARAMETER/SLOT`, in order. The tensors are the optimizer's own.
    public var state: [(path: String, tensor: Tensor)] {
        entries.flatMap { entry in
            zip(groups[entry.group].rule.state, entry.state).map { ("\(entry.path)/\($0.name)", $1) }
        }
    }

    /// Copies values into what is remembered. Either all are written or, when something does not fit, none.
    /// - Parameter state: tensors by path, in any order; exactly those in ``state``, of the same shapes and types.
    /// - Throws: ``ModelError`` that names what is missing, unknown or of another shape.
    public func load(_ state: [(path: String, tensor: Tensor)]) throws {
        try StateCopy(source: "the optimizer's tensors", owner: "the optimizer").copy(state, into: self.state)
    }

    /// The parameters that are updated, in order.
    package var parameters: [Parameter] { entries.map(\.parameter) }

    /// Records the update of every parameter.
    /// - Parameter gradients: one for each of ``parameters``, in order.
    /// - Throws: ``TrainingError`` when a rule returns another shape or type than the parameter has.
    package func record(
        _ tape: Tape, provenance: ProvenanceTable, gradients: [NodeID], learningRate: Double, step: Int
    ) throws -> [StateUpdate] {
        let outerPlace = tape.place
        defer { tape.place = outerPlace }
        let recorder = UpdateRecorder(tape: tape, provenance: provenance)
        var known: [RuleKey: RecordedRule] = [:]
        var updates: [StateUpdate] = []
        for (entry, gradient) in zip(entries, gradients) {
            let group = groups[entry.group]
            let request = UpdateRequest(
                weight: tape.leaf(entry.parameter.tensor), gradient: gradient, state: entry.state.map(tape.leaf),
                learningRate: learningRate * group.rateFactor, step: step)
            let key = RuleKey(shape: entry.parameter.shape, dtype: entry.parameter.dtype, group: entry.group)
            let update: ParameterUpdate
            if let recorded = known[key], let replayed = recorder.replay(recorded, for: request) {
                update = replayed
            } else {
                let recorded = try recorder.record(group.rule, request, path: entry.path)
                known[key] = recorded
                update = recorded.update
            }
            for (tensor, node) in zip([entry.parameter.tensor] + entry.state, [update.weight] + update.state)
            where node != tape.existingLeaf(tensor) {
                updates.append(StateUpdate(tensor, node))
            }
        }
        return updates
    }
}

/// Parameters with equal keys are updated by the same rows with other operands.
private struct RuleKey: Hashable {
    let shape: Shape
    let dtype: DType
    let group: Int
}
