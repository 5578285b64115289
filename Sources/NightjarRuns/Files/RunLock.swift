// One process at a time writes a run's folder.

import Foundation

/// A lock on a folder, held by this process until ``release()`` or its end, however it ends.
///
/// The lock is the system's (`flock`) on `.lock` in the folder, which names the process; the file goes when the lock is
/// given back. On a file system without such locks there is none, and nothing is refused.
public final class RunLock {
    private var descriptor: Int32
    private let path: String

    /// Makes the folder where it is not there.
    /// - Throws: `RunError` that names the process that holds the lock.
    public init(_ folder: URL) throws {
        path = folder.appendingPathComponent(".lock").path
        descriptor = -1
        do {
            try FileReason.makeFolder(folder)
        } catch {
            throw RunError("\(folder.path): could not prepare the run's folder (\(FileReason.of(error)))")
        }
        // The file of a lock that was given back may have gone between the opening and the locking: then again.
        for attempt in 0..<100 {
            let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard opened >= 0 else {
                throw RunError("\(path): could not open the file (\(String(cString: strerror(errno)).lowercased()))")
            }
            guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
                let reason = errno
                defer { close(opened) }
                // Who only looks holds it for a moment.
                if reason == EWOULDBLOCK, attempt < 3 {
                    usleep(10_000)
                    continue
                }
                if reason == EWOULDBLOCK { throw RunLock.refusal(folder, holder: RunLock.text(of: opened)) }
                return
            }
            var mine = stat()
            var there = stat()
            if fstat(opened, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino {
                descriptor = opened
                let text = "\(getpid())\n"
                _ = ftruncate(opened, 0)
                _ = text.withCString { pwrite(opened, $0, strlen($0), 0) }
                return
            }
            close(opened)
        }
    }

    /// Who is writing a folder, in words: `another process (pid 4711)`; nil where nobody is.
    public static func holder(of folder: URL) -> String? {
        let opened = open(folder.appendingPathComponent(".lock").path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        guard flock(opened, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return words(text(of: opened))
    }

    private static func words(_ holder: String) -> String {
        "another process" + (Int(holder).map { " (pid \($0))" } ?? "")
    }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    private static func refusal(_ folder: URL, holder: String) -> RunError {
        RunError(
            "\(folder.path): \(words(holder)) is writing this run\n"
                + "  wait until it has ended, stop it, or give this one another folder with --runs-dir")
    }

    /// Gives it back after the folder was moved away: the file of the lock is elsewhere.
    public func leave() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    /// Gives it back.
    public func release() {
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
        descriptor = -1
    }

    deinit { release() }
}
