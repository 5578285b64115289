import Foundation
import NightjarProcess
import NightjarTensor

/// A file on its way: its bytes lie under another name until all of them are there and are right.
///
/// Only one process at a time has it. What is there from an earlier time is kept, and counted into the digest.
package final class PartialFile {
    let url: URL
    /// Bytes that are there.
    private(set) var count = 0
    private var hash = SHA256()
    private let handle: FileHandle

    /// - Parameter limit: more bytes than that are none of the file: they go.
    /// - Throws: ``DataError`` where another process has it, or nothing can be written there.
    package init(for target: URL, limit: Int) throws {
        url = target.deletingLastPathComponent().appendingPathComponent(target.lastPathComponent + ".part")
        let descriptor = RegularFile.open(url.path, O_RDWR | O_CREAT, follows: false)
        guard descriptor >= 0 else {
            throw DataError(file: url.path, "cannot be written: \(RegularFile.reason(errno))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw DataError(file: url.path, "is being written by another process", remedy: "Wait for it to end")
        }
        let there = lseek(descriptor, 0, SEEK_END)
        if there > limit {
            try restart()
        } else {
            try handle.seek(toOffset: 0)
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { note(piece) }
        }
    }

    /// The digest of what is there.
    var sha256: String { hash.hexadecimal }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        let piece = Data(bytes)
        do {
            try handle.write(contentsOf: piece)
        } catch {
            throw DataError(
                file: url.path, "cannot be written: \(String(cString: strerror(errno)))",
                remedy: "Is there room on the disk? What came so far is kept")
        }
        note(piece)
    }

    private func note(_ piece: Data) {
        piece.withUnsafeBytes { hash.update($0) }
        count += piece.count
    }

    /// Begins anew.
    func restart() throws {
        try handle.truncate(atOffset: 0)
        try handle.seek(toOffset: 0)
        hash = SHA256()
        count = 0
    }

    /// Gives it its name, once its bytes are on the disk.
    func finish(as target: URL) throws {
        try handle.synchronize()
        guard rename(url.path, target.path) == 0 else {
            throw DataError(file: target.path, "cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    package func remove() { unlink(url.path) }
}
