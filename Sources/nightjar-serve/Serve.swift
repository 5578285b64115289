import Foundation
import NightjarProcess
import NightjarRuns
import NightjarServe
import Synchronization

/// The live page, which `nightjar serve` starts: see ``ServeOrder``.
@main
enum Serve {
    static func main() {
        OutputStream.prepare()
        StopSignal.install()
        do {
            try run(ServeOrder(arguments: Array(CommandLine.arguments.dropFirst())))
        } catch  where StopSignal.isRaised {
            say("\(error)", to: STDERR_FILENO)
            exit(StopSignal.exitStatus)
        } catch {
            say("error: \(FileReason.message(error))", to: STDERR_FILENO)
            exit(1)
        }
    }

    private static func run(_ order: ServeOrder) throws {
        let address = try LiveAddress(host: order.host, port: order.port)
        let token = try order.tokenFile.map { try LiveToken(file: URL(fileURLWithPath: $0)) } ?? .random()
        let server = try LiveServer(
            runs: URL(fileURLWithPath: order.runs, isDirectory: true), at: address, token: token,
            pictures: { try pictures(of: $0, at: $1, program: order.program) })
        if !address.isLoopback {
            say(
                "note: other machines reach this page, and what is sent is not encrypted: who sees the address can read "
                    + "the runs", to: STDERR_FILENO)
        }
        try StopSignal.inOrder { try serve(server) }
    }

    /// Another process draws: it reads a whole data set, and may run what a plugin brings for that.
    private static func pictures(of run: URL, at positions: [Int], program: String) throws -> [Data] {
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
                    say("\(page)\nopen this address in a browser; Ctrl-C ends it", to: STDOUT_FILENO)
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

    private static func say(_ line: String, to descriptor: Int32) {
        OutputStream.write(ShownText.text(line, most: ShownText.longestOutput) + "\n", to: descriptor)
    }
}
