import Foundation
import NightjarRuns
import NightjarScripting

/// The runs of an experiment that were there before a command, read once.
struct KnownRuns {
    let runs: [RunFolder]
    let unreadable: [ExperimentFolder.Unreadable]
    /// When the summary of each was written, by its folder.
    private let written: [String: Date]

    init(_ folder: ExperimentFolder) {
        (runs, unreadable) = (try? folder.runs()) ?? ([], [])
        written = runs.reduce(into: [:]) { $0[$1.url.lastPathComponent] = KnownRuns.written($1) }
    }

    /// The runs that came later, without those of some names.
    func added(
        to folder: ExperimentFolder, besides names: Set<String>
    ) throws -> (runs: [RunFolder], unreadable: [ExperimentFolder.Unreadable]) {
        guard FileManager.default.fileExists(atPath: folder.url.path) else { return ([], []) }
        let known = names.union(runs.map(\.url.lastPathComponent)).union(unreadable.map(\.url.lastPathComponent))
        return try folder.runs(except: known)
    }

    /// Whether a run is one of them and has not ended anew.
    func isUntouched(_ run: RunFolder) -> Bool {
        written[run.url.lastPathComponent].map { $0 == KnownRuns.written(run) } ?? false
    }

    private static func written(_ run: RunFolder) -> Date? {
        try? FileManager.default.attributesOfItem(atPath: run.summaryURL.path)[.modificationDate] as? Date
    }
}
