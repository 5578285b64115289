import NightjarGraph
import NightjarProcess
import NightjarTensor

/// The rows of a request on a tape of their own, with every gradient replaced by the rows that compute it.
///
/// The place of each row is the number of the request's row that it came from: a plan serves requests from many lines.
struct ExpandedGraph {
    let tape: Tape
    /// Where each row of the request went.
    private(set) var moved: [NodeID] = []
    /// Rows that compute gradients.
    private var backward: [Range<Int>] = []

    init(_ request: Request) throws {
        tape = Tape(capacity: request.rows.count * 3 + 16)
        _ = tape.appendExtra(request.extra)
        moved.reserveCapacity(request.rows.count)
        // Gradients of one loss share one sweep.
        var targets: [NodeID: [NodeID]] = [:]
        for row in request.rows where row.op == .gradient { targets[row.a, default: []].append(row.b) }
        var expanded: [NodeID: [NodeID: NodeID]] = [:]

        for (position, row) in request.rows.enumerated() {
            try StopPatience.check()
            // A row's place is the row of the request that it stems from: lines differ from run to run.
            tape.place = Int32(truncatingIfNeeded: position)
            guard row.op == .gradient else {
                moved.append(tape.append(row.mappingOperands { moved[$0.position] }))
                continue
            }
            if expanded[row.a] == nil || expanded[row.a]?[row.b] == nil {
                // Only targets that are already on the tape; a later one gets a sweep of its own.
                let ready = Array(Set(targets[row.a, default: []].filter { $0.position < moved.count })).sorted()
                let first = tape.count
                let results = try Differentiation(tape: tape).gradients(
                    of: moved[row.a.position], withRespectTo: ready.map { moved[$0.position] })
                backward.append(first..<tape.count)
                var table = expanded[row.a] ?? [:]
                for (target, result) in zip(ready, results) where table[target] == nil { table[target] = result }
                expanded[row.a] = table
            }
            guard let result = expanded[row.a]?[row.b] else {
                throw EngineError("a gradient was asked for and not derived")
            }
            moved.append(result)
        }
    }

    /// Where a row comes from.
    func origin(_ row: Int) -> RowOrigin {
        RowOrigin(
            requestRow: Int(tape.place(of: NodeID(row))), isBackward: backward.contains { $0.contains(row) })
    }
}

/// Where a row of a plan comes from.
struct RowOrigin {
    /// The row of the request that it computes, or whose gradient it is part of.
    let requestRow: Int
    let isBackward: Bool
}
