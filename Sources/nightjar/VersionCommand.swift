import ArgumentParser
import NightjarExperiments
import NightjarScripting

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    func run() { Console.output("nightjar \(NightjarVersion.text)") }
}
