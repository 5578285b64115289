import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// `nightjar ask`: a metric that nobody thought of when the run was made.
struct AskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Works a new metric out for a finished run, by going through it again.",
        discussion: """
            The run is made again from the texts that it was made of, beside all others; every value of every epoch must \
            come out with the bits that are on record, J1 and J2 among them. Prints epoch and value as CSV. The run itself \
            stays as it is.
            """)

    @Argument(help: ArgumentHelp("The folder of a run.", valueName: "run"), completion: .directory)
    var folder: String

    @Option(
        name: .customLong("metric"), parsing: .singleValue,
        help: ArgumentHelp("A Lua file that defines a metric. May be repeated.", valueName: "file"),
        completion: .file(extensions: ["lua"]))
    var metrics: [String]

    @Option(
        name: [.short, .customLong("output")], help: "Where the table goes, if not to standard output.",
        completion: .file(extensions: ["csv"]))
    var output: String?

    @OptionGroup var how: RerunOptions

    func run() throws {
        StopSignal.install()
        var status: Int32 = 0
        try Console.reporting {
            let question = try RunQuestion(URL(fileURLWithPath: folder, isDirectory: true), metrics: metrics)
            try how.checkTrust(question.wasTrusted)
            switch try question.ask(how: { how.apply(to: &$0) }, errors: Console.errors) {
            case .notFinished(let outcome): status = outcome.exitStatus
            case .table(let table):
                guard let output else { return Console.output(String(table.text.dropLast())) }
                try AtomicFile.write(table.text, to: URL(fileURLWithPath: output))
            }
        }
        if status != 0 { throw ExitCode(status) }
    }
}
