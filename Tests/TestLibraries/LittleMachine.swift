import CProcess
import Foundation

/// Runs `body` on a machine that has so many mebibytes left, as far as the calling thread asks.
public func onLittleMachine<Result>(left mebibytes: Int, _ body: () throws -> Result) throws -> Result {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("machine-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
        at: root.appendingPathComponent("proc"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    // A hundred stay with the others.
    let facts = "MemTotal: \(6400 << 10) kB\nMemAvailable: \((mebibytes + 100) << 10) kB\n"
    try Data(facts.utf8).write(to: root.appendingPathComponent("proc/meminfo"))
    return try root.path.withCString { path in
        nj_memory_pretend(path)
        defer { nj_memory_pretend(nil) }
        return try body()
    }
}
