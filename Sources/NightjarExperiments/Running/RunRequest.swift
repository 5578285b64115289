import Foundation
import NightjarRuns
import NightjarScripting

/// What the command line asks of a run. One value: it goes to a worker whole, encoded once and decoded once.
public struct RunRequest: Sendable, Codable, Equatable {
    /// A `--set name=value`.
    public struct Setting: Sendable, Codable, Equatable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The script's path.
    public var script: String
    /// In order; the last of a name counts.
    public var settings: [Setting] = []
    /// Processes at a time; nil: as many as the cores allow.
    public var jobs: Int?
    /// Threads of one process; nil: 1 in a sweep, all cores otherwise.
    public var threads: Int?
    public var runsDirectory = URL(fileURLWithPath: "runs", isDirectory: true)
    public var isEager = false
    /// Steps look for NaN and infinities; see `Session.checksNumerics`.
    public var checksNumerics = false
    /// Convolutions without Winograd's algorithms; see `Session.isConvolutionExact`.
    public var isConvolutionExact = false
    public var isTrusted = false
    /// Measures where the time goes, and shows it at the end.
    public var isProfiled = false
    /// Goes on from checkpoints of earlier runs.
    public var isResuming = false
    /// Says what would be run, and runs nothing.
    public var isDryRun = false
    /// Runs what is finished already once more.
    public var runsAgain = false
    /// Takes over scripts that change while training goes on.
    public var isWatched = false
    /// Epochs between checkpoints; 0: none; nil: as often as costs nothing that anybody notices.
    public var checkpointInterval: Int?
    /// How many checkpoints of the latest epochs are kept beside the last; nil: none.
    public var checkpointsKept: Int?
    /// The metric by which the checkpoint of the best epoch is kept, ``BestMetric``; nil: none is.
    public var checkpointBest: String?
    /// Says nothing but what went wrong.
    public var isQuiet = false
    /// Whether a training writes an event file of TensorBoard into its folder while it goes; nil: it does not.
    public var logsEvents: Bool?
    /// Into how many shards each batch is cut, whatever the number of processes that share them; nil: into none.
    public var shards: Int?
    /// Where data sets lie; nil: `NIGHTJAR_DATA`, then where Debian puts them.
    public var dataFolder: String?
    /// The script is a stranger's: the process puts a wall around itself before it reads it, and the script works in the
    /// folder of the runs. nil: it is not.
    public var isUntrusted: Bool?
    /// Files of metrics that are measured besides those of the script; nil: none.
    var metrics: [String]?
    /// Reporters that speak besides those of the script, such as `lines{every=5}`; nil: none.
    public var reporters: [String]?
    /// What the script may use, and each cell of an experiment; nil: nothing is limited.
    public var limits: ScriptLimits?
    /// What a plain script's own draws start from.
    public var seed: UInt64 = 1
    /// A worker's one cell, as ``WorkerOrder`` writes it.
    public var cell: String?
    /// The program that workers run: this one.
    public var executable = "/proc/self/exe"

    public init(script: String) { self.script = script }

    /// How a worker is told of one cell: all that was asked for, with the worker's own threads.
    /// - Parameters:
    ///   - texts: what the worker reads in the place of files.
    ///   - isDirty: whether the checkout of the script has changes.
    func worker(_ cell: SweepCell, threads: Int, texts: [WorkerOrder.Text], isDirty: Bool?) -> SweepCommand {
        let order = WorkerOrder(
            request: forWorkers(threads: threads), number: cell.index, title: cell.title, texts: texts, isDirty: isDirty
        )
        return isIsolated
            ? SweepCommand(executable: executable, arguments: ["run", script, "--cell", order.text])
            : SweepCommand(executable: executable, arguments: ["run", script, "--cells"], order: order.text)
    }

    /// What was asked for, as a worker is told it.
    func forWorkers(threads: Int) -> RunRequest {
        var request = self
        request.threads = threads
        request.isQuiet = true
        request.cell = nil
        return request
    }

    /// Whether each cell gets a process for itself: where limits or a wall hold for the whole process, or scripts that are
    /// trusted can leave something behind in it. Otherwise a process goes from cell to cell, each with a Lua state of its
    /// own.
    private var isIsolated: Bool { isTrusted || isUntrusted == true || limits != nil }

    /// As `config.json` keeps it: what was asked for, without the program and the cell of a worker.
    var json: JSONValue {
        var request = self
        request.cell = nil
        request.executable = ""
        guard let data = try? JSONEncoder().encode(request) else { return .null }
        return (try? JSONValue(parsing: data, source: "a request")) ?? .null
    }

    /// Reads it back.
    /// - Throws: ``ScriptError`` for what is no request of this version.
    init(_ json: JSONValue) throws {
        do {
            self = try JSONDecoder().decode(RunRequest.self, from: Data(json.text(pretty: false).utf8))
        } catch {
            throw ScriptError("what was asked for is not written as this version of Nightjar writes it")
        }
    }

    /// What the host of the script is told.
    var scriptOptions: ScriptOptions {
        var options = ScriptOptions(
            isTrusted: isTrusted, readableFolders: namedFolders,
            settings: settings.map { ($0.name, $0.value) }, seed: seed)
        options.dataFolder = dataFolder
        options.metrics = metrics ?? []
        options.reporters = reporters ?? []
        if isUntrusted == true { (options.workingFolder, options.distrustsAll) = (runsDirectory.path, true) }
        options.limits = limits ?? ScriptLimits()
        options.writableFolders = [runsDirectory.path]
        return options
    }

    /// Folders of scripts that the command line names: who types a path allows it to be read.
    var namedFolders: [String] {
        (settings.flatMap { $0.value.split(separator: ",").map(String.init) } + (metrics ?? [])
            + (reporters ?? []).map { String($0.prefix { $0 != "{" }) })
            .filter { $0.hasSuffix(".lua") }.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
    }
}

/// How many processes and threads a run gets. Jobs times threads never exceeds the cores.
public struct CoreShare: Equatable, Sendable {
    public let jobs: Int
    public let threads: Int
    /// What was asked for and is not given; nil where all is.
    public let note: String?

    /// - Parameters:
    ///   - cells: processes that could run at the same time.
    ///   - jobs: as asked for, or nil.
    ///   - threads: as asked for, or nil.
    public init(cells: Int, jobs: Int?, threads: Int?, cores: Int) {
        let cores = max(1, cores)
        let wantedThreads = max(1, threads ?? (cells > 1 ? 1 : cores))
        self.threads = min(wantedThreads, cores)
        let most = max(1, cores / self.threads)
        let wantedJobs = max(1, jobs ?? most)
        self.jobs = min(wantedJobs, most, max(1, cells))
        if wantedThreads > cores || wantedJobs > most && cells > most {
            note =
                "this machine has \(cores) \(cores == 1 ? "core" : "cores"): running \(self.jobs) "
                + "\(self.jobs == 1 ? "job" : "jobs") with \(self.threads) \(self.threads == 1 ? "thread" : "threads")"
                + " instead of \(wantedJobs) with \(wantedThreads)"
        } else {
            note = nil
        }
    }
}
