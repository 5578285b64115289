import NightjarProcess
import NightjarScripting

/// A file that may change, looked at by its size and time of change first and read only when these have.
struct WatchedFile {
    let path: String
    /// The text that was last read.
    private(set) var text: String
    private var seen: FileStamp?
    private var waiting: FileStamp?

    /// - Throws: what reading the file throws.
    init(_ path: String) throws {
        self.path = path
        seen = FileStamp(path)
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
        guard let now = FileStamp(path), now != seen else {
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
