import Foundation
import NightjarRuns

/// The peers' scripts, which come with the repository, and the Python that runs them.
struct PeerScripts {
    private static let folder = "scripts/peers/"
    let python = ".peers/bin/python"

    /// - Returns: nil where `make peers` was not run, or where this is not the repository's folder.
    static func find() -> PeerScripts? {
        let peers = PeerScripts()
        return FileManager.default.isExecutableFile(atPath: peers.python) && peers.has("peer_torch.py") ? peers : nil
    }

    /// Runs a script and hands its last line on; a script that fails is told on standard error.
    func measure(_ side: String, _ script: String, _ arguments: [String], _ take: (String, JSONValue) -> Void) {
        do {
            take(side, try Child.json(python, [path(script)] + arguments))
        } catch {
            Console.errors("note: \(side) gave no number: \(error)")
        }
    }

    func path(_ script: String) -> String { PeerScripts.folder + script }
    private func has(_ script: String) -> Bool { FileManager.default.fileExists(atPath: path(script)) }
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
