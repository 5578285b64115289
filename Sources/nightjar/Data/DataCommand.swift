import ArgumentParser
import Foundation
import NightjarEngine
import NightjarProcess
import NightjarScripting

/// `nightjar data`: which data sets there are, what is in them, and getting those that are not here.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Lists data sets, says what is in them, and fetches them.",
        subcommands: [DataListCommand.self, DataInfoCommand.self, DataFetchCommand.self],
        defaultSubcommand: DataListCommand.self)

    /// A state that knows the data sets of all plugins.
    static func host(_ folder: String?) throws -> ScriptHost {
        var options = ScriptOptions()
        options.dataFolder = folder
        let host = try ScriptHost(session: Session(threads: 1), options: options)
        host.findPlugins(in: FileManager.default.currentDirectoryPath)
        return host
    }
}

/// Where data sets lie; for all of its commands.
struct DataFolderOptions: ParsableArguments {
    @Option(help: "Where data sets lie; by default NIGHTJAR_DATA, then /usr/share/datasets.", completion: .directory)
    var dataDir: String?
    @OptionGroup var places: PluginOptions
}

struct DataListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists data sets: where each is, or how to get it.")

    @OptionGroup var folder: DataFolderOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let places = try DataCommand.host(folder.dataDir).dataPlaces()
            let width = places.map(\.name.count).max() ?? 0
            for place in places {
                Console.output(place.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + place.text)
            }
        }
    }
}

struct DataInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Reads a data set and says what is in it.")

    @Argument(help: "The name of the data set.")
    var name: String
    @OptionGroup var folder: DataFolderOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            Console.output(try DataCommand.host(folder.dataDir).dataFacts(name))
        }
    }
}
