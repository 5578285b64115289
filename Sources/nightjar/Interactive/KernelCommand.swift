import ArgumentParser
import Foundation
import NightjarKernel
import NightjarProcess
import NightjarScripting

/// `nightjar kernel`: Jupyter talks to it.
struct KernelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernel", abstract: "Serves notebooks and other clients of Jupyter.",
        discussion: "nightjar kernel install tells Jupyter of it; jupyter then starts it with a connection file.",
        subcommands: [KernelServeCommand.self, KernelInstallCommand.self], defaultSubcommand: KernelServeCommand.self)
}

/// `nightjar kernel --connection-file FILE`
struct KernelServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answers the clients that a connection file names.")

    @Option(help: "The file in which Jupyter says where to listen.", completion: .file(extensions: ["json"]))
    var connectionFile: String

    @OptionGroup var options: SessionOptions

    func run() throws {
        StopSignal.installInteractive()
        var status: Int32 = 0
        try Console.reporting {
            status = try Kernel(options.session(), connection: connectionFile).run()
        }
        if status != 0 { throw ExitCode(status) }
    }
}

/// `nightjar kernel install`
struct KernelInstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Tells Jupyter of the kernel, for this user or below a prefix.")

    @Option(
        help: "Where Jupyter is installed, such as a virtual environment; by default for this user alone.",
        completion: .directory)
    var prefix: String?

    func run() throws {
        try Console.reporting {
            let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
            let file = try KernelSpec(program: program).install(in: KernelSpec.folder(prefix: prefix))
            Console.line("written: \(file.path)")
        }
    }
}
