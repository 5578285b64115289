import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarScripting
import NightjarTensor
import NightjarTraining

/// The update of parameters of given shapes by an optimizer of a script, which can be run again and again. Gradients are
/// tensors that lie in memory.
final class PreparedUpdate {
    let model: Model
    /// How many tensors the optimizer remembers for a parameter.
    let slots: Int
    private let session: Session
    private let optimizer: Optimizer
    private let gradients: [Tensor]
    private var number = 0

    /// - Parameters:
    ///   - optimizer: the object.
    init(session: Session, host: ScriptHost, optimizer script: ScriptFunction, name: String, shapes: [[Int]]) throws {
        self.session = session
        let made = try host.library?.callForReferences([.string("rule"), .function(script)]).first
        guard let rule = made?.asFunction else { throw ScriptError("'\(name)' is no optimizer") }
        let slots = try rule.callMethod("slots").first?.asTable ?? ScriptTable()
        self.slots = slots.array.count
        model = try Model(ParameterList(shapes))
        try model.initialize(seed: 1)
        optimizer = try Optimizer(
            ScriptOptimizer(rule, name: name, state: TrainerFacts.slots(slots, name)), for: model)
        gradients = try model.parameters.map { try Tensor.full($0.parameter.shape, 1e-3, dtype: .float32) }
    }

    func run() throws {
        number += 1
        session.beginStep()
        defer { session.endStep() }
        let updates = try optimizer.record(
            session.tape, provenance: session.provenance, gradients: gradients.map(session.tape.leaf),
            learningRate: 0.01, step: number)
        _ = try session.commit(outputs: [], effects: updates.map { Session.Effect($0.tensor, $0.node) })
    }
}

/// A module that only holds parameters.
private final class ParameterList: Module {
    let kind = "parameters"
    let ownParameters: [(name: String, parameter: NightjarNN.Parameter)]

    init(_ shapes: [[Int]]) throws {
        ownParameters = try shapes.enumerated().map { index, dimensions in
            ("\(index + 1)", try NightjarNN.Parameter(Shape(dimensions), initializer: .normal(deviation: 0.1)))
        }
    }

    func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID { input }
}
