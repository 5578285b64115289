import Foundation
import NightjarRuns

/// The peers' scripts and the Python that runs them.
struct PeerScripts {
    let python: String
    let folder: String

    static func find() -> PeerScripts? {
        let python = ".peers/bin/python"
        let named = ProcessInfo.processInfo.environment["NIGHTJAR_PEERS"].map { [$0] } ?? []
        guard FileManager.default.isExecutableFile(atPath: python),
            let folder = (named + ["bench", "../shared/bench"]).first(where: {
                FileManager.default.fileExists(atPath: $0 + "/peer_torch.py")
            })
        else { return nil }
        return PeerScripts(python: python, folder: folder)
    }

    /// How scripts of ours that need the peers' models are told where they are.
    var models: [String] { ["--models", folder + "/peer_torch.py"] }

    /// Runs a script and hands its last line on; a script that fails is told on standard error.
    func measure(_ side: String, _ script: String, _ arguments: [String], _ take: (String, JSONValue) -> Void) {
        guard has(script) else { return }
        do {
            take(side, try Child.json(python, [path(script)] + arguments))
        } catch {
            Console.errors("note: \(side) gave no number: \(error)")
        }
    }

    /// Scripts of the repository come before those of the folder.
    func path(_ script: String) -> String {
        let own = "scripts/peers/" + script
        return FileManager.default.fileExists(atPath: own) ? own : folder + "/" + script
    }
    func has(_ script: String) -> Bool { FileManager.default.fileExists(atPath: path(script)) }
}

/// A program that is run for what it prints.
enum Child {
    /// The file this process runs.
    static var ownPath: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }

    /// What it prints on standard output; standard error goes to ours.
    static func output(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw RunError("\(program) \(arguments.joined(separator: " ")): exit status \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Its last line as JSON.
    static func json(_ program: String, _ arguments: [String]) throws -> JSONValue {
        let lines = try output(program, arguments).split(separator: "\n")
        return try JSONValue(parsing: Data((lines.last ?? "").utf8), source: program)
    }
}
