import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory for elements, aligned to a cache line, taken from and returned to a pool.
///
/// Contents of new storage are not defined. The owner decides who writes when: a storage that a script can reach is
/// written only before it is shared, or by the engine at the end of a step.
public final class Storage: @unchecked Sendable {
    /// The first byte. Aligned to ``alignment``; never nil, also for empty storage.
    public let pointer: UnsafeMutableRawPointer
    /// Bytes that hold elements.
    public let byteCount: Int
    private let capacity: Int

    /// Bytes: one cache line.
    public static let alignment = 64

    /// Takes memory for `byteCount` bytes.
    /// - Throws: ``TensorError`` when the system has no more memory, also after the pool gave its free blocks back, or
    ///   for a count that is negative or more than the largest tensor takes.
    public init(byteCount: Int) throws {
        guard byteCount >= 0, byteCount <= Shape.maxCount * 8 else {
            throw TensorError("storage is made for 0 to 2^43 bytes, got \(byteCount)")
        }
        let capacity = StoragePool.capacity(for: byteCount)
        guard let block = StoragePool.shared.take(capacity) else {
            throw TensorError("out of memory: no room for \(byteCount) bytes (\(Storage.liveByteCount) in use)")
        }
        self.pointer = block
        self.byteCount = byteCount
        self.capacity = capacity
    }

    deinit { StoragePool.shared.give(pointer, capacity) }

    /// Bytes in live storages, pool excluded.
    public static var liveByteCount: Int { StoragePool.shared.live }

    /// Gives the pool's free blocks back to the system.
    public static func trimPool() { StoragePool.shared.trim() }
}

/// Free blocks by size. Sizes are rounded up, to a power of two for small blocks and to an eighth of one above
/// that, so a training loop that asks for the same shapes again finds them here.
private final class StoragePool: Sendable {
    static let shared = StoragePool()

    private struct State {
        var free: [Int: [UInt]] = [:]
        var freeBytes = 0
    }
    private let state = Mutex(State())
    private let liveBytes = Atomic<Int>(0)
    /// Free bytes kept at most; what comes back above that goes to the system.
    private let limit = 256 << 20

    var live: Int { liveBytes.load(ordering: .relaxed) }

    static func capacity(for byteCount: Int) -> Int {
        if byteCount <= 64 { return 64 }
        let power = 1 << (Int.bitWidth - (byteCount - 1).leadingZeroBitCount)
        if byteCount <= 4096 { return power }
        let step = power / 16
        return (byteCount + step - 1) / step * step
    }

    func take(_ capacity: Int) -> UnsafeMutableRawPointer? {
        let reused = state.withLock { state -> UInt? in
            guard let address = state.free[capacity]?.popLast() else { return nil }
            state.freeBytes -= capacity
            return address
        }
        if let reused, let pointer = UnsafeMutableRawPointer(bitPattern: reused) {
            liveBytes.add(capacity, ordering: .relaxed)
            return pointer
        }
        var pointer = allocate(capacity)
        if pointer == nil {
            trim()
            pointer = allocate(capacity)
        }
        if pointer != nil { liveBytes.add(capacity, ordering: .relaxed) }
        return pointer
    }

    private func allocate(_ capacity: Int) -> UnsafeMutableRawPointer? {
        var pointer: UnsafeMutableRawPointer?
        return posix_memalign(&pointer, Storage.alignment, capacity) == 0 ? pointer : nil
    }

    func give(_ pointer: UnsafeMutableRawPointer, _ capacity: Int) {
        liveBytes.subtract(capacity, ordering: .relaxed)
        let kept = state.withLock { state -> Bool in
            guard state.freeBytes + capacity <= limit else { return false }
            state.free[capacity, default: []].append(UInt(bitPattern: pointer))
            state.freeBytes += capacity
            return true
        }
        if !kept { free(pointer) }
    }

    func trim() {
        let blocks = state.withLock { state -> [UInt] in
            let all = state.free.values.flatMap { $0 }
            state.free = [:]
            state.freeBytes = 0
            return all
        }
        for address in blocks { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }
}
