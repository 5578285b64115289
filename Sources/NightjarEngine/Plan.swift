import CKernels
import NightjarGraph
import NightjarProcess
import NightjarTensor

/// A computation that is ready to run: launches in order, their programs, and where everything lies.
final class Plan {
    let launches: [Launch]
    /// Bytes of the arena that intermediate values share.
    let arenaBytes: Int
    /// For each thread.
    let scratchBytes: Int
    /// Of the arena as well, behind what launches hand on.
    let partialBytes: Int

    let graph: PlanGraph
    /// Rows whose values are written to memory of the plan, results included.
    let storedRows: Set<Int>
    /// Where each buffer of the launches lies.
    private let addresses: [Address]
    private let copies: [(slot: Int, from: Address)]
    private let constants: [Double]
    /// Lists of whole numbers that addresses point into.
    private let countings: [Tensor]
    private let isParallel: [Bool]
    private let wakes: Bool
    /// The tensors that a run makes, each with the first output that it is.
    private let results: [(shape: Shape, dtype: DType, output: Int)]
    /// For each output: its result, and the shape it is handed out in.
    private let outputs: [(result: Int, shape: Shape)]
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
        constants = pool.constants
        arenaBytes = layout.bytes
        scratchBytes = launches.map(\.kernel.scratchBytes).max() ?? 0
        partialBytes = launches.map(\.kernel.partialBytes).max() ?? 0
        faultCount = launches.map(\.kernel.faultCount).max() ?? 1
        storedRows = Set(layout.offsets.keys).union(graph.outputs.map { graph.root[$0] })
        let total = launches.reduce(0) { $0 + $1.cost }
        let isParallel = launches.map { total > Plan.worthWaking && $0.cost > Plan.worthSpreading }
        self.isParallel = isParallel
        wakes = isParallel.contains(true)

        var results: [(shape: Shape, dtype: DType, output: Int)] = []
        var resultOf: [Int: Int] = [:]
        outputs = graph.outputs.enumerated().map { position, output in
            let root = graph.root[output]
            if resultOf[root] == nil {
                resultOf[root] = results.count
                results.append((graph.shape(root), graph.rows[root].dtype, position))
            }
            return (resultOf[root] ?? 0, graph.shape(output))
        }
        self.results = results
        var countings: [Tensor] = []
        func address(_ memory: Memory) throws -> Address {
            switch memory {
            case .leaf(let slot): return .leaf(slot)
            case .counting(let count):
                let list = try Plan.counting(count)
                countings.append(list)
                return .fixed(list.pointer)
            case .row(let root):
                if let result = resultOf[root] { return .result(result) }
                if let offset = layout.offsets[root] { return .arena(offset) }
                throw EngineError("the plan reads \(memory), which nothing writes")
            }
        }
        addresses = try pool.memories.map(address)
        self.copies = try copies.map { ($0.slot, try address(.row($0.row))) }
        self.countings = countings
    }

    /// Where a buffer lies, up to what differs from run to run.
    private enum Address {
        case leaf(Int)
        case fixed(UnsafeMutableRawPointer)
        case result(Int)
        case arena(Int)
    }

    private static func counting(_ count: Int) throws -> Tensor {
        let list = try Tensor(uninitialized: Shape([max(count, 1)]), dtype: .int32)
        try list.withElements(of: Int32.self) { elements in
            for index in elements.indices { elements[index] = Int32(truncatingIfNeeded: index) }
        }
        return list
    }

    /// Of the tensors that a run makes.
    var resultBytes: Int { results.reduce(0) { $0 + $1.shape.count * $1.dtype.byteWidth } }

    /// A launch may write effects itself, which cannot be undone: then a stop waits for the rest.
    private var mayBeCut: Bool { graph.effects.isEmpty }

    /// Runs the plan on the tensors and numbers of a request.
    /// - Returns: the outputs, in the request's order.
    /// - Throws: ``EngineError`` for a fault in the data; effects are then not written.
    func run(_ request: Request, _ session: Session) throws -> [Tensor] {
        let made = try results.map { result in
            let place = request.places[Int(request.outputs[result.output])]
            return try Tensor(
                uninitialized: result.shape, dtype: result.dtype,
                origin: StorageOrigin(session: session.number, place: place))
        }
        let arena = try session.arena(arenaBytes + partialBytes)
        let pool = session.pool
        try pool.reserveScratch(scratchBytes)
        func pointer(_ address: Address) -> UnsafeMutableRawPointer {
            switch address {
            case .leaf(let slot): request.leaves[slot].pointer
            case .fixed(let pointer): pointer
            case .result(let index): made[index].pointer
            case .arena(let offset): arena + offset
            }
        }
        let numberCount = request.numbers.count + constants.count
        try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: max(addresses.count, 1)) {
            buffers in
            for (index, address) in addresses.enumerated() {
                buffers.initializeElement(at: index, to: pointer(address))
            }
            try withUnsafeTemporaryAllocation(of: Double.self, capacity: max(numberCount, 1)) { numbers in
                _ = numbers.initialize(fromContentsOf: request.numbers)
                _ = numbers[request.numbers.count...].initialize(fromContentsOf: constants)
                try withUnsafeTemporaryAllocation(of: nj_fault.self, capacity: faultCount) { faults in
                    faults.initialize(repeating: nj_fault())
                    try request.words.withUnsafeBufferPointer { wordList in
                        var bindings = nj_bindings(
                            buffers: UnsafePointer(buffers.baseAddress), numbers: UnsafePointer(numbers.baseAddress),
                            words: wordList.baseAddress, partials: arena + arenaBytes, faults: faults.baseAddress,
                            is_cut: nil, cut_context: session.pool.cutContext)
                        if mayBeCut { bindings.is_cut = isTileCut }
                        try withUnsafePointer(to: bindings) { try launch($0, faults, session, request) }
                    }
                }
            }
        }
        for copy in copies {
            let target = request.leaves[copy.slot]
            target.pointer.copyMemory(from: pointer(copy.from), byteCount: target.byteCount)
        }
        return try outputs.map { output in
            let tensor = made[output.result]
            return output.shape == tensor.shape ? tensor : try tensor.reshaped(output.shape)
        }
    }

    private func launch(
        _ bindings: UnsafePointer<nj_bindings>, _ faults: UnsafeMutableBufferPointer<nj_fault>, _ session: Session,
        _ request: Request
    ) throws {
        let pool = session.pool
        if wakes { pool.begin() }
        defer { if wakes { pool.finish() } }
        let profiler = session.profiler
        let tally = profiler?.open(self, request)
        let mayStop = mayBeCut
        pool.uncut()
        for (index, launch) in launches.enumerated() {
            launch.run(bindings, pool, parallel: isParallel[index], mayBeCut: mayStop)
            if let tally { profiler?.lap(tally, index) }
            if mayStop {
                if pool.isCut { throw StopError() }
                try StopSignal.check()
                try session.mayGoOn?()
            }
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
        let whole: WholeNumberFault.Kind? =
            switch nj_fault_code(UInt32(bitPattern: fault.code)) {
            case NJ_FAULT_RANGE: .range(Int(fault.value))
            case NJ_FAULT_ZERO: .zero(Int(fault.value))
            case NJ_FAULT_CAST: .cast(Double(bitPattern: UInt64(bitPattern: fault.value)))
            default: nil
            }
        var said: String?
        if nj_fault_code(UInt32(bitPattern: fault.code)) == NJ_FAULT_NATIVE {
            said = UnsafePointer<CChar>(bitPattern: Int(fault.value)).map { String(cString: $0) } ?? ""
        }
        // What the position counts in: the result, the index tensor, or the stack of matrices.
        var counted = row.shape
        if whole == nil, said == nil {
            counted = graph.shape(row.op == .inverse ? row.a.position : row.b.position)
            if row.op == .inverse {
                counted = Reduction(axes: 0b11 << UInt8(counted.rank - 2), keepsDimensions: false).result(counted)
            }
        }
        return PlanFault(
            whole: whole, native: said.map { .init(operation: row.title, text: $0) }, dtype: row.dtype, op: row.op,
            index: Int(fault.value), limit: Int(fault.limit),
            position: Int(fault.position),
            counted: counted, place: request.places[graph.requestRow(of: Int(fault.tag))])
    }
}
