import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// Goes through the grid of an experiment and gathers its runs: table, `summary.csv`, `report.html`, store.
///
/// One cell runs in this process; several run as worker processes, as many at a time as the cores allow.
struct ExperimentRunner {
    let runner: ScriptRunner
    let cells: CellRunner

    var request: RunRequest { runner.request }
    var experiment: ScriptExperiment { cells.experiment }

    /// What the cells left behind.
    struct Results {
        /// In the order of the grid.
        var folders: [RunFolder] = []
        /// What went wrong: titles of cells by message, in the order of the grid.
        var failures: [(message: String, cells: [String])] = []
        var isInterrupted = false
        /// Cells that were left out because the first ones all failed alike.
        var notStarted = 0

        mutating func fail(_ cell: SweepCell, _ message: String) {
            if let known = failures.firstIndex(where: { $0.message == message }) {
                failures[known].cells.append(cell.title)
            } else {
                failures.append((message, [cell.title]))
            }
        }
    }

    func run() throws -> ScriptRunner.Outcome {
        let all = experiment.cells
        let cluster = try cluster()
        let before = KnownRuns(folder)
        try refuseChangedTexts(before)
        // A sweep ends when its workers have.
        var results =
            try cluster.map { try run(all, on: $0, before) }
            ?? run(all, before)
        runner.progress?.clear()
        results.isInterrupted = results.isInterrupted || StopSignal.isRaised
        // What cannot be shown hides no cell that failed.
        let gathered = Result { try StopSignal.inOrder { try gather(results, before) } }
        for failure in results.failures {
            let title =
                failure.cells.count == 1 ? failure.cells[0] : "\(failure.cells.count) runs, from \(failure.cells[0]) on"
            runner.errors(title.isEmpty ? "error: \(failure.message)" : "error in \(title):\n\(failure.message)")
        }
        if results.notStarted > 0 {
            runner.errors(
                "error: the other \(results.notStarted) cells were not started: these \(Sweep.commonFailures), which have "
                    + "little in common, all failed with the same words")
        }
        try gathered.get()
        if results.isInterrupted { return .interrupted }
        return results.failures.isEmpty ? .finished : .failed
    }

    /// Runs the cells on this machine, but for those that are known to be done.
    private func run(_ all: [SweepCell], _ before: KnownRuns) throws -> Results {
        let mayStay = !request.isWatched && !request.isProfiled
        let done = mayStay ? finished(before).recordedByHand.runs : [:]
        let open = all.filter { done[$0.index] == nil }
        var results =
            open.isEmpty ? Results() : all.count == 1 ? runHere(all[0]) : try StopSignal.inOrder { try sweep(open) }
        results.folders = inOrder(results.folders + done.values.joined())
        return results
    }

    /// Runs of two versions of a script are not mixed without a word.
    func refuseChangedTexts(_ known: KnownRuns) throws {
        guard !request.runsAgain, !request.isWatched, !known.runs.isEmpty else { return }
        // Cells that ran anew since are decided about.
        let changed = ChangedTexts(
            RunFolder.newest(known.runs), runsDirectory: request.runsDirectory, sources: cells.host.files.sources)
        if !changed.changes.isEmpty { throw ScriptError(changed.message(experiment.name)) }
    }

    private func runHere(_ cell: SweepCell) -> Results {
        let share = CoreShare(cells: 1, jobs: request.jobs, threads: request.threads, cores: runner.cores)
        if let note = share.note { runner.errors("note: " + note) }
        var results = Results()
        do {
            try cells.run(cell)
        } catch {
            if !StopSignal.isRaised { results.fail(cell, ScriptMessage.text(error)) }
        }
        results.folders = cells.keeper.folders
        return results
    }

    private func sweep(_ all: [SweepCell]) throws -> Results {
        let share = CoreShare(cells: all.count, jobs: request.jobs, threads: request.threads, cores: runner.cores)
        if let note = share.note { runner.errors("note: " + note) }
        // They are those of each worker.
        cells.host.liftLimits()
        let request = self.request
        // Workers read what this process has read, also where somebody edits it meanwhile.
        let texts = request.isWatched ? [] : try keptTexts()
        let isDirty = cells.keeper.checkoutIsDirty()
        let sweep = Sweep(cells: all, jobs: share.jobs) {
            request.worker($0, threads: share.threads, texts: texts, isDirty: isDirty)
        }
        var display = display()
        return try results(sweep.run(shouldStop: { StopSignal.isRaised }) { display.show($0, $1) })
    }

    /// Shows what happens in a sweep, wherever its cells run.
    struct Display {
        let runner: ScriptRunner
        var lines: SweepDisplay?
        let record: SweepRecorder
        var told: Set<String> = []

        mutating func show(_ event: SweepEvent, _ state: SweepProgress) {
            switch event {
            case .crashed(let crash):
                runner.progress?.clear()
                runner.errors("note: " + crash.message + "\n  it is started once more")
            case .ended(let end):
                for case .note(let note) in end.messages where told.insert(note).inserted && !runner.request.isQuiet {
                    runner.progress?.clear()
                    runner.errors(note)
                }
                if end.isFailure, let progress = runner.progress, progress.isActive {
                    progress.print(
                        "failed: \(end.cell.title): \(ExperimentRunner.message(of: end).prefix { $0 != "\n" })")
                }
            case .started, .progress, .tick: break
            }
            lines?.show(event, state)
            record.note(event, state)
        }
    }

    func display() -> Display {
        Display(
            runner: runner, lines: runner.progress.map { SweepDisplay($0, plain: runner.errors) },
            record: SweepRecorder(folder))
    }

    /// What workers have left.
    func results(_ outcome: SweepResult) throws -> Results {
        var results = Results()
        results.isInterrupted = outcome.interrupted
        results.notStarted = outcome.notStarted
        for end in outcome.outcomes {
            results.folders += try folders(of: end)
            if end.isFailure { results.fail(end.cell, ExperimentRunner.message(of: end)) }
        }
        return results
    }

    /// The paths and hashes of the texts of this process, which are kept.
    func keptTexts() throws -> [WorkerOrder.Text] {
        let store = try cells.keeper.heldTexts()
        return try cells.host.files.sources.map {
            .init(path: $0.path, hash: try store.keep($0.text), isTrusted: cells.host.files.isTrusted($0.path))
        }
    }

    /// The runs that a worker left. What it could not write itself is written here: that it crashed, and its last words;
    /// the failure of a cell that came to no run.
    private func folders(of end: SweepOutcome) throws -> [RunFolder] {
        var folders = try end.folders.map(RunFolder.open)
        // A worker that was stopped before its cell came to a run did not fail; one whose run another process writes has none.
        if end.isFailure, folders.isEmpty, !StopSignal.isRaised, !end.messages.contains(.held) {
            if let folder = try cells.keeper.failed(end.cell, of: experiment, ExperimentRunner.message(of: end)) {
                folders = [folder]
            }
        }
        guard let last = folders.last else { return [] }
        for crash in end.crash {
            RunLog.append(.error, crash.message + "\nit was started once more", to: last)
        }
        if end.isLost {
            RunLog.append(.error, end.message, to: last)
            // Its summary, where it has one, is that of an earlier attempt.
            try last.writeSummary(
                RunSummary(
                    status: .failed, message: ExperimentRunner.message(of: end),
                    epochs: (try? last.readMetrics().rows.last?.epoch) ?? 0, metrics: [:], seconds: end.seconds))
        }
        return folders
    }

    /// What a worker reported when it failed; its last words where it got no further; how it ended, where it said nothing.
    private static func message(of outcome: SweepOutcome) -> String {
        for case .failure(let message) in outcome.messages { return message }
        let said = outcome.errors.joined(separator: "\n")
        guard case .failed = outcome.end, !said.isEmpty else { return outcome.message }
        return said.hasPrefix("error: ") ? String(said.dropFirst("error: ".count)) : said
    }

    // MARK: What is left when it is over

    var folder: ExperimentFolder { ExperimentFolder(experiment.name, in: request.runsDirectory) }

    private func gather(_ results: Results, _ before: KnownRuns) throws {
        let runs = try allRuns(results.folders, before)
        // Each summary is read once, here.
        let summaries = try runs.map { try $0.readSummary() }
        say(
            found: zip(runs, summaries).prefix(results.folders.count).count { run, summary in
                !request.runsAgain && summary?.status == .finished && before.isUntouched(run)
            }, of: results.folders.count)
        let set = try RunSet(
            runs, summaries: summaries, cells: experiment.cells.map(\.settings), axes: experiment.axes)
        try FileReason.makeFolder(folder.url)
        try SummaryFile.write(set, to: folder.summaryURL)
        RunStoreNote.record(results.folders, in: request.runsDirectory, errors: runner.errors)
        let written = Result { try report(set).write(to: folder.reportURL) }
        // Where nothing came out, what is to be read is why.
        guard !request.isQuiet, set.rows.contains(where: { $0.state == .finished }) else { return try written.get() }
        let colour = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        let table = ResultTable(set).fitting(TerminalText.columns(of: STDOUT_FILENO))
        runner.output(String(table.terminal(colour: colour).dropLast()))
        runner.output("summary: \(ScriptFiles.display(folder.summaryURL.path))")
        try written.get()
        runner.output("report:  \(ScriptFiles.display(folder.reportURL.path))")
        if request.isProfiled, results.folders.count > 1 {
            runner.output("profiles: profile.json in the folder of each run")
        }
    }

    private func say(found: Int, of count: Int) {
        guard found > 0, !request.isQuiet else { return }
        runner.errors(
            "note: \(found) of \(count) runs were finished already and stay as they are (--again runs them anew)")
    }

    /// The runs of this command, and behind them all others of the experiment that the same script made. Those of another
    /// version of it are left out, and said to be.
    private func allRuns(_ own: [RunFolder], _ before: KnownRuns) throws -> [RunFolder] {
        let names = Set(own.map(\.url.lastPathComponent))
        // What another command has made meanwhile.
        let (new, newUnreadable) = try before.added(to: folder, besides: names)
        let others =
            new
            + before.runs.filter { run in
                !names.contains(run.url.lastPathComponent)
                    // One that failed before it recorded anything goes when its cell runs again.
                    && FileManager.default.fileExists(atPath: run.configurationURL.path)
            }
        let files = own.reduce(into: [:]) { $0.merge(hashes($1.configuration)) { first, _ in first } }
        let same = others.filter { run in
            run.configuration.parts["script"] == cells.keeper.script
                && run.configuration.parts["program"] == cells.keeper.program
                && hashes(run.configuration).allSatisfy { files[$0.key] == nil || files[$0.key] == $0.value }
        }
        if others.count > same.count {
            runner.errors(
                "note: \(others.count - same.count) runs in \(ScriptFiles.display(folder.url.path)) are of another version of "
                    + "the script or of Nightjar: summary and report leave them out (give the experiment a new name to keep "
                    + "both, or remove them)")
        }
        let unreadable = before.unreadable + newUnreadable
        if let first = unreadable.first {
            runner.errors(
                "note: \(unreadable.count) \(unreadable.count == 1 ? "folder" : "folders") could not be read, the first: \(first.reason)"
            )
        }
        return own + same
    }

    /// The hashes of the files that a run read, by name.
    private func hashes(_ configuration: RunConfiguration) -> [String: JSONValue] {
        guard case .array(let files)? = configuration.parts["files"] else { return [:] }
        return files.reduce(into: [:]) { result, file in
            if let name = file["name"]?.stringValue { result[name] = file["sha256"] }
        }
    }

    private func report(_ set: RunSet) -> Report {
        var report = Report(title: experiment.name, set: set)
        report.introduction = experiment.doc
        report.baseline = experiment.baseline
        report.figures = experiment.figures
        report.items = experiment.report
        report.facts = experiment.settings.sorted { $0.key < $1.key }.map { Report.Fact($0, $1.plainText) }
        return report
    }
}
