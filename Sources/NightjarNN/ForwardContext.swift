import NightjarGraph
import NightjarTensor

/// What a module sees while it is recorded: the tape, the mode, where in the model it stands, and its random keys.
public final class ForwardContext {
    public enum Mode: String, Sendable {
        case training
        case evaluation
    }

    public let tape: Tape
    public let mode: Mode
    /// Turns layer paths into the places that nodes carry.
    public let provenance: ProvenanceTable
    /// The seed of draws during training.
    public let trainSeed: UInt64
    /// The step that is recorded, counted from 1 over the whole run; 0 outside training.
    public let step: Int
    /// Where the module that is being recorded stands: `layers.2`; empty for the model itself.
    public private(set) var path = ""
    /// Rows that stand for parameters in this recording, for example while a function of them is differentiated.
    private let substitutes: [ObjectIdentifier: NodeID]
    /// Tensors that take new values when the step is committed.
    public var updates: [StateUpdate] = []

    private var kind = ""
    private var draws: [String: UInt64] = [:]

    /// - Parameter substitutes: by parameter; each has the shape and type of the parameter it stands for.
    public init(
        tape: Tape, mode: Mode, provenance: ProvenanceTable, trainSeed: UInt64 = 0, step: Int = 0,
        substitutes: [ObjectIdentifier: NodeID] = [:]
    ) {
        self.substitutes = substitutes
        self.tape = tape
        self.mode = mode
        self.provenance = provenance
        self.trainSeed = trainSeed
        self.step = step
    }

    /// Records the whole model; its nodes carry the places of its layers.
    public func call(_ model: Model, _ input: NodeID) throws -> NodeID {
        try enter(model.root, path: "", input)
    }

    /// Records a child of the module that is being recorded. `name` is the child's name in ``Module/children``.
    ///
    /// Rows recorded inside carry the child's place, such as `model.layers.2 (linear)`; the place is restored after.
    /// - Throws: ``LayerError`` where an operation refuses its operands.
    public func call(_ child: any Module, named name: String, _ input: NodeID) throws -> NodeID {
        try enter(child, path: path.isEmpty ? name : "\(path).\(name)", input)
    }

    private func enter(_ module: any Module, path: String, _ input: NodeID) throws -> NodeID {
        let outer = (path: self.path, kind: kind, place: tape.place)
        self.path = path
        kind = module.kind
        tape.place = provenance.intern(ProvenanceTable.Place(source: layer, line: 0))
        defer {
            self.path = outer.path
            kind = outer.kind
            tape.place = outer.place
        }
        do {
            return try module.forward(self, input)
        } catch let error as GraphError {
            throw LayerError(layer: layer, error.message, error.operands)
        }
    }

    /// The module that is being recorded, as people read it: `model.layers.2 (linear)`.
    public var layer: String { "\(path.isEmpty ? "model" : "model.\(path)") (\(kind))" }

    /// An error that names the module that is being recorded.
    public func error(_ message: String, _ operands: [NodeID] = []) -> LayerError {
        LayerError(layer: layer, message, operands)
    }

    /// The node of a parameter.
    /// - Throws: ``LayerError`` when it has no values yet.
    public func node(_ parameter: Parameter) throws -> NodeID {
        if !substitutes.isEmpty, let substitute = substitutes[ObjectIdentifier(parameter)] { return substitute }
        guard parameter.isInitialized else {
            throw error("the weights have no values yet: initialize the model with a seed, or load weights")
        }
        return tape.leaf(parameter.tensor)
    }

    /// The node of a buffer.
    public func node(_ buffer: Buffer) -> NodeID { tape.leaf(buffer.tensor) }

    /// A key for random numbers of the module that is being recorded.
    ///
    /// It depends on the train seed, `purpose`, the module's path, the step, and how many keys the module has drawn in
    /// this step; never on the order in which other modules draw.
    public func randomKey(_ purpose: String) -> UInt64 {
        let name = "\(purpose)/\(path)"
        let draw = draws[name, default: 0]
        draws[name] = draw + 1
        let stream = RandomStream(seed: trainSeed, purpose: name, index: UInt64(bitPattern: Int64(step)))
        return draw == 0 ? stream.key : stream.derive(draw).key
    }
}
