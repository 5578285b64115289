import CKernels
import NightjarGraph
import NightjarTensor

/// A computation that is ready to run: launches in order, their programs, and where everything lies.
final class Plan {
    let launches: [Launch]
    /// Bytes of the arena that intermediate values share.
    let arenaBytes: Int
    let scratchBytes: Int

    private let graph: PlanGraph
    private let memories: [Memory]
    private let layout: MemoryLayoutPlan
    private let copies: [(slot: Int, row: Int)]
    private let constants: [Double]
    private let counting: [Int: Tensor]
    private let isParallel: [Bool]
    private let outputRoots: [Int]
    private let partialBytes: Int
    private let faultCount: Int

    /// Launches cheaper than this run on the calling thread.
    private static let worthSpreading = 6_000.0
    /// Plans cheaper than this wake no threads.
    private static let worthWaking = 50_000.0

    init(
        graph: PlanGraph, pool: PlanPool, launches: [Launch], layout: MemoryLayoutPlan,
        copies: [(slot: Int, row: Int)], request: Request
    ) throws {
        self.graph = graph
        self.launches = launches
        self.layout = layout
        self.copies = copies
        memories = pool.memories
        constants = pool.constants
        arenaBytes = layout.bytes
        scratchBytes = launches.map(\.kernel.scratchBytes).max() ?? 0
        partialBytes = launches.map(\.kernel.partialBytes).max() ?? 0
        faultCount = launches.map(\.faultCount).max() ?? 1
        let total = launches.reduce(0) { $0 + $1.cost }
        isParallel = launches.map { total > Plan.worthWaking && $0.cost > Plan.worthSpreading }
        outputRoots = graph.outputs.map { graph.root[$0] }
        var counting: [Int: Tensor] = [:]
        for memory in pool.memories {
            guard case .counting(let count) = memory else { continue }
            let list = try Tensor(uninitialized: Shape([max(count, 1)]), dtype: .int32)
            try list.withElements(of: Int32.self) { elements in
                for index in elements.indices { elements[index] = Int32(truncatingIfNeeded: index) }
            }
            counting[count] = list
        }
        self.counting = counting
    }

    /// Runs the plan on the tensors and numbers of a request.
    /// - Returns: the outputs, in the request's order.
    /// - Throws: ``EngineError`` for a fault in the data; effects are then not written.
    func run(_ request: Request, _ session: Session) throws -> [Tensor] {
        let outputs = try makeOutputs(request)
        let arena = try session.arena(arenaBytes + partialBytes)
        let pool = session.pool
        pool.reserveScratch(scratchBytes)

        var numbers = request.numbers
        numbers.append(contentsOf: constants)
        try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: max(memories.count, 1)) {
            buffers in
            for (index, memory) in memories.enumerated() {
                guard let address = address(memory, request, outputs, arena) else {
                    throw EngineError("the plan reads \(memory), which nothing writes")
                }
                buffers.initializeElement(at: index, to: address)
            }
            try withUnsafeTemporaryAllocation(of: nj_fault.self, capacity: faultCount) { faults in
                faults.initialize(repeating: nj_fault())
                try numbers.withUnsafeBufferPointer { numberList in
                    try request.words.withUnsafeBufferPointer { wordList in
                        var bindings = nj_bindings(
                            buffers: UnsafePointer(buffers.baseAddress), numbers: numberList.baseAddress,
                            words: wordList.baseAddress, partials: arena + arenaBytes, faults: faults.baseAddress)
                        try launch(&bindings, faults, pool, request)
                    }
                }
            }
        }
        for copy in copies {
            let target = request.leaves[copy.slot]
            guard let source = address(.row(copy.row), request, outputs, arena) else { continue }
            target.pointer.copyMemory(from: source, byteCount: target.byteCount)
        }
        return try zip(graph.outputs, outputRoots).map { output, root in
            guard let tensor = outputs[root] else { throw EngineError("an output has no memory") }
            let shape = graph.shape(output)
            return shape == tensor.shape ? tensor : try tensor.reshaped(shape)
        }
    }

    private func launch(
        _ bindings: inout nj_bindings, _ faults: UnsafeMutableBufferPointer<nj_fault>, _ pool: ThreadPool,
        _ request: Request
    ) throws {
        let wakes = isParallel.contains(true)
        if wakes { pool.begin() }
        defer { if wakes { pool.finish() } }
        for (index, launch) in launches.enumerated() {
            launch.run(&bindings, pool, parallel: isParallel[index])
            guard launch.isFallible else { continue }
            // The first in the data, whichever tile met it.
            if let fault = faults.lazy.filter({ $0.code != 0 }).min(by: { $0.position < $1.position }) {
                throw error(fault, request)
            }
        }
    }

    /// The place is that of the request that runs now: the plan may have been made for another line.
    private func error(_ fault: nj_fault, _ request: Request) -> Error {
        let row = graph.rows[Int(fault.tag)]
        // What the position counts in: the index tensor, or the stack of matrices.
        var counted = graph.shape(row.op == .inverse ? row.a.position : row.b.position)
        if row.op == .inverse {
            counted = Reduction(axes: 0b11 << UInt8(counted.rank - 2), keepsDimensions: false).result(counted)
        }
        return PlanFault(
            op: row.op, index: Int(fault.value), limit: Int(fault.limit), position: Int(fault.position),
            counted: counted, place: request.places[graph.requestRow(of: Int(fault.tag))])
    }

    private func makeOutputs(_ request: Request) throws -> [Int: Tensor] {
        var outputs: [Int: Tensor] = [:]
        for root in outputRoots where outputs[root] == nil {
            outputs[root] = try Tensor(uninitialized: graph.shape(root), dtype: graph.rows[root].dtype)
        }
        return outputs
    }

    private func address(
        _ memory: Memory, _ request: Request, _ outputs: [Int: Tensor], _ arena: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer? {
        switch memory {
        case .leaf(let slot): request.leaves[slot].pointer
        case .counting(let count): counting[count]?.pointer
        case .row(let root): outputs[root]?.pointer ?? layout.offsets[root].map { arena + $0 }
        }
    }
}
