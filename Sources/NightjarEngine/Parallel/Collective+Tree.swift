import NightjarTensor

extension Collective {
    /// What all processes have, where each has its own block: neighbours exchange, then pairs of neighbours, and so on.
    /// - Parameter offset: where the block of a rank begins in `bytes`; of ``count``: the end.
    func gather(_ bytes: UnsafeMutableRawPointer, offset: (Int) -> Int) throws {
        var size = 1
        while size < count {
            let partner = rank ^ size
            let (own, other) = (rank & ~(size - 1), partner & ~(size - 1))
            let mine = offset(own)..<offset(own + size)
            let theirs = offset(other)..<offset(other + size)
            try exchange(
                UnsafeRawBufferPointer(start: bytes + mine.lowerBound, count: mine.count),
                for: UnsafeMutableRawBufferPointer(start: bytes + theirs.lowerBound, count: theirs.count), with: partner
            )
            size *= 2
        }
    }

    /// What each process says, by rank: as many bytes from each. None goes on before all have said it.
    public func gather(_ own: [UInt8]) throws -> [[UInt8]] {
        let width = own.count
        var all = [UInt8](repeating: 0, count: width * count)
        all.replaceSubrange(width * rank..<width * (rank + 1), with: own)
        try all.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            try gather(start) { width * $0 }
        }
        return (0..<count).map { Array(all[width * $0..<width * ($0 + 1)]) }
    }

    /// The sums of what all processes have, in the order of ``BatchShards``, in the place of each one's own.
    ///
    /// Small ones are exchanged whole, in as few messages as there can be. Of large ones each process adds a part and
    /// then hands it on: it sends and receives 2 (count - 1) / count times their bytes. The sums are the same.
    /// - Parameters:
    ///   - spare: as many bytes.
    ///   - samples: how many samples the processes of a range of ranks have.
    func join(
        _ bytes: UnsafeMutableRawPointer, spare: UnsafeMutableRawPointer, _ layout: JoinLayout,
        samples: (Range<Int>) -> Int
    ) throws {
        let isSmall = layout.byteCount < 1 << 15 || layout.count < count
        // What this process still adds.
        var entries = 0..<layout.count
        var handed: [Range<Int>] = []
        var size = 1
        while size < count {
            let partner = rank ^ size
            let isLeft = rank & size == 0
            let first = rank & ~(2 * size - 1)
            var kept = entries
            var sent = entries
            if !isSmall {
                let middle = entries.lowerBound + entries.count / 2
                let halves = (entries.lowerBound..<middle, middle..<entries.upperBound)
                (kept, sent) = isLeft ? halves : (halves.1, halves.0)
                handed.append(sent)
            }
            try exchange(part(bytes, sent, layout), for: mutablePart(spare, kept, layout), with: partner)
            layout.combine(
                isLeft ? bytes : spare, isLeft ? spare : bytes, into: bytes, entries: kept,
                samples: (samples(first..<first + size), samples(first + size..<first + 2 * size)))
            entries = kept
            size *= 2
        }
        while size > 1, !isSmall, let other = handed.popLast() {
            size /= 2
            try exchange(part(bytes, entries, layout), for: mutablePart(bytes, other, layout), with: rank ^ size)
            entries =
                min(entries.lowerBound, other.lowerBound)..<max(entries.upperBound, other.upperBound)
        }
    }

    private func part(
        _ bytes: UnsafeMutableRawPointer, _ entries: Range<Int>, _ layout: JoinLayout
    ) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutablePart(bytes, entries, layout)) }

    private func mutablePart(
        _ bytes: UnsafeMutableRawPointer, _ entries: Range<Int>, _ layout: JoinLayout
    ) -> UnsafeMutableRawBufferPointer {
        let first = layout.offset(of: entries.lowerBound)
        return UnsafeMutableRawBufferPointer(
            start: bytes + first, count: layout.offset(of: entries.upperBound) - first)
    }
}
