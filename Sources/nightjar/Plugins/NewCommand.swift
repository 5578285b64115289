import ArgumentParser
import Foundation
import NightjarEngine
import NightjarProcess
import NightjarScripting

/// `nightjar new`: a file that works, to be changed.
struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Writes a loss, a noise model, a plugin, ... that works, with a test, to be changed.",
        discussion:
            "Kinds: loss, noise, schedule, optimizer, metric, layer, model, data, callback, reporter, clip, average, augmentation, experiment, "
            + "command, plugin, and those that plugins declare.")

    @Argument(help: "What to write.")
    var kind: String
    @Argument(help: "Its name: small letters, digits and _.")
    var name: String
    @Option(help: "The folder to write it into.", completion: .directory)
    var into = "."
    @OptionGroup var places: PluginOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let (files, next) = try Scaffold(PluginsCommand.host()).write(kind, named: name, into: into)
            for file in files { Console.line("wrote \(file)") }
            Console.output("next:")
            for line in next { Console.output("  \(line)") }
        }
    }
}
