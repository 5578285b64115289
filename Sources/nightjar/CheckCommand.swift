import ArgumentParser
import Foundation
import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar check`: what a loss, a noise model, a schedule or an optimizer promises, put to the test.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks a loss, a noise model, a schedule or an optimizer.",
        discussion: """
            Losses: the gradient against differences, extreme logits, the sum over labels and the bounds (proven from the \
            graph, or seen), the order of classes, slopes, time. Noise models: matrix, realised rate, determinism. \
            Schedules: a plot. Optimizers: convergence.
            The file runs in a process of its own, with limits, without network, other programs and files that it has no \
            business with, as far as the system allows (see nightjar doctor). Exit status 0: all is well, or notes only; 1: a check \
            failed.
            """)

    @Argument(help: "A .lua file, or the name of what a plugin provides: rll, optimizers/adam, 'rll{alpha=0.45}'.")
    var target: String

    @Option(help: "Where a name is looked up: losses, noise, or another kind of plugins'.")
    var kind: String?

    @Option(name: .customLong("set"), help: "A parameter of what is checked, name=value. May be repeated.")
    var settings: [String] = []

    @Option(help: "Classes to check losses and noise models with.")
    var classes = 10

    @Option(help: "Epochs of a schedule to look at.")
    var epochs: Int?

    @Option(help: "A check to leave out, for example time. May be repeated.")
    var skip: [String] = []

    @Option(help: "Seconds of processor time that the check may take.")
    var seconds = 120

    @Option(help: "MiB of address space that the check may use.")
    var memory = 4096

    @Flag(help: "Shows the steps by which it is proven that a loss is symmetric.")
    var steps = false

    @Flag(help: "Prints JSON.")
    var json = false

    @Flag(help: "Lifts the sandbox, and lets native libraries be loaded.")
    var trust = false

    @OptionGroup var places: PluginOptions

    @Flag(help: .hidden)
    var here = false

    func validate() throws {
        try positive([("--seconds", seconds), ("--memory", memory)])
        if classes < 2 { throw ValidationError("--classes must be at least 2, got \(classes)") }
        if let epochs { try positive([("--epochs", epochs)]) }
        _ = try nameValues(settings)
    }

    func run() throws {
        StopSignal.install(atOnce: true)
        guard here else { return try watchChild() }
        try Console.reporting {
            ProcessLimits(seconds: seconds, mebibytes: memory).apply()
            if !trust { raiseWall() }
            if try check().verdict == .failed { throw ExitCode.failure }
        }
    }

    private func check() throws -> CheckReport {
        var options = ScriptOptions(isTrusted: trust)
        options.memoryLimit = 512 << 20
        let host = try ScriptHost(session: Session(threads: 1), options: options)
        let quiet = json
        var outputLeft = 1 << 20
        host.output = { text in
            // Set off from the report, which only this program writes.
            let printed = text.hasSuffix("\n") ? String(text.dropLast()) : text
            let line = "  | " + printed.replacing("\n", with: "\n  | ")
            outputLeft -= line.utf8.count
            guard outputLeft > 0 else {
                if outputLeft + line.utf8.count > 0 { Console.errors("note: what else the script prints is not shown") }
                return
            }
            if quiet { Console.errors(line) } else { Console.output(line) }
        }
        var request = CheckRequest(target: target)
        request.kind = kind
        request.settings = try nameValues(settings)
        request.classes = classes
        request.epochs = epochs
        request.skipped = Set(skip)
        request.showsSteps = steps
        let width = Console.width
        request.width = width
        let check = ScriptCheck(host, request)
        if json {
            let report = try check.run()
            Console.output(report.json.text())
            return report
        }
        let colored = Console.isTerminal
        let report = try check.run(
            begin: { Console.output($0.text(width: width)) },
            report: { Console.output($0.text(colored: colored, width: width)) })
        Console.output("\n" + report.summary)
        return report
    }

    /// A check reads, and writes nothing.
    private func raiseWall() {
        let path = ScriptTarget(target, among: []).text
        var wall = Wall.forScripts(
            [path] + settings.compactMap { $0.split(separator: "=").last.map(String.init) })
        // What the user's configuration trusts may use native code.
        wall.loadsCode = path.hasSuffix(".lua") && UserConfiguration.trusts(path)
        let report = wall.raise()
        if !report.isWhole { Console.errors("note: \(report.text)") }
    }

    /// Runs the same command in a process of its own, which puts limits on itself before it reads the file.
    private func watchChild() throws {
        try Console.reporting {
            let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
            let process = try ChildProcess(program, Array(CommandLine.arguments.dropFirst()) + ["--here"])
            let signal: Int32
            switch process.wait() {
            case .exited(0): return
            case .exited(let status): throw ExitCode(status)
            case .killed(let number): signal = number
            }
            let reason =
                signal == SIGXCPU || signal == SIGKILL
                ? "took more than \(seconds) seconds of processor time (--seconds allows more): is there a loop without an end?"
                : "ended by signal \(signal): it may have run out of its \(memory) MiB (--memory allows more)"
            throw ScriptError("the check of \(target) \(reason)")
        }
    }
}
