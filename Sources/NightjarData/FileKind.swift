import Foundation

/// What lies at a path, links followed.
enum FileKind {
    case file, folder, other

    static func of(_ url: URL) -> FileKind? {
        var facts = stat()
        guard stat(url.path, &facts) == 0 else { return nil }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }
}
