import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar fork`: what would have come of a run, had it gone on otherwise.
struct ForkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork",
        abstract: "Goes on from the first epochs of a run with other settings: same batches, same noise, same draws.",
        discussion: """
            Where the run has kept the checkpoint of the epoch, the fork begins with it. Else the first epochs are gone \
            through again from the texts that the run was made of, and must come out with the bits that are on record. \
            Weights go on; so does what the optimizer, the loss, schedules and callbacks remember, \
            of what is the same in both.
            """)

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"), completion: .directory)
    var folder: String

    @Option(help: ArgumentHelp("The last epoch that both have in common.", valueName: "epoch"))
    var at: Int

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("What is another, such as loss=rll. May be repeated.", valueName: "name=value"))
    var settings: [String]

    @Option(help: "Where the new run goes.", completion: .directory)
    var runsDir = "forks"

    @Flag(help: "Runs a fork that has finished anew; without it it stays as it is.")
    var again = false

    @OptionGroup var how: RerunOptions

    func validate() throws {
        if at < 1 { throw ValidationError("--at is an epoch, counted from 1, got \(at)") }
        _ = try nameValues(settings)
    }

    func run() throws {
        StopSignal.install()
        var outcome = ScriptRunner.Outcome.finished
        try Console.reporting {
            let fork = try RunFork(
                URL(fileURLWithPath: folder, isDirectory: true), at: at,
                settings: nameValues(settings).map { .init($0.name, $0.value) })
            try how.checkTrust(fork.wasTrusted)
            outcome = try fork.run(
                into: URL(fileURLWithPath: runsDir, isDirectory: true),
                how: {
                    how.apply(to: &$0)
                    $0.runsAgain = again
                }, output: Console.output, errors: Console.errors)
        }
        if outcome != .finished { throw ExitCode(outcome.exitStatus) }
    }
}
