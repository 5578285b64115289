import ArgumentParser
import CKernels
import Foundation
import NightjarExperiments
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
            RerunCommand.self, ForkCommand.self, AskCommand.self, VerifyCommand.self, EvaluateCommand.self,
            PredictCommand.self, RunsCommand.self, TableCommand.self, FigureCommand.self,
            ReportCommand.self, ServeCommand.self, CheckCommand.self, ExplainCommand.self, TestCommand.self,
            PluginsCommand.self,
            NewCommand.self, DataCommand.self,
            BenchCommand.self, DocsCommand.self, DoctorCommand.self, VersionCommand.self,
            WallTrialCommand.self,
        ])

    static func main() {
        OutputStream.prepare()
        if let refusal = ProcessLimits.descriptorsRefusal ?? instructionSetRefusal ?? workingFolderRefusal {
            Console.errors("error: " + refusal)
            Foundation.exit(1)
        }
        if let status = PluginCommand.run(Array(CommandLine.arguments.dropFirst())) { Foundation.exit(status) }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            leave(error)
        }
    }

    /// Ends the program as the parser of arguments does, whose complaints repeat what was typed.
    private static func leave(_ error: any Error) -> Never {
        let text = fullMessage(for: error)
        let code = exitCode(for: error)
        // Help, versions and completions are of the program's own words, as long as they are.
        guard !code.isSuccess else {
            if !text.isEmpty { OutputStream.write(text + "\n", to: STDOUT_FILENO) }
            Foundation.exit(code.rawValue)
        }
        if !text.isEmpty { Console.errors(text) }
        Foundation.exit(code.rawValue)
    }

    /// What is wrong with the working directory; nil where nothing is. Relative paths would mean others without one.
    private static var workingFolderRefusal: String? {
        guard let path = getcwd(nil, 0) else {
            return "the working directory cannot be found (\(String(cString: strerror(errno)).lowercased())): "
                + "it was removed: change into one that is there"
        }
        free(path)
        return nil
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
