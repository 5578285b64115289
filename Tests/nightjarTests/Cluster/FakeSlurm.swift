import Foundation

/// A workplace with a stand-in for Slurm's programs on PATH; see `Tests/Slurm/fake.py`.
final class FakeSlurm {
    let place: Workplace

    init() throws {
        place = try Workplace()
        try place.write("", to: "slurm/calls")
        let fake = Workplace.package.appendingPathComponent("Tests/Slurm/fake.py")
        try place.write("", to: "bin/.keep")
        for name in ["sbatch", "squeue", "scontrol", "scancel"] {
            try FileManager.default.createSymbolicLink(
                at: place.url.appendingPathComponent("bin/\(name)"), withDestinationURL: fake)
        }
        try place.write(tinyExperiment, to: "tiny.lua")
    }

    /// Says what becomes of elements; nil: all run.
    func plan(_ text: String?) throws {
        let file = place.url.appendingPathComponent("slurm/plan")
        guard let text else { return try FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    /// The words of a command with the stand-in on PATH, for `env`.
    /// - Parameter guarding: what runs the program.
    private func words(_ arguments: [String], guarding: [String]) -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return [
            "PATH=\(place.url.path)/bin:\(path)", "FAKE_SLURM=\(place.url.path)/slurm",
        ] + guarding + [Workplace.program.path] + arguments
    }

    func run(_ arguments: [String]) throws -> Workplace.Ending {
        // A stand-in that is broken must not hold the tests up.
        try place.run(words(arguments, guarding: ["timeout", "120"]), program: URL(fileURLWithPath: "/usr/bin/env"))
    }

    func start(_ arguments: [String], errors: Any? = nil) throws -> Process {
        // With nothing between: `timeout` has the blocked signals of the thread that starts it, and would pass on no Ctrl-C.
        try place.start(words(arguments, guarding: []), program: URL(fileURLWithPath: "/usr/bin/env"), errors: errors)
    }

    /// The command lines of a program of Slurm.
    func calls(_ program: String) throws -> [String] {
        try place.read("slurm/calls").split(separator: "\n").map(String.init).filter { $0.hasPrefix(program + " ") }
    }

    /// Waits until a program of Slurm was called.
    func waitForCall(_ program: String) throws {
        while try calls(program).isEmpty { usleep(20_000) }
    }

    /// The command that hands `tiny.lua` over.
    static let onSlurm = ["run", "tiny.lua", "--on", "slurm", "--cluster-interval", "0.3"]
}
