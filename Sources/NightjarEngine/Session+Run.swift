import NightjarGraph
import NightjarTensor

extension Session {
    /// Finds or makes the plan for what is asked, runs it, and keeps the results on the tape.
    ///
    /// - Parameter keepsMore: the tape goes on after this, so what a later run would need again is kept as well.
    func run(_ tape: Tape, outputs: [NodeID], effects: [Effect], keepsMore: Bool) throws {
        let extra = keepsMore ? worthKeeping(tape, outputs) : []
        let wanted = outputs.filter { tape.value($0) == nil } + extra
        if wanted.isEmpty, effects.isEmpty { return }
        let request = Request(tape, outputs: wanted, effects: effects, fuses: !isEager)
        try requestListener?(request)
        do {
            let plan = try cache.plan(for: request.key) { try Planner.plan(request) }
            let results = try plan.run(request, self)
            for (id, tensor) in zip(wanted, results) { tape.keep(tensor, for: id) }
            tape.frontier = tape.count
        } catch let fault as PlanFault {
            throw EngineError(fault.message, place: provenance.place(fault.place))
        }
    }

    /// Nodes on the way to `outputs` whose values should stay: products, and nodes that an earlier run computed
    /// without keeping and that newer nodes use. The second rule bounds repeated work to two turns a node.
    private func worthKeeping(_ tape: Tape, _ outputs: [NodeID]) -> [NodeID] {
        guard let last = outputs.map(\.position).max() else { return [] }
        let rows = tape.rows
        let frontier = tape.frontier
        var seen = [Bool](repeating: false, count: last + 1)
        var pending = 0
        for output in outputs where !seen[output.position] {
            seen[output.position] = true
            pending += 1
        }
        var result: [NodeID] = []
        var position = last
        while pending > 0 {
            defer { position -= 1 }
            guard seen[position] else { continue }
            pending -= 1
            let row = rows[position]
            if tape.hasKeptValues, tape.value(NodeID(position)) != nil { continue }
            for operand in row.operands where !seen[operand.position] {
                seen[operand.position] = true
                pending += 1
                let below = rows[operand.position]
                guard below.op.family != .source, below.op.family != .gradient, tape.value(operand) == nil else {
                    continue
                }
                let crossed = operand.position < frontier && position >= frontier
                if below.op.family == .product || crossed { result.append(operand) }
            }
        }
        return result
    }

    /// Memory that the plans of this session share for intermediate values.
    func arena(_ bytes: Int) throws -> UnsafeMutableRawPointer {
        if let block = arenaStorage, block.byteCount >= bytes { return block.pointer }
        arenaStorage = nil
        let block = try Storage(byteCount: max(bytes, 1 << 16))
        arenaStorage = block
        return block.pointer
    }
}

extension PlanFault {
    /// Counted from 1, as scripts count.
    var message: String {
        let label = index + 1
        var text = "label \(label) at position \(position + 1) is out of range: labels go from 1 to \(limit)"
        if label == 0 { text += " (labels that start at 0? In scripts they start at 1: add 1)" }
        return text
    }
}
