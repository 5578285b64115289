import ArgumentParser

/// `nightjar runs`: what has been run.
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Lists, shows, compares, explains, exports and removes runs.",
        discussion: """
            A run is named by experiment/run as the list shows it, by the name of its folder or its beginning, by its hash \
            or the hash's beginning, or by the path of its folder; the name of an experiment stands for all of its runs.

              nightjar runs list --where "loss = 'rll' and rate > 0.2" --sort=-j2
              nightjar runs compare rll-rate0.4-seed1 cce-rate0.4-seed1
              nightjar runs why 1f09ab77
            """,
        subcommands: [
            RunsListCommand.self, RunsShowCommand.self, RunsCompareCommand.self, RunsWhyCommand.self,
            RunsSamplesCommand.self, RunsExportCommand.self, RunsRemoveCommand.self, RunsPruneCommand.self,
            RunsIndexCommand.self,
        ])
}
