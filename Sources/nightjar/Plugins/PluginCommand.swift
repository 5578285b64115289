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
            let line = try HostWords(Array(arguments.dropFirst()))
            let host = try ScriptHost(
                session: Session(threads: ProcessInfo.processInfo.activeProcessorCount), options: line.options)
            host.findPlugins(in: FileManager.default.currentDirectoryPath)
            let known = host.plugins.names("commands")
            guard known.contains(name) else {
                guard let near = host.nearest(name, known) else { return nil }
                throw ScriptError(
                    "there is no command '\(name)': did you mean '\(near)', a plugin's?\n  nightjar --help lists Nightjar's own"
                )
            }
            host.output = { text in Console.output(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
            let (text, failed) = try host.runCommand(name, line.rest)
            if let text { Console.output(text) }
            return failed ? 1 : 0
        } catch {
            Console.errors(StopSignal.isRaised ? "\(error)" : "error: \(error)")
            return StopSignal.isRaised ? StopSignal.exitStatus : 1
        }
    }

    /// What of the words behind a command is for the host: `--data-dir`, whose name no parameter can have. Files and
    /// folders that are named may be read, wherever they are.
    struct HostWords {
        private(set) var options = ScriptOptions()
        /// The words for the command itself.
        private(set) var rest: [String] = []

        /// - Throws: ``ScriptError`` where `--data-dir` stands at the end.
        init(_ words: [String]) throws {
            let option = "--data-dir"
            var position = 0
            while position < words.count {
                let word = words[position]
                if word == "--" {
                    rest += words[position...]
                    break
                } else if word == option {
                    position += 1
                    guard position < words.count else { throw ScriptError("\(option) needs a folder") }
                    options.dataFolder = words[position]
                } else if word.hasPrefix(option + "=") {
                    options.dataFolder = String(word.dropFirst(option.count + 1))
                } else {
                    rest.append(word)
                }
                position += 1
            }
            options.readableFolders = rest.compactMap { word in
                let isAssigned = word.hasPrefix("--") && word.contains("=")
                let path = isAssigned ? String(word.drop { $0 != "=" }.dropFirst()) : word
                return !path.isEmpty && FileManager.default.fileExists(atPath: path) ? path : nil
            }
        }
    }

    /// Whether a word is one that no plugin's command can take the place of.
    static func isOwn(_ name: String) -> Bool {
        name == "help" || Nightjar.configuration.subcommands.contains { $0.configuration.commandName == name }
    }
}
