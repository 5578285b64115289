import Foundation
import NightjarProcess

/// Paths that a manifest or a description gives: they stay in its folder.
public enum ContainedPath {
    /// The file of that name in a folder, which need not be there.
    /// - Throws: ``DataError`` for a name that is absolute, goes up, is empty or holds a NUL, or leads out of the folder
    ///   through a link.
    public static func resolve(_ name: String, in folder: URL) throws -> URL {
        try resolve(name, in: folder, root: resolved(folder.path))
    }

    /// The same for many names of one folder, whose own path has been resolved once.
    /// - Parameter root: ``resolved(_:)`` of the folder.
    /// Cost: a system call for a name without a slash; nothing is looked up a second time.
    public static func resolve(_ name: String, in folder: URL, root: String) throws -> URL {
        func refusal(_ reason: String) -> DataError {
            DataError(
                "'\(name)' \(reason): what a plugin names lies in its folder \(folder.path)",
                remedy: "Put the file there, and name it from there")
        }
        guard !name.isEmpty, !name.utf8.contains(0) else { throw refusal("is no name of a file") }
        if let reason = ofNoFile(name) { throw DataError(reason) }
        guard !name.hasPrefix("/"), !name.hasPrefix("~") else { throw refusal("is an absolute path") }
        guard !name.split(separator: "/").contains("..") else { throw refusal("leads upwards") }
        if isPlain(name, in: root) { return folder.appendingPathComponent(name) }
        let full = resolved(folder.path + "/" + name)
        guard full != root else { throw refusal("is the folder itself, and no file of it") }
        guard full.hasPrefix(root == "/" ? "/" : root + "/") else { throw refusal("leads out of its folder by a link") }
        return folder.appendingPathComponent(name)
    }

    /// Whether a name is that of a regular file right in a folder: there is no link on the way that could lead out.
    private static func isPlain(_ name: String, in root: String) -> Bool {
        guard !name.contains("/"), name != "." else { return false }
        var facts = stat()
        return lstat(root + "/" + name, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }

    /// Why no file has a path: it is empty, or the system opens none of so many bytes, and to look for its folders one by one would take
    /// minutes; and it reads a path up to its NUL, where Foundation takes the NUL for `%00`, the name of another file. Nil
    /// for all others.
    public static func ofNoFile(_ path: String) -> String? {
        let (bytes, most) = (path.utf8.count, Int(PATH_MAX) - 1)
        if path.isEmpty { return "an empty text is the path of no file" }
        if path.utf8.contains(0) {
            return "a path holds no NUL, and '\(ShownText.line(path))' does"
        }
        return bytes <= most ? nil : "a path has at most \(most) bytes, and this one has \(bytes)"
    }

    /// The one path of a file: absolute, without links, `.` and `..`. Of what is not there, as far as it is.
    /// Cost: some system calls; a URL would take a hundred times as long.
    public static func resolved(_ path: String) -> String {
        guard let full = realpath(path, nil) else {
            return URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
        }
        defer { free(full) }
        return String(cString: full)
    }
}
