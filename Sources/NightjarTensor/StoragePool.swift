import CProcess
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Free blocks by size, and a list of those in use.
///
/// Sizes are rounded up, to a power of two for small blocks and to an eighth of one above that, so a training loop that
/// asks for the same shapes again finds them here.
final class StoragePool: Sendable {
    static let shared = StoragePool()

    /// Memory that a storage uses.
    struct Block: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
        let capacity: Int
        fileprivate let slot: Int
        /// Whose it is; nil: nobody counts it.
        fileprivate let account: MemoryAccount?
    }

    fileprivate struct Entry {
        var bytes = 0
        var origin: StorageOrigin?
    }

    fileprivate struct Fault {
        /// Blocks that are still given.
        var left: Int
        var isMet = false
    }

    fileprivate struct State {
        var free = [[UInt]](repeating: [], count: StoragePool.classCount)
        var freeBytes = 0
        /// Blocks in use, and places in that list that wait to be used again.
        var entries: [Entry] = []
        var freeEntries: [Int] = []
        /// For tests: threads that are made to find no memory.
        var faults: [pthread_t: Fault] = [:]
    }
    private let state = Mutex(State())
    private let liveBytes = Atomic<Int>(0)
    /// Since the reserve was last asked for.
    private let taken = Atomic<Int>(0)
    /// Free bytes kept at most; what comes back above that goes to the system.
    private let limit = 256 << 20

    var live: Int { liveBytes.load(ordering: .relaxed) }
    var freeBytes: Int { state.withLock { $0.freeBytes } }

    /// Bytes and origin of all blocks in use.
    var contents: [(bytes: Int, origin: StorageOrigin?)] {
        state.withLock { state in state.entries.filter { $0.bytes > 0 }.map { ($0.bytes, $0.origin) } }
    }

    // MARK: Sizes

    static func capacity(for byteCount: Int) -> Int {
        if byteCount <= 64 { return 64 }
        let power = 1 << (Int.bitWidth - (byteCount - 1).leadingZeroBitCount)
        if byteCount <= 4096 { return power }
        let step = power / 16
        return (byteCount + step - 1) / step * step
    }

    /// 64, 128, ... 4096, and from there on eight between two powers of two.
    private static let classCount = 7 + 8 * 32

    /// The number of a capacity among those that ``capacity(for:)`` gives.
    private static func sizeClass(_ capacity: Int) -> Int {
        let exponent = Int.bitWidth - 1 - (capacity - 1).leadingZeroBitCount
        if capacity <= 4096 { return max(exponent - 5, 0) }
        return 7 + 8 * (exponent - 12) + (capacity >> (exponent - 3)) - 9
    }

    // MARK: Blocks

    /// A block for at least so many bytes, or nil when there is no memory, or none that the thread's account may take.
    func take(_ byteCount: Int, _ origin: StorageOrigin?) -> Block? {
        let capacity = StoragePool.capacity(for: byteCount)
        let account = MemoryAccount.current
        if let account, !account.take(capacity) { return nil }
        guard let block = block(capacity, origin, account) else {
            account?.give(capacity)
            return nil
        }
        return block
    }

    private func block(_ capacity: Int, _ origin: StorageOrigin?, _ account: MemoryAccount?) -> Block? {
        let index = StoragePool.sizeClass(capacity)
        let (slot, address) = state.withLock { state -> (Int?, UInt?) in
            if !state.faults.isEmpty, state.meetsFault() { return (nil, nil) }
            let slot = state.freeEntries.popLast() ?? state.entries.count
            if slot == state.entries.count { state.entries.append(Entry()) }
            state.entries[slot] = Entry(bytes: capacity, origin: origin)
            guard let address = state.free[index].popLast() else { return (slot, nil) }
            state.freeBytes -= capacity
            return (slot, address)
        }
        guard let slot else { return nil }
        let reused = address.flatMap { UnsafeMutableRawPointer(bitPattern: $0) }
        guard let pointer = reused ?? allocate(capacity) else {
            state.withLock { $0.close(slot) }
            return nil
        }
        liveBytes.add(capacity, ordering: .relaxed)
        return Block(pointer: pointer, capacity: capacity, slot: slot, account: account)
    }

    /// Fresh memory; the free blocks go back to the system when it has no more.
    private func allocate(_ capacity: Int) -> UnsafeMutableRawPointer? {
        guard keepsReserve(capacity) else { return nil }
        var pointer = PageMemory.allocate(capacity, alignment: Storage.alignment)
        if pointer == nil {
            trim()
            pointer = PageMemory.allocate(capacity, alignment: Storage.alignment)
        }
        if pointer != nil { nj_memory_held(Int64(capacity)) }
        return pointer
    }

    private func release(_ pointer: UnsafeMutableRawPointer?, _ capacity: Int) {
        free(pointer)
        nj_memory_held(-Int64(capacity))
    }

    /// Whether the system has so many bytes for something that is no storage, and a reserve besides; nothing is kept of
    /// them.
    func hasRoom(_ byteCount: Int) -> Bool {
        if state.withLock({ !$0.faults.isEmpty && $0.meetsFault() }) { return false }
        return isThere(byteCount)
    }

    private func isThere(_ byteCount: Int) -> Bool {
        isWithinAccount(byteCount) && room(for: byteCount) == NJ_ROOM_ENOUGH
    }

    /// Whether the calling thread's account may take so many bytes more.
    private func isWithinAccount(_ byteCount: Int) -> Bool { MemoryAccount.current?.hasRoom(byteCount) ?? true }

    private func room(for byteCount: Int) -> nj_room {
        let room = nj_room_for(byteCount)
        guard room != NJ_ROOM_ENOUGH else { return room }
        trim()
        return nj_room_for(byteCount)
    }

    /// Counts bytes that were taken in small pieces, and asks with every megabyte whether the reserve is still there.
    func keepsReserve(_ byteCount: Int) -> Bool {
        guard taken.add(byteCount, ordering: .relaxed).newValue >= 1 << 20 else { return true }
        guard isWithinAccount(0) else { return false }
        let room = room(for: 0)
        // Who was refused may use a little, to say so and to clean up.
        if room != NJ_ROOM_NONE { taken.store(0, ordering: .relaxed) }
        return room == NJ_ROOM_ENOUGH
    }

    func give(_ block: Block) {
        block.account?.give(block.capacity)
        liveBytes.subtract(block.capacity, ordering: .relaxed)
        let index = StoragePool.sizeClass(block.capacity)
        let address = UInt(bitPattern: block.pointer)
        let kept = state.withLock { state -> Bool in
            state.close(block.slot)
            guard state.freeBytes + block.capacity <= limit else { return false }
            state.free[index].append(address)
            state.freeBytes += block.capacity
            return true
        }
        if !kept { release(block.pointer, block.capacity) }
    }

    func trim() {
        let (blocks, freed) = state.withLock { state -> ([UInt], Int) in
            let all = state.free.flatMap { $0 }
            for index in state.free.indices { state.free[index] = [] }
            defer { state.freeBytes = 0 }
            return (all, state.freeBytes)
        }
        for address in blocks { free(UnsafeMutableRawPointer(bitPattern: address)) }
        nj_memory_held(-Int64(freed))
    }

    // MARK: Reports and faults

    func origin(of block: Block) -> StorageOrigin? { state.withLock { $0.entries[block.slot].origin } }

    func setOrigin(_ origin: StorageOrigin?, of block: Block) {
        state.withLock { $0.entries[block.slot].origin = origin }
    }

    func failAllocation(after count: Int?) -> Bool {
        state.withLock { state in
            let met = state.faults[pthread_self()]?.isMet ?? false
            state.faults[pthread_self()] = count.map { Fault(left: $0) }
            return met
        }
    }
}

extension StoragePool.State {
    /// Counts a block that this thread wants.
    fileprivate mutating func meetsFault() -> Bool {
        guard var fault = faults[pthread_self()] else { return false }
        if fault.left > 0 {
            fault.left -= 1
        } else {
            fault.isMet = true
        }
        faults[pthread_self()] = fault
        return fault.isMet
    }

    fileprivate mutating func close(_ slot: Int) {
        entries[slot] = StoragePool.Entry()
        freeEntries.append(slot)
    }
}
