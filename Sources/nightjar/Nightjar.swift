import ArgumentParser
import NightjarScripting

/// The `nightjar` command.
@main
struct Nightjar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nightjar",
        abstract: "Trains networks whose losses, noise, schedules and optimizers are written in Lua.",
        version: NightjarVersion.text,
        subcommands: [
            RunCommand.self, RerunCommand.self, RunsCommand.self, TableCommand.self, FigureCommand.self,
            ReportCommand.self, CheckCommand.self, ExplainCommand.self, TestCommand.self, PluginsCommand.self,
            BenchCommand.self, DocsCommand.self, DoctorCommand.self, VersionCommand.self,
        ])
}
