/// Memory for elements, aligned to a cache line, taken from and returned to a pool.
///
/// Contents of new storage are not defined. The owner decides who writes when: a storage that a script can reach is
/// written only before it is shared, or by the engine at the end of a step.
public final class Storage: @unchecked Sendable {
    /// The first byte. Aligned to ``alignment`` in memory of the pool; never nil, also for empty storage.
    public let pointer: UnsafeMutableRawPointer
    /// Bytes that hold elements.
    public let byteCount: Int
    private let block: StoragePool.Block?
    /// The file that the elements lie in; nil for memory of the pool.
    public let mapping: FileMapping?

    /// Bytes: one cache line.
    public static let alignment = 64

    /// Takes memory for `byteCount` bytes.
    /// - Throws: ``TensorError`` when the system has no more memory, also after the pool gave its free blocks back, or
    ///   for a count that is negative or more than the largest tensor takes.
    public init(byteCount: Int, origin: StorageOrigin? = nil) throws {
        guard byteCount >= 0, byteCount <= Shape.maxCount * 8 else {
            throw TensorError("storage is made for 0 to 2^43 bytes, got \(byteCount)")
        }
        guard let block = StoragePool.shared.take(byteCount, origin) else {
            throw TensorError("out of memory: no room for \(byteCount) bytes (\(Storage.liveByteCount) in use)")
        }
        self.block = block
        self.mapping = nil
        self.pointer = block.pointer
        self.byteCount = byteCount
        if MemoryPoison.isOn { MemoryPoison.fill(pointer, byteCount) }
    }

    /// The bytes of a file from `offset` on, which stay where they are. Aligned as they are in the file: for what is read
    /// byte by byte, or lies at multiples of ``alignment``.
    /// - Throws: ``TensorError`` where the file has not so many.
    public init(_ mapping: FileMapping, offset: Int, byteCount: Int) throws {
        guard offset >= 0, byteCount >= 0, offset <= mapping.byteCount, byteCount <= mapping.byteCount - offset else {
            throw TensorError("\(mapping.path) has \(mapping.byteCount) bytes, not \(byteCount) from \(offset) on")
        }
        self.block = nil
        self.mapping = mapping
        self.pointer = mapping.pointer + offset
        self.byteCount = byteCount
    }

    deinit {
        guard let block else { return }
        if MemoryPoison.isOn { MemoryPoison.fill(pointer, byteCount) }
        StoragePool.shared.give(block)
    }

    /// Who made this, for reports of memory; nil where nobody said so.
    public var origin: StorageOrigin? {
        get { block.flatMap { StoragePool.shared.origin(of: $0) } }
        set { if let block { StoragePool.shared.setOrigin(newValue, of: block) } }
    }

    /// All live storages: bytes and origin of each, in no order.
    public static var live: [(bytes: Int, origin: StorageOrigin?)] { StoragePool.shared.contents }

    /// Bytes in live storages, pool excluded.
    public static var liveByteCount: Int { StoragePool.shared.live }

    /// Bytes in blocks that the pool keeps to be used again.
    public static var pooledByteCount: Int { StoragePool.shared.freeBytes }

    /// For tests: after `count` more storages that this thread makes, the next one fails for want of memory and so do
    /// all after it, until nil is given.
    /// - Returns: whether one has failed since this was last called.
    @discardableResult
    package static func failAllocation(after count: Int?) -> Bool { StoragePool.shared.failAllocation(after: count) }

    /// Gives the pool's free blocks back to the system.
    public static func trimPool() { StoragePool.shared.trim() }
}

/// Whoever made a storage: a session of the process, and a number of that session's own (the place in a script).
public struct StorageOrigin: Hashable, Sendable {
    /// From 1.
    public let session: UInt32
    public let place: Int32

    public init(session: UInt32, place: Int32) {
        self.session = session
        self.place = place
    }
}
