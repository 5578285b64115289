import Foundation

/// Programs of the system and of others, run to their end.
public enum OtherProgram {
    /// How one ended, and what it said.
    public struct Ending: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
    }

    /// - Parameter environment: what differs from that of the tests; nil takes a variable away.
    public static func run(
        _ program: String, _ arguments: [String], in folder: URL, environment changes: [String: String?] = [:]
    ) throws -> Ending {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in changes { environment[name] = value }
        process.environment = environment
        // Files, not pipes: nothing can fill up.
        let said = FileManager.default.temporaryDirectory.appendingPathComponent("said-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: said, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: said) }
        let files = ["output", "errors"].map(said.appendingPathComponent)
        for file in files { try Data().write(to: file) }
        let handles = try files.map { try FileHandle(forWritingTo: $0) }
        (process.standardInput, process.standardOutput, process.standardError) = (
            FileHandle.nullDevice, handles[0], handles[1]
        )
        try process.run()
        process.waitUntilExit()
        for handle in handles { try handle.close() }
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Ending(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
