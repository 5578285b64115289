// Runs that stand for the same setting and were made with different texts, or made twice.

import Foundation

/// The hashes of the script and of the files of components that a run read, by name. Runs of a store share them.
final class RunTexts: Sendable, Equatable {
    let hashes: [String: String]

    init(_ hashes: [String: String]) { self.hashes = hashes }

    static func == (left: RunTexts, right: RunTexts) -> Bool { left === right || left.hashes == right.hashes }

    /// Whether two runs read the same file, or ran the same script, with different contents.
    func differ(from other: RunTexts) -> Bool {
        self !== other && hashes.contains { name, hash in other.hashes[name].map { $0 != hash } ?? false }
    }
}

/// Which of several runs of one setting count.
///
/// A mean over replicates is one over runs of one text: where a script or a file of components has changed between runs
/// of a setting, those of the newest count. A run that was repeated with nothing else than another program is no replicate
/// of itself: the newest counts as well. What failed is shown beside what counts until its cell has run anew.
struct RunVersions {
    /// What has to be known of a run.
    struct Run {
        /// By which its cell is told from others.
        let cell: String
        /// The same without the axes that repeat; nil for a run whose setting is not known yet, which stays.
        let setting: String?
        /// What tells runs of one cell apart.
        var others = ""
        let texts: RunTexts
        /// As files have it; nil for one that has not ended.
        let started: String?
        /// A run that failed has no values that could count.
        let isFailed: Bool
        /// Whether it failed before it recorded anything.
        var isEmpty = false
        let folder: String
    }

    /// Whether any two of several do. Shared lists are looked at once.
    static func anyDiffer(_ lists: some Sequence<RunTexts>) -> Bool { !changed(lists).isEmpty }

    /// The names of what several lists have with different contents, in alphabetical order. Shared lists are looked at once.
    static func changed(_ lists: some Sequence<RunTexts>) -> [String] {
        var known: [String: String] = [:]
        var seen: Set<ObjectIdentifier> = []
        var changed: Set<String> = []
        for texts in lists where seen.insert(ObjectIdentifier(texts)).inserted {
            for (name, hash) in texts.hashes
            where known.updateValue(hash, forKey: name).map({ $0 != hash }) ?? false { changed.insert(name) }
        }
        return changed.sorted()
    }

    /// The places of the runs of the newest texts of each setting.
    static func newest(_ runs: [Run]) -> [Int] {
        let moments = Moments(runs)
        var dropped: Set<Int> = []
        for places in groups(runs, \.setting) where anyDiffer(places.lazy.map { runs[$0].texts }) {
            dropped.formUnion(moments.outdated(places) { runs[$0].texts.differ(from: runs[$1].texts) })
        }
        return runs.indices.filter { !dropped.contains($0) }
    }

    /// The places of the runs that no later one repeats.
    static func last(_ runs: [Run]) -> [Int] {
        let moments = Moments(runs)
        var dropped: Set<Int> = []
        for places in groups(runs, \.cell) where places.contains(where: { runs[$0].isEmpty }) {
            let last = moments.newest(places)
            dropped.formUnion(places.filter { runs[$0].isEmpty && $0 != last })
        }
        for places in groups(runs, { $0.isEmpty ? nil : $0.cell + "\n" + $0.others }) {
            dropped.formUnion(moments.outdated(places) { _, _ in true })
        }
        return runs.indices.filter { !dropped.contains($0) }
    }

    /// The places of runs with equal keys, where there are several.
    private static func groups(_ runs: [Run], _ key: (Run) -> String?) -> [[Int]] {
        var groups: [String: [Int]] = [:]
        for place in runs.indices { if let key = key(runs[place]) { groups[key, default: []].append(place) } }
        return groups.values.filter { $0.count > 1 }
    }
}

/// When runs were made, looked up where it matters.
private struct Moments {
    private let runs: [RunVersions.Run]

    init(_ runs: [RunVersions.Run]) { self.runs = runs }

    /// The one that began last.
    func newest(_ places: [Int]) -> Int? {
        places.map { (moment($0), $0) }.max { $0.0 < $1.0 }?.1
    }

    /// Those that the newest one that did not fail replaces, or the newest one where all failed.
    /// - Parameter isReplaced: whether a run is by the one that counts.
    func outdated(_ places: [Int], _ isReplaced: (Int, Int) -> Bool) -> [Int] {
        let valid = places.filter { !runs[$0].isFailed }
        guard let last = newest(valid.isEmpty ? places : valid) else { return [] }
        let end = moment(last)
        return places.filter { $0 != last && isReplaced($0, last) && (!runs[$0].isFailed || moment($0) < end) }
    }

    /// When a run began, and when its last file was written: seconds that are whole do not tell apart what is over in a
    /// moment.
    private func moment(_ place: Int) -> (began: Double, written: Double) {
        let run = runs[place]
        // A run without an end, one that was killed among them, has the moment of its configuration.
        let began =
            run.started.flatMap(RunSummary.date)?.timeIntervalSince1970
            ?? Moments.written(run.folder, "config.json").rounded(.down)
        return (began, max(Moments.written(run.folder, "config.json"), Moments.written(run.folder, "summary.json")))
    }

    private static func written(_ folder: String, _ name: String) -> Double {
        let file = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        return (file?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    }
}

extension RunFolder {
    /// Of runs of one experiment those of the newest texts of each setting: what was made anew with another text is left
    /// out.
    public static func newest(_ runs: [RunFolder]) -> [RunFolder] {
        let texts = runs.map(\.configuration.texts)
        guard RunVersions.anyDiffer(texts) else { return runs }
        let known = zip(runs, texts).map { run, texts -> RunVersions.Run in
            let configuration = run.configuration
            let factors = configuration.cell.filter { !configuration.replicates.contains($0.name) }
            let summary = try? run.readSummary()
            return RunVersions.Run(
                cell: RunSet.key(configuration.cell), setting: configuration.cell.isEmpty ? nil : RunSet.key(factors),
                texts: texts, started: summary?.started.map(RunSummary.stamp),
                isFailed: summary?.status == .failed,
                folder: run.url.path)
        }
        return RunVersions.newest(known).map { runs[$0] }
    }
}

extension RunConfiguration {
    var texts: RunTexts { RunTexts(textsByName) }

    private var textsByName: [String: String] {
        var texts: [String: String] = [:]
        if let script = parts["script"]?["sha256"]?.stringValue { texts["script"] = script }
        guard case .array(let files)? = parts["files"] else { return texts }
        for file in files {
            if let name = file["name"]?.stringValue, let hash = file["sha256"]?.stringValue {
                texts["file " + name] = hash
            }
        }
        return texts
    }

    /// Whether the run is only the record of a cell that failed before it recorded anything.
    var isEmpty: Bool { parts["failed"] != nil }
}
