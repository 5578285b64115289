import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar run`: a script, or the experiment that it returns.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a script, or every cell of the experiment that it returns.",
        discussion: """
            Results land in runs/<experiment>/: a folder for each training, and for an experiment summary.csv and \
            report.html. Ctrl-C (or SIGTERM) finishes the step that trains, writes what there is and exits with 130 \
            (143); anything else stops at once, and a second one stops all.
            """)

    @OptionGroup var options: RunOptions

    @OptionGroup(title: "Cluster")
    var cluster: ClusterOptions

    /// A cell as a worker is told it, or `MANIFEST#N`.
    @Option(help: .hidden)
    var cell: String?

    /// A worker that takes its cells from the sweep, one after the other.
    @Flag(help: .hidden)
    var cells = false

    func validate() throws {
        guard cluster.isAsked else { return }
        if options.watch {
            throw ValidationError("--watch looks at files while a run goes here: it does not go with --on")
        }
        if options.untrusted {
            throw ValidationError(
                "--untrusted keeps this command from starting other programs, such as sbatch: it does not go with --on\n"
                    + "  'nightjar cells --untrusted' prints a command for each cell")
        }
        if options.jobs != nil {
            throw ValidationError("--jobs counts processes here: --max-at-once limits the cells that run on a cluster")
        }
    }

    func run() throws {
        StopSignal.install()
        if cells { return try Worker().run() }
        var outcome = ScriptRunner.Outcome.finished
        try Console.reporting {
            let text = options.script == "-" ? try Console.input() : nil
            let request = try request()
            if let processes = try SharedRun(request) {
                outcome = try processes.run(text: text)
                return
            }
            try RunOptions.raiseWall(request)
            let runner = ScriptRunner(
                request, text: text, elsewhere: try cluster.request().map { .cluster($0) }, output: Console.output,
                errors: Console.errors)
            outcome = try runner.run()
        }
        if OutputStream.isLeft {
            Console.errors(
                "note: nobody reads standard output any more: what was printed is in the log.txt of the runs")
        }
        if outcome != .finished { throw ExitCode(outcome.exitStatus) }
    }

    private func request() throws -> RunRequest {
        guard let cell else { return try options.request() }
        let order = try WorkerOrder(cell)
        var request = order.request
        request.cell = order.text
        return request
    }
}
