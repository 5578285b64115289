// Whole files that are either there complete or not there at all.

import Foundation
import NightjarProcess
import NightjarTensor

/// Writes a file under a temporary name in the same folder, then renames it over the old one.
///
/// A process killed at any moment leaves the old file or the new one, never a part of it.
public enum AtomicFile {
    /// Writes a text as UTF-8.
    public static func write(_ text: String, to url: URL, flushed: Bool = false) throws {
        try write(to: url, flushed: flushed) { try $0.write(contentsOf: Data(text.utf8)) }
    }

    /// Lets `body` write the file's contents through a handle.
    /// - Parameter flushed: whether the file is on the disk before it takes its name, and the name before this returns: then
    ///   a machine that loses power has the old file or the new one as well.
    /// - Throws: `RunError` naming the file, or what `body` throws where that is a `RunError` already.
    public static func write(to url: URL, flushed: Bool = false, body: (FileHandle) throws -> Void) throws {
        let process = ProcessInfo.processInfo.processIdentifier
        let folder = url.deletingLastPathComponent()
        let temporary = folder.appendingPathComponent(
            ".\(url.lastPathComponent).\(place).\(process).\(UInt32.random(in: 0...UInt32.max))\(ending)")
        do {
            // Foundation has no words for a limit of open files.
            let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw RunError(String(cString: strerror(errno)).lowercased()) }
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            do {
                try body(handle)
                if flushed { try flush(handle.fileDescriptor) }
                try handle.close()
            } catch {
                try? handle.close()
                throw error
            }
            guard rename(temporary.path, url.path) == 0 else {
                throw RunError("could not move it into place: \(String(cString: strerror(errno)))")
            }
            if flushed { flush(folder: folder) }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw RunError("\(url.path): could not write the file (\(FileReason.of(error)))")
        }
    }
}

extension AtomicFile {
    /// Of names that files have until they are whole.
    private static let ending = ".part"

    /// Where numbers of processes mean what they mean here: this machine since it was started, and its space of processes.
    private static let place: String = {
        var sum = Checksum()
        sum.add((try? FileReason.readText(URL(fileURLWithPath: "/proc/sys/kernel/random/boot_id"))) ?? "")
        sum.add((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? "")
        sum.add(ProcessInfo.processInfo.hostName)
        return String(sum.text.prefix(8))
    }()

    /// Waits until what was written to a descriptor is on the disk.
    /// - Throws: `RunError` where the disk refuses; a file system that has no such thing refuses nothing.
    static func flush(_ descriptor: Int32) throws {
        while fsync(descriptor) != 0 {
            if errno == EINTR { continue }
            if errno == EINVAL || errno == ENOTSUP || errno == EROFS { return }
            throw RunError("could not bring it to the disk: \(String(cString: strerror(errno)).lowercased())")
        }
    }

    /// Waits until the names in a folder are on the disk. Where folders cannot be opened for that, the system does it when
    /// it likes.
    public static func flush(folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        try? flush(descriptor)
    }

    /// Removes what processes of this machine that are no more were writing in a folder that several may write at a time.
    public static func removeOfTheDead(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(".") && name.hasSuffix(ending) {
            let parts = name.dropLast(ending.count).split(separator: ".").suffix(3)
            guard parts.count == 3, parts.first.map(String.init) == place,
                let process = Int32(parts[parts.startIndex + 1]), process > 0, kill(process, 0) != 0, errno == ESRCH
            else { continue }
            unlink(folder.appendingPathComponent(name).path)
        }
    }

    /// Removes what processes that are no more were writing in a folder that this process has locked.
    static func removeUnfinished(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(".") && name.hasSuffix(ending) {
            unlink(folder.appendingPathComponent(name).path)
        }
    }
}

/// The short reason inside a file error of Foundation.
public enum FileReason {
    /// Errors of this project say what is wrong themselves; Foundation only numbers them.
    private static func isNumbered(_ error: any Error) -> Bool {
        type(of: error) is NSError.Type || error is CocoaError || error is POSIXError
    }

    /// An error as people get it: of those of Foundation, the path and the reason.
    public static func message(_ error: any Error) -> String {
        guard isNumbered(error), let path = (error as NSError).userInfo[NSFilePathErrorKey] as? String else {
            return of(error)
        }
        return "\(ShownText.line(path, most: .max)): \(of(error))"
    }

    /// Makes a folder and those above it, where they are not there.
    /// - Throws: `RunError` with the system's reason alone.
    public static func makeFolder(_ url: URL) throws {
        var path = ""
        for part in url.standardizedFileURL.path.split(separator: "/") {
            path += "/" + part
            var facts = stat()
            if stat(path, &facts) == 0 {
                guard facts.st_mode & S_IFMT == S_IFDIR else { throw RunError("\(path) is no folder") }
            } else if mkdir(path, 0o777) != 0, errno != EEXIST {
                throw RunError(text(errno))
            }
        }
    }

    public static func of(_ error: any Error) -> String {
        guard isNumbered(error) else { return "\(error)" }
        let cocoa = error as? CocoaError
        let error = error as NSError
        if let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError, inner.domain == NSPOSIXErrorDomain {
            return text(Int32(truncatingIfNeeded: inner.code))
        }
        if error.domain == NSPOSIXErrorDomain {
            return text(Int32(truncatingIfNeeded: error.code))
        }
        switch cocoa?.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file or directory"
        case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
        case .fileWriteOutOfSpace: return "no space left on the disk"
        case .fileWriteFileExists: return "there is a file of that name already"
        case .fileReadCorruptFile, .fileReadInapplicableStringEncoding: return "it is damaged"
        case .fileReadTooLarge: return "it is too large"
        case .fileWriteVolumeReadOnly: return "the file system is read-only"
        case .fileWriteUnknown, .fileWriteInvalidFileName: return "the system refused to write it"
        case .fileReadUnknown, .fileReadInvalidFileName: return "the system refused to read it"
        default: break
        }
        // What Foundation has no words for it numbers, which helps nobody.
        let words = error.localizedDescription
        return words.contains(error.domain) ? "the system refused it" : words
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

    /// Reads a whole file as ``WholeFile`` does; the error names it.
    public static func read(
        _ url: URL, most: Int = .max, goesOn: (UnsafeRawBufferPointer, Int) -> Bool = { _, _ in true }
    ) throws -> Data {
        do {
            return try WholeFile.bytes(url.path, most: most, goesOn: goesOn)
        } catch {
            throw RunError("\(url.path): could not read the file (\(FileReason.of(error)))")
        }
    }

    /// The ``Checksum`` of a file. What is large stays in its file, which may have more bytes than there is memory.
    /// - Throws: `RunError` that names the file.
    public static func checksum(_ url: URL) throws -> String {
        var facts = stat()
        guard stat(url.path, &facts) == 0, facts.st_size >= FileMapping.leastBytes,
            let mapping = FileMapping(url.path, byteCount: Int(facts.st_size))
        else { return try read(url).withUnsafeBytes { Checksum.text(of: $0) } }
        return try withExtendedLifetime(mapping) {
            let sum = Checksum.text(of: UnsafeRawBufferPointer(start: mapping.pointer, count: mapping.byteCount))
            guard !mapping.isCut else {
                throw RunError("\(url.path): could not read the file (it was cut short meanwhile)")
            }
            return sum
        }
    }

    /// A file of JSON. What begins as no value does is not read to its end.
    static func readJSON(_ url: URL) throws -> Data {
        try read(url, most: WholeFile.mostText) { head, _ in
            guard let first = head.first(where: { !JSONParser.isSpace($0) }) else { return true }
            return "{[\"".utf8.contains(first)
        }
    }

    /// A file of text, such as a table.
    public static func readText(_ url: URL) throws -> String {
        let text: String?
        do {
            text = try WholeFile.text(url.path, most: WholeFile.mostTable)
        } catch {
            throw RunError("\(url.path): could not read the file (\(FileReason.of(error)))")
        }
        guard let text else { throw RunError("\(url.path): the file is not UTF-8 text") }
        return text
    }
}
