import ArgumentParser
import Foundation
import NightjarProcess
import NightjarScripting

/// `nightjar wall-trial`: raises the wall that stands around strangers' scripts, and tries what it is to refuse. For tests,
/// and for `doctor`, which learns from it what stands on this system.
struct WallTrialCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wall-trial", abstract: "Tries what the wall around strangers' scripts refuses.",
        shouldDisplay: false)

    @Option(help: "A folder inside of the wall, with a file named file.")
    var inside: String?

    @Option(help: "A folder outside, with a file named file.")
    var outside: String?

    func run() throws {
        var wall = Wall.forScripts([])
        if let inside { wall.writable = [inside] }
        let report = wall.raise()
        Console.output("landlock \(report.landlock)")
        Console.output("seccomp \(report.filtersCalls ? 1 : 0)")
        guard let inside, let outside else { return }
        for trial in Wall.trials(inside: inside, outside: outside) {
            let mark = (trial.refusal == nil) == trial.mustWork ? "" : "BREACH "
            Console.output("\(mark)\(trial.name): \(trial.refusal ?? "works")")
        }
    }

    /// What stands where a wall is raised on this system: a process tries.
    static func standing() -> Wall.Report {
        var report = Wall.Report(landlock: 0, filtersCalls: false)
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        guard let pipe = try? ChildPipe() else { return report }
        let child = try? ChildProcess(program, ["wall-trial"], output: pipe.writing)
        close(pipe.writing)
        let said = FileHandle(fileDescriptor: pipe.reading, closeOnDealloc: true).readDataToEndOfFile()
        guard child?.wait() == .exited(0) else { return report }
        for line in String(decoding: said, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int(words[1]) else { continue }
            if words[0] == "landlock" { report.landlock = number }
            if words[0] == "seccomp" { report.filtersCalls = number == 1 }
        }
        return report
    }
}
