import NightjarGraph
import NightjarTensor

extension Session {
    /// Finds or makes the plan for what is asked, runs it, and keeps the results on the tape.
    ///
    /// - Parameter keepsMore: the tape goes on after this, so what a later run would need again is kept as well.
    func run(_ tape: Tape, outputs: [NodeID], effects: [Effect], keepsMore: Bool) throws {
        let missing = outputs.filter { tape.value($0) == nil }
        if missing.isEmpty, effects.isEmpty { return }
        let request = Request(
            tape, outputs: missing, effects: effects, fuses: !isEager, keepsMore: keepsMore, buffers: requestBuffers)
        requestBuffers = RequestBuffers()
        defer { requestBuffers = RequestBuffers(rows: request.rows, places: request.places) }
        do {
            let plan = try cache.plan(for: request.key) { try Planner.plan(request) }
            let results = try plan.run(request, self)
            for (id, tensor) in zip(request.wanted, results) { tape.keep(tensor, for: id) }
            tape.frontier = tape.count
        } catch let fault as PlanFault {
            throw EngineError(fault.message, place: provenance.place(fault.place))
        }
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
