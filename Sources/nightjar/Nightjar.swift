import ArgumentParser
import CKernels
import Foundation
import NightjarProcess
import NightjarScripting

/// The `nightjar` command.
@main
struct Nightjar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nightjar",
        abstract: "Trains networks whose losses, noise, schedules and optimizers are written in Lua.",
        discussion: "Plugins may bring further subcommands: 'nightjar plugins' lists what they provide.",
        version: NightjarVersion.text,
        subcommands: [
            RunCommand.self, CellsCommand.self, StopCommand.self, ReplCommand.self, KernelCommand.self,
            RerunCommand.self, VerifyCommand.self, EvaluateCommand.self,
            PredictCommand.self, RunsCommand.self, TableCommand.self, FigureCommand.self,
            ReportCommand.self, CheckCommand.self, ExplainCommand.self, TestCommand.self, PluginsCommand.self,
            NewCommand.self, DataCommand.self,
            BenchCommand.self, DocsCommand.self, DoctorCommand.self, VersionCommand.self,
            WallTrialCommand.self,
        ])

    static func main() {
        OutputStream.prepare()
        if let refusal = instructionSetRefusal {
            Console.errors("error: " + refusal)
            Foundation.exit(1)
        }
        if let status = PluginCommand.run(Array(CommandLine.arguments.dropFirst())) { Foundation.exit(status) }
        main(nil)
        if let failure = OutputStream.failure {
            Console.errors(
                "error: standard output could not be written (\(failure)): what was printed is not all there")
            Foundation.exit(1)
        }
    }

    /// What is wrong with the instruction set that the environment asks for; nil where nothing is.
    private static var instructionSetRefusal: String? {
        guard let asked = ProcessInfo.processInfo.environment["NIGHTJAR_ISA"], !asked.isEmpty else { return nil }
        let known = String(cString: nj_isa_supported()).split(separator: ",")
        guard !known.contains(where: { $0 == asked }) else { return nil }
        return "NIGHTJAR_ISA=\(asked): this build and processor have \(known.joined(separator: ", ")): "
            + "set one of these, or unset it for the best"
    }
}
