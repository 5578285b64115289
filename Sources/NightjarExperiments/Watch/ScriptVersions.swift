import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTensor

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

    /// The versions that a run has kept; none where it was not watched.
    /// - Throws: `RunError` for files that are damaged, and for a text that is not the one that was used.
    init(reading folder: RunFolder) throws {
        self.folder = folder
        let file = folder.versionsIndexURL
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        guard case .array(let items) = try JSONValue(contentsOf: file) else {
            throw RunError("\(file.path): expected a list of versions")
        }
        versions = try items.map { item in
            guard let name = item["name"]?.stringValue, let kind = item["kind"]?.stringValue,
                let script = item["file"]?.stringValue, let number = item["version"]?.intValue,
                let epoch = item["first_epoch"]?.intValue, let step = item["first_step"]?.intValue,
                let stored = item["stored"]?.stringValue, let hash = item["sha256"]?.stringValue
            else { throw RunError("\(file.path): a version lacks one of its entries") }
            let path = folder.url.appendingPathComponent(stored)
            guard let text = try? WholeFile.text(path.path, most: WholeFile.mostScript),
                ContentHash.sha256(text.utf8) == hash
            else {
                throw RunError(
                    "\(path.path): this is not the text that the run used from step \(step) on, so it cannot be resumed to "
                        + "the same bits: run without --resume")
            }
            return Version(
                name: name, kind: kind, file: script, number: number, firstEpoch: epoch, firstStep: step, text: text,
                stored: stored)
        }
    }

    /// Whether a run went through more than one version of a script.
    var areSeveral: Bool { versions.contains { $0.number > 1 } }

    /// The versions of one script, in order.
    func of(_ name: String, _ file: String) -> [Version] { versions.filter { $0.name == name && $0.file == file } }

    /// A configuration with each script that changed as it was at first, whichever of its versions it names, and without
    /// the defaults that follow from its text: what a run that is resumed has in common with itself.
    func normalized(_ configuration: RunConfiguration) -> RunConfiguration {
        var result = configuration
        if case .array(let files)? = result.parts["files"] {
            result.parts["files"] = .array(files.map(original))
        }
        for kind in ["loss", "optimizer", "schedule"] where versions.contains(where: { $0.kind == kind }) {
            guard case .object(var part)? = result.parts[kind] else { continue }
            part["parameters"] = nil
            result.parts[kind] = .object(part)
        }
        return result
    }

    private func original(_ file: JSONValue) -> JSONValue {
        guard let name = file["name"]?.stringValue, let hash = file["sha256"]?.stringValue else { return file }
        let last = (name as NSString).lastPathComponent
        let own = versions.filter { ($0.file as NSString).lastPathComponent == last }
        guard own.contains(where: { ContentHash.sha256($0.text.utf8) == hash }), let first = own.first else {
            return file
        }
        return ["name": .string(name), "sha256": .string(ContentHash.sha256(first.text.utf8))]
    }

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
        _ = try folder.made("versions")
        try AtomicFile.write(text, to: folder.url.appendingPathComponent(version.stored))
        versions.append(version)
        try AtomicFile.write(json.text(), to: folder.versionsIndexURL)
        return version
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
