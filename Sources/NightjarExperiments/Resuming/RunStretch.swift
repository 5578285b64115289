import Foundation
import NightjarRuns
import NightjarScripting

/// A part of a run between two of its states that are on the disk, which can be gone through again without the epochs before
/// it: the rows must be the same, and the state at its end.
public struct RunStretch {
    /// The epoch whose state it begins with.
    public let start: Int
    /// Its last epoch.
    public let end: Int
    private let rerun: Rerun
    private let first: URL
    /// Where the state at its end lies; nil: it ends with the run, whose weights are there.
    private let last: URL?

    /// All of a run that has finished, in order; none where the run keeps no state between epochs, or where a state is not
    /// all that its script remembers.
    /// - Throws: what ``Rerun/init(_:)`` throws, and `RunError` for files that cannot be read.
    public static func all(of run: RunFolder) throws -> [RunStretch] {
        let kept = try Checkpoint.places(of: run)
        guard !kept.isEmpty, try run.readSummary()?.status == .finished,
            let end = try run.readMetrics().rows.last?.epoch
        else { return [] }
        let rerun = try Rerun(run.url)
        let starts = kept.filter { $0.epoch < end }
        return starts.enumerated().map { place, start in
            let next = place + 1 < starts.count ? starts[place + 1] : nil
            return RunStretch(
                start: start.epoch, end: next?.epoch ?? end, rerun: rerun, first: start.url, last: next?.url)
        }
    }

    /// Goes through it again.
    /// - Parameter how: what else is asked for.
    /// - Returns: what came out otherwise, and why it may; nothing where the bits are the same.
    public func again(how: (inout RunRequest) -> Void) throws -> (different: [String], note: String?) {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(
            "nightjar-verify-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let original = rerun.original
        let known = try last.map { try Checkpoint.good($0, of: original) }
        let replay = try Replay(
            original, from: Checkpoint.good(first, of: original),
            end: known == nil ? nil : end - original.epochsBefore())
        var request = rerun.request(into: place)
        how(&request)
        (request.checkpointInterval, request.isQuiet) = (1, true)
        let runner = ScriptRunner(request, rerun: rerun, output: { _ in }, errors: { _ in })
        runner.replay = replay
        guard try runner.run() == .finished else { return (["its end, which it does not come to"], nil) }
        let made = try replay.made()
        guard let known else {
            guard let comparison = try rerun.compare(place) else {
                return (["its end, of which nothing came"], nil)
            }
            return (comparison.different, comparison.note)
        }
        guard let good = try Checkpoint.lastGood(of: made)?.checkpoint else {
            return (["its end, whose weights are not finite"], nil)
        }
        return (try known.differences(from: good), nil)
    }
}

extension RunFolder {
    /// Epochs that its trainer had done before the run, which rows count as well.
    func epochsBefore() throws -> Int { try max(readMetrics().rows.first?.epoch ?? 1, 1) - 1 }
}
