// Files that a run writes on, and the folders in which they lie.

import Foundation
import NightjarTensor

/// Opens what grows or is held open below a run: logs, locks, arrays, events, reports of workers.
///
/// A folder of runs may be a stranger's. A link in it would lead what is written into a file elsewhere, and a pipe would
/// hold the program until somebody reads from it. So no link is followed here, and only regular files are opened. Files that
/// are written whole need none of this: ``AtomicFile`` puts them in the place of a link.
enum OwnFile {
    /// Opens a file of a run.
    /// - Parameter flags: as of open(2); with `O_CREAT`, what is made may be read by everybody.
    /// - Throws: `RunError` that names the file and the reason.
    static func open(_ url: URL, _ flags: Int32) throws -> Int32 {
        func refusal(_ reason: String) -> RunError { RunError("\(url.path): could not open the file (\(reason))") }
        let descriptor = RegularFile.open(url.path, flags, follows: false)
        guard descriptor >= 0 else {
            throw refusal(errno == ELOOP ? aLink : RegularFile.reason(errno))
        }
        return descriptor
    }

    /// The same as a handle, which closes the file when it goes.
    static func handle(_ url: URL, _ flags: Int32) throws -> FileHandle {
        FileHandle(fileDescriptor: try open(url, flags), closeOnDealloc: true)
    }

    /// Looks whether a file that is held open still lies where it did. What is written into one that was removed, or in whose
    /// place another was put, is lost.
    /// - Throws: `RunError` where it does not.
    static func check(_ url: URL, is descriptor: Int32) throws {
        var held = stat()
        var there = stat()
        guard fstat(descriptor, &held) == 0, lstat(url.path, &there) == 0, held.st_ino == there.st_ino,
            held.st_dev == there.st_dev
        else {
            throw RunError(
                "\(url.path): it was removed or replaced while the run wrote it: what it held is lost\n  run it anew with "
                    + "--again")
        }
    }

    /// Makes a folder inside of a folder that is there; one that is there already stays.
    /// - Throws: `RunError` that names the folder, also where it is a link or a file.
    static func makeFolder(_ url: URL) throws {
        if mkdir(url.path, 0o777) == 0 { return }
        let reason = errno
        var facts = stat()
        guard reason == EEXIST, lstat(url.path, &facts) == 0 else {
            throw RunError("\(url.path): could not make the folder (\(String(cString: strerror(reason)).lowercased()))")
        }
        guard facts.st_mode & S_IFMT == S_IFDIR else {
            throw RunError(
                "\(url.path): could not make the folder (\(facts.st_mode & S_IFMT == S_IFLNK ? aLink : "a file is there"))"
            )
        }
    }

    /// Whether a folder has this name, and no link to one.
    static func isFolder(_ url: URL) -> Bool {
        var facts = stat()
        return lstat(url.path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether something has this name, a link that leads nowhere included.
    static func isThere(_ url: URL) -> Bool {
        var facts = stat()
        return lstat(url.path, &facts) == 0
    }

    private static let aLink = "it is a link, which runs do not follow"
}
