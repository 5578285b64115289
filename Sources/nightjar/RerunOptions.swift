import ArgumentParser
import NightjarExperiments
import NightjarRuns
import NightjarScripting

/// How a run is made again.
struct RerunOptions: ParsableArguments {
    @Option(help: "Where data sets lie, if not where they were.", completion: .directory)
    var dataDir: String?

    @Option(help: "Threads; results do not depend on them.")
    var threads: Int?

    @Flag(help: "Lifts the sandbox, for a run that was made so: for one's own scripts.")
    var trust = false

    @Flag(help: "Prints only what went wrong.")
    var quiet = false

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, got \(threads)") }
    }

    func checkTrust(_ wasTrusted: Bool) throws {
        guard trust || !wasTrusted else {
            throw RunError(
                "the run was made with --trust, and its scripts may need it: give --trust if you trust them")
        }
    }

    func apply(to request: inout RunRequest) {
        request.isTrusted = trust
        request.isQuiet = quiet
        if let dataDir { request.dataFolder = dataDir }
        if let threads { request.threads = threads }
    }
}
