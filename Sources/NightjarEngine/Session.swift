import NightjarGraph
import NightjarTensor
import Synchronization

/// A value on some tape: what a script's tensor handle names.
public struct Value {
    public let tape: Tape
    public let id: NodeID

    public init(_ tape: Tape, _ id: NodeID) {
        self.tape = tape
        self.id = id
    }

    public var shape: Shape { tape.shape(id) }
    public var dtype: DType { tape.dtype(id) }
}

/// Records, and computes what is asked for.
///
/// A session has one current tape. Values of earlier tapes can be used as operands: they are computed once, kept, and
/// become leaves of the current tape. One thread at a time; the work itself spreads over the pool.
public final class Session {
    /// The tape on which operations are recorded now.
    public var tape: Tape {
        // Every operation asks. Inlined into another module, the check for exclusive access would come along.
        @inline(never) get { currentTape }
    }
    @exclusivity(unchecked) private var currentTape = Tape()
    /// Names this session among all of the process; see ``StorageOrigin``.
    public let number: UInt32
    /// Names the lines and layers that nodes come from.
    public let provenance = ProvenanceTable()
    /// Runs every operation on its own, without grouping, the moment it is recorded (see ``settle()``).
    public var isEager: Bool {
        @inline(never) get { runsAtOnce }
        set { runsAtOnce = newValue }
    }
    @exclusivity(unchecked) private var runsAtOnce = false
    /// Convolutions recorded from now on are sums of products alone, without Winograd's algorithms (`--exact-conv`).
    public var isConvolutionExact = false {
        didSet { tape.isConvolutionExact = isConvolutionExact }
    }
    /// Steps look for NaN and infinities before they write anything, and name the operation that made the first. Costs
    /// a copy of every state.
    public var checksNumerics = false
    /// Shares batches with other processes; nil: this one computes all of them, in one piece.
    public var parallel: DataParallel?
    /// Plans that were made before.
    public let cache: PlanCache
    let pool: ThreadPool
    /// What was begun last; see ``beside(pieces:_:)``.
    weak var sideJob: SideJob?
    /// Where time goes, while somebody wants to know; see ``beginProfile()``.
    public internal(set) var profiler: Profiler?

    /// Asked before each request, and between the launches of what is no step; throws where work is to end. nil costs
    /// nothing.
    public var mayGoOn: (() throws -> Void)?

    /// What the memory of its work is counted in, on all threads that take part; nil: in none.
    package var account: MemoryAccount?

    /// Called with each request before it runs; see ``explaining(_:)``.
    var requestListener: ((Request) throws -> Void)?

    /// A tape with more rows than this is replaced by a new one at the next chance.
    private let rowLimit = 4096
    private var outerTapes: [Tape] = []
    /// Memory of the last request, for the next one.
    @exclusivity(unchecked) var requestBuffers = RequestBuffers()
    /// See ``arena(_:)``.
    var arenaStorage: Storage?

    private static let lastNumber = Atomic<UInt32>(0)

    /// - Parameter threads: how many threads compute, at least 1, the calling one included.
    public init(threads: Int, cacheCapacity: Int = 256) {
        number = Session.lastNumber.add(1, ordering: .relaxed).newValue
        pool = ThreadPool(threads: max(1, threads))
        cache = PlanCache(capacity: cacheCapacity)
    }

    /// The number of threads that compute.
    public var threads: Int { pool.threads }

    /// True while a step is being recorded; its values end with it.
    public var isInStep: Bool { !outerTapes.isEmpty }

    // MARK: Operands

    /// The node on the current tape that stands for a value.
    /// - Throws: ``EngineError`` when the value belongs to a step that is over, and what computing it throws.
    @inline(__always)
    public func node(_ value: Value) throws -> NodeID {
        if value.tape === tape { return value.id }
        return try imported(value)
    }

    private func imported(_ value: Value) throws -> NodeID {
        tape.leaf(try evaluate([value])[0])
    }

    /// To be called after recording at top level: in eager mode computes the newest node, otherwise replaces a tape
    /// that has grown long.
    public func settle() throws {
        if isEager, tape.count > 0 {
            let last = NodeID(tape.count - 1)
            if tape.value(last) == nil { _ = try evaluate([Value(tape, last)]) }
        }
        if tape.count > rowLimit { renewTape() }
    }

    /// Replaces the current tape by an empty one, outside of steps: what only the old one kept alive goes.
    public func renewTape() {
        if !isInStep { currentTape = newTape(capacity: min(tape.count, rowLimit)) }
    }

    private func newTape(capacity: Int) -> Tape {
        let tape = Tape(capacity: capacity)
        tape.isConvolutionExact = isConvolutionExact
        return tape
    }

    // MARK: Results

    /// The tensors behind values, computed together where they are not known yet. Results are kept on their tapes.
    public func evaluate(_ values: [Value]) throws -> [Tensor] {
        // Each turn computes what is missing on one tape; mostly there is one tape.
        for value in values where value.tape.value(value.id) == nil {
            let source = value.tape
            if let reason = source.closedReason { throw EngineError(reason) }
            let wanted = values.compactMap { $0.tape === source ? $0.id : nil }
            try run(source, outputs: wanted, effects: [], keepsMore: true)
        }
        return try values.map { value in
            guard let tensor = value.tape.value(value.id) else {
                throw EngineError("a value was asked for and not computed")
            }
            return tensor
        }
    }

    // MARK: Steps

    /// Starts a tape of its own for one training step or evaluation batch. Steps may nest.
    public func beginStep() {
        outerTapes.append(tape)
        currentTape = newTape(capacity: 256)
    }

    /// Computes `outputs` and then, all together, writes each effect's node into its tensor.
    ///
    /// When anything fails before the effects are written, none is. A tensor that two effects name takes the later one.
    /// - Returns: the tensors of `outputs`, in order.
    /// - Throws: ``EngineError`` for an effect whose node has another shape or type than its tensor, and for faults in
    ///   the data.
    public func commit(outputs: [NodeID], effects: [Effect]) throws -> [Tensor] {
        for effect in effects {
            let node = tape[effect.node]
            guard node.shape == effect.tensor.shape, node.dtype == effect.tensor.dtype else {
                throw EngineError(
                    "a state of shape \(effect.tensor.shape) and type \(effect.tensor.dtype) cannot take a value of shape "
                        + "\(node.shape) and type \(node.dtype)", place: provenance.place(tape.place(of: effect.node)))
            }
        }
        // A tensor that is asked for and replaced is handed out as it was.
        var before: [NodeID: Tensor] = [:]
        for id in outputs where tape[id].op == .leaf {
            guard let tensor = tape.value(id), effects.contains(where: { $0.tensor.storage === tensor.storage }) else {
                continue
            }
            before[id] = try tensor.copy()
        }
        if checksNumerics {
            try runChecked(tape, outputs: outputs, effects: effects)
        } else {
            try run(tape, outputs: outputs, effects: effects, keepsMore: false)
        }
        return try outputs.map { id in
            if let old = before[id] { return old }
            guard let tensor = tape.value(id) else { throw EngineError("a value was asked for and not computed") }
            return tensor
        }
    }

    /// Ends the step: its tape is closed, the one before is current again.
    public func endStep() {
        guard let outer = outerTapes.popLast() else { return }
        tape.closedReason =
            "this tensor was recorded in a training step that is over, and its value was not kept: "
            + "read it inside the step, for example with :item() or :copy()"
        currentTape = outer
    }

    /// A state that a plan leaves behind: `tensor` takes the value of `node`, which has its shape and type.
    public struct Effect {
        public let tensor: Tensor
        public let node: NodeID

        public init(_ tensor: Tensor, _ node: NodeID) {
            self.tensor = tensor
            self.node = node
        }
    }
}
