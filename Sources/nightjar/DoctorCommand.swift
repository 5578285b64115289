import ArgumentParser
import CKernels
import Foundation
import NightjarEngine
import NightjarExperiments
import NightjarProcess
import NightjarScripting

/// `nightjar doctor`: what this program needs, and whether it is there.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks that everything is in place; says what to do where it is not.")

    @Option(help: "Where data sets lie; by default NIGHTJAR_DATA, then /usr/share/datasets.", completion: .directory)
    var dataDir: String?

    @OptionGroup var places: PluginOptions

    func run() throws {
        StopSignal.install(atOnce: true)
        var isSound = true
        func say(_ isFine: Bool, _ what: String, _ text: String, optional: Bool = false) {
            let mark = isFine ? "OK     " : optional ? "absent " : "MISSING"
            Console.output("\(mark) \(what): \(text.replacing("\n", with: "\n        "))")
            if !isFine && !optional { isSound = false }
        }
        Console.output("nightjar \(NightjarVersion.text)")
        for folder in ["lua/nightjar", "plugins"] {
            let found = NightjarHome.folder(folder)
            say(found != nil, folder, found ?? "not found: set NIGHTJAR_HOME to the folder that holds it")
        }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        say(true, "cores", "\(cores); a single training uses all, a grid one for each run")
        say(true, "instructions", "\(text(nj_isa_name())) (this build and processor have \(text(nj_isa_supported())))")
        let wall = WallTrialCommand.standing()
        say(wall.isWhole, "second wall", "around check and run --untrusted: \(wall.text)", optional: true)
        do {
            var options = ScriptOptions()
            options.dataFolder = dataDir
            let host = try ScriptHost(session: Session(threads: 1), options: options)
            say(true, "Lua", try version(host))
            host.findPlugins(in: FileManager.default.currentDirectoryPath)
            for note in host.plugins.notes { say(false, "plugins", note) }
            for entry in host.plugins.entries {
                for clash in entry.clashes { say(false, "plugin \(entry.name)", clash, optional: true) }
                switch entry.status {
                case .loaded: say(true, "plugin \(entry.name)", entry.folder)
                case .skipped(let reason): say(false, "plugin \(entry.name)", "skipped, \(reason)", optional: true)
                case .failed(let reason): say(false, "plugin \(entry.name)", reason)
                }
            }
            for entry in host.plugins.entries where entry.status == .loaded {
                for finding in host.health(of: entry) { say(finding.isWell, "plugin \(entry.name)", finding.text) }
            }
            for name in try host.dataNames() {
                do {
                    say(true, "data set \(name)", try host.describeData(name))
                } catch {
                    say(false, "data set \(name)", "\(error)", optional: true)
                }
            }
        } catch {
            say(false, "Lua", "\(error)")
        }
        if !isSound { throw ExitCode.failure }
    }

    private func version(_ host: ScriptHost) throws -> String {
        try host.run("return _VERSION", name: "doctor").first?.asString ?? "unknown"
    }

    private func text(_ characters: UnsafePointer<CChar>?) -> String { characters.map { String(cString: $0) } ?? "" }
}
