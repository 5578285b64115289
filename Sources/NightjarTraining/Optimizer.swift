import NightjarGraph
import NightjarNN
import NightjarProcess
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
    /// A buffer of the model and what stands for it while averages are judged. The path is that of the buffer.
    private struct BufferEntry {
        let path: String
        let buffer: Buffer
        let average: Tensor
    }
    private let buffers: [BufferEntry]
    /// The statistics that averages are judged with.
    public let averageStatistics: AverageStatistics
    private let measure: (any GradientMeasure)?
    /// What remembers the weights has taken them over.
    private var isPrepared = false
    /// Why a first value could not be made; the first step says it.
    private var failure: (any Error)?

    /// - Parameters:
    ///   - frozen: paths of parameters that are left as they are.
    ///   - measure: what rules get to know of all gradients together.
    ///   - averageStatistics: what averages are judged with, where rules keep any.
    /// - Throws: ``TrainingError`` when a trainable parameter is in no group.
    public init(
        _ groups: [ParameterGroup], for model: Model, frozen: Set<String> = [], measure: (any GradientMeasure)? = nil,
        averageStatistics: AverageStatistics = .recomputed
    ) throws {
        self.averageStatistics = averageStatistics
        self.groups = groups
        self.measure = measure
        let trained = model.parameters.filter { $0.parameter.isTrainable && !frozen.contains($0.path) }
        entries = try trained.map { path, parameter in
            guard let group = groups.firstIndex(where: { $0.includes(path) }) else {
                throw TrainingError(
                    "parameter '\(path)' is in no group of the optimizer: give the last group every path that is left, "
                        + "or hold the parameter fixed")
            }
            let state = try groups[group].rule.state.map { slot in
                guard case .value(let value) = slot.start else {
                    return try Tensor.zeros(parameter.shape, dtype: parameter.dtype)
                }
                return try Tensor.full(parameter.shape, value, dtype: parameter.dtype)
            }
            return Entry(path: path, parameter: parameter, group: group, state: state)
        }
        let averages = entries.contains { groups[$0.group].rule.averageSlot != nil }
        buffers =
            averages && averageStatistics != .running
            ? try model.buffers.map {
                BufferEntry(path: $0.path, buffer: $0.buffer, average: try $0.buffer.tensor.copy())
            }
            : []
    }

    /// One rule for every parameter.
    public convenience init(_ rule: any OptimizerRule, for model: Model) throws {
        try self.init([ParameterGroup(rule)], for: model)
    }

    /// What is remembered, as `PARAMETER/SLOT`, in order. The tensors are the optimizer's own; what is written to them
    /// stays, also before the first step.
    public var state: [(path: String, tensor: Tensor)] {
        prepare()
        return entries.flatMap { entry in
            zip(groups[entry.group].rule.state, entry.state).map { ("\(entry.path)/\($0.name)", $1) }
        } + buffers.map { ("\($0.path)/average", $0.average) }
    }

    /// Copies values into what is remembered. Either all are written or, when something does not fit, none.
    /// - Parameter state: tensors by path, in any order; exactly those in ``state``, of the same shapes and types.
    /// - Throws: ``ModelError`` that names what is missing, unknown or of another shape.
    public func load(_ state: [(path: String, tensor: Tensor)]) throws {
        try StateCopy(source: "the optimizer's tensors", owner: "the optimizer").copy(state, into: self.state)
        isPrepared = true
    }

    /// Lets what starts from the weights take them over. Done once, before the first step, when the model has values.
    private func prepare() {
        guard !isPrepared, entries.allSatisfy(\.parameter.isInitialized) else { return }
        isPrepared = true
        for entry in entries {
            let rule = groups[entry.group].rule
            for (slot, tensor) in zip(rule.state, entry.state) {
                switch slot.start {
                case .value: continue
                case .weights:
                    tensor.pointer.copyMemory(from: entry.parameter.tensor.pointer, byteCount: tensor.byteCount)
                case .computed:
                    do {
                        let first = try rule.firstValue(of: slot.name, for: entry.parameter.tensor)
                        tensor.pointer.copyMemory(from: first.pointer, byteCount: tensor.byteCount)
                    } catch {
                        failure = failure ?? error
                    }
                }
            }
        }
        startStatistics()
    }

    // MARK: Averages

    /// Whether statistics have to be worked out while parameters hold their averages.
    public var needsStatistics: Bool { averageStatistics == .recomputed && !buffers.isEmpty }

    /// What stands for the buffers takes over what they hold.
    private func startStatistics() {
        for entry in buffers {
            entry.average.pointer.copyMemory(
                from: entry.buffer.tensor.pointer, byteCount: entry.average.byteCount)
        }
    }

    /// Records the averages of buffers, where these move from step to step, as `context` leaves the buffers.
    package func recordBuffers(_ context: ForwardContext, step: Int) throws -> [StateUpdate] {
        guard averageStatistics == .averaged,
            let rule = groups.first(where: { $0.rule.averageSlot != nil })?.rule
        else { return [] }
        let tape = context.tape
        return try buffers.map { entry in
            let value = try context.node(entry.buffer)
            guard tape.dtype(value).isFloating else { return StateUpdate(entry.average, value) }
            return StateUpdate(
                entry.average, try rule.average(tape, tape.leaf(entry.average), of: value, step: step))
        }
    }

    /// Averages of the weights by the paths of the parameters, as far as rules keep any, and the statistics that go with
    /// them by the paths of the buffers. The optimizer's own tensors.
    public var averages: [(path: String, tensor: Tensor)] {
        prepare()
        return entries.compactMap { entry in
            groups[entry.group].rule.averageSlot.map { (entry.path, entry.state[$0]) }
        } + buffers.map { ($0.path, $0.average) }
    }

    /// Runs `body` while parameters hold their averages, and buffers the statistics that go with them, where rules keep
    /// any, and gives them their own values back. What `body` writes to buffers stays with the averages.
    /// Cost: two exchanges of memory.
    public func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        prepare()
        exchange()
        defer { exchange() }
        return try body()
    }

    private func exchange() {
        for entry in entries {
            guard let slot = groups[entry.group].rule.averageSlot else { continue }
            exchange(entry.parameter.tensor, entry.state[slot])
        }
        for entry in buffers { exchange(entry.buffer.tensor, entry.average) }
    }

    private func exchange(_ one: Tensor, _ other: Tensor) {
        let bytes = UnsafeMutableRawBufferPointer(start: one.pointer, count: one.byteCount)
        let others = UnsafeMutableRawBufferPointer(start: other.pointer, count: other.byteCount)
        for index in bytes.indices { swap(&bytes[index], &others[index]) }
    }

    // MARK: Recording

    /// The parameters that are updated, in order.
    package var parameters: [Parameter] { entries.map(\.parameter) }

    /// Their paths, in the same order.
    package var paths: [String] { entries.map(\.path) }

    /// Whether a step's gradient is taken at other weights, so that a step has two passes.
    package var looksAhead: Bool { entries.contains { groups[$0.group].rule.looksAhead } }

    /// The weights at which the step's gradient is taken, by parameter; those that stay are left out.
    /// - Parameter gradients: at the weights that there are, one for each of ``parameters``, in order.
    /// - Throws: ``TrainingError`` when a rule returns another shape or type than it should.
    package func perturbed(
        _ tape: Tape, provenance: ProvenanceTable, gradients: [NodeID]
    ) throws -> [ObjectIdentifier: NodeID] {
        let outerPlace = tape.place
        defer { tape.place = outerPlace }
        let recorder = UpdateRecorder(tape: tape, provenance: provenance)
        let moving = zip(entries, gradients).filter { groups[$0.0.group].rule.looksAhead }
        return try recorder.perturbed(
            moving.map { entry, gradient in
                (groups[entry.group].rule, entry.group, entry.path, tape.leaf(entry.parameter.tensor), gradient)
            }
        ).enumerated().reduce(into: [:]) { $0[ObjectIdentifier(moving[$1.offset].0.parameter)] = $1.element }
    }

    /// Records the update of every parameter.
    /// - Parameter gradients: one for each of ``parameters``, in order.
    /// - Throws: ``TrainingError`` when a rule returns another shape or type than the parameter has.
    package func record(
        _ tape: Tape, provenance: ProvenanceTable, gradients: [NodeID], learningRate: Double, step: Int
    ) throws -> [StateUpdate] {
        let outerPlace = tape.place
        defer { tape.place = outerPlace }
        prepare()
        if let failure { throw failure }
        let recorder = UpdateRecorder(tape: tape, provenance: provenance)
        let factor = try measure.flatMap { try recorder.measure($0, gradients) }
        let repeater = RowRepeater(tape)
        var updates: [StateUpdate] = []
        for (entry, gradient) in zip(entries, gradients) {
            try StopPatience.check()
            let group = groups[entry.group]
            let request = UpdateRequest(
                weight: tape.leaf(entry.parameter.tensor), gradient: gradient, state: entry.state.map(tape.leaf),
                learningRate: learningRate * group.rateFactor, step: step, factor: factor)
            let key = RowRepeater.Key(shape: entry.parameter.shape, dtype: entry.parameter.dtype, rule: entry.group)
            let results = try repeater.results(
                key, operands: [request.weight, gradient] + request.state, looksAtShapes: { group.rule.looksAtShapes }
            ) {
                try recorder.record(group.rule, request, path: entry.path)
            }
            for (tensor, node) in zip([entry.parameter.tensor] + entry.state, results)
            where node != tape.existingLeaf(tensor) {
                updates.append(StateUpdate(tensor, node))
            }
        }
        return updates
    }
}
