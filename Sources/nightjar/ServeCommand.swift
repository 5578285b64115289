import ArgumentParser
import NightjarProcess
import NightjarRuns

/// `nightjar serve`: runs in a browser, as they go.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Shows runs in a browser while they go: curves, tables, scripts, logs.",
        discussion: """
            Prints the address of a page and serves it until Ctrl-C. Nobody reaches it from another machine, and nobody \
            without the token in the address from this one. All that it shows is read from the folders of the runs.

              nightjar serve
              nightjar serve results/runs --port 9000
              nightjar serve --token-file ~/.config/nightjar/serve.token
            """)

    @Argument(help: "The folder of runs.", completion: .directory)
    var runs = "runs"

    @Option(help: "The port; 0 for one that is free.")
    var port = ServeOrder.usualPort

    @Option(
        help: ArgumentHelp(
            "The address to listen at. Another than 127.0.0.1 lets other machines reach it, unencrypted.",
            valueName: "address"))
    var host = ServeOrder.usualHost

    @Option(
        help: ArgumentHelp(
            "A file with the token, made where it is not there: the address stays the same from start to start.",
            valueName: "file"), completion: .file())
    var tokenFile: String?

    /// The page is a program of its own, which takes the place of this one: the same process, signals and outputs.
    func run() throws {
        try Console.reporting {
            let order = ServeOrder(
                runs: runs, host: host, port: port, tokenFile: tokenFile, program: CompanionProgram.thisProgram)
            throw CompanionProgram("nightjar-serve").replace(with: [order.text])
        }
    }
}
