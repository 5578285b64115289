/// Room for what grows with a number of the user's: a size in a script, a header of a file, a setting.
///
/// Swift's arrays end the process where the system has no memory left for them. So whatever grows with such a number asks
/// here first: the memory is taken in a way that may fail, and given back; what fails is an error that a script can catch,
/// in the words in which tensors say it. Below ``least`` nothing is asked, since the answer costs more than the array: for
/// what is small there is a reserve (`nj_room_for`), without which nothing more is given.
public enum Room {
    /// Bytes up to which memory is taken to be there.
    public static let least = 1 << 16

    /// Bytes up to which the reserve serves what is given back before anything else is taken.
    public static let leastPassing = 8 << 20

    /// The same for what is given back before anything else is asked for, such as the lists of one run of a plan: asking
    /// the system takes microseconds, and the reserve is larger than ``leastPassing``.
    /// - Throws: ``TensorError`` where the system has no room for `count` elements of `size` bytes.
    public static func checkPassing(_ count: Int, of size: Int) throws {
        guard count > leastPassing / max(size, 1) else { return }
        try check(count, of: size)
    }

    /// - Throws: ``TensorError`` where the system has no room for `count` elements of `size` bytes, or nothing has so many.
    public static func check(_ count: Int, of size: Int = 1) throws {
        let (bytes, overflow) = max(count, 0).multipliedReportingOverflow(by: max(size, 1))
        guard !overflow, bytes <= Shape.maxCount * 8 else {
            throw TensorError("out of memory: no room for \(count) elements of \(size) bytes")
        }
        // A few bytes of Swift's own come before the elements.
        guard bytes > least else { return }
        guard StoragePool.shared.hasRoom(bytes + 64) else {
            throw TensorError("out of memory: no room for \(bytes) bytes (\(Storage.liveByteCount) in use)")
        }
    }
}

extension Room {
    /// Counts bytes that native code takes for a script in small pieces.
    /// - Throws: ``TensorError`` where the reserve is gone that what is small is taken from.
    public static func grew(by byteCount: Int) throws {
        guard StoragePool.shared.keepsReserve(byteCount) else {
            throw TensorError("out of memory: no room for \(byteCount) bytes (\(Storage.liveByteCount) in use)")
        }
    }
}

extension Array {
    /// `count` elements, each made from its position (0-based).
    /// - Throws: ``TensorError`` where there is no room for them, and what `element` throws.
    public init(room count: Int, _ element: (Int) throws -> Element) throws {
        try Room.check(count, of: MemoryLayout<Element>.stride)
        self.init()
        reserveCapacity(Swift.max(count, 0))
        var position = 0
        while position < count {
            append(try element(position))
            position += 1
        }
    }

    /// `count` times the same element.
    /// - Throws: ``TensorError`` where there is no room for them.
    public init(room count: Int, repeating element: Element) throws {
        try Room.check(count, of: MemoryLayout<Element>.stride)
        self.init(repeating: element, count: Swift.max(count, 0))
    }

    /// Makes room for `count` more elements, so that appending them cannot fail.
    /// - Throws: ``TensorError`` where there is no room for them.
    public mutating func makeRoom(_ count: Int) throws {
        let (needed, overflow) = self.count.addingReportingOverflow(Swift.max(count, 0))
        guard !overflow else { throw TensorError("out of memory: no room for \(count) elements more") }
        guard needed > capacity else { return }
        // Twice as many as before, as `append` has it: many small appends stay linear.
        let wanted = Swift.max(needed, Swift.min(capacity, Shape.maxCount) * 2)
        try Room.check(wanted, of: MemoryLayout<Element>.stride)
        reserveCapacity(wanted)
    }
}
