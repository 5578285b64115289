import CProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory from the system, in large pages where it fills some.
///
/// A kernel that goes through megabytes meets a page of 4 KiB every few hundred nanoseconds, and finding it costs about
/// a twentieth of a training step; with pages of 2 MiB that is gone. Linux gives those to whoever asks (`madvise`, in
/// its usual setting), so memory is aligned for them and asks.
package enum PageMemory {
    /// Bytes of a large page on x86-64, and on arm64 with small pages of 4 KiB.
    static let largePage = 2 << 20

    /// The bytes of whole large pages that hold so many; as they are where they fill none.
    package static func filled(_ byteCount: Int) -> Int {
        byteCount < largePage ? byteCount : (byteCount + largePage - 1) / largePage * largePage
    }

    /// Memory to be returned with `free`, aligned to `alignment` bytes at least (a power of two, a multiple of 8); nil
    /// when there is none: none that the system promises, or none that the machine has (`nj_memory_room`).
    package static func allocate(_ byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        // What is smaller is counted with the other small things, for each mebibyte of them.
        guard byteCount < 1 << 20 || nj_memory_room(byteCount) == NJ_ROOM_ENOUGH else { return nil }
        let isLarge = byteCount >= largePage
        var pointer: UnsafeMutableRawPointer?
        let status = posix_memalign(&pointer, isLarge ? max(largePage, alignment) : alignment, byteCount)
        guard status == 0, let pointer else { return nil }
        #if os(Linux)
            // A wish: where it is not granted the memory is as good, and slower.
            if isLarge { madvise(pointer, byteCount / largePage * largePage, MADV_HUGEPAGE) }
        #endif
        return pointer
    }
}
