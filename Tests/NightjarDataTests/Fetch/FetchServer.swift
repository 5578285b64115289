import Foundation
import Testing

/// `server.py`, which misbehaves as the first part of a path says.
final class FetchServer {
    let port: Int
    private let process = Process()
    private let input = Pipe()

    /// What it serves.
    static let content: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: 7 * $0 + $0 / 256) }

    static let hasPython =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
        || (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/python3")
        }

    init() throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3",
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("server.py").path,
        ]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data([10]) {
            line += byte
        }
        port = try #require(Int(String(decoding: line, as: UTF8.self)))
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    func address(_ kind: String) -> String { "http://127.0.0.1:\(port)/\(kind)/x" }

    /// What was asked for: kind and range of each request.
    func log() throws -> [String] {
        // Foundation's own reader of addresses is another library.
        let reader = Process()
        let pipe = Pipe()
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let program = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())"
        reader.arguments = ["python3", "-c", program, "http://127.0.0.1:\(port)/log"]
        reader.standardOutput = pipe
        try reader.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        reader.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
