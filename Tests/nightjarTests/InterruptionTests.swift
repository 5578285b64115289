import Foundation
import Testing

/// Ctrl-C: the step is finished, what there is is written, the exit status says so.
@Suite(.serialized) struct InterruptionTests {
    /// Waits until training has written the first epoch of so many runs, then sends the signal.
    private func interrupt(_ place: Workplace, _ arguments: [String], runs: Int) throws -> Int32 {
        let process = try place.start(arguments)
        let limit = Date().addingTimeInterval(60)
        func going() -> Int {
            let runs = (try? place.runs("runs/tiny")) ?? []
            return runs.filter { ((try? place.read($0 + "/metrics.csv")) ?? "").split(separator: "\n").count > 1 }.count
        }
        while going() < runs, Date() < limit { usleep(20_000) }
        process.interrupt()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func aSingleRunIsLeftInOrder() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let one = ["--set", "rate=0.4", "--set", "loss=rll", "--seed", "1"]
        let status = try interrupt(place, ["run", "tiny.lua", "--epochs", "100000"] + one, runs: 1)
        #expect(status == 130)
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(
            try place.names(run) == [
                "checkpoint.safetensors", "config.json", "labels.csv", "log.txt", "metrics.csv", "summary.json",
                "weights.safetensors",
            ])
        #expect(try place.read(run + "/summary.json").contains("\"status\": \"interrupted\""))
        #expect(try place.read(run + "/metrics.csv").hasSuffix("\n"))
        let rows = try place.read("runs/tiny/summary.csv").split(separator: "\n").dropFirst()
        #expect(rows.map { $0.hasPrefix("rll,0.4,1,interrupted,") } == [true])
    }

    @Test func workersOfAGridStopAsWell() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let status = try interrupt(
            place, ["run", "tiny.lua", "--epochs", "100000", "--set", "rate=0.4", "--set", "loss=rll"], runs: 1)
        #expect(status == 130)
        let runs = try place.runs("runs/tiny")
        #expect(!runs.isEmpty)
        for run in runs { #expect(try place.read(run + "/summary.json").contains("\"status\": \"interrupted\"")) }
        #expect(try place.names("runs/tiny").contains("report.html"))
    }
}
