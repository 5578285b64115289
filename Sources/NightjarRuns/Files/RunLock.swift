// One process at a time writes a run's folder.

import Foundation
import NightjarTensor

/// A lock on a folder, held by this process until ``release()`` or its end, however it ends.
///
/// The lock is the system's (`flock`) on `.lock` in the folder, which names the process; the file goes when the lock is
/// given back. On a file system without such locks a file `.lease` says which process of which machine writes the folder;
/// one whose process is gone is taken over.
public final class RunLock {
    /// Another process writes the folder.
    public struct Held: Error, CustomStringConvertible, Sendable, Equatable {
        /// Who that is, and what to do; the whole message.
        public let description: String
    }

    private var descriptor: Int32
    private let path: String
    private let leasePath: String
    private var hasLease = false

    /// Makes the folder where it is not there.
    /// - Throws: ``Held`` that names the process that holds the lock, and `RunError` where the folder cannot be written.
    public convenience init(_ folder: URL) throws { try self.init(folder, locking: flock) }

    /// - Parameter locking: `flock`, or what stands for it.
    package init(_ folder: URL, locking: (Int32, Int32) -> Int32) throws {
        path = RunLock.file(of: folder)
        leasePath = RunLock.lease(of: folder)
        descriptor = -1
        do {
            try FileReason.makeFolder(folder)
        } catch {
            throw RunError("\(folder.path): could not prepare the run's folder (\(FileReason.of(error)))")
        }
        // The file of a lock that was given back may have gone between the opening and the locking: then again.
        for attempt in 0..<100 {
            let opened = try OwnFile.open(URL(fileURLWithPath: path), O_RDWR | O_CREAT)
            guard locking(opened, LOCK_EX | LOCK_NB) == 0 else {
                let reason = errno
                defer { close(opened) }
                // Who only looks holds it for a moment.
                if reason == EWOULDBLOCK, attempt < 3 {
                    usleep(10_000)
                    continue
                }
                if reason == EWOULDBLOCK { throw RunLock.refusal(folder, holder: RunLock.text(of: opened)) }
                unlink(path)
                try takeLease(folder)
                return
            }
            var mine = stat()
            var there = stat()
            if fstat(opened, &mine) == 0, lstat(path, &there) == 0, mine.st_ino == there.st_ino {
                descriptor = opened
                let text = "\(getpid())\n"
                _ = ftruncate(opened, 0)
                _ = text.withCString { pwrite(opened, $0, strlen($0), 0) }
                return
            }
            close(opened)
        }
    }

    private func takeLease(_ folder: URL) throws {
        switch try RunLease.take(leasePath) {
        case .taken: hasLease = true
        case .held(let lease):
            let holder = RunLock.words(lease)
            throw Held(
                description: "\(folder.path): \(holder) is writing this run\n  \(RunLock.advice)"
                    + (lease.isHere ? "" : "; where it is no more, remove \(leasePath)"))
        case .unreadable:
            throw Held(
                description: "\(leasePath): this file should say which process writes the run, and cannot be read\n"
                    + "  remove it where none does")
        }
    }

    private static func file(of folder: URL) -> String { folder.appendingPathComponent(".lock").path }
    private static func lease(of folder: URL) -> String { folder.appendingPathComponent(".lease").path }

    /// Removes what a lock has left in a folder that was moved with it.
    static func removeFiles(in folder: URL) {
        unlink(file(of: folder))
        unlink(lease(of: folder))
    }

    /// Who is writing a folder, in words: `another process (pid 4711)`; nil where nobody is.
    public static func holder(of folder: URL) -> String? {
        if let lease = RunLease.head(of: lease(of: folder)).flatMap(RunLease.init), !lease.isOver {
            return words(lease)
        }
        let opened = RegularFile.open(file(of: folder), O_RDONLY, follows: false)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        guard flock(opened, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        return words(text(of: opened))
    }

    private static func words(_ holder: String) -> String {
        "another process" + (Int(holder).map { " (pid \($0))" } ?? "")
    }

    private static func words(_ lease: RunLease) -> String {
        lease.isHere ? words("\(lease.process)") : "a process of \(lease.host) (pid \(lease.process))"
    }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    private static let advice = "wait until it has ended, stop it, or give this one another folder with --runs-dir"

    private static func refusal(_ folder: URL, holder: String) -> Held {
        Held(description: "\(folder.path): \(words(holder)) is writing this run\n  \(advice)")
    }

    /// Gives it back after the folder was moved away: the file of the lock is elsewhere.
    public func leave() {
        hasLease = false
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    /// Gives it back.
    public func release() {
        if hasLease { RunLease.release(leasePath) }
        hasLease = false
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
        descriptor = -1
    }

    deinit { release() }
}
