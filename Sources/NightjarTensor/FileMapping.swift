import CProcess
import Foundation

/// A file as memory that the system fills as it is read, and takes back when it needs room: for what is large.
///
/// A file that another process cuts short meanwhile reads as zeros from there on, and ``isCut`` says so; it ends nothing.
/// What is written to the memory never reaches the file.
public final class FileMapping: @unchecked Sendable {
    /// As messages name the file.
    public let path: String
    public let byteCount: Int
    /// The first byte of the file; aligned to a page.
    public let pointer: UnsafeMutableRawPointer
    /// Which file it was when it was mapped, and in which state.
    public let state: State
    private let place: Int32

    /// Elements of so many bytes and more stay in their file, where its form allows it; fewer are read.
    public static let leastBytes = 16 << 20

    /// Maps a regular file of exactly so many bytes.
    /// - Returns: nil where it is none, has another size, or the system maps no more: it is then to be read.
    public init?(_ path: String, byteCount: Int) {
        let file = RegularFile.open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, byteCount > 0, facts.st_size == byteCount else { return nil }
        var place: Int32 = -1
        guard let pointer = nj_map_file(file, byteCount, &place) else { return nil }
        state = State(facts)
        (self.path, self.byteCount, self.pointer, self.place) = (path, byteCount, pointer, place)
    }

    deinit { nj_unmap_file(place) }

    /// What tells one state of a file from the next without reading it: device, number, size, and when its contents and its
    /// entry were changed last.
    public struct State: Equatable, Sendable {
        public let text: String
        /// When its contents were changed last, in seconds since 1970.
        public let modified: Double

        fileprivate init(_ facts: stat) {
            #if canImport(Darwin)
                let (contents, entry) = (facts.st_mtimespec, facts.st_ctimespec)
            #else
                let (contents, entry) = (facts.st_mtim, facts.st_ctim)
            #endif
            text =
                "\(facts.st_dev) \(facts.st_ino) \(facts.st_size) \(contents.tv_sec).\(contents.tv_nsec) "
                + "\(entry.tv_sec).\(entry.tv_nsec)"
            modified = Double(contents.tv_sec) + Double(contents.tv_nsec) / 1e9
        }

        /// - Returns: nil where there is no such file, or it cannot be looked at.
        public init?(_ path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0 else { return nil }
            self.init(facts)
        }
    }

    /// Whether some of the file was asked for that is not there any more.
    public var isCut: Bool { nj_mapping_is_cut(place) }
}
