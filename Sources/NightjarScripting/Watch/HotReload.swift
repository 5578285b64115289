import Foundation
import NightjarRuns
import NightjarTraining

/// Takes over scripts that change while a training goes on: `nightjar run --watch`.
///
/// Watched are the files that define the trainer's loss (and its terms), optimizer and schedule, and callbacks that were
/// given as paths. Between two steps, ten times a second at most, it looks whether one has changed. The new text is run
/// in an environment of its own, must define the same kind and name, and what it defines takes the place of the old in
/// every object that was made of it, with the parameters that these were made from. Then the coming step is rehearsed
/// with it: when the loss, the state and the weights after the step are finite, the step is done with the new version.
/// Otherwise everything is put back, and one message says why.
final class HotReload: TrainingObserver {
    private struct Source {
        let name: String
        let kind: String
        let display: String
        var file: WatchedFile
    }

    private let host: ScriptHost
    private let fit: ScriptFit
    private let versions: ScriptVersions
    /// Takes what people should know; the flag says that something went wrong.
    private let say: (String, _ isProblem: Bool) -> Void
    private var sources: [Source] = []
    private var lastLook = ContinuousClock.now

    private static let pause = Duration.milliseconds(100)

    init(
        host: ScriptHost, fit: ScriptFit, folder: RunFolder, say: @escaping (String, _ isProblem: Bool) -> Void
    ) throws {
        self.host = host
        self.fit = fit
        self.say = say
        versions = ScriptVersions(folder)
        for source in try definitions() + callbacks() {
            sources.append(source)
            try versions.add(
                name: source.name, kind: source.kind, file: source.display, text: source.file.text,
                firstEpoch: fit.trainer.progress.epochs + 1, firstStep: fit.trainer.progress.steps + 1)
        }
        if sources.isEmpty {
            say(
                "note: --watch: this training uses no file that can be watched: give the loss, the schedule or a callback "
                    + "as the path of a file", false)
        }
    }

    private func definitions() throws -> [Source] {
        let objects = fit.parts.map { ScriptValue.function($0) }
        let answer = try host.library?.call([.string("watch_sources")] + objects).first?.asTable
        return try (answer?.array ?? []).compactMap { item in
            guard let item = item.asTable, let file = item["file"]?.asString, let name = item["name"]?.asString,
                let kind = item["word"]?.asString
            else { return nil }
            return Source(
                name: name, kind: kind, display: ScriptFiles.display(file), file: try WatchedFile(file))
        }
    }

    private func callbacks() throws -> [Source] {
        try fit.callbacks.files.map { name, file in
            Source(name: name, kind: "callback", display: ScriptFiles.display(file), file: try WatchedFile(file))
        }
    }

    // MARK: Between steps

    func stepBegins(_ step: UpcomingStep) throws {
        let now = ContinuousClock.now
        guard lastLook.duration(to: now) >= HotReload.pause else { return }
        lastLook = now
        for index in sources.indices {
            guard let text = sources[index].file.changed() else { continue }
            try take(index, text, step)
        }
    }

    private func take(_ index: Int, _ text: String, _ step: UpcomingStep) throws {
        let source = sources[index]
        // What checking draws must not change what training draws.
        let draws = host.draws
        do {
            defer { host.draws = draws }
            let chunk = try host.load(text, chunkName: "@" + source.display)
            if source.kind == "callback" {
                try swapCallback(source, chunk)
            } else {
                try swapDefinition(source, chunk, step)
            }
        } catch {
            var reason = ScriptMessage.text(error)
            if !reason.hasPrefix(source.display) { reason = "\(source.display): \(reason)" }
            say("note: \(source.display) has changed and is not used, the version before it goes on:\n\(reason)", true)
            return
        }
        let version = try versions.add(
            name: source.name, kind: source.kind, file: source.display, text: text, firstEpoch: step.epoch,
            firstStep: step.step)
        say(
            "note: \(source.display) has changed: version \(version.number) of \(source.kind) '\(source.name)' is used from "
                + "epoch \(step.epoch), step \(step.step) on", false)
    }

    private func swapDefinition(_ source: Source, _ chunk: ScriptFunction, _ step: UpcomingStep) throws {
        let trainer = fit.trainer
        let loss = trainer.loss as? ScriptLoss
        let before = loss?.form
        _ = try host.library?.call([
            .string("watch_swap"), .string(source.file.path), .function(chunk), .string(source.display),
        ])
        do {
            let parts = fit.parts.map { ScriptValue.function($0) }
            let facts = TrainerFacts(
                try host.library?.call([.string("trainer_facts")] + parts).first?.asTable ?? ScriptTable())
            try loss?.renew(isBatch: facts.flag("is_batch"), remembers: facts.flag("remembers"),
                needs: facts.needs())
            try checkState(source, facts)
            let rate = try trainer.learningRate(epoch: step.epoch, step: step.step)
            try step.training.rehearse(step.batch, epoch: step.epoch, step: step.step, learningRate: rate)
        } catch {
            _ = try host.library?.call([.string("watch_undo")])
            if let before { loss?.form = before }
            throw error
        }
    }

    private func checkState(_ source: Source, _ facts: TrainerFacts) throws {
        let (new, old) = (try facts.slots(), fit.trainer.optimizer.groups.first?.rule.state ?? [])
        guard new.map(\.name) != old.map(\.name) else { return }
        func list(_ slots: [OptimizerSlot]) -> String {
            slots.isEmpty ? "nothing" : slots.map { "'\($0.name)'" }.joined(separator: ", ")
        }
        throw ScriptError(
            "\(source.display): \(source.kind) '\(source.name)' remembers \(list(new)) now and \(list(old)) before: what an "
                + "optimizer remembers cannot change while a run goes on")
    }

    // MARK: Callbacks

    private func swapCallback(_ source: Source, _ chunk: ScriptFunction) throws {
        let result = try chunk.callForReferences([]).first ?? .nil
        guard case .function(let function) = result else {
            throw ScriptError("\(source.display) must return a function, it returned \(result.phrase)")
        }
        fit.callbacks.replace(source.name, with: function) { [weak self] error in
            self?.say(
                "note: \(source.display) has changed and failed when it was first called, the version before it goes on:\n"
                    + ScriptMessage.text(error), true)
        }
    }
}
