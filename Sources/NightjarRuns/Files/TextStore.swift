// The texts that runs were made of: each kept once, by its hash.

import Foundation

/// The folder `runs/.objects`: a file for each text, named by the SHA-256 of its bytes, as in `3f/9a0c...`.
///
/// Runs name the hashes of the scripts and plugin files that they read; with the texts here a run can be made again, and
/// two runs compared, when the files have changed or are gone.
public struct TextStore: Sendable {
    public let url: URL

    public init(runsDirectory: URL) { url = runsDirectory.appendingPathComponent(".objects", isDirectory: true) }

    /// Where the text of a hash lies.
    private func file(_ hash: String) -> URL {
        url.appendingPathComponent(String(hash.prefix(2)), isDirectory: true)
            .appendingPathComponent(String(hash.dropFirst(2)))
    }

    /// Keeps a text; one that is there already, and is whole, stays.
    /// - Returns: its hash.
    @discardableResult
    public func keep(_ text: String) throws -> String {
        let hash = ContentHash.sha256(text.utf8)
        let file = file(hash)
        if let known = try? Data(contentsOf: file), known.elementsEqual(text.utf8) { return hash }
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        } catch {
            throw RunError("\(file.path): could not make its folder (\(FileReason.of(error)))")
        }
        try AtomicFile.write(text, to: file)
        return hash
    }

    /// The text of a hash.
    /// - Throws: `RunError` where it is not there, or is not what it was.
    public func text(_ hash: String) throws -> String {
        guard hash.utf8.count == 64, hash.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            throw RunError("'\(hash)' is no SHA-256 of a text")
        }
        let file = file(hash)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw RunError("\(url.path) does not hold the text \(hash.prefix(12)): it was removed, or never kept")
        }
        let text = try FileReason.readText(file)
        guard ContentHash.sha256(text.utf8) == hash else {
            throw RunError("\(file.path): this is not the text that was kept: the file was changed")
        }
        return text
    }
}
