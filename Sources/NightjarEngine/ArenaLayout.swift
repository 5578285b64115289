/// Memory planning: places buffers in one block of memory, so that those whose lifetimes overlap do not.
///
/// Buffers come in the order in which they are first written; each takes the lowest gap that fits. The gaps are kept, and
/// not the buffers that lie between them: a deep model has one buffer for each layer, all alive when its gradient begins,
/// and few gaps. Placing a buffer costs as much as there are gaps below it.
package struct ArenaLayout {
    /// Byte offset of each buffer, a multiple of 64.
    package private(set) var offsets: [Int: Int] = [:]
    /// Bytes of the whole block.
    package private(set) var bytes = 0
    /// What nobody uses now, in order; no two touch, and the last has no end.
    private var gaps: [Range<Int>] = [0..<Int.max]
    /// Buffers that are in use, by the time after which they are not.
    private var ending: [Int: [Range<Int>]] = [:]
    /// Buffers that last to an earlier time than the one that had come when they were placed.
    private var overdue: [Range<Int>] = []
    /// Buffers that last to an earlier time than this one are gaps.
    private var now = Int.min

    package init() {}

    /// Places buffer `id`, written at time `from` and last read at time `through`.
    package mutating func place(_ id: Int, bytes size: Int, from: Int, through: Int) {
        advance(to: from)
        let padded = max(64, (size + 63) / 64 * 64)
        // The last gap fits any buffer.
        guard let place = gaps.firstIndex(where: { $0.upperBound - $0.lowerBound >= padded }) else { return }
        let gap = gaps[place]
        let block = gap.lowerBound..<gap.lowerBound + padded
        if block.upperBound == gap.upperBound {
            gaps.remove(at: place)
        } else {
            gaps[place] = block.upperBound..<gap.upperBound
        }
        if through < now {
            overdue.append(block)
        } else {
            ending[through, default: []].append(block)
        }
        offsets[id] = block.lowerBound
        bytes = max(bytes, block.upperBound)
    }

    private mutating func advance(to time: Int) {
        for block in overdue { release(block) }
        overdue.removeAll(keepingCapacity: true)
        guard time > now else { return }
        // Times are few and follow each other closely, but for the first.
        let past = now == Int.min ? Array(ending.keys.filter { $0 < time }) : Array(now..<time)
        for end in past { for block in ending.removeValue(forKey: end) ?? [] { release(block) } }
        now = time
    }

    /// Makes a gap of a buffer, one with those that it touches.
    private mutating func release(_ block: Range<Int>) {
        var (low, high) = (0, gaps.count)
        while low < high {
            let middle = (low + high) / 2
            if gaps[middle].lowerBound < block.lowerBound { low = middle + 1 } else { high = middle }
        }
        // Of the gaps around it, `low - 1` lies before it and `low` behind it.
        let joinsNext = low < gaps.count && gaps[low].lowerBound == block.upperBound
        let joinsLast = low > 0 && gaps[low - 1].upperBound == block.lowerBound
        switch (joinsLast, joinsNext) {
        case (true, true):
            gaps[low - 1] = gaps[low - 1].lowerBound..<gaps[low].upperBound
            gaps.remove(at: low)
        case (true, false): gaps[low - 1] = gaps[low - 1].lowerBound..<block.upperBound
        case (false, true): gaps[low] = block.lowerBound..<gaps[low].upperBound
        case (false, false): gaps.insert(block, at: low)
        }
    }
}
