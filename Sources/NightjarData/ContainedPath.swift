import Foundation

/// Paths that a manifest or a description gives: they stay in its folder.
public enum ContainedPath {
    /// The file of that name in a folder, which need not be there.
    /// - Throws: ``DataError`` for a name that is absolute, goes up, is empty or holds a NUL, or leads out of the folder
    ///   through a link.
    public static func resolve(_ name: String, in folder: URL) throws -> URL {
        func refusal(_ reason: String) -> DataError {
            DataError(
                "'\(name)' \(reason): what a plugin names lies in its folder \(folder.path)",
                remedy: "Put the file there, and name it from there")
        }
        guard !name.isEmpty, !name.utf8.contains(0) else { throw refusal("is no name of a file") }
        guard !name.hasPrefix("/"), !name.hasPrefix("~") else { throw refusal("is an absolute path") }
        guard !name.split(separator: "/").contains("..") else { throw refusal("leads upwards") }
        let url = folder.appendingPathComponent(name)
        let root = folder.resolvingSymlinksInPath().standardizedFileURL.path
        let full = url.resolvingSymlinksInPath().standardizedFileURL.path
        guard full.hasPrefix(root == "/" ? "/" : root + "/") else { throw refusal("leads out of its folder by a link") }
        return url
    }
}
