import Foundation

/// Texts of scripts that are read in the place of files: those that a run was made of, wherever its files are now.
///
/// They keep the paths that they had, so that scripts find each other as they did; what is not among them is read from the
/// disk.
public struct ScriptTexts: Sendable {
    /// By absolute path.
    private let texts: [String: String]
    /// The working folder of that run: where its relative paths started.
    let workingFolder: String
    /// Paths of those that need no sandbox, as whoever handed them on knew.
    let trusted: Set<String>
    /// Folders below which scripts may read where the texts, or what was asked for with them, lay in a folder; nil: in any.
    let places: [String]?

    /// - Parameter places: see there: whoever wrote down a run says where its texts lay, and opens no other folder by that.
    public init(_ texts: [String: String], workingFolder: String, trusted: Set<String> = [], places: [String]? = nil) {
        self.texts = texts
        self.workingFolder = workingFolder
        self.trusted = trusted
        self.places = places
    }

    /// Whether scripts may read below a folder because a text of theirs lay there.
    package func open(_ folder: String) -> Bool {
        places.map { $0.contains { ScriptFiles.lies(ScriptFiles.resolved(folder), below: $0) } } ?? true
    }

    subscript(path: String) -> String? { texts[path] }

    /// The path of a text, for a path as a script writes it; nil where there is none.
    func path(_ path: String) -> String? {
        let full = path.hasPrefix("/") ? path : workingFolder + "/" + path
        let standardized = URL(fileURLWithPath: full).standardizedFileURL.path
        return texts[standardized] == nil ? nil : standardized
    }

    /// The folders of plugins whose manifests are among them, in the order of their names.
    var pluginFolders: [String] {
        texts.keys.filter { $0.hasSuffix("/plugin.lua") }.map { ($0 as NSString).deletingLastPathComponent }.sorted {
            (($0 as NSString).lastPathComponent, $0) < (($1 as NSString).lastPathComponent, $1)
        }
    }
}
