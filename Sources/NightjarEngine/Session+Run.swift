import NightjarGraph
import NightjarProcess
import NightjarTensor

extension Session {
    /// Finds or makes the plan for what is asked, runs it, and keeps the results on the tape.
    ///
    /// - Parameter keepsMore: the tape goes on after this, so what a later run would need again is kept as well.
    func run(_ tape: Tape, outputs: [NodeID], effects: [Effect], keepsMore: Bool) throws {
        let missing = outputs.filter { tape.value($0) == nil }
        if missing.isEmpty, effects.isEmpty { return }
        try StopSignal.check()
        try mayGoOn?()
        let work = MemoryAccount.begin(account)
        defer { work.end() }
        let outer = profiler?.enter(.engine)
        defer { if let outer { profiler?.leave(outer) } }
        try Room.checkPassing(tape.count, of: Session.requestBytes)
        let request = Request(
            tape, outputs: missing, effects: effects, fuses: !isEager, keepsMore: keepsMore, buffers: requestBuffers)
        requestBuffers = RequestBuffers()
        defer { requestBuffers = RequestBuffers(rows: request.rows, places: request.places) }
        try requestListener?(request)
        do {
            let results = try results(of: request)
            for (id, tensor) in zip(request.wanted, results) { tape.keep(tensor, for: id) }
            tape.frontier = tape.count
        } catch {
            throw told(error)
        }
    }

    /// An error as people are told it: what a plan knows by numbers has its place in the script.
    func told(_ error: any Error) -> any Error {
        if let fault = error as? PlanFault {
            let place = provenance.place(fault.place)
            return EngineError(fault.message(named: place?.operation), place: place)
        }
        return (error as? PlaceholderFault).map { EngineError($0.message) } ?? error
    }

    private func results(of request: Request) throws -> [Tensor] {
        if let shared = try parallel?.run(request, self) { return shared }
        let plan = try cache.plan(for: request.key) { try planned(request) }
        return try plan.run(request, self)
    }

    /// What a request and a plan take for each row, at most; they are made of many lists.
    private static let requestBytes = 128
    private static let planBytes = 1024

    private func planned(_ request: Request) throws -> Plan {
        try Room.check(request.rows.count, of: Session.planBytes)
        let outer = profiler?.enter(.planning)
        defer { if let outer { profiler?.leave(outer) } }
        return try Planner.plan(request)
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
