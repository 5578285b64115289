// Whole files that are either there complete or not there at all.

import Foundation

/// Writes a file under a temporary name in the same folder, then renames it over the old one.
///
/// A process killed at any moment leaves the old file or the new one, never a part of it.
public enum AtomicFile {
    /// Writes a text as UTF-8.
    public static func write(_ text: String, to url: URL) throws {
        try write(to: url) { try $0.write(contentsOf: Data(text.utf8)) }
    }

    /// Lets `body` write the file's contents through a handle.
    /// - Throws: `RunError` naming the file, or what `body` throws where that is a `RunError` already.
    public static func write(to url: URL, body: (FileHandle) throws -> Void) throws {
        let process = ProcessInfo.processInfo.processIdentifier
        let temporary = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).\(process).\(UInt32.random(in: 0...UInt32.max)).part")
        do {
            try Data().write(to: temporary, options: .withoutOverwriting)
            let handle = try FileHandle(forWritingTo: temporary)
            do {
                try body(handle)
                try handle.close()
            } catch {
                try? handle.close()
                throw error
            }
            guard rename(temporary.path, url.path) == 0 else {
                throw RunError("could not move it into place: \(String(cString: strerror(errno)))")
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw RunError("\(url.path): could not write the file (\(FileReason.of(error)))")
        }
    }
}

/// The short reason inside a file error of Foundation.
public enum FileReason {
    static func of(_ error: any Error) -> String {
        if let error = error as? RunError { return error.description }
        // Errors of this project say what is wrong themselves; Foundation only numbers them.
        if !(type(of: error) is NSError.Type), !(error is CocoaError), !(error is POSIXError) { return "\(error)" }
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
        default: return error.localizedDescription
        }
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

    /// Reads a whole file, mapped into memory where that is safe; the error names it.
    public static func read(_ url: URL) throws -> Data {
        do {
            return try Data(contentsOf: url, options: .mappedIfSafe)
        } catch {
            throw RunError("\(url.path): could not read the file (\(FileReason.of(error)))")
        }
    }

    static func readText(_ url: URL) throws -> String {
        guard let text = String(data: try read(url), encoding: .utf8) else {
            throw RunError("\(url.path): the file is not UTF-8 text")
        }
        return text
    }
}
