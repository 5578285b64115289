import Foundation
import NightjarRuns
import NightjarScripting

/// Works out further metrics for a finished run, by going through it again: each epoch must come out with the bits that are on
/// record, so what is measured is measured on that run and no other.
public struct RunQuestion {
    private let rerun: Rerun
    private let metrics: [String]

    /// - Parameters:
    ///   - folder: that of the run.
    ///   - metrics: paths of files, each of which defines one.
    /// - Throws: what ``Rerun/init(_:)`` throws, and `RunError` for a file that is not there.
    public init(_ folder: URL, metrics: [String]) throws {
        rerun = try Rerun(folder)
        self.metrics = try metrics.map { path in
            let file = URL(fileURLWithPath: path).standardizedFileURL
            guard FileManager.default.fileExists(atPath: file.path) else { throw RunError("there is no file \(path)") }
            return file.path
        }
    }

    /// Whether the run was made without the sandbox.
    public var wasTrusted: Bool { rerun.wasTrusted }

    /// What came of it.
    public enum Answer: Sendable {
        /// The columns that the metrics add, by epoch.
        case table(MetricsTable)
        case notFinished(ScriptRunner.Outcome)
    }

    /// - Parameters:
    ///   - how: what else is asked for.
    ///   - errors: takes lines for standard error.
    /// - Throws: `RunError` where an epoch comes out with other bits than it had.
    public func ask(how: (inout RunRequest) -> Void, errors: @escaping (String) -> Void) throws -> Answer {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(
            "nightjar-ask-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let replay = try Replay(rerun.original)
        var request = rerun.request(into: place)
        how(&request)
        (request.metrics, request.isQuiet) = (metrics, true)
        let runner = ScriptRunner(request, rerun: rerun, output: { _ in }, errors: errors)
        runner.replay = replay
        let outcome = try runner.run()
        guard outcome == .finished else { return .notFinished(outcome) }
        let (was, now) = (try rerun.original.readMetrics(), try replay.made().readMetrics())
        guard now.rows.count == was.rows.count else {
            throw RunError(
                "gone through again, the run has \(now.rows.count) epochs, and it had \(was.rows.count): it was stopped, or "
                    + "its script ends it by something else than its state")
        }
        return .table(now.without(Set(was.columns)))
    }
}
