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
            guard host.plugins.names("commands").contains(name) else { return nil }
            host.output = { text in Console.output(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
            let (text, failed) = try host.runCommand(name, Array(arguments.dropFirst()))
            if let text { Console.output(text) }
            return failed ? 1 : 0
        } catch {
            Console.errors(StopSignal.isRaised ? "\(error)" : "error: \(error)")
            return StopSignal.isRaised ? StopSignal.exitStatus : 1
        }
    }

    private static func isOwn(_ name: String) -> Bool {
        name == "help" || Nightjar.configuration.subcommands.contains { $0.configuration.commandName == name }
    }
}
