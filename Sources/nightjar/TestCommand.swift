import ArgumentParser
import NightjarProcess
import NightjarScripting

/// `nightjar test`: tests written in Lua.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs tests written in Lua.",
        discussion: "Of a folder, the .lua files in folders named tests, at any depth.")

    @Argument(help: "Test files, and folders that hold them.")
    var paths: [String]

    @Option(help: "Threads that compute.")
    var threads = 1

    @Flag(help: "Lifts the sandbox, and lets native libraries be loaded.")
    var trust = false

    @OptionGroup var places: PluginOptions
    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @Flag(name: .shortAndLong, help: "Names the tests that pass as well.")
    var verbose = false

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let files = try ScriptTests.files(in: paths)
            var options = ScriptOptions(isTrusted: trust)
            options.limits = try limits.limits() ?? ScriptLimits()
            let results = try ScriptTests.run(files: files, options: options, threads: threads) { result in
                if let reason = result.skipped {
                    Console.line("skipped \(result.file): \(reason)")
                } else if let failure = result.failure {
                    let title = ShownText.line("\(result.file): \(result.name)", most: .max)
                    Console.output("FAILED \(title)\n  " + failure.replacing("\n", with: "\n  "))
                } else if verbose {
                    Console.line("passed \(result.file): \(result.name)")
                }
            }
            Console.output(ScriptTests.summary(results))
            if results.contains(where: { $0.failure != nil }) { throw ExitCode.failure }
        }
    }
}
