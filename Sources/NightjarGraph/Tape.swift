import NightjarTensor
import Synchronization

/// The table in which operations are recorded, in the order in which they were asked for.
///
/// Recording checks shapes and element types at once and computes nothing. Rows have a fixed size and are never moved
/// or changed, so a position names a value for as long as the tape lives. One thread at a time.
public final class Tape {
    /// The table lies behind a pointer, so that recording a row costs a few loads and stores.
    let core: UnsafeMutablePointer<TapeCore>
    /// Names this tape among all tapes of the process.
    public let serial: UInt64

    private static let lastSerial = Atomic<UInt64>(0)

    public init(capacity: Int = 64) {
        core = .allocate(capacity: 1)
        core.initialize(to: TapeCore(capacity: Swift.max(capacity, 16)))
        serial = Tape.lastSerial.add(1, ordering: .relaxed).newValue
    }

    deinit {
        core.pointee.release()
        core.deinitialize(count: 1)
        core.deallocate()
    }

    /// Bytes that the tables of all live tapes take.
    public static var liveByteCount: Int { TapeRows.liveBytes.load(ordering: .relaxed) }

    /// Bytes that the table of this tape takes.
    public var byteCount: Int { core.pointee.rows.byteCount }

    /// The number of rows.
    public var count: Int { core.pointee.count }

    /// Whether the table may have to be moved to a larger one before long.
    public var isHalfFull: Bool { count > core.pointee.rows.capacity / 2 }

    /// Moves the table to one of twice the size while there is memory for it: appending a row cannot be refused.
    /// - Throws: `TensorError` where there is none.
    public func makeRoom() throws {
        try Room.check(2 * byteCount)
        core.pointee.rows = core.pointee.rows.grown(count: count)
    }

    /// The row at a position on this tape.
    @inline(__always)
    public subscript(id: NodeID) -> Node { core.pointee.rows.nodes[id.position] }

    /// Whether a position is on this tape.
    public func contains(_ id: NodeID) -> Bool { id.index >= 0 && id.position < count }

    public func shape(_ id: NodeID) -> Shape { self[id].shape }
    public func dtype(_ id: NodeID) -> DType { self[id].dtype }

    /// The tensors behind the leaves.
    public var leaves: [Tensor] { core.pointee.leaves }
    /// The numbers behind `number` nodes.
    public var numbers: [Double] { core.pointee.numbers }
    /// The keys behind random nodes.
    public var words: [UInt64] { core.pointee.words }
    /// Lists of whole numbers that some attributes point into.
    public var extra: [Int32] { core.pointee.extra }

    /// The place that rows recorded from now on come from; see ``ProvenanceTable``.
    public var place: Int32 {
        get { core.pointee.place }
        set { core.pointee.place = newValue }
    }

    /// Convolutions recorded from now on are sums of products alone; see ``ConvolutionWindow/isExact``.
    public var isConvolutionExact = false

    /// The place a row came from.
    public func place(of id: NodeID) -> Int32 { core.pointee.rows.places[id.position] }

    /// Appends a row that is known to be right.
    @inline(__always)
    @discardableResult
    package func append(_ node: Node) -> NodeID { core.pointee.append(node) }

    // MARK: Sources

    /// An existing tensor. The same tensor gives the same node.
    public func leaf(_ tensor: Tensor) -> NodeID {
        if let known = core.pointee.leafIndex[ObjectIdentifier(tensor)] { return known }
        let slot = core.pointee.leaves.count
        core.pointee.leaves.append(tensor)
        let id = append(Node(.leaf, tensor.dtype, tensor.shape, attribute: UInt64(slot)))
        core.pointee.leafIndex[ObjectIdentifier(tensor)] = id
        return id
    }

    /// The node of a tensor that is already a leaf here.
    public func existingLeaf(_ tensor: Tensor) -> NodeID? { core.pointee.leafIndex[ObjectIdentifier(tensor)] }

    /// Says that the first dimension of a leaf counts the samples of a batch, which several processes may share.
    public func markBatch(_ leaf: NodeID) {
        if !isBatch(leaf) { core.pointee.batchLeaves.append(leaf) }
    }

    /// Whether ``markBatch(_:)`` was told of a leaf.
    public func isBatch(_ leaf: NodeID) -> Bool { core.pointee.batchLeaves.contains(leaf) }

    /// A number from a script. It is an input of the plan, so changing it costs no new plan; the few numbers worth
    /// simplifying (0, 1, -1, 2, 0.5) become part of the structure.
    ///
    /// - Throws: ``WholeNumberFault`` for a number that a type of whole numbers does not hold.
    public func number(_ value: Double, dtype: DType = .float32) throws -> NodeID {
        if dtype.isWhole { _ = try dtype.wholeNumber(value) }
        if value == 0 || value == 1 || value == -1 || value == 2 || value == 0.5 {
            return constant(value, dtype: dtype)
        }
        let slot = core.pointee.numbers.count
        core.pointee.numbers.append(value)
        return append(Node(.number, dtype, .scalar, attribute: UInt64(slot)))
    }

    /// A number that is part of the structure: it follows from shapes or from a rule.
    public func constant(_ value: Double, dtype: DType) -> NodeID {
        append(Node(.constant, dtype, .scalar, attribute: value.bitPattern))
    }

    /// Positions 0, 1, ... along `axis` of `shape`, repeated along the others. int32.
    public func iota(_ shape: Shape, axis: Int) -> NodeID {
        append(Node(.iota, .int32, shape, attribute: UInt64(axis)))
    }

    /// Random numbers, a function of `key` and the position of the element alone.
    public func random(_ op: Op, _ shape: Shape, dtype: DType, key: UInt64) throws -> NodeID {
        guard op == .uniform || op == .normal, dtype.isFloating else {
            throw GraphError("random numbers are float32 or float64, got \(dtype)")
        }
        let slot = core.pointee.words.count
        core.pointee.words.append(key)
        return append(Node(op, dtype, shape, attribute: UInt64(slot)))
    }

    /// Appends numbers that are inputs of the plan, for an attribute to point to, and gives the slot of the first.
    package func appendNumbers(_ values: [Double]) -> Int {
        let slot = core.pointee.numbers.count
        core.pointee.numbers.append(contentsOf: values)
        return slot
    }

    /// Appends a list of whole numbers for an attribute to point to, and gives its offset.
    package func appendExtra(_ values: some Sequence<Int32>) -> UInt64 {
        let offset = core.pointee.extra.count
        core.pointee.extra.append(contentsOf: values)
        return UInt64(offset)
    }

    /// The rows, for reading.
    package var rows: UnsafeBufferPointer<Node> { UnsafeBufferPointer(start: core.pointee.rows.nodes, count: count) }

    /// Starts a walk over rows: the marks, and the stamp that tells this walk's from those of earlier ones. Appending
    /// ends it.
    package func beginWalk() -> (marks: UnsafeMutablePointer<UInt64>, stamp: UInt32) {
        if core.pointee.stamp == .max {
            core.pointee.rows.marks.update(repeating: 0, count: count)
            core.pointee.stamp = 0
        }
        core.pointee.stamp += 1
        return (core.pointee.rows.marks, core.pointee.stamp)
    }

    // MARK: Results

    /// The tensor that was computed for a node, if one was kept.
    public func value(_ id: NodeID) -> Tensor? {
        let rows = core.pointee.rows
        if rows.nodes[id.position].op == .leaf { return core.pointee.leaves[rows.nodes[id.position].slot] }
        return rows.kept[id.position]?.takeUnretainedValue()
    }

    /// Whether what was computed for a row was kept. Not so for leaves.
    @inline(__always)
    package func isKept(_ id: NodeID) -> Bool { core.pointee.rows.kept[id.position] != nil }

    /// Keeps what was computed for a node, so that it is not computed again.
    public func keep(_ tensor: Tensor, for id: NodeID) { core.pointee.keep(tensor, id.position) }

    /// Forgets what was kept for a node.
    public func forget(_ id: NodeID) { core.pointee.keep(nil, id.position) }

    /// Rows below this position had their chance to be kept by an earlier run.
    public var frontier: Int {
        get { core.pointee.frontier }
        set { core.pointee.frontier = newValue }
    }

    /// Why values of this tape can no longer be computed, or nil while they can.
    public var closedReason: String? {
        get { core.pointee.closedReason }
        set { core.pointee.closedReason = newValue }
    }
}

/// The table of a tape, and the lists that its rows point into.
struct TapeCore {
    var rows: TapeRows
    var count = 0
    var keptCount = 0
    var place: Int32 = 0
    var frontier = 0
    /// The last walk's; see ``TapeRows/marks``.
    var stamp: UInt32 = 0
    var leaves: [Tensor] = []
    var numbers: [Double] = []
    var words: [UInt64] = []
    var extra: [Int32] = []
    var leafIndex: [ObjectIdentifier: NodeID] = [:]
    /// A few: inputs, labels and indices of a batch.
    var batchLeaves: [NodeID] = []
    var closedReason: String?

    init(capacity: Int) { rows = TapeRows(capacity: capacity) }

    @inline(__always)
    mutating func append(_ node: Node) -> NodeID {
        if count == rows.capacity { rows = rows.grown(count: count) }
        rows.nodes[count] = node
        rows.kept[count] = nil
        rows.marks[count] = 0
        rows.places[count] = place
        count += 1
        return NodeID(count - 1)
    }

    mutating func keep(_ tensor: Tensor?, _ position: Int) {
        let old = rows.kept[position]
        rows.kept[position] = tensor.map { Unmanaged.passRetained($0) }
        keptCount += (tensor == nil ? 0 : 1) - (old == nil ? 0 : 1)
        old?.release()
    }

    mutating func release() {
        if keptCount > 0 {
            for position in 0..<count { rows.kept[position]?.release() }
        }
        rows.giveBack()
    }
}
