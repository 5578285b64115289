import ArgumentParser
import Foundation
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
            RerunCommand.self, EvaluateCommand.self,
            PredictCommand.self, RunsCommand.self, TableCommand.self, FigureCommand.self,
            ReportCommand.self, CheckCommand.self, ExplainCommand.self, TestCommand.self, PluginsCommand.self,
            NewCommand.self,
            BenchCommand.self, DocsCommand.self, DoctorCommand.self, VersionCommand.self,
            WallTrialCommand.self,
        ])

    static func main() {
        if let status = PluginCommand.run(Array(CommandLine.arguments.dropFirst())) { Foundation.exit(status) }
        main(nil)
    }
}
