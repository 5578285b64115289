import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// Scripts that are not what they were when an experiment's runs were made.
struct ChangedTexts {
    /// A script as runs had it, and as it is.
    struct Change {
        let path: String
        /// Lines that are gone and new; nil where the old text is not kept any more.
        let difference: TextDifference?
        /// Names of the runs that were made with the old one.
        var runs: Set<String>
    }

    private(set) var changes: [Change] = []

    /// - Parameters:
    ///   - runs: of the experiment. Those that failed, and those that went through several versions, are not looked at.
    ///   - sources: what this process has read; other files are looked up where they were.
    init(_ runs: [RunFolder], runsDirectory: URL, sources: [ScriptFiles.Source]) {
        let store = TextStore(runsDirectory: runsDirectory)
        let known = Dictionary(sources.map { ($0.path, $0.hash) }) { $1 }
        var now: [String: String?] = [:]
        var places: [String: Int] = [:]
        for run in runs {
            guard let status = try? run.readSummary()?.status, status != .failed,
                !FileManager.default.fileExists(atPath: run.versionsIndexURL.path),
                case .array(let texts)? = run.configuration.environment["sources"]
            else { continue }
            for text in texts {
                guard let path = text["path"]?.stringValue, let hash = text["sha256"]?.stringValue else { continue }
                if now[path] == nil {
                    now[path] = .some(known[path] ?? (try? ScriptFiles.read(path)).map { ContentHash.sha256($0.utf8) })
                }
                // A file that is gone, or was elsewhere, says nothing.
                guard let current = now[path] ?? nil, current != hash else { continue }
                if let place = places[path + hash] {
                    changes[place].runs.insert(run.url.lastPathComponent)
                    continue
                }
                places[path + hash] = changes.count
                let (old, new) = (try? store.text(hash), try? ScriptFiles.read(path))
                changes.append(
                    Change(
                        path: path, difference: old.flatMap { old in new.map { TextDifference(from: old, to: $0) } },
                        runs: [run.url.lastPathComponent]))
            }
        }
    }

    /// What a person is told who runs an experiment whose script has changed.
    func message(_ experiment: String) -> String {
        let runs = changes.reduce(into: Set<String>()) { $0.formUnion($1.runs) }
        var text =
            "\(runs.count) \(runs.count == 1 ? "run" : "runs") of experiment '\(experiment)' "
            + "\(runs.count == 1 ? "was" : "were") made with another text of what is run now"
        for change in changes.prefix(3) {
            text += "\n\(ShownText.line(ScriptFiles.display(change.path), most: .max)) has changed:"
            let lines = change.difference?.text() ?? "its old text is not kept any more"
            text += lines.split(separator: "\n", omittingEmptySubsequences: false).map { "\n    " + $0 }.joined()
        }
        if changes.count > 3 { text += "\n... and \(changes.count - 3) more files" }
        return text + "\n  --again runs all cells with the text of now and leaves those runs out of tables and report; "
            + "another name of the experiment keeps both"
    }
}
