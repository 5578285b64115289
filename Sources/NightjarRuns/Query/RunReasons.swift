// Why a run ended as it did, and what tells it from its siblings.

import Foundation

/// What `runs why` says: the end on record, the last lines of the log, what failed runs of the experiment have in common
/// that others have not, and in what the run differs from the nearest finished one.
public struct RunReasons {
    private let record: RunRecord
    private let folder: RunFolder
    private let siblings: [RunRecord]
    private let store: RunStore
    private let text: (String) -> String?

    private static let logLines = 15

    /// - Parameters:
    ///   - siblings: all runs of the experiment.
    ///   - text: the text of a hash, nil where it was not kept.
    public init(
        _ record: RunRecord, among siblings: [RunRecord], in store: RunStore, text: @escaping (String) -> String?
    ) throws {
        self.record = record
        self.siblings = siblings
        self.store = store
        self.text = text
        folder = try RunFolder.open(store.folder(of: record.id))
    }

    public func report() throws -> String {
        var parts = ["\(record.id)\n\(end)\n"]
        if let pattern { parts.append(pattern + "\n") }
        if record.status != .finished, let log { parts.append(log) }
        if let nearest {
            let comparison = try RunComparison([nearest, record], in: store, text: text)
            parts.append("the nearest sibling that finished is A:\n\n" + comparison.text)
        } else if siblings.count > 1 {
            parts.append("no other run of '\(record.experiment)' has finished\n")
        } else {
            parts.append("it is the only run of '\(record.experiment)'\n")
        }
        return parts.joined(separator: "\n")
    }

    /// How it ended, in words.
    private var end: String {
        let epochs = "\(record.epochs) of \(folder.configuration.epochs) epochs"
        switch record.status {
        case .finished where record.epochs < folder.configuration.epochs:
            return "finished after \(epochs): a callback ended it early" + (record.message.map { ": \($0)" } ?? "")
        case .finished: return "finished: \(epochs)"
        case .interrupted:
            return
                "interrupted after \(epochs): it was asked to stop (Ctrl-C or a signal); nightjar run goes on from its "
                + "checkpoint"
        case .failed: return "failed after \(epochs): \(record.message ?? "no message was kept")"
        case .running:
            return
                "no end is on record after \(record.epochs) of \(folder.configuration.epochs) epochs: it is going on, or "
                + "was killed\(lastSign.map { "; its files were last written \($0)" } ?? "")"
        }
    }

    /// When a file of the run was last written.
    private var lastSign: String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
        let dates = names.compactMap { name in
            try? FileManager.default.attributesOfItem(
                atPath: folder.url.appendingPathComponent(name).path)[.modificationDate] as? Date
        }
        return dates.max().map(RunSummary.stamp)
    }

    /// What the runs that failed alike have in common and no other run has.
    private var pattern: String? {
        guard record.status == .failed else { return nil }
        let first = RunReasons.firstLine(record.message)
        let alike = siblings.filter { $0.status == .failed && RunReasons.firstLine($0.message) == first }
        let others = siblings.filter { other in !alike.contains { $0.id == other.id } }
        guard alike.count > 1, !others.isEmpty else {
            return alike.count > 1 ? "all \(siblings.count) runs of '\(record.experiment)' failed so" : nil
        }
        let shared = record.cell.filter { setting in
            alike.allSatisfy { $0.cell[axis: setting.name] == setting.value }
                && !others.contains { $0.cell[axis: setting.name] == setting.value }
        }
        let which =
            shared.isEmpty
            ? ""
            : ": all runs with \(shared.map { "\($0.name) \($0.value.plainText)" }.joined(separator: ", ")), and no others"
        return "\(alike.count) of \(siblings.count) runs of '\(record.experiment)' failed so\(which)"
    }

    private static func firstLine(_ text: String?) -> String {
        String((text ?? "").split(separator: "\n").first ?? "")
    }

    /// The end of `log.txt`, where there is one.
    private var log: String? {
        guard let text = try? FileReason.readText(folder.url.appendingPathComponent("log.txt")), !text.isEmpty else {
            return nil
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).suffix(RunReasons.logLines + 1)
        return "the end of log.txt\n" + lines.filter { !$0.isEmpty }.map { "  \($0)\n" }.joined()
    }

    /// The finished run that differs in the fewest axes; the first of several.
    private var nearest: RunRecord? {
        func distance(_ other: RunRecord) -> Int {
            record.cell.count { other.cell[axis: $0.name] != $0.value }
                + other.cell.count { record.cell[axis: $0.name] == nil }
        }
        return siblings.filter { $0.id != record.id && $0.status == .finished }
            .min { (distance($0), $0.id) < (distance($1), $1.id) }
    }
}
