import Foundation
import NightjarRuns

/// The versions of the scripts that a run went through: `versions/NAME-N.lua` and `versions.json`, which tells from
/// which step on each was used.
final class ScriptVersions {
    /// One version of one script.
    struct Version {
        /// What the script defines: `rll`, `on_epoch`.
        let name: String
        /// `loss`, `schedule`, `optimizer`, `callback`.
        let kind: String
        /// The script, as messages show it.
        let file: String
        /// Counted from 1.
        let number: Int
        let firstEpoch: Int
        let firstStep: Int
        let text: String
        /// Below the folder of the run.
        let stored: String
    }

    private let folder: RunFolder
    private(set) var versions: [Version] = []

    init(_ folder: RunFolder) { self.folder = folder }

    /// Keeps a version. The file is there before `versions.json` speaks of it.
    @discardableResult
    func add(
        name: String, kind: String, file: String, text: String, firstEpoch: Int, firstStep: Int
    ) throws -> Version {
        let number = 1 + versions.count { $0.file == file && $0.name == name }
        var base = String(name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" })
        while versions.contains(where: { $0.stored == "versions/\(base)-\(number).lua" }) { base += "_" }
        let version = Version(
            name: name, kind: kind, file: file, number: number, firstEpoch: firstEpoch, firstStep: firstStep,
            text: text,
            stored: "versions/\(base)-\(number).lua")
        try FileManager.default.createDirectory(at: folder.versionsURL, withIntermediateDirectories: true)
        try AtomicFile.write(text, to: folder.url.appendingPathComponent(version.stored))
        versions.append(version)
        try AtomicFile.write(json.text(), to: folder.versionsIndexURL)
        return version
    }

    /// Whether a run went through more than one version of a script.
    static func areSeveral(in folder: RunFolder) -> Bool {
        let file = folder.versionsIndexURL
        guard let data = try? Data(contentsOf: file),
            case .array(let versions)? = try? JSONValue(parsing: data, source: file.path)
        else { return false }
        return versions.contains { ($0["version"]?.intValue ?? 1) > 1 }
    }

    private var json: JSONValue {
        .array(
            versions.map { version in
                [
                    "name": .string(version.name), "kind": .string(version.kind), "file": .string(version.file),
                    "version": .integer(version.number), "first_epoch": .integer(version.firstEpoch),
                    "first_step": .integer(version.firstStep),
                    "sha256": .string(ContentHash.sha256(version.text.utf8)), "stored": .string(version.stored),
                ]
            })
    }
}
