import NightjarGraph
import NightjarTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

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
    var fuses = true

    // Inputs of the run; only their types and shapes are part of the key.
    var leaves: [Tensor] = []
    var numbers: [Double] = []
    var words: [UInt64] = []

    /// Builds a request by walking back from what is wanted. Values that were kept become leaves.
    init(_ tape: Tape, outputs wanted: [NodeID], effects: [Session.Effect], fuses: Bool) {
        self.fuses = fuses
        let targets = effects.map { tape.leaf($0.tensor) }
        let table = tape.rows
        var last = -1
        for id in wanted { last = max(last, id.position) }
        for effect in effects { last = max(last, effect.node.position) }
        for target in targets { last = max(last, target.position) }
        guard last >= 0 else { return }

        let kept = tape.hasKeptValues
        var newIndex = [Int32](repeating: -1, count: last + 1)
        newIndex.withUnsafeMutableBufferPointer { mark in
            var pending = 0
            func need(_ id: NodeID) {
                guard id.index >= 0, mark[id.position] == -1 else { return }
                mark[id.position] = -2
                pending += 1
            }
            for id in wanted { need(id) }
            for effect in effects { need(effect.node) }
            for target in targets { need(target) }
            var position = last
            var first = last
            // Between a gradient and what it is taken with respect to, rows keep their structure also where the value
            // is known: the gradient passes through them.
            var lowestTarget = Int.max
            while pending > 0 {
                if mark[position] == -2 {
                    pending -= 1
                    first = position
                    let node = table[position]
                    if position > lowestTarget { mark[position] = -3 }
                    if !kept || position > lowestTarget || tape.value(NodeID(position)) == nil {
                        if node.op == .gradient { lowestTarget = min(lowestTarget, node.b.position) }
                        need(node.a)
                        need(node.b)
                        need(node.c)
                    }
                }
                position -= 1
            }
            rows.reserveCapacity(last - first + 1)
            places.reserveCapacity(last - first + 1)
            for position in first...last where mark[position] <= -2 {
                let structure = mark[position] == -3
                mark[position] = Int32(truncatingIfNeeded: rows.count)
                append(position, table[position], tape, kept: kept, structure: structure, mark)
            }
        }
        outputs = wanted.map { newIndex[$0.position] }
        var effectOf: [Int: Int] = [:]
        for (target, effect) in zip(targets, effects) {
            let slot = rows[Int(newIndex[target.position])].slot
            let pair = (slot: Int32(truncatingIfNeeded: slot), row: newIndex[effect.node.position])
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

    private mutating func append(
        _ position: Int, _ node: Node, _ tape: Tape, kept: Bool, structure: Bool,
        _ index: UnsafeMutableBufferPointer<Int32>
    ) {
        places.append(tape.place(of: NodeID(position)))
        switch node.op {
        case .leaf:
            if let tensor = tape.value(NodeID(position)) { appendLeaf(tensor) }
        case .number:
            var row = node
            row.attribute = UInt64(numbers.count)
            numbers.append(tape.numbers[node.slot])
            rows.append(row)
        default:
            let value = kept ? tape.value(NodeID(position)) : nil
            if let value, !structure {
                appendLeaf(value)
                return
            }
            func renumbered(_ id: NodeID) -> NodeID { id.index < 0 ? id : NodeID(index[id.position]) }
            var row = node.withOperands(renumbered(node.a), renumbered(node.b), renumbered(node.c))
            if node.op == .uniform || node.op == .normal {
                row.attribute = UInt64(words.count)
                words.append(tape.words[node.slot])
            } else if node.op == .slice || node.op == .embed {
                row.attribute = UInt64(extra.count)
                extra.append(contentsOf: tape.extra[node.slot..<(node.slot + 2 * node.rank)])
            }
            rows.append(row)
            if let value {
                known.append(Int32(truncatingIfNeeded: rows.count - 1))
                places.append(tape.place(of: NodeID(position)))
                appendLeaf(value)
            }
        }
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

/// Rows and what is asked of them. Compared in full on every look-up.
struct PlanKey {
    let rows: [Node]
    let extra: [Int32]
    let known: [Int32]
    let outputs: [Int32]
    let effects: [(slot: Int32, row: Int32)]
    let aliased: [Int32]
    let fuses: Bool
    let digest: UInt64

    init(
        rows: [Node], extra: [Int32], known: [Int32], outputs: [Int32], effects: [(slot: Int32, row: Int32)],
        aliased: [Int32], fuses: Bool
    ) {
        self.known = known
        self.rows = rows
        self.extra = extra
        self.outputs = outputs
        self.effects = effects
        self.aliased = aliased
        self.fuses = fuses
        var state: UInt64 = fuses ? 0x9E37_79B9_7F4A_7C15 : 0xD1B5_4A32_D192_ED03
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
            state = product.high ^ product.low &+ 0x632B_E59B_D9B4_E019
        }
        rows.withUnsafeBytes { bytes in
            for word in bytes.bindMemory(to: UInt64.self) { mix(word) }
        }
        for value in extra { mix(UInt64(UInt32(bitPattern: value))) }
        for slot in aliased { mix(UInt64(UInt32(bitPattern: slot)) | 1 << 42) }
        for row in known { mix(UInt64(UInt32(bitPattern: row)) | 1 << 41) }
        for output in outputs { mix(UInt64(UInt32(bitPattern: output)) | 1 << 40) }
        for effect in effects {
            mix(UInt64(UInt32(bitPattern: effect.slot)) << 32 | UInt64(UInt32(bitPattern: effect.row)))
        }
        digest = state
    }
}

extension PlanKey: Hashable {
    static func == (left: PlanKey, right: PlanKey) -> Bool {
        guard left.digest == right.digest, left.fuses == right.fuses, left.rows.count == right.rows.count,
            left.extra == right.extra, left.known == right.known, left.outputs == right.outputs,
            left.effects.count == right.effects.count, left.aliased == right.aliased
        else { return false }
        for (one, other) in zip(left.effects, right.effects) where one.slot != other.slot || one.row != other.row {
            return false
        }
        return left.rows.withUnsafeBytes { mine in
            right.rows.withUnsafeBytes { theirs in
                guard let first = mine.baseAddress, let second = theirs.baseAddress else { return true }
                return memcmp(first, second, mine.count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
