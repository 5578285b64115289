import Foundation
import NightjarProcess
import NightjarRuns

/// Goes through the grid of an experiment and gathers its runs: table, `summary.csv`, `report.html`, store.
///
/// One cell runs in this process; several run as worker processes, as many at a time as the cores allow.
struct ExperimentRunner {
    let runner: ScriptRunner
    let cells: CellRunner

    private var request: RunRequest { runner.request }
    private var experiment: ScriptExperiment { cells.experiment }

    /// What the cells left behind.
    struct Results {
        /// In the order of the grid.
        var folders: [RunFolder] = []
        /// What went wrong: titles of cells by message, in the order of the grid.
        var failures: [(message: String, cells: [String])] = []
        var isInterrupted = false

        mutating func fail(_ cell: SweepCell, _ message: String) {
            if let known = failures.firstIndex(where: { $0.message == message }) {
                failures[known].cells.append(cell.title)
            } else {
                failures.append((message, [cell.title]))
            }
        }
    }

    func run() throws -> ScriptRunner.Outcome {
        let grid = try SweepGrid(experiment.axes)
        let all = grid.cells
        // A sweep ends when its workers have.
        var results = all.count == 1 ? runHere(all[0]) : try StopSignal.inOrder { try sweep(all) }
        runner.progress?.clear()
        results.isInterrupted = results.isInterrupted || StopSignal.isRaised
        try StopSignal.inOrder { try gather(results) }
        for failure in results.failures {
            let title =
                failure.cells.count == 1 ? failure.cells[0] : "\(failure.cells.count) runs, from \(failure.cells[0]) on"
            runner.errors(title.isEmpty ? "error: \(failure.message)" : "error in \(title):\n\(failure.message)")
        }
        if results.isInterrupted { return .interrupted }
        return results.failures.isEmpty ? .finished : .failed
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
        let request = self.request
        let sweep = Sweep(cells: all, jobs: share.jobs) { request.worker($0, threads: share.threads) }
        let outcome = sweep.run(shouldStop: { StopSignal.isRaised }) { _, state in
            runner.progress?.show(ProgressText.sweep(state))
        }
        var results = Results()
        results.isInterrupted = outcome.interrupted
        for end in outcome.outcomes {
            for case .runFolder(let path) in end.messages {
                results.folders.append(try RunFolder.open(URL(fileURLWithPath: path, isDirectory: true)))
            }
            if end.isFailure { results.fail(end.cell, ExperimentRunner.message(of: end)) }
        }
        return results
    }

    /// What a worker reported when it failed; its last words where it got no further; how it ended, where it said nothing.
    private static func message(of outcome: SweepOutcome) -> String {
        for case .failure(let message) in outcome.messages { return message }
        let said = outcome.errors.joined(separator: "\n")
        guard case .failed = outcome.end, !said.isEmpty else { return outcome.message }
        return said.hasPrefix("error: ") ? String(said.dropFirst("error: ".count)) : said
    }

    // MARK: What is left when it is over

    private func gather(_ results: Results) throws {
        let folder = ExperimentFolder(
            request.runsDirectory.appendingPathComponent(folderName, isDirectory: true))
        let unordered = try ExperimentFolder.summaryRows(of: results.folders, order: GridOrder())
        let order = try GridOrder(of: inGridOrder(results.folders))
        let rows = order.sorted(unordered)
        try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        try SummaryFile.write(rows, to: folder.summaryURL)
        RunStoreNote.record(results.folders, in: request.runsDirectory, errors: runner.errors)
        try report(rows, results.folders).write(to: folder.reportURL)
        noteRunsAlike(rows)
        guard !request.isQuiet else { return }
        if !rows.isEmpty {
            let colour = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
            runner.output(String(SummaryTable(rows, order: order).terminal(colour: colour).dropLast()))
        }
        runner.output("summary: \(ScriptFiles.display(folder.summaryURL.path))")
        runner.output("report:  \(ScriptFiles.display(folder.reportURL.path))")
        if request.isProfiled, results.folders.count > 1 {
            runner.output("profiles: profile.json in the folder of each run")
        }
    }

    /// Tables and curves know runs by data, model, loss, rate and seed. Where that does not tell them apart, say so.
    private func noteRunsAlike(_ rows: [SummaryRow]) {
        let names = rows.map { [$0.data, $0.model, $0.loss, NumberText.shortest($0.rate), "\($0.seed)"] }
        let alike = rows.count - Set(names).count
        guard alike > 0 else { return }
        runner.errors(
            "note: \(alike) of \(rows.count) runs have the data, model, loss, rate and seed of another run: table and "
                + "report take them for further seeds (does the grid vary something else, or do two losses share a name?)"
        )
    }

    /// The experiment's folder below the runs directory, as run folders name it.
    private var folderName: String {
        RunConfiguration(experiment: experiment.name, data: "", model: "", loss: "", rate: 0, seed: 0, epochs: 0)
            .experimentFolderName
    }

    /// One row a finished run, in the order of the grid: names appear in it as the script lists them.
    private func inGridOrder(_ folders: [RunFolder]) throws -> [SummaryRow] {
        try folders.flatMap { try ExperimentFolder.summaryRows(of: [$0], order: GridOrder()) }
    }

    private func report(_ rows: [SummaryRow], _ folders: [RunFolder]) throws -> Report {
        var report = Report(
            title: experiment.name, rows: rows, curves: try ExperimentFolder.curves(of: folders))
        report.introduction = experiment.doc
        report.facts = experiment.settings.sorted { $0.key < $1.key }.map { name, value in
            guard case .array(let items) = value else { return Report.Fact(name, value.plainText) }
            return Report.Fact(name, items.map(\.plainText).joined(separator: ", "))
        }
        return report
    }
}
