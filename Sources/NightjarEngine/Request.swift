import NightjarGraph
import NightjarTensor

/// Arrays whose memory is used again.
struct RequestBuffers {
    var rows: [Node] = []
    var places: [Int32] = []
}

/// What is asked of a tape, cut down to the rows it needs: the key of a plan, and the inputs of one run.
///
/// Rows are renumbered in recording order, so the same computation gives the same rows wherever it was recorded.
struct Request {
    /// The needed rows. Leaves, numbers and words have slots in order of first use.
    var rows: [Node] = []
    /// Where each row came from; not part of the key.
    var places: [Int32] = []
    var extra: [Int32] = []
    /// Rows whose values are wanted.
    var outputs: [Int32] = []
    /// Pairs of a leaf slot and the row that replaces its contents.
    var effects: [(slot: Int32, row: Int32)] = []
    /// Slots that effects replace while another slot reads the same memory.
    var aliased: [Int32] = []
    /// Rows whose values were kept and that a gradient passes through: the row says how it was computed, the leaf
    /// after it holds the value.
    var known: [Int32] = []
    /// Slots of leaves whose first dimension counts the samples of a batch; see ``Tape/markBatch(_:)``.
    var batchSlots: [Int32] = []
    var fuses = true

    // Inputs of the run; only their types and shapes are part of the key.
    var leaves: [Tensor] = []
    var numbers: [Double] = []
    var words: [UInt64] = []

    /// The nodes behind ``outputs``, in order: those that were asked for, then those worth keeping. Not part of the key.
    private(set) var wanted: [NodeID]

    /// A request without rows, for one that is written row by row.
    init(fuses: Bool) {
        self.fuses = fuses
        wanted = []
    }

    /// Builds a request by walking back from what is wanted. Values that were kept become leaves.
    ///
    /// - Parameter keepsMore: the tape goes on after this, so what a later run would need again is wanted as well.
    /// - Parameter buffers: memory of an earlier request that is used again.
    init(
        _ tape: Tape, outputs: [NodeID], effects: [Session.Effect], fuses: Bool, keepsMore: Bool = false,
        buffers: consuming RequestBuffers = RequestBuffers()
    ) {
        rows = buffers.rows
        places = buffers.places
        _ = consume buffers
        rows.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        self.fuses = fuses
        wanted = outputs
        let targets = effects.map { tape.leaf($0.tensor) }
        var walk = RequestWalk(tape)
        for id in outputs { walk.need(id) }
        for effect in effects { walk.need(effect.node) }
        walk.descend(keepsMore: keepsMore)
        wanted.append(contentsOf: walk.worthKeeping)

        rows.reserveCapacity(walk.needed)
        places.reserveCapacity(walk.needed)
        walk.forEachRow { position, isStructure in
            appendOperands(position, walk)
            append(position, walk, isStructure: isStructure)
        }
        // What is wanted may be a source, or kept: those rows come where they are first used.
        for id in wanted { appendSource(id, walk) }
        for effect in effects { appendSource(effect.node, walk) }
        for target in targets {
            walk.need(target)
            appendSource(target, walk)
        }
        self.outputs = wanted.map { walk.newIndex($0) }
        addEffects(effects, targets.map { walk.newIndex($0) }.map { rows[Int($0)].slot }, walk)
    }

    private mutating func addEffects(_ effects: [Session.Effect], _ slots: [Int], _ walk: RequestWalk) {
        guard !effects.isEmpty else { return }
        var effectOf: [Int: Int] = [:]
        for (slot, effect) in zip(slots, effects) {
            let pair = (slot: Int32(truncatingIfNeeded: slot), row: walk.newIndex(effect.node))
            if let earlier = effectOf[slot] {
                self.effects[earlier] = pair
            } else {
                effectOf[slot] = self.effects.count
                self.effects.append(pair)
            }
        }
        findAliases()
    }

    private mutating func findAliases() {
        guard !effects.isEmpty else { return }
        var written: [ObjectIdentifier: Int32] = [:]
        for effect in effects {
            let storage = ObjectIdentifier(leaves[Int(effect.slot)].storage)
            if let other = written[storage] { aliased.append(other) }
            written[storage] = effect.slot
        }
        for (slot, tensor) in leaves.enumerated() {
            if let target = written[ObjectIdentifier(tensor.storage)], Int(target) != slot { aliased.append(target) }
        }
    }

    private mutating func appendOperands(_ position: Int, _ walk: RequestWalk) {
        let node = walk.table[position]
        if node.a != .none { appendSource(node.a, walk) }
        if node.b != .none { appendSource(node.b, walk) }
        if node.c != .none { appendSource(node.c, walk) }
        if node.d != .none { appendSource(node.d, walk) }
        if node.e != .none { appendSource(node.e, walk) }
    }

    /// A source or a kept value, where it is used for the first time.
    private mutating func appendSource(_ id: NodeID, _ walk: RequestWalk) {
        guard walk.waits(id) else { return }
        let node = walk.table[id.position]
        walk.setIndex(id, rows.count)
        places.append(walk.tape.place(of: id))
        var row = node
        switch node.op {
        case .number:
            row.attribute = UInt64(numbers.count)
            numbers.append(walk.numbers[node.slot])
        case .constant, .iota: break
        default:
            if let tensor = walk.tape.value(id) {
                if walk.tape.isBatch(id) { batchSlots.append(Int32(truncatingIfNeeded: leaves.count)) }
                appendLeaf(tensor)
                return
            }
            row.attribute = UInt64(words.count)
            words.append(walk.tape.words[node.slot])
        }
        rows.append(row)
    }

    private mutating func append(_ position: Int, _ walk: RequestWalk, isStructure: Bool) {
        let node = walk.table[position]
        walk.setIndex(NodeID(position), rows.count)
        let place = walk.tape.place(of: NodeID(position))
        places.append(place)
        var row = node.mappingOperands { NodeID(walk.newIndex($0)) }
        if node.op == .slice || node.op == .embed {
            row.attribute = UInt64(extra.count)
            extra.append(contentsOf: walk.tape.extra[node.slot..<(node.slot + 2 * node.rank)])
        } else if node.op == .native {
            var call = NativeCall(attribute: node.attribute)
            let given = walk.numbers[call.slot..<(call.slot + call.count)]
            call.slot = numbers.count
            row.attribute = call.attribute
            numbers.append(contentsOf: given)
        }
        rows.append(row)
        guard isStructure, let value = walk.tape.value(NodeID(position)) else { return }
        known.append(Int32(truncatingIfNeeded: rows.count - 1))
        places.append(place)
        appendLeaf(value)
    }

    private mutating func appendLeaf(_ tensor: Tensor) {
        rows.append(Node(.leaf, tensor.dtype, tensor.shape, attribute: UInt64(leaves.count)))
        leaves.append(tensor)
    }

    /// The key of a plan. Two requests with equal keys are served by the same plan.
    var key: PlanKey {
        PlanKey(
            rows: rows, extra: extra, known: known, outputs: outputs, effects: effects, aliased: aliased, fuses: fuses)
    }
}
