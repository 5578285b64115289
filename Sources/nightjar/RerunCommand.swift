import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting

struct RerunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Makes a run again from the texts that it was made of, and compares the bytes.",
        discussion:
            "The scripts and plugin files that a run read are kept in .objects of the runs directory, so they may "
            + "have changed or be gone. Data sets are read where they are now. Exit status 0: all results are the same."
    )

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"), completion: .directory)
    var folder: String

    @Option(help: "Where the new run goes.", completion: .directory)
    var runsDir = "reruns"

    @OptionGroup var how: RerunOptions

    func run() throws {
        StopSignal.install()
        var status: Int32 = 0
        try Console.reporting {
            let rerun = try Rerun(URL(fileURLWithPath: folder, isDirectory: true))
            let into = URL(fileURLWithPath: runsDir, isDirectory: true)
            guard into.standardizedFileURL.resolvingSymlinksInPath() != rerun.runsDirectory else {
                throw ValidationError("--runs-dir is where the run itself lies: it would be replaced")
            }
            try how.checkTrust(rerun.wasTrusted)
            var request = rerun.request(into: into)
            how.apply(to: &request)
            request.isQuiet = true
            let runner = ScriptRunner(
                request, rerun: rerun, output: { [quiet = how.quiet] in if !quiet { Console.output($0) } },
                errors: Console.errors)
            let outcome = try runner.run()
            guard outcome == .finished else {
                status = outcome.exitStatus
                return
            }
            status = try report(rerun.compare(into))
        }
        if status != 0 { throw ExitCode(status) }
    }

    private func report(_ comparison: Rerun.Comparison?) throws -> Int32 {
        guard let comparison else {
            Console.errors("error: the script ran, and no run like this one came of it")
            return 1
        }
        if !how.quiet { Console.line("rerun: \(comparison.folder.url.relativePath)") }
        if !how.quiet, !comparison.same.isEmpty {
            Console.output("the same bytes: \(comparison.same.joined(separator: ", "))")
        }
        guard !comparison.different.isEmpty else { return 0 }
        Console.errors("other bytes: \(comparison.different.joined(separator: ", "))")
        if let note = comparison.note { Console.errors("note: " + note) }
        return 1
    }
}
