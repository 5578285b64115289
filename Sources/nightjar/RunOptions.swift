import ArgumentParser
import Foundation
import NightjarEngine
import NightjarExperiments
import NightjarRuns
import NightjarScripting

/// A script and how it is run: the options of every command that runs cells, or has them run.
struct RunOptions: ParsableArguments {
    @Argument(help: "A Lua file; - reads the script from standard input.", completion: .file(extensions: ["lua"]))
    var script: String

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Sets a setting, or restricts an axis of the grid to values split at commas. May be repeated.",
            valueName: "name=value"))
    var settings: [String] = []

    @Flag(help: "Short for --set quick=true: the quick form of an experiment that has one.")
    var quick = false

    @Option(help: "Short for --set epochs=N.")
    var epochs: Int?

    @Option(help: ArgumentHelp("Seeds of an experiment: N for 1 to N, or a list such as 1,5,7.", valueName: "N|list"))
    var seeds: String?

    @Option(help: "Short for --set seed=N; the script's own draws start from it as well.")
    var seed: Int?

    @Option(help: "Processes at a time; by default as many as the cores allow.")
    var jobs: Int?

    @Option(help: "Threads of one process; by default 1 in a grid, and all cores for a single training.")
    var threads: Int?

    @Option(help: "Where results go.", completion: .directory)
    var runsDir = "runs"

    @Option(help: "Where data sets lie; by default NIGHTJAR_DATA, then /usr/share/datasets.", completion: .directory)
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "Epochs between checkpoints, which then stay when the run has finished; 0: none. Without it they are "
                + "written as often as a hundredth of the time allows, and go when the run has finished.",
            valueName: "epochs"))
    var checkpointEvery: Int?

    @Option(
        help: ArgumentHelp(
            "Keeps the checkpoints of the latest K epochs in the run's folder checkpoints, of every epoch unless "
                + "--checkpoint-every says otherwise: for evaluate, predict and fork, and for verify to begin at.",
            valueName: "K"))
    var checkpointKeep: Int?

    @Option(
        help: ArgumentHelp(
            "Keeps the checkpoint of the epoch with the best value of a metric, such as test_accuracy, or own:min for a "
                + "value that does not say itself which way is better.", valueName: "metric"))
    var checkpointBest: String?

    @Flag(
        help: "Goes on from the checkpoint of the same run, or of one that asked for fewer epochs; what is done stays.")
    var resume = false

    @Flag(
        help: "Runs all cells of an experiment anew; without it those that are finished stay as they are.")
    var again = false

    @Flag(help: "Takes over scripts of the loss, schedule, optimizer and callbacks that change during a training.")
    var watch = false

    @Flag(help: "Computes every operation at once and on its own: slow, and the reference for planned steps.")
    var eager = false

    @Flag(help: "Names the first operation that makes a NaN or an infinity in a step, before anything is written.")
    var checkNumerics = false

    @Flag(help: "Convolutions by sums of products alone: slower, one decimal digit more.")
    var exactConv = false

    @Flag(
        help: ArgumentHelp(
            "Cuts each batch into shards, which the processes that mpirun has started share: the same bits for any number "
                + "of them, and others than without it."))
    var dataParallel = false

    @Option(
        help: "Shards of a batch under --data-parallel: a power of two, at least the number of processes. (default: 8)")
    var shards: Int?

    @Flag(help: "Shows the cells of an experiment, and what they would take by two rehearsed steps; runs none.")
    var dryRun = false

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @Flag(help: "Lifts the sandbox: for one's own scripts.")
    var trust = false

    @Flag(
        help: "For a stranger's script: the kernel holds the run to its files, and off the network and other programs.")
    var untrusted = false

    @Flag(help: "Shows at the end where time and memory went, by line, by layer and by callback; kept in profile.json.")
    var profile = false

    @Option(
        help: ArgumentHelp(
            "tensorboard: each training writes an event file into its folder while it goes, for tensorboard --logdir runs.",
            valueName: "tool"))
    var log: LiveLog?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "What trainings print or write besides the script's reporters: lines, 'markdown{file=table.md}', ./mine.lua. May "
                + "be repeated.",
            valueName: "name"))
    var reporter: [String] = []

    @Flag(help: "Prints only what went wrong.")
    var quiet = false

    @OptionGroup var places: PluginOptions

    func validate() throws {
        for (name, value) in [("--epochs", epochs), ("--jobs", jobs), ("--threads", threads)] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1, got \(value)") }
        }
        if runsDir.isEmpty { throw ValidationError("--runs-dir names a folder, got nothing") }
        if let checkpointEvery, checkpointEvery < 0 {
            throw ValidationError("--checkpoint-every must be at least 0, got \(checkpointEvery)")
        }
        if let checkpointKeep, checkpointKeep < 1 {
            throw ValidationError("--checkpoint-keep must be at least 1, got \(checkpointKeep)")
        }
        if let checkpointBest {
            do { _ = try BestMetric(checkpointBest) } catch { throw ValidationError("--checkpoint-best: \(error)") }
        }
        if checkpointEvery == 0, checkpointKeep != nil || checkpointBest != nil {
            throw ValidationError(
                "--checkpoint-every 0 writes no checkpoints: there is none for \(checkpointKeep == nil ? "--checkpoint-best" : "--checkpoint-keep") to keep"
            )
        }
        if shards != nil && !dataParallel {
            throw ValidationError("--shards says how --data-parallel cuts batches: give both")
        }
        if dataParallel && eager {
            throw ValidationError("--eager computes every operation in one piece: it does not go with --data-parallel")
        }
        if dataParallel && watch {
            throw ValidationError("--watch takes over scripts in one process: it does not go with --data-parallel")
        }
        if again && resume {
            throw ValidationError("--again and --resume say opposite things: give one of them")
        }
        if trust && untrusted {
            throw ValidationError("--trust and --untrusted say opposite things: give one of them")
        }
        if seed != nil && seeds != nil {
            throw ValidationError("--seed and --seeds say the same thing: give one of them")
        }
        _ = try nameValues(settings)
        if script == "-" && watch {
            throw ValidationError("--watch looks at files, and - is none: give the path of the script")
        }
        _ = try seedList()
    }

    /// What a script from standard input is called, in messages and in the folder of its runs.
    private static let inputName = "stdin.lua"

    /// What is asked for.
    func request() throws -> RunRequest {
        var request = RunRequest(script: script == "-" ? RunOptions.inputName : script)
        request.settings = try nameValues(settings).map { .init($0.name, $0.value) }
        if quick { request.settings.append(.init("quick", "true")) }
        if let epochs { request.settings.append(.init("epochs", "\(epochs)")) }
        if let list = try seedList() { request.settings.append(.init("seed", list)) }
        if let seed {
            request.seed = UInt64(bitPattern: Int64(seed))
            request.settings.append(.init("seed", "\(seed)"))
        }
        request.jobs = jobs
        request.threads = threads
        request.runsDirectory = URL(fileURLWithPath: runsDir, isDirectory: true)
        request.dataFolder = dataDir
        request.isEager = eager
        request.checksNumerics = checkNumerics
        request.isConvolutionExact = exactConv
        if dataParallel { request.shards = shards ?? BatchShards.usual }
        request.isTrusted = trust
        if untrusted { request.isUntrusted = true }
        request.isProfiled = profile
        request.isWatched = watch
        request.isResuming = resume
        request.runsAgain = again
        request.isDryRun = dryRun
        request.checkpointInterval = checkpointEvery
        (request.checkpointsKept, request.checkpointBest) = (checkpointKeep, checkpointBest)
        if log == .tensorboard { request.logsEvents = true }
        if !reporter.isEmpty { request.reporters = reporter }
        request.isQuiet = quiet
        request.limits = try limits.limits()
        request.executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        return request
    }

    /// `3` is 1,2,3; `1,5,7` stays.
    private func seedList() throws -> String? {
        guard let seeds else { return nil }
        let numbers = seeds.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard !numbers.isEmpty, !numbers.contains(nil) else {
            throw ValidationError("--seeds takes a number of seeds or a list such as 1,5,7, got '\(seeds)'")
        }
        guard numbers.count == 1, !seeds.contains(","), let count = numbers[0] else { return seeds }
        guard (1...100_000).contains(count) else {
            throw ValidationError("--seeds N means the seeds 1 to N, got \(count)")
        }
        return (1...count).map(String.init).joined(separator: ",")
    }

    /// Where the script is a stranger's, before anything of it is read.
    static func raiseWall(_ request: RunRequest) throws {
        guard request.isUntrusted == true else { return }
        let report = try request.raiseWall()
        // A sweep says it for its workers.
        if !report.isWhole, request.cell == nil { Console.errors("note: --untrusted: \(report.text)") }
    }
}

/// What `--log` writes while a training goes.
enum LiveLog: String, ExpressibleByArgument, CaseIterable {
    case tensorboard
}
