import Foundation
import NightjarScripting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that may change, looked at by its size and time of change first and read only when these have.
struct WatchedFile {
    let path: String
    /// The text that was last read.
    private(set) var text: String
    private var seen: Stamp?
    private var waiting: Stamp?

    private struct Stamp: Equatable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let file: UInt64

        init?(_ path: String) {
            var info = stat()
            guard stat(path, &info) == 0 else { return nil }
            #if canImport(Darwin)
                let time = info.st_mtimespec
            #else
                let time = info.st_mtim
            #endif
            (size, file) = (Int(info.st_size), UInt64(info.st_ino))
            (seconds, nanoseconds) = (Int(time.tv_sec), Int(time.tv_nsec))
        }
    }

    /// - Throws: what reading the file throws.
    init(_ path: String) throws {
        self.path = path
        seen = Stamp(path)
        text = try ScriptFiles.read(path)
    }

    /// A file of which some other text was used last: when it holds another now, that is a change.
    init(_ path: String, text: String) {
        self.path = path
        self.text = text
    }

    /// The new text, when there is one that has been the same at two looks: editors write in more than one go. A file
    /// that is away, as between the two moves of an atomic save, is waited for.
    mutating func changed() -> String? {
        guard let now = Stamp(path), now != seen else {
            waiting = nil
            return nil
        }
        guard now == waiting else {
            waiting = now
            return nil
        }
        waiting = nil
        guard let new = try? ScriptFiles.read(path) else { return nil }
        seen = now
        guard new != text else { return nil }
        text = new
        return new
    }
}
