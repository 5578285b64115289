import ArgumentParser
import Foundation
import NightjarEngine
import NightjarProcess
import NightjarScripting

/// A word of the command line that a plugin brings: `nightjar NAME ...`.
enum PluginCommand {
    /// Runs it where the first word is none of Nightjar's own and a plugin provides it.
    /// - Returns: the exit status; nil where no plugin provides such a command.
    static func run(_ arguments: [String]) -> Int32? {
        guard let name = arguments.first, !name.isEmpty, !name.hasPrefix("-"), !isOwn(name) else { return nil }
        StopSignal.install(atOnce: true)
        do {
            let host = try ScriptHost(session: Session(threads: ProcessInfo.processInfo.activeProcessorCount))
            host.findPlugins(in: FileManager.default.currentDirectoryPath)
            let known = host.plugins.names("commands")
            guard known.contains(name) else {
                guard let near = host.nearest(name, known) else { return nil }
                throw ScriptError(
                    "there is no command '\(name)': did you mean '\(near)', a plugin's?\n  nightjar --help lists Nightjar's own"
                )
            }
            host.output = { text in Console.output(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
            let (text, failed) = try host.runCommand(name, Array(arguments.dropFirst()))
            if let text { Console.output(text) }
            return failed ? 1 : 0
        } catch {
            Console.errors(StopSignal.isRaised ? "\(error)" : "error: \(error)")
            return StopSignal.isRaised ? StopSignal.exitStatus : 1
        }
    }

    /// Whether a word is one that no plugin's command can take the place of.
    static func isOwn(_ name: String) -> Bool {
        name == "help" || Nightjar.configuration.subcommands.contains { $0.configuration.commandName == name }
    }
}
