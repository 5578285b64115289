import NightjarGraph
import NightjarProcess
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
    /// Which of the batches that a step gathers, counted from 0.
    public let part: Int
    /// The share of this batch in running statistics, where it is not the layers' own momentum that says so.
    public let statisticsShare: Double?
    /// Where the module that is being recorded stands: `layers.2`; empty for the model itself.
    public private(set) var path = ""
    /// Rows that stand for parameters in this recording, for example while a function of them is differentiated.
    private let substitutes: [ObjectIdentifier: NodeID]
    /// The module that is being recorded; nil outside.
    public private(set) var module: (any Module)?
    /// Tensors that take new values when the step is committed; see ``update(_:_:named:)``.
    public private(set) var updates: [StateUpdate] = []

    /// True where what is recorded outlives the updates: buffers are then read from copies.
    private let copiesBuffers: Bool
    private var draws: [String: UInt64] = [:]
    /// What stands for a buffer from here on, where that is not its tensor.
    private var bufferNodes: [ObjectIdentifier: NodeID] = [:]

    /// - Parameter substitutes: by parameter; each has the shape and type of the parameter it stands for.
    public init(
        tape: Tape, mode: Mode, provenance: ProvenanceTable, trainSeed: UInt64 = 0, step: Int = 0, part: Int = 0,
        copiesBuffers: Bool = false, statisticsShare: Double? = nil,
        substitutes: [ObjectIdentifier: NodeID] = [:]
    ) {
        self.substitutes = substitutes
        self.statisticsShare = statisticsShare
        self.tape = tape
        self.mode = mode
        self.provenance = provenance
        self.trainSeed = trainSeed
        self.step = step
        self.part = part
        self.copiesBuffers = copiesBuffers
    }

    /// Records the whole model; its nodes carry the places of its layers.
    public func call(_ model: Model, _ input: NodeID) throws -> NodeID {
        try within(model) { try model.root.forward(self, input) }
    }

    /// Records the whole model and gives all its outputs.
    public func outputs(_ model: Model, _ input: NodeID) throws -> [NodeID] {
        try within(model) { try model.root.outputs(self, input) }
    }

    /// The path of a layer whose outputs are noted while a model is recorded.
    public var watched: String?
    /// The outputs of the layer at ``watched``; none until it has run.
    public private(set) var seen: [NodeID] = []

    /// Tells what the module that is being recorded gives.
    public func note(_ outputs: [NodeID]) {
        if path == watched { seen = outputs }
    }

    /// Records a child and gives all its outputs, as ``call(_:named:_:)`` does one.
    public func outputs(_ child: any Module, named name: String, _ input: NodeID) throws -> [NodeID] {
        try within(child, named: name) {
            let outputs = try child.outputs(self, input)
            note(outputs)
            return outputs
        }
    }

    /// Runs `body`, which records the model's root in a way of its own.
    public func within<Result>(_ model: Model, _ body: () throws -> Result) throws -> Result {
        try enter(model.root, path: "", body)
    }

    /// Records a child of the module that is being recorded. `name` is the child's name in ``Module/children``.
    ///
    /// Rows recorded inside carry the child's place, such as `model.layers.2 (linear)`; the place is restored after.
    /// - Throws: ``LayerError`` where an operation refuses its operands.
    public func call(_ child: any Module, named name: String, _ input: NodeID) throws -> NodeID {
        try within(child, named: name) {
            let output = try child.forward(self, input)
            if watched != nil { note([output]) }
            return output
        }
    }

    /// Runs `body`, which records a child of the module that is being recorded in a way of its own.
    public func within<Result>(_ child: any Module, named name: String, _ body: () throws -> Result) throws -> Result {
        try enter(child, path: path.isEmpty ? name : "\(path).\(name)", body)
    }

    private func enter<Result>(_ module: any Module, path: String, _ body: () throws -> Result) throws -> Result {
        try StopPatience.check()
        let outer = (path: self.path, module: self.module, place: tape.place)
        self.path = path
        self.module = module
        tape.place = provenance.intern(ProvenanceTable.Place(source: layer, line: 0))
        defer {
            self.path = outer.path
            self.module = outer.module
            tape.place = outer.place
        }
        do {
            return try body()
        } catch let error as GraphError {
            throw LayerError(layer: layer, error.message, error.operands)
        }
    }

    /// The module that is being recorded, as people read it: `model.layers.2 (linear)`.
    public var layer: String { "\(path.isEmpty ? "model" : "model.\(path)") (\(module?.kind ?? "none"))" }

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

    /// The node of a buffer: what the last ``update(_:_:named:)`` of this step gave it, else what it holds.
    public func node(_ buffer: Buffer) throws -> NodeID {
        if let known = bufferNodes[ObjectIdentifier(buffer)] { return known }
        guard copiesBuffers else { return tape.leaf(buffer.tensor) }
        let copy = tape.leaf(try buffer.tensor.copy())
        bufferNodes[ObjectIdentifier(buffer)] = copy
        return copy
    }

    /// Gives a buffer a new value: at once for what is recorded from here on, and for good when a training step is
    /// committed. Evaluation leaves buffers as they are.
    /// - Throws: ``LayerError`` when the shape or the element type is not that of the buffer.
    public func update(_ buffer: Buffer, _ node: NodeID, named name: String) throws {
        let (shape, dtype) = (tape.shape(node), tape.dtype(node))
        guard shape == buffer.tensor.shape, dtype == buffer.tensor.dtype else {
            throw error(
                "buffer '\(name)' holds \(buffer.tensor.dtype) values of shape \(buffer.tensor.shape) and cannot take "
                    + "\(dtype) values of shape \(shape)", [node])
        }
        bufferNodes[ObjectIdentifier(buffer)] = node
        guard mode == .training else { return }
        updates.removeAll { $0.tensor === buffer.tensor }
        updates.append(StateUpdate(buffer.tensor, node))
    }

    /// A key for random numbers of the module that is being recorded.
    ///
    /// It depends on the train seed, `purpose`, the module's path, the step and its part, and how many keys the module
    /// has drawn in it; never on the order in which other modules draw.
    public func randomKey(_ purpose: String) -> UInt64 {
        let name = part == 0 ? "\(purpose)/\(path)" : "\(purpose)/\(path)/part \(part)"
        let draw = draws[name, default: 0]
        draws[name] = draw + 1
        let stream = RandomStream(seed: trainSeed, purpose: name, index: UInt64(bitPattern: Int64(step)))
        return draw == 0 ? stream.key : stream.derive(draw).key
    }
}
