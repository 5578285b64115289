import Foundation
import NightjarRuns
import NightjarScripting

/// Goes on from the first epochs of a run with other settings: same batches, same noise, same draws.
///
/// The state after the last epoch that both have in common is the run's own, where it has kept that; else the first epochs are
/// gone through again, from the last state before it that was kept, and must come out with the bits that are on record. Then
/// another run of the same texts begins there. Weights and running statistics go on; so does what the optimizer, the loss,
/// schedules and callbacks remember, of what is the same in both. The new run's configuration names the old one and the epoch.
public struct RunFork {
    private let rerun: Rerun
    private let epoch: Int
    private let settings: [RunRequest.Setting]

    /// - Parameters:
    ///   - folder: that of the run.
    ///   - epoch: the last one that both have in common, from 1.
    ///   - settings: what is another, in order.
    /// - Throws: what ``Rerun/init(_:)`` throws, and `RunError` for an epoch that the run does not have.
    public init(_ folder: URL, at epoch: Int, settings: [RunRequest.Setting]) throws {
        guard epoch >= 1 else { throw RunError("a fork is made after an epoch, counted from 1, got \(epoch)") }
        rerun = try Rerun(folder)
        self.epoch = epoch
        self.settings = settings
    }

    /// Whether the run was made without the sandbox.
    public var wasTrusted: Bool { rerun.wasTrusted }

    /// The texts and the request of the old run, for the new one.
    private func request(_ place: URL, _ how: (inout RunRequest) -> Void) -> RunRequest {
        var request = rerun.request(into: place)
        how(&request)
        return request
    }

    /// - Parameters:
    ///   - runsDirectory: where the new run goes.
    ///   - how: what else is asked for, of both.
    ///   - output: takes lines for standard output.
    ///   - errors: takes lines for standard error.
    public func run(
        into runsDirectory: URL, how: (inout RunRequest) -> Void, output: @escaping (String) -> Void,
        errors: @escaping (String) -> Void
    ) throws -> ScriptRunner.Outcome {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(
            "nightjar-fork-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: place) }
        var second = request(runsDirectory, how)
        second.settings = RunFork.merged(second.settings, settings)
        var other = rerun
        other.changed = Set(settings.map { String($0.name.prefix { $0 != "." }) })
        let runner = ScriptRunner(second, rerun: other, output: output, errors: errors)
        let original = rerun.original
        let row = try original.epochsBefore() + epoch
        // A state that is damaged is an error, and nothing to pass over.
        let near = try Checkpoint.places(of: original).last { $0.epoch <= row }
        let state = try near.map { try Checkpoint.good($0.url, of: original) }
        if let state, state.progress.epochs == row, let training = state.training {
            runner.branch = Branch(original: original, epoch: epoch, ordinal: training, checkpoint: state)
            return try runner.run()
        }
        let replay = try Replay(original, from: state.flatMap { $0.progress.epochs < row ? $0 : nil }, end: epoch)
        var first = request(place, how)
        (first.checkpointInterval, first.isQuiet) = (1, true)
        let prefix = ScriptRunner(first, rerun: rerun, output: { _ in }, errors: errors)
        prefix.replay = replay
        let outcome = try prefix.run()
        guard outcome == .finished else { return outcome }
        runner.branch = try replay.branch(after: epoch)
        return try runner.run()
    }

    /// The later ones in the place of earlier ones of the same name.
    private static func merged(
        _ first: [RunRequest.Setting], _ second: [RunRequest.Setting]
    ) -> [RunRequest.Setting] {
        let names = Set(second.map(\.name))
        return first.filter { !names.contains($0.name) } + second
    }
}
