import ArgumentParser
import NightjarExperiments
import NightjarProcess
import NightjarScripting

/// `nightjar cells`: the commands of an experiment's cells, for whoever starts them.
struct CellsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cells", abstract: "Prints a command for each cell of an experiment that is not done.",
        discussion: """
            For GNU parallel, ssh, or any other scheduler: each command runs one cell as a sweep would, and goes on from its \
            checkpoint when it is given again. When all have ended, nightjar run gathers table and report.

              nightjar cells memorization | parallel -j 8
              nightjar cells memorization | parallel --sshloginfile hosts
              nightjar cells memorization --seeds 5 --format json
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "lines: a line of shell for each cell; json: a list of objects.")
    var format = CellListFormat.lines

    func run() throws {
        StopSignal.install()
        var outcome = ScriptRunner.Outcome.finished
        try Console.reporting {
            let text = options.script == "-" ? try Console.input() : nil
            let request = try options.request()
            try RunOptions.raiseWall(request)
            let runner = ScriptRunner(
                request, text: text, elsewhere: .listed(format), output: Console.output,
                errors: Console.errors)
            outcome = try runner.run()
        }
        if outcome != .finished { throw ExitCode(outcome.exitStatus) }
    }
}

extension CellListFormat: ExpressibleByArgument {}
