import NightjarTensor
import Synchronization

/// The columns of a tape's table: one block of memory, taken from and given back to a pool, so that a session that
/// starts a tape for every step or every few thousand rows neither allocates nor touches new pages.
struct TapeRows {
    private(set) var capacity: Int
    private let block: UnsafeMutableRawPointer
    /// Whose memory it is.
    private let account = MemoryAccount.current
    let nodes: UnsafeMutablePointer<Node>
    /// What was computed for a row and kept; each holds a reference.
    let kept: UnsafeMutablePointer<Unmanaged<Tensor>?>
    /// What the walk that looked at a row last noted of it: the walk's stamp above, its note in the lower half.
    let marks: UnsafeMutablePointer<UInt64>
    let places: UnsafeMutablePointer<Int32>

    /// Bytes in blocks that tapes use now.
    static let liveBytes = Atomic<Int>(0)

    private static let rowBytes =
        MemoryLayout<Node>.stride + MemoryLayout<Unmanaged<Tensor>?>.stride + MemoryLayout<UInt64>.stride
        + MemoryLayout<Int32>.stride

    /// Room for at least this many rows. Contents are not defined.
    init(capacity wanted: Int) {
        let capacity = TapeRows.rounded(wanted)
        self.capacity = capacity
        TapeRows.liveBytes.add(capacity * TapeRows.rowBytes, ordering: .relaxed)
        account?.count(capacity * TapeRows.rowBytes)
        block = RowPool.shared.take(capacity) ?? .allocate(byteCount: capacity * TapeRows.rowBytes, alignment: 64)
        nodes = block.bindMemory(to: Node.self, capacity: capacity)
        let second = block + capacity * MemoryLayout<Node>.stride
        kept = second.bindMemory(to: Unmanaged<Tensor>?.self, capacity: capacity)
        let third = second + capacity * MemoryLayout<Unmanaged<Tensor>?>.stride
        marks = third.bindMemory(to: UInt64.self, capacity: capacity)
        let fourth = third + capacity * MemoryLayout<UInt64>.stride
        places = fourth.bindMemory(to: Int32.self, capacity: capacity)
    }

    private static func rounded(_ wanted: Int) -> Int {
        let least = Swift.max(wanted, 64)
        return 1 << (Int.bitWidth - (least - 1).leadingZeroBitCount)
    }

    var byteCount: Int { capacity * TapeRows.rowBytes }

    /// Twice the room, with the first `count` rows moved there.
    func grown(count: Int) -> TapeRows {
        let larger = TapeRows(capacity: capacity * 2)
        larger.nodes.moveInitialize(from: nodes, count: count)
        larger.kept.moveInitialize(from: kept, count: count)
        larger.marks.moveInitialize(from: marks, count: count)
        larger.places.moveInitialize(from: places, count: count)
        giveBack()
        return larger
    }

    /// Ends the use of the block. What was kept has been let go of before.
    func giveBack() {
        TapeRows.liveBytes.subtract(capacity * TapeRows.rowBytes, ordering: .relaxed)
        account?.give(capacity * TapeRows.rowBytes)
        if !RowPool.shared.give(block, capacity) { block.deallocate() }
    }
}

/// Blocks that no tape uses now, by the logarithm of their capacity. The collector frees tapes many at a time, so there
/// is room for more than one.
private final class RowPool: Sendable {
    static let shared = RowPool()

    private struct State {
        var free = [[UInt]](repeating: [], count: RowPool.classes)
        var rows = 0
    }
    private let state = Mutex(State())
    /// Up to 8192 rows a block, and 12 MB in all.
    private static let classes = 14
    private static let most = 1 << 17

    func take(_ capacity: Int) -> UnsafeMutableRawPointer? {
        let index = capacity.trailingZeroBitCount
        guard index < RowPool.classes else { return nil }
        let address = state.withLock { state -> UInt? in
            guard let address = state.free[index].popLast() else { return nil }
            state.rows -= capacity
            return address
        }
        return address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
    }

    func give(_ block: UnsafeMutableRawPointer, _ capacity: Int) -> Bool {
        let index = capacity.trailingZeroBitCount
        guard index < RowPool.classes else { return false }
        let address = UInt(bitPattern: block)
        return state.withLock { state in
            guard state.rows + capacity <= RowPool.most else { return false }
            state.rows += capacity
            state.free[index].append(address)
            return true
        }
    }
}
