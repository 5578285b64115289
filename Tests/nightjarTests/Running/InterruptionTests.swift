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
        // The one before is there where the signal came behind the first checkpoint.
        #expect(
            try place.names(run).filter { $0 != "checkpoint.previous.safetensors" } == [
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
        let ends = try runs.map { try place.read($0 + "/summary.json") }
        #expect(ends.allSatisfy { $0.contains("\"status\": \"interrupted\"") })
        #expect(try place.names("runs/tiny").contains("report.html"))
    }

    /// Everything that has a state, with a loss that remembers and draws; epochs of many small steps, so that the signal
    /// comes inside of one.
    private let stateful = """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 6 }
        local noisy = nj.loss {
          name = "noisy",
          state = { seen = 0 },
          forward = function(self, logits, labels, batch)
            self.seen = self.seen + 1
            if batch.training and batch.step == 900 then
              print("here")
            end
            return -logits:log_softmax():pick(labels) * (1 + 0.1 * nj.rand(logits:size(1))) + 0.001 * self.seen
          end,
        }
        local data = nj.data.load "digits"
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 64 }, classes = 10, dropout = 0.2 },
          loss = noisy {}, optimizer = nj.optim.adam {}, learning_rate = 0.001, batch_size = 1, seed = 3,
          average = nj.ema { decay = 0.9 },
        }
        trainer:fit(data.train, { test = data.test, epochs = cfg.epochs })
        """

    /// The position inside of an epoch is kept, whatever was said of checkpoints.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func aSignalLeavesACheckpointInsideOfTheEpoch(_ number: Int32) throws {
        let place = try Workplace()
        try place.write(stateful, to: "train.lua")
        #expect(try place.run(["run", "train.lua", "--runs-dir", "whole"]).status == 0)
        let command = ["run", "train.lua", "--checkpoint-every", number == SIGINT ? "0" : "100"]
        let said = try place.write("", to: "said")
        let process = try place.start(command, output: FileHandle(forWritingTo: said))
        let limit = Date().addingTimeInterval(60)
        while try place.read("said").isEmpty, Date() < limit { usleep(1_000) }
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        #expect(process.terminationStatus == 128 + number)
        let run = try #require(try place.runs("runs/train").first)
        #expect(try place.names(run).contains("checkpoint.safetensors"))
        let ending = try place.run(command + ["--resume"])
        #expect(ending.status == 0)
        #expect(
            try ending.errors.wholeMatch(of: Regex("note: \(run) goes on after epoch [0-9]+( and [0-9]+ steps?)?\n"))
                != nil,
            "\(ending.errors)")
        for name in ["metrics.csv", "weights.safetensors", "averages.safetensors"] {
            let whole = run.replacing("runs/", with: "whole/")
            #expect(
                try Data(contentsOf: place.url.appendingPathComponent("\(run)/\(name)"))
                    == Data(contentsOf: place.url.appendingPathComponent("\(whole)/\(name)")), "\(name)")
        }
    }
}
