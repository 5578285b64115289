// Runs as people name them.

import Foundation
import NightjarTensor

/// Finds runs by the name of an experiment, by `experiment/run`, by the name of the run's folder or its beginning, by its
/// hash or the hash's beginning, and by the path of a folder.
public struct RunFinder {
    private let records: [RunRecord]
    private let runsDirectory: URL
    private let unreadable: [ExperimentFolder.Unreadable]

    /// - Parameter unreadable: folders of runs that are no records; whoever asks for one is told why.
    public init(
        _ records: [RunRecord], in runsDirectory: URL, unreadable: [ExperimentFolder.Unreadable] = []
    ) {
        self.records = records
        self.runsDirectory = runsDirectory
        self.unreadable = unreadable
    }

    /// The folders that could not be read and that texts name, by themselves or with their experiment; all of them for no
    /// texts. What is made of the runs that these texts name is made without them.
    public func missing(_ texts: [String]) -> [ExperimentFolder.Unreadable] {
        texts.isEmpty ? unreadable : unreadable.filter { folder in texts.contains { isNamed(folder, $0) } }
    }

    private func isNamed(_ folder: ExperimentFolder.Unreadable, _ text: String) -> Bool {
        var name = text
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        let own = folder.url.lastPathComponent
        let id = below(folder.url.path) ?? own
        if own == name || id == name || id.hasPrefix(name + "/") { return true }
        if name.count >= 3, own.hasPrefix(name) { return true }
        return below(name).map { $0.isEmpty || id == $0 || id.hasPrefix($0 + "/") } ?? false
    }

    /// The runs that texts name, each once, in the order of the store; all of them for no texts.
    /// - Throws: `RunError` for a text that names none.
    public func all(_ texts: [String]) throws -> [RunRecord] {
        guard !texts.isEmpty else { return records }
        var wanted: Set<String> = []
        for text in texts {
            let found = matches(text)
            guard !found.isEmpty else { throw none(text) }
            wanted.formUnion(found.map(\.id))
        }
        return records.filter { wanted.contains($0.id) }
    }

    /// The one run that a text names.
    /// - Throws: `RunError` where it names none, or several.
    public func one(_ text: String) throws -> RunRecord {
        let found = matches(text)
        guard let first = found.first else { throw none(text) }
        guard found.count == 1 else {
            let list = found.prefix(8).map { "\n  \($0.id)  \($0.status.rawValue)" }.joined()
            throw RunError(
                "'\(text)' names \(found.count) runs, one is needed: give more of its name\(list)"
                    + (found.count > 8 ? "\n  and \(found.count - 8) more" : ""))
        }
        return first
    }

    private func matches(_ text: String) -> [RunRecord] {
        var name = text
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        let exact = records.filter { record in
            record.id == name || record.experiment == name || record.name == name || record.configurationHash == name
                || record.id.hasPrefix(name + "/")
        }
        if !exact.isEmpty { return exact }
        if let path = below(name) {
            let inside = records.filter { path.isEmpty || $0.id == path || $0.id.hasPrefix(path + "/") }
            if !inside.isEmpty { return inside }
        }
        guard name.count >= 3 else { return [] }
        return records.filter { record in
            record.id.hasPrefix(name) || record.name.hasPrefix(name) || record.configurationHash.hasPrefix(name)
                || record.name.hasSuffix("-" + name)
        }
    }

    /// A path below the runs directory, without it; empty for the directory itself.
    private func below(_ text: String) -> String? {
        guard FileManager.default.fileExists(atPath: text) else { return nil }
        let path = URL(fileURLWithPath: text).resolvingSymlinksInPath().standardizedFileURL.path
        let root = runsDirectory.resolvingSymlinksInPath().standardizedFileURL.path
        if path == root { return "" }
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : nil
    }

    private func none(_ text: String) -> RunError {
        if let folder = missing([text]).first { return RunError("'\(text)' cannot be read: \(folder.reason)") }
        guard !records.isEmpty else {
            return RunError("there are no runs in \(runsDirectory.path): nightjar run SCRIPT makes them")
        }
        let names = Set(records.map(\.experiment)).union(records.map(\.name)).union(records.map(\.id))
        let near = nearestName(to: text, in: names).map { ": did you mean '\($0)'?" } ?? ""
        return RunError(
            "there is no run or experiment '\(text)' in \(runsDirectory.path)\(near)\n  experiments are "
                + "\(RunStore.shortList(records.map(\.experiment)))\n  nightjar runs list shows the runs")
    }
}
