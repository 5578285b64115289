import Foundation
import Logging
import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// Runs a script file: trains what it trains, or goes through the grid of the experiment that it returns.
public final class ScriptRunner {
    /// How it went. What went wrong has been said.
    public enum Outcome: Sendable {
        case finished
        case failed
        /// A signal asked for a stop.
        case interrupted

        /// 0, 1, or what names the signal.
        public var exitStatus: Int32 {
            switch self {
            case .finished: 0
            case .failed: 1
            case .interrupted: StopSignal.exitStatus
            }
        }
    }

    let request: RunRequest
    let cores: Int
    /// Where results go.
    let output: (String) -> Void
    /// Where complaints and notes go.
    let errors: (String) -> Void
    let progress: ProgressLine?
    /// What is said goes into the folder of the run that is going on as well.
    let log = RunLog()
    let logger: Logger
    /// The run that is made again; nil: what the request asks for is run.
    let rerun: Rerun?
    /// What the run that is made again must record; nil: nobody compares.
    var replay: Replay?
    /// The run that the one that is made again goes on from, with other settings; nil: from none.
    var branch: Branch?
    /// The text of the script, where it comes from no file; nil: it is read.
    let text: String?
    /// The processes that share trainings with this one; nil: none.
    let peers: RunPeers?
    /// Where the cells of an experiment run, if not in processes here.
    let elsewhere: Elsewhere?

    /// - Parameters:
    ///   - text: of the script, which then has no file: the request's path is what it is called.
    ///   - rerun: the run that is made again.
    ///   - elsewhere: who runs the cells of the experiment, if not this machine.
    ///   - peers: the processes that share trainings with this one.
    ///   - cores: of this machine.
    ///   - output: takes lines for standard output.
    ///   - errors: takes lines for standard error.
    public init(
        _ request: RunRequest, text: String? = nil, rerun: Rerun? = nil, elsewhere: Elsewhere? = nil,
        peers: RunPeers? = nil,
        cores: Int = ProcessInfo.processInfo.activeProcessorCount,
        output: @escaping (String) -> Void, errors: @escaping (String) -> Void
    ) {
        self.request = request
        self.rerun = rerun
        self.text = text
        self.elsewhere = elsewhere
        self.peers = peers
        self.cores = cores
        self.output = output
        self.errors = errors
        logger = log.logger()
        progress = request.isQuiet ? nil : ProgressLine()
    }

    /// Runs it to its end.
    /// - Parameter session: what it computes in; nil: a new one. One that ``session(after:)`` gave.
    /// - Throws: what a plain script or a worker's cell throws; failures in a grid are said and make the outcome.
    public func run(_ session: Session? = nil) throws -> Outcome {
        do {
            return try runScript(try session ?? self.session(after: nil))
        } catch  where StopSignal.isRaised {
            progress?.clear()
            if !request.isQuiet { errors("interrupted") }
            logger.warning("interrupted")
            return .interrupted
        }
    }

    /// The text in the place of a file of the working folder.
    private var givenText: ScriptTexts? {
        let folder = FileManager.default.currentDirectoryPath
        return text.map { ScriptTexts([folder + "/" + request.script: $0], workingFolder: folder) }
    }

    /// A session as the request wants it: one that another run has left, where it has as many threads, else a new one.
    /// Its plans and its memory are used again; they change no bit.
    /// - Throws: ``EngineError`` for shards that the processes cannot share.
    public func session(after other: Session?) throws -> Session {
        let other = other.flatMap { $0.threads == threads.threads && !$0.isInStep ? $0 : nil }
        let session = other ?? Session(threads: threads.threads)
        session.renewTape()
        session.isEager = request.isEager
        session.checksNumerics = request.checksNumerics
        session.isConvolutionExact = request.isConvolutionExact
        session.parallel = try request.shards.map {
            try DataParallel(shards: $0, peers?.collective ?? SingleProcess())
        }
        return session
    }

    /// Those of one training.
    private var threads: CoreShare { CoreShare(cells: 1, jobs: 1, threads: request.threads, cores: cores) }

    private func runScript(_ session: Session) throws -> Outcome {
        var options = request.scriptOptions
        let order = try request.cell.map { try WorkerOrder($0) }
        options.texts = try rerun?.texts ?? order?.scriptTexts() ?? givenText
        if let rerun { options.readableFolders = rerun.readable(request) }
        let host = try ScriptHost(session: session, options: options)
        host.output = { [output, progress, logger] text in
            progress?.clear()
            logger.info("\(text.hasSuffix("\n") ? String(text.dropLast()) : text)")
            output(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
        host.notes = { [errors, progress, logger] text in
            progress?.clear()
            logger.warning("\(text)")
            errors(text)
        }
        let file = try host.script(host.experiment(named: request.script) ?? request.script)
        let name = ((file.path as NSString).lastPathComponent as NSString).deletingPathExtension
        let keeper = RunKeeper(
            experiment: name, runsDirectory: request.runsDirectory, script: identity(of: file),
            host: host, log: log, progress: progress,
            origin: RunOrigin(
                session, request: request, scriptFolder: (file.path as NSString).deletingLastPathComponent,
                isDirty: order.map(\.isDirty)))
        keeper.ended = { [weak self] folder in self?.trainingEnded(folder) }
        keeper.peers = peers
        keeper.checkpoints = try CheckpointWish(request)
        keeper.earlier.isResuming = request.isResuming
        keeper.earlier.wasAskedToResume = request.isResuming
        keeper.earlier.runsAgain = request.runsAgain || rerun != nil && branch == nil
        (keeper.replay, keeper.branch) = (replay, branch)
        keeper.say = { [weak self] message in
            guard let self else { return }
            self.logger.warning("\(message)")
            guard !self.request.isQuiet else { return }
            self.progress?.clear()
            self.errors(message)
        }
        keeper.tell = { [progress, errors, isQuiet = request.isQuiet] message in
            progress?.clear()
            if !isQuiet { errors(message) }
        }
        keeper.earlier.isWatching = request.isWatched
        keeper.logsEvents = request.logsEvents == true
        keeper.earlier.watcher = { [weak self, unowned host, isWatched = request.isWatched] fit, versions, start in
            try HotReload(host: host, fit: fit, versions: versions, start: start, isWatching: isWatched) {
                message, isProblem in
                guard let self else { return }
                if isProblem { self.logger.error("\(message)") } else { self.logger.notice("\(message)") }
                guard isProblem || !self.request.isQuiet else { return }
                self.progress?.clear()
                self.errors(message)
            }
        }
        if request.isProfiled {
            keeper.profiled = { [weak self, unowned host] folder, profile in
                self?.profiled(folder, profile, luaBytes: host.luaByteCount)
            }
        }
        keeper.willBegin = { [unowned host, unowned keeper, elsewhere] in
            if let elsewhere {
                throw ScriptError("\(elsewhere.asked) is for experiments: \(file.displayName) returns none")
            }
            try host.checkSettingsAreRead()
            keeper.settings = try host.scriptSettings() ?? [:]
        }
        host.fitListener = keeper
        let outcome: ScriptHost.ScriptOutcome
        do {
            outcome = try host.runScript(file)
        } catch {
            // A plain script has a log when it has trained; a failure belongs to its last run.
            if StopSignal.isRaised {
                try? keeper.cellStopped()
            } else {
                logger.error("\(ScriptMessage.text(error))")
                try? keeper.scriptFailed(ScriptMessage.text(error))
            }
            throw error
        }
        switch outcome {
        case .done where request.isDryRun:
            throw ScriptError("--dry-run is for experiments: \(file.displayName) returns none, and has run")
        case .done:
            if order != nil {
                throw ScriptError("\(file.displayName) returns no experiment: --cell has no meaning")
            }
            if let elsewhere {
                throw ScriptError(
                    "\(elsewhere.asked) is for experiments: \(file.displayName) returns none, and has run")
            }
            try keeper.scriptEnded()
            if let note = threads.note { errors("note: " + note) }
            return StopSignal.isRaised ? .interrupted : .finished
        case .experiment(let experiment):
            keeper.experiment = experiment.name
            // What is done stays, in a sweep as in one cell.
            keeper.earlier.isResuming = !request.runsAgain
            keeper.ended = { _ in }
            let cells = CellRunner(host: host, keeper: keeper, experiment: experiment, logger: logger)
            if let rerun {
                keeper.earlier.isResuming = branch != nil && !request.runsAgain
                try cells.run(try rerun.cell(of: experiment))
                return StopSignal.isRaised ? .interrupted : .finished
            }
            if let order { return try work(cells, order) }
            if request.isDryRun {
                let share = CoreShare(
                    cells: experiment.cells.count, jobs: request.jobs, threads: request.threads, cores: cores)
                let dry = DryRun(host: host, experiment: experiment, output: output)
                return try dry.run(jobs: share.jobs, errors: errors) ? .finished : .failed
            }
            let experiments = ExperimentRunner(runner: self, cells: cells)
            if let count = peers?.collective.count, count > 1, experiment.cells.count > 1 {
                throw ScriptError(
                    "experiment '\(experiment.name)' has \(experiment.cells.count) cells, and \(count) processes share one "
                        + "training: choose a cell with --set, or run the cells side by side without mpirun")
            }
            if case .listed(let list)? = elsewhere { return try experiments.list(list) }
            return try experiments.run()
        }
    }

    /// A worker: one cell. What came of it goes to the sweep.
    private func work(_ cells: CellRunner, _ order: WorkerOrder) throws -> Outcome {
        let report = try order.report.map { try WorkerReport(URL(fileURLWithPath: $0)) }
        let send = report.map { $0.send } ?? WorkerChannel().map { $0.send }
        if let send { cells.keeper.reporter = { send(.progress($0)) } }
        cells.keeper.tell = { send?(.note($0)) }
        cells.keeper.began = { folder in send?(.runFolder(path: folder.url.path)) }
        do {
            try cells.run(try cells.cell(order.number, order.title))
        } catch {
            let message = ScriptMessage.text(error)
            if cells.keeper.isRefusal(message) { send?(.held) }
            send?(.failure(message))
            report?.send(.ended(status: StopSignal.isRaised ? StopSignal.exitStatus : 1))
            throw error
        }
        let outcome = StopSignal.isRaised ? Outcome.interrupted : .finished
        report?.send(.ended(status: outcome.exitStatus))
        return outcome
    }

    /// A line for a training that ended in a plain script.
    private func trainingEnded(_ folder: RunFolder) {
        guard request.cell == nil else { return }
        RunStoreNote.record([folder], in: request.runsDirectory, errors: errors)
        guard !request.isQuiet, let summary = try? folder.readSummary(), summary.status != .failed else { return }
        guard let set = try? RunSet([folder], summaries: [summary]) else { return }
        let shown = set.headlines.compactMap { metric in
            summary.metrics[metric.name].map { "\(metric.title) \(metric.text($0))" }
        }
        let end = summary.status == .interrupted ? ["interrupted after \(summary.epochs) epochs"] : []
        output("\(ScriptFiles.display(folder.url.path)): \((end + shown).joined(separator: "  "))")
    }

    /// Writes `profile.json`, and shows the table where one training runs here.
    private func profiled(_ folder: RunFolder, _ profile: Profile, luaBytes: Int) {
        let report = ProfileReport(profile, luaBytes: luaBytes, title: ScriptFiles.display(folder.url.path))
        do {
            try AtomicFile.write(report.json.text(), to: folder.profileURL)
        } catch {
            errors("note: the profile was not written: \(error)")
        }
        if request.cell == nil, !request.isQuiet { output(String(report.text.dropLast())) }
    }

    /// The script in configurations: its name and the hash of its text.
    private func identity(of file: ScriptFiles.File) -> JSONValue {
        [
            "name": .string((file.path as NSString).lastPathComponent),
            "sha256": .string(ContentHash.sha256(file.text.utf8)),
        ]
    }
}

/// The store beside the runs. It can be rebuilt from them, so a store that fails is a note and no failure.
enum RunStoreNote {
    static func record(_ folders: [RunFolder], in directory: URL, errors: (String) -> Void) {
        guard !folders.isEmpty else { return }
        do {
            try RunStore(runsDirectory: directory).record(folders)
        } catch {
            errors("note: the run store was not updated: \(error)")
        }
    }
}
