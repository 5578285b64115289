import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns
import NightjarServe
import Synchronization

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
    var port = LiveAddress.usualPort

    @Option(
        help: ArgumentHelp(
            "The address to listen at. Another than 127.0.0.1 lets other machines reach it, unencrypted.",
            valueName: "address"))
    var host = "127.0.0.1"

    @Option(
        help: ArgumentHelp(
            "A file with the token, made where it is not there: the address stays the same from start to start.",
            valueName: "file"), completion: .file())
    var tokenFile: String?

    func run() throws {
        StopSignal.install()
        try Console.reporting {
            let address = try LiveAddress(host: host, port: port)
            let token = try tokenFile.map { try LiveToken(file: URL(fileURLWithPath: $0)) } ?? .random()
            let server = try LiveServer(
                runs: URL(fileURLWithPath: runs, isDirectory: true), at: address, token: token,
                pictures: ServeCommand.pictures)
            if !address.isLoopback {
                Console.errors(
                    "note: other machines reach this page, and what is sent is not encrypted: who sees the address can read "
                        + "the runs")
            }
            try StopSignal.inOrder { try ServeCommand.serve(server) }
        }
    }

    /// Another process draws: it reads a whole data set, and may run what a plugin brings for that.
    private static func pictures(_ run: URL, _ positions: [Int]) throws -> [Data] {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let runs = run.deletingLastPathComponent().deletingLastPathComponent().path
        let answer = try ProgramAnswer.of(
            program, ["runs", "samples", run.path, "--runs-dir", runs, "--top", "\(positions.count)", "--json"],
            within: .seconds(120))
        guard answer.end == .exited(0) else {
            let reason =
                answer.errors.split(separator: "\n").last.map(String.init) ?? "nightjar runs samples ended early"
            throw RunError(reason.hasPrefix("error: ") ? String(reason.dropFirst("error: ".count)) : reason)
        }
        let json = try JSONValue(parsing: Data(answer.output.utf8), source: "nightjar runs samples")
        guard case .array(let samples) = json else { return [] }
        var known: [Int: Data] = [:]
        for sample in samples {
            guard let index = sample["sample"]?.intValue else { continue }
            known[index] = sample["picture"]?.stringValue.flatMap { Data(base64Encoded: $0) }
        }
        let drawn = positions.compactMap { known[$0] }
        return drawn.count == positions.count ? drawn : []
    }

    /// Serves until a stop is asked for.
    private static func serve(_ server: LiveServer) throws {
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        Task {
            do {
                try await server.run { page in
                    Console.output("\(page)\nopen this address in a browser; Ctrl-C ends it")
                }
                outcome.withLock { $0 = .success(()) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
        }
        var isStopping = false
        while true {
            if let outcome = outcome.withLock({ $0 }) { return try outcome.get() }
            if StopSignal.isRaised, !isStopping {
                isStopping = true
                Task { await server.stop() }
            }
            usleep(20_000)
        }
    }
}
