import Foundation

/// What tells one state of a file from the next without reading it: which file it is, its size and the time of its last
/// change. Equal stamps are taken for equal contents.
public struct FileStamp: Equatable, Sendable {
    private let file: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// - Returns: nil where there is no such file, or it cannot be looked at.
    public init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        #if canImport(Darwin)
            let time = facts.st_mtimespec
        #else
            let time = facts.st_mtim
        #endif
        (file, size) = (UInt64(facts.st_ino), Int64(facts.st_size))
        (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
    }

    /// The time of the last change, in seconds since 1970.
    public var modified: Double { Double(seconds) + Double(nanoseconds) / 1e9 }
}
