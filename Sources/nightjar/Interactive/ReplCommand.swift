import ArgumentParser
import Foundation
import NightjarEngine
import NightjarExperiments
import NightjarProcess
import NightjarScripting
import NightjarTools

/// `nightjar repl`: Lua, one input after another.
struct ReplCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl", abstract: "Runs what is typed, one input after another.",
        discussion: """
            An expression shows its value. Names stay from input to input, also those declared with local. ?name tells \
            what is known of a name, Tab completes, Ctrl-C stops what runs, exit or Ctrl-D leaves. With a run, the names \
            run, model, data, loss, noise, ledger, curves and config are there. Input that is no terminal is read line by \
            line, without prompts; the exit status is 1 where an input failed. What was typed is kept in \
            $XDG_STATE_HOME/nightjar/history.
            """)

    @Argument(
        help: ArgumentHelp("The folder of a run, or its name as nightjar runs list shows it.", valueName: "run"),
        completion: .directory)
    var folder: String?

    @OptionGroup var options: SessionOptions

    @Flag(help: "Neither reads nor writes the file of what was typed.")
    var noHistory = false

    func run() throws {
        StopSignal.installInteractive()
        var status: Int32 = 0
        try Console.reporting {
            let session = try options.session(run: folder)
            let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
            var lines: any LineSource = PlainLines()
            if isTerminal {
                guard let editor = LineEditor(history: noHistory ? nil : ReplCommand.history) else {
                    throw ScriptError("not enough memory for a line editor")
                }
                editor.complete = { [unowned session] text in session.complete(text, cursor: text.utf8.count) }
                lines = editor
                Console.output("Nightjar \(NightjarVersion.text). ? tells how to use this, exit leaves.")
            }
            if let folder {
                let title = try session.open(run: folder)
                if isTerminal { Console.output("\(title): run, model, data, loss, noise, ledger, curves, config") }
            }
            status = Repl(session, lines: lines, isTerminal: isTerminal).loop()
        }
        if status != 0 { throw ExitCode(status) }
    }

    /// Where what was typed is kept.
    private static var history: URL {
        let known = ProcessInfo.processInfo.environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let folder = known ?? NSHomeDirectory() + "/.local/state"
        return URL(fileURLWithPath: folder + "/nightjar/history")
    }
}

/// What a session is made with, for every command that runs one.
struct SessionOptions: ParsableArguments {
    @Option(help: "Threads that compute; by default all cores.")
    var threads: Int?

    @Option(help: "The runs directory.", completion: .directory)
    var runsDir = "runs"

    @Option(help: "Where data sets lie; by default NIGHTJAR_DATA, then /usr/share/datasets.", completion: .directory)
    var dataDir: String?

    @Option(help: "What the session's own draws start from.")
    var seed = 1

    @Flag(help: "Computes every operation at once and on its own.")
    var eager = false

    @Flag(help: "Lifts the sandbox: for one's own scripts.")
    var trust = false

    @OptionGroup var places: PluginOptions

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, got \(threads)") }
    }

    /// - Parameters:
    ///   - run: the folder of a run that may be read wherever it lies.
    ///   - files: files that may be read wherever they lie: who names a file allows it.
    func session(run: String? = nil, reading files: [String] = []) throws -> InteractiveSession {
        let computing = Session(threads: threads ?? ProcessInfo.processInfo.activeProcessorCount)
        computing.isEager = eager
        var options = ScriptOptions(isTrusted: trust, seed: UInt64(bitPattern: Int64(seed)))
        options.dataFolder = dataDir
        options.writableFolders = [URL(fileURLWithPath: runsDir, isDirectory: true).path]
        if let run, run.contains("/") {
            // The folder of a run lies two levels below its runs directory.
            let url = URL(fileURLWithPath: run, isDirectory: true).standardizedFileURL
            options.readableFolders.append(url.deletingLastPathComponent().deletingLastPathComponent().path)
        }
        options.readableFolders += files.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        return InteractiveSession(host: try ScriptHost(session: computing, options: options))
    }
}
