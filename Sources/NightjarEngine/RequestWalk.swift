import NightjarGraph
import NightjarTensor

/// Which rows of a tape a request needs, found from the newest row down.
///
/// Its notes lie in the tape's own marks, so a walk costs in proportion to the rows that it visits and clears nothing.
/// Sources and kept values are not walked to: they wait until a row uses them.
struct RequestWalk {
    let tape: Tape
    let table: UnsafeBufferPointer<Node>
    let numbers: [Double]
    /// Rows on the way whose values should stay: products, and nodes that an earlier run computed without keeping and
    /// that newer nodes use. The second rule bounds repeated work to two turns a node.
    private(set) var worthKeeping: [NodeID] = []
    /// How many rows were noted, those written twice counted twice.
    private(set) var needed = 0

    private let marks: UnsafeMutablePointer<UInt64>
    private let stamp: UInt64
    private var pending = 0
    private var waitingKept = 0
    private var last = -1
    private var first = Int.max
    /// Between a gradient and what it is taken with respect to, rows keep their structure also where the value is
    /// known: the gradient passes through them.
    private var lowestTarget = Int.max
    /// Rows from here up to the custom function above are its rule: only gradients use them, and they have no values.
    private var ruleStart = Int.max

    /// Notes; an index from 0 up takes their place once the row is written.
    private enum Note {
        static let row: Int32 = -2
        static let structure: Int32 = -3
        static let waiting: Int32 = -4
    }

    init(_ tape: Tape) {
        self.tape = tape
        table = tape.rows
        numbers = tape.numbers
        let walk = tape.beginWalk()
        marks = walk.marks
        stamp = UInt64(walk.stamp) << 32
    }

    @inline(__always)
    private func note(_ position: Int) -> Int32? {
        let mark = marks[position]
        return mark & ~0xFFFF_FFFF == stamp ? Int32(truncatingIfNeeded: mark) : nil
    }

    @inline(__always)
    private func set(_ position: Int, _ note: Int32) { marks[position] = stamp | UInt64(UInt32(bitPattern: note)) }

    @inline(__always)
    func isKept(_ id: NodeID) -> Bool { tape.isKept(id) }

    /// Notes a row; no operand is noted yet.
    @inline(__always)
    mutating func need(_ id: NodeID) {
        guard id.index >= 0, note(id.position) == nil else { return }
        needed += 1
        if table[id.position].op.rawValue <= Op.normal.rawValue {
            set(id.position, Note.waiting)
            return
        }
        last = max(last, id.position)
        set(id.position, Note.row)
        if isKept(id) {
            waitingKept += 1
        } else {
            pending += 1
        }
    }

    /// Visits what is needed, from the newest row down, until only sources and kept values are left.
    mutating func descend(keepsMore: Bool) {
        let frontier = tape.frontier
        var position = last
        while pending > 0 || (waitingKept > 0 && position > lowestTarget), position >= 0 {
            defer { position -= 1 }
            guard note(position) != nil, table[position].op.rawValue > Op.normal.rawValue else { continue }
            let isKnown = isKept(NodeID(position))
            if isKnown {
                waitingKept -= 1
                if position <= lowestTarget { continue }
                set(position, Note.structure)
                needed += 1
            } else {
                pending -= 1
            }
            first = position
            let node = table[position]
            if node.op == .gradient { lowestTarget = min(lowestTarget, node.b.position) }
            let isInRule = position >= ruleStart
            if node.op == .custom {
                let start = min(node.b.position, node.c.position)
                ruleStart = isInRule ? min(ruleStart, start) : start
            }
            let keeps = keepsMore && !isKnown && !isInRule
            let isRule = node.op.family == .rule
            visit(node.a, from: position, frontier, keepsMore: keeps)
            visit(node.b, from: position, frontier, keepsMore: keeps && !isRule)
            visit(node.c, from: position, frontier, keepsMore: keeps && !isRule)
            visit(node.d, from: position, frontier, keepsMore: keeps)
            visit(node.e, from: position, frontier, keepsMore: keeps)
        }
    }

    @inline(__always)
    private mutating func visit(_ id: NodeID, from position: Int, _ frontier: Int, keepsMore: Bool) {
        guard id.index >= 0, note(id.position) == nil else { return }
        need(id)
        guard keepsMore, !isKept(id) else { return }
        let op = table[id.position].op
        guard op.rawValue > Op.normal.rawValue, op != .gradient else { return }
        if op.family == .product || op.family == .routine || (id.position < frontier && position >= frontier) {
            worthKeeping.append(id)
        }
    }

    /// The rows that are to be written with their operands, oldest first.
    func forEachRow(_ body: (_ position: Int, _ isStructure: Bool) -> Void) {
        guard first <= last else { return }
        for position in first...last {
            guard let note = note(position) else { continue }
            if note == Note.structure {
                body(position, true)
            } else if note == Note.row, !isKept(NodeID(position)) {
                body(position, false)
            }
        }
    }

    /// Whether a row is needed and not written yet.
    @inline(__always)
    func waits(_ id: NodeID) -> Bool { (note(id.position) ?? 0) < 0 }

    func setIndex(_ id: NodeID, _ index: Int) { set(id.position, Int32(truncatingIfNeeded: index)) }

    func newIndex(_ id: NodeID) -> Int32 { Int32(truncatingIfNeeded: marks[id.position]) }
}
