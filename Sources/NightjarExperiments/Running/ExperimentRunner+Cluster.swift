import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// Cells that run elsewhere: on a cluster, or wherever somebody starts the commands that are listed.
extension ExperimentRunner {
    /// A cluster that was asked for, and the cells that are in its queue already.
    struct Cluster {
        let wish: ClusterWish
        let interval: Double
        let scheduler = Slurm()
        var elements: [ClusterSweep.Element] = []
    }

    /// Asks the scheduler, before the runs are read: a cell that ends in between is then followed, or found finished.
    /// Asked after that, one that had ended in between would be neither, and would be handed over once more.
    /// - Returns: nil where no cluster was asked for.
    func cluster() throws -> Cluster? {
        guard case .cluster(let asked)? = runner.elsewhere else { return nil }
        let wish = asked.wish.over(try UserConfiguration.current(cells.host).cluster(asked.name))
        var cluster = Cluster(wish: wish, interval: asked.interval)
        cluster.elements = try going(cluster.scheduler)
        return cluster
    }

    /// Hands the cells that are not done to the scheduler and follows them.
    func run(_ all: [SweepCell], on cluster: Cluster, _ before: KnownRuns) throws -> Results {
        let scheduler = cluster.scheduler
        let done = finished(before)
        var elements = cluster.elements
        let taken = Set(elements.map(\.cell.index))
        if let first = elements.first {
            runner.errors(
                "note: \(elements.count) cells are in Slurm's queue already (job \(first.job)): they are followed, not started "
                    + "anew")
        }
        elements += try submit(
            all.filter { done.runs[$0.index] == nil && !taken.contains($0.index) }, cluster.wish, scheduler)
        var sweep = ClusterSweep(elements, scheduler: scheduler, interval: cluster.interval)
        var display = display()
        let outcome = StopSignal.inOrder {
            sweep.run(
                shouldStop: { StopSignal.isRaised },
                trouble: { [runner] in
                    runner.progress?.clear()
                    runner.errors("note: \($0)\n  it is asked again until it answers")
                }, progress: { display.show($0, $1) })
        }
        let ended = Set(outcome.outcomes.map(\.cell.index))
        for (batch, cells) in Dictionary(grouping: elements, by: \.batch.url).values.map({ ($0[0].batch, $0) })
        where cells.allSatisfy({ ended.contains($0.cell.index) }) {
            batch.noteOver()
        }
        var results = try results(outcome)
        for end in outcome.outcomes where end.end == .interrupted {
            results.fail(end.cell, "it was cancelled: the same command goes on with it")
        }
        results.folders = inOrder(results.folders + done.runs.values.joined())
        if outcome.interrupted {
            runner.progress?.clear()
            runner.errors(
                "note: \(elements.count - ended.count) cells go on without this command: given again it follows them, and "
                    + "'nightjar stop \(experiment.name)' cancels them")
        }
        return results
    }

    /// Prints a command for each cell that is not done.
    func list(_ format: CellListFormat) throws -> ScriptRunner.Outcome {
        let before = KnownRuns(folder)
        try refuseChangedTexts(before)
        let done = finished(before)
        let open = experiment.cells.filter { done.runs[$0.index] == nil }
        if !done.runs.isEmpty, !request.isQuiet {
            runner.errors(
                "note: \(done.runs.count) of \(experiment.cells.count) cells are finished and are left out (--again lists all)"
            )
        }
        guard !open.isEmpty else {
            if format == .json { runner.output("[]") }
            return .finished
        }
        let batch = try CellBatch.make(
            of: try manifest(open, threads: request.threads ?? 1).text(), in: folder, isNew: false)
        let place = FileManager.default.currentDirectoryPath
        let entries = open.indices.map { number -> JSONValue in
            let words = workerWords + ["--cell", "\(batch.manifestURL.path)#\(number)"]
            let command = (["cd", place, "&&"] + words).map { $0 == "&&" ? $0 : ClusterScript.quoted($0) }
            return [
                "cell": .object(
                    Dictionary(open[number].settings.map { ($0.name, $0.value) }) { first, _ in first }),
                "title": .string(open[number].title), "folder": .string(place),
                "arguments": .array(words.map { .string($0) }), "command": .string(command.joined(separator: " ")),
            ]
        }
        switch format {
        case .lines: for entry in entries { runner.output(entry["command"]?.stringValue ?? "") }
        case .json: runner.output(String(JSONValue.array(entries).text().trimmingCharacters(in: .newlines)))
        }
        return .finished
    }

    // MARK: Parts

    func finished(_ before: KnownRuns) -> FinishedCells {
        FinishedCells(
            request.runsAgain ? [] : before.runs, of: experiment, script: cells.keeper.script,
            program: cells.keeper.program, seed: request.seed)
    }

    /// The program of a worker with its first arguments.
    private var workerWords: [String] { [request.executable, "run", request.script] }

    private func manifest(_ open: [SweepCell], threads: Int) throws -> CellManifest {
        CellManifest(
            request.forWorkers(threads: threads), of: experiment, cells: open, texts: try keptTexts(),
            isDirty: cells.keeper.checkoutIsDirty())
    }

    /// Cells of this experiment that an earlier command has handed over and that have not ended.
    private func going(_ scheduler: Slurm) throws -> [ClusterSweep.Element] {
        var found: [ClusterSweep.Element] = []
        let settings = CellManifest.settings(experiment)
        let mine = Dictionary(experiment.cells.map { ($0.title, $0) }) { first, _ in first }
        for batch in CellBatch.going(in: folder) {
            guard let job = batch.job else { continue }
            guard let known = try scheduler.elements(of: job), known.values.contains(where: { !$0.isOver }) else {
                batch.noteOver()
                continue
            }
            let manifest = try CellManifest(contentsOf: batch.manifestURL)
            let cells = manifest.cells.enumerated().compactMap { number, cell -> ClusterSweep.Element? in
                guard known[number].map({ !$0.isOver }) ?? false, let own = mine[cell.title] else { return nil }
                return ClusterSweep.Element(cell: own, batch: batch, job: job, number: number)
            }
            guard manifest.settings == settings, !cells.isEmpty else { continue }
            guard try Set(manifest.texts.map(\.hash)) == Set(keptTexts().map(\.hash)) else {
                throw ScriptError(
                    "job \(job) of Slurm runs cells of experiment '\(experiment.name)' with another text of the script\n"
                        + "  wait until it has ended, or cancel it with nightjar stop \(experiment.name)")
            }
            found += cells
        }
        return found
    }

    /// Hands cells over as arrays of as many as one may have.
    private func submit(
        _ open: [SweepCell], _ wish: ClusterWish, _ scheduler: Slurm
    ) throws -> [ClusterSweep.Element] {
        var (elements, wish): ([ClusterSweep.Element], ClusterWish) = ([], wish)
        let threads = request.threads ?? wish.cpus ?? 1
        wish.cpus = wish.cpus ?? request.threads
        var before: String?
        for start in stride(from: 0, to: open.count, by: Slurm.mostElements) {
            let part = Array(open[start..<min(open.count, start + Slurm.mostElements)])
            let batch = try CellBatch.make(of: try manifest(part, threads: threads).text(), in: folder, isNew: true)
            let job: String
            do {
                try AtomicFile.write(
                    ClusterScript.text(workerWords, manifest: batch.manifestURL.path, setup: wish.setup),
                    to: batch.scriptURL)
                job = try scheduler.submit(
                    Slurm.arguments(
                        wish, name: experiment.name, batch: batch, count: part.count,
                        folder: FileManager.default.currentDirectoryPath,
                        // How many run at a time is counted by array.
                        after: wish.mostAtOnce == nil ? nil : before))
            } catch {
                batch.remove()
                throw error
            }
            try batch.note(job: job)
            before = job
            if !request.isQuiet {
                runner.errors("note: \(part.count) cells are job \(job) of Slurm; Ctrl-C here leaves them alone")
            }
            elements += part.enumerated().map { .init(cell: $1, batch: batch, job: job, number: $0) }
        }
        return elements
    }

    /// Runs in the order of the cells.
    func inOrder(_ runs: [RunFolder]) -> [RunFolder] {
        let places = Dictionary(experiment.cells.map { ($0.title, $0.index) }) { first, _ in first }
        return runs.enumerated().sorted { left, right in
            let pair = [left, right].map { places[$0.element.configuration.cell.title] ?? Int.max }
            return (pair[0], left.offset) < (pair[1], right.offset)
        }.map(\.element)
    }
}
