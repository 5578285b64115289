import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTraining

/// Takes over scripts that change while a training goes on: `nightjar run --watch`.
///
/// Watched are the files that define the trainer's loss (and its terms), optimizer, schedule and augmentations, and
/// callbacks that were given as paths. Between two steps, ten times a second at most, it looks whether one has changed. The new text is run
/// in an environment of its own, must define the same kind and name, and what it defines takes the place of the old in
/// every object that was made of it, with the parameters that these were made from. Then the coming step is rehearsed
/// with it: when the loss, the state and the weights after the step are finite, the step is done with the new version.
/// Otherwise everything is put back, and one message says why.
///
/// A run that is resumed goes through the versions that it has kept once more, each from the step on from which it was
/// used; what the files hold now comes after the last of them.
final class HotReload: TrainingObserver {
    private struct Source {
        let name: String
        let kind: String
        let display: String
        var file: WatchedFile

        /// Whether the batches of a step are made with it: they were there before it was looked at.
        var changesBatches: Bool { kind == "augmentation" }
    }

    private let host: ScriptHost
    private let fit: ScriptFit
    private let versions: ScriptVersions
    /// Takes what people should know; the flag says that something went wrong.
    private let say: (String, _ isProblem: Bool) -> Void
    private let isWatching: Bool
    private var sources: [Source] = []
    /// Versions that a resumed run used from a later step on, and the script of each; the next is first.
    private var coming: [(source: Int, version: ScriptVersions.Version)] = []
    private var lastLook = ContinuousClock.now

    private static let pause = Duration.milliseconds(100)
    /// Of the Lua machine that a new version, and its rehearsal, may take: a second or two.
    private static let instructions = 100_000_000

    /// - Parameters:
    ///   - versions: of the run's folder; those that it holds already are gone through once more.
    ///   - start: where training goes on. The state of the trainer is read after this, by the scripts of that moment.
    ///   - isWatching: false only goes through what is known.
    init(
        host: ScriptHost, fit: ScriptFit, versions: ScriptVersions, start: TrainingProgress, isWatching: Bool,
        say: @escaping (String, _ isProblem: Bool) -> Void
    ) throws {
        self.host = host
        self.fit = fit
        self.say = say
        self.isWatching = isWatching
        self.versions = versions
        for source in try definitions() + callbacks() {
            sources.append(source)
            let known = versions.of(source.name, source.display)
            guard let last = known.last else {
                try versions.add(
                    name: source.name, kind: source.kind, file: source.display, text: source.file.text,
                    firstEpoch: start.epochs + 1, firstStep: start.steps + 1)
                continue
            }
            try restore(sources.count - 1, known.filter { $0.firstStep <= start.steps + 1 })
            sources[sources.count - 1].file = WatchedFile(source.file.path, text: last.text)
            coming += known.filter { $0.firstStep > start.steps + 1 }.map { (sources.count - 1, $0) }
        }
        coming.sort { $0.version.firstStep < $1.version.firstStep }
        if sources.isEmpty, isWatching {
            say(
                "note: --watch: this training uses no file that can be watched: give the loss, the schedule, an "
                    + "augmentation or a callback as the path of a file", false)
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
        while let next = coming.first, next.version.firstStep <= step.step {
            coming.removeFirst()
            try replay(next.source, next.version, chunk(sources[next.source], next.version.text), step)
            let source = sources[next.source]
            say(
                "note: version \(next.version.number) of \(source.kind) '\(source.name)' is used again from epoch "
                    + "\(step.epoch), step \(step.step) on", false)
        }
        guard isWatching else { return }
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
            let chunk = try chunk(source, text)
            if source.kind == "callback" {
                try swapCallback(source, chunk)
            } else {
                try swapDefinition(source, chunk, step)
            }
        } catch {
            var reason = ScriptMessage.text(error)
            // The line that trains says nothing about the file.
            let own = reason.replacing(#/^[^\s:]+:\d+: /#, with: "", maxReplacements: 1)
            if own.hasPrefix(source.display) { reason = own }
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

    private func chunk(_ source: Source, _ text: String) throws -> ScriptFunction {
        try host.load(
            text, chunkName: "@" + source.display, in: host.files.isTrusted(source.display) ? .trusted : .sandbox)
    }

    private func swapDefinition(_ source: Source, _ chunk: ScriptFunction, _ step: UpcomingStep) throws {
        var batches = step.batches
        try replaceDefinition(source, chunk) {
            if source.changesBatches { batches = try step.remadeBatches() }
            let rate = try self.fit.trainer.learningRate(epoch: step.epoch, step: step.step)
            for batch in batches {
                try step.training.rehearse(batch, epoch: step.epoch, step: step.step, learningRate: rate)
            }
        }
        step.batches = batches
    }

    /// Puts what a text defines in the place of what it defined before, or puts all back when that or `check` throws.
    private func replaceDefinition(_ source: Source, _ chunk: ScriptFunction, check: () throws -> Void) throws {
        let trainer = fit.trainer
        let loss = trainer.loss as? ScriptLoss
        let before = loss?.form
        try limited {
            _ = try host.library?.call([
                .string("watch_swap"), .string(source.file.path), .function(chunk), .string(source.display),
            ])
        }
        do {
            let parts = fit.parts.map { ScriptValue.function($0) }
            let facts = TrainerFacts(
                try host.library?.call([.string("trainer_facts")] + parts).first?.asTable ?? ScriptTable())
            try loss?.renew(facts.lossForm())
            try checkState(source, facts)
            try limited(check)
        } catch {
            _ = try host.library?.call([.string("watch_undo")])
            if let before { loss?.form = before }
            throw error
        }
    }

    /// A new text must come to an end by itself: the step waits for it.
    private func limited(_ body: () throws -> Void) throws {
        defer { host.limitInstructions(0) }
        do {
            try host.limited(instructions: HotReload.instructions, body)
        } catch let error as LimitError {
            // Where it stood then may be in the library, which puts things back.
            throw ScriptError(error.advice)
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

    // MARK: Versions that were used before

    /// Brings a script to the last of the versions, which were used before training goes on.
    private func restore(_ index: Int, _ known: [ScriptVersions.Version]) throws {
        guard let active = known.last else { return }
        let source = sources[index]
        if source.kind == "callback", known.count > 1 {
            // Where the first call of the active one fails, the one before goes on.
            fit.callbacks.restore(source.name, to: try callback(source, chunk(source, known[known.count - 2].text)))
        } else if active.text == source.file.text {
            return
        }
        try replay(index, active, chunk(source, active.text))
    }

    /// A version that was rehearsed when it was new takes its place without another rehearsal.
    ///
    /// - Parameter step: the one that begins with it; nil before training goes on.
    private func replay(
        _ index: Int, _ version: ScriptVersions.Version, _ chunk: ScriptFunction, _ step: UpcomingStep? = nil
    ) throws {
        let source = sources[index]
        let draws = host.draws
        defer { host.draws = draws }
        if source.kind == "callback" {
            try swapCallback(source, chunk)
        } else {
            try replaceDefinition(source, chunk) {}
            if source.changesBatches, let step { step.batches = try step.remadeBatches() }
        }
    }

    // MARK: Callbacks

    private func callback(_ source: Source, _ chunk: ScriptFunction) throws -> ScriptFunction {
        var result = ScriptValue.nil
        try limited { result = try chunk.callForReferences([]).first ?? .nil }
        guard case .function(let function) = result else {
            throw ScriptError("\(source.display) must return a function, it returned \(result.phrase)")
        }
        return function
    }

    private func swapCallback(_ source: Source, _ chunk: ScriptFunction) throws {
        let function = try callback(source, chunk)
        fit.callbacks.replace(source.name, with: function) { [weak self] error in
            self?.say(
                "note: \(source.display) has changed and failed when it was first called, the version before it goes on:\n"
                    + ScriptMessage.text(error), true)
        }
    }
}
