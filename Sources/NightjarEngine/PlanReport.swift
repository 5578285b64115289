import NightjarGraph
import NightjarTensor

/// What a plan does, for people: its launches in order, what each computes, reads and writes.
///
/// Bytes are those of the tensors, each counted once for a launch that touches it; what caches save or cost is not in
/// them.
public struct PlanReport: Sendable {
    /// A row of the plan that a launch computes.
    public struct Operation: Sendable {
        /// `exp`
        public let name: String
        public let dtype: DType
        public let shape: Shape
        /// The line or layer it was recorded at, for rows of a gradient that of the operation differentiated.
        public let place: ProvenanceTable.Place?
        /// Derived from what was recorded.
        public let isOfGradient: Bool
    }

    /// A tensor that a launch reads or writes.
    public struct Access: Sendable {
        /// The operation that makes it, or `input`, or `state` for what an effect replaces.
        public let name: String
        public let dtype: DType
        public let shape: Shape
        public let bytes: Int
    }

    public struct Launch: Sendable {
        /// `region` for a sweep over elements and rows, the name of the operation for a heavy kernel, `copy`.
        public let kind: String
        public let domain: Shape
        /// How many dimensions of the domain are rows; the rest are columns.
        public let split: Int
        public let operations: [Operation]
        public let reads: [Access]
        public let writes: [Access]
        /// Tiles of each phase.
        public let tiles: [Int]
        /// Estimated for one core.
        public let nanoseconds: Double
        /// Multiplications and additions of the matrix products and convolutions in it, counted as plain sums of
        /// products, whatever the algorithm; the rest of the work is not counted.
        public let flops: Double

        public var bytesRead: Int { reads.reduce(0) { $0 + $1.bytes } }
        public var bytesWritten: Int { writes.reduce(0) { $0 + $1.bytes } }
    }

    public let launches: [Launch]
    public let memory: PlanMemory
    /// What the same request costs with every operation on its own.
    public let unfused: Totals

    public struct Totals: Sendable, Equatable {
        public var launches = 0
        public var bytesRead = 0
        public var bytesWritten = 0

        public init(launches: Int = 0, bytesRead: Int = 0, bytesWritten: Int = 0) {
            (self.launches, self.bytesRead, self.bytesWritten) = (launches, bytesRead, bytesWritten)
        }
    }

    public var totals: Totals {
        Totals(
            launches: launches.count, bytesRead: launches.reduce(0) { $0 + $1.bytesRead },
            bytesWritten: launches.reduce(0) { $0 + $1.bytesWritten })
    }

    /// See ``Launch/flops``.
    public var flops: Double { launches.reduce(0) { $0 + $1.flops } }

    public var operationCount: Int { launches.reduce(0) { $0 + $1.operations.count } }
}

extension Session {
    /// Runs `body` and reports every plan that it runs, in order.
    public func explaining(_ body: () throws -> Void) throws -> [PlanReport] {
        var reports: [PlanReport] = []
        requestListener = { [provenance] request in reports.append(try Planner.report(request, provenance)) }
        defer { requestListener = nil }
        try body()
        return reports
    }
}
