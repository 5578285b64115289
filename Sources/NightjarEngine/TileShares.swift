import Synchronization

/// The tiles of a launch that nobody has taken yet: a range for each thread.
///
/// A thread takes from the front of its own range, and from the back of another's when its own is empty, so that the
/// tiles that change hands are the same ones from launch to launch.
package struct TileShares: ~Copyable, @unchecked Sendable {
    private let threads: Int
    /// The first tile of a range in the lower half of a word, the end in the upper one; a word in a cache line.
    private let ranges: UnsafeMutablePointer<Atomic<UInt64>>

    private static let stride = 64 / MemoryLayout<UInt64>.stride

    package init(_ threads: Int) {
        self.threads = max(threads, 1)
        ranges = .allocate(capacity: self.threads * TileShares.stride)
        for thread in 0..<self.threads { (ranges + thread * TileShares.stride).initialize(to: Atomic(0)) }
    }

    deinit {
        for thread in 0..<threads { (ranges + thread * TileShares.stride).deinitialize(count: 1) }
        ranges.deallocate()
    }

    /// Deals out the first `count` tiles, or as many as there are numbers for. No thread may be taking any.
    /// - Returns: how many.
    package func deal(_ count: Int) -> Int {
        let count = min(count, Int(UInt32.max))
        let (share, more) = count.quotientAndRemainder(dividingBy: threads)
        var first = 0
        for thread in 0..<threads {
            let end = first + share + (thread < more ? 1 : 0)
            let range = UInt64(truncatingIfNeeded: end) << 32 | UInt64(truncatingIfNeeded: first)
            ranges[thread * TileShares.stride].store(range, ordering: .relaxed)
            first = end
        }
        return count
    }

    /// A tile for `thread`, or nil when all have been taken.
    package func take(_ thread: Int) -> Int? {
        if let tile = take(from: thread, atFront: true) { return tile }
        for step in 1..<threads {
            let other = thread + step
            if let tile = take(from: other < threads ? other : other - threads, atFront: false) { return tile }
        }
        return nil
    }

    private func take(from thread: Int, atFront: Bool) -> Int? {
        let place = ranges + thread * TileShares.stride
        var range = place.pointee.load(ordering: .relaxed)
        while true {
            let (first, end) = (range & 0xffff_ffff, range >> 32)
            guard first < end else { return nil }
            let left = atFront ? range &+ 1 : range &- 1 << 32
            let (exchanged, current) = place.pointee.weakCompareExchange(
                expected: range, desired: left, ordering: .relaxed)
            if exchanged { return Int(truncatingIfNeeded: atFront ? first : end &- 1) }
            range = current
        }
    }
}
