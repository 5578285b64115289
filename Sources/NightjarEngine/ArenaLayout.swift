/// Memory planning: places buffers in one block of memory, so that those whose lifetimes overlap do not.
///
/// Buffers come in the order in which they are first written; each takes the lowest gap that fits.
package struct ArenaLayout {
    /// Byte offset of each buffer, a multiple of 64.
    package private(set) var offsets: [Int: Int] = [:]
    /// Bytes of the whole block.
    package private(set) var bytes = 0
    private var live: [(offset: Int, end: Int, lastUse: Int)] = []

    package init() {}

    /// Places buffer `id`, written at time `from` and last read at time `through`.
    package mutating func place(_ id: Int, bytes size: Int, from: Int, through: Int) {
        live.removeAll { $0.lastUse < from }
        let padded = max(64, (size + 63) / 64 * 64)
        var offset = 0
        for block in live.sorted(by: { $0.offset < $1.offset }) {
            if block.offset - offset >= padded { break }
            offset = max(offset, block.end)
        }
        live.append((offset, offset + padded, through))
        offsets[id] = offset
        bytes = max(bytes, offset + padded)
    }
}
