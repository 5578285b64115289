import Foundation
import NightjarRuns
import Testing

/// The last good state of a run that went wrong.
@Suite(.serialized) struct CheckpointTests {
    /// A loss that is cross-entropy up to an epoch, and NaN from then on.
    private func diverging(after epoch: Int) -> String {
        """
        local nj = require "nightjar"

        return nj.loss {
          name = "late",
          state = { seen = 0 },
          forward = function(self, logits, labels, batch)
            local values = -logits:log_softmax():pick(labels)
            self.seen = self.seen + 1
            if batch.training and batch.epoch > \(epoch) then
              values = values * (0 / 0)
            end
            return values
          end,
        }
        """
    }

    private let one = ["run", "tiny.lua", "--set", "rate=0.4", "--seed", "1", "--set", "loss=./late.lua"]

    private func checkpoint(_ place: Workplace) throws -> (run: String, file: SafetensorsFile) {
        let run = try #require(try place.runs("runs/tiny").first)
        return (run, try SafetensorsFile(contentsOf: place.url.appendingPathComponent(run + "/checkpoint.safetensors")))
    }

    private func numbers(_ file: SafetensorsFile, _ name: String) throws -> [Float] {
        try file.withBytes(of: name) { bytes in
            stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
    }

    @Test func aLossThatBecomesNaNLeavesTheLastGoodStateAndSaysWhere() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        try place.write(diverging(after: 3), to: "late.lua")
        let ending = try place.run(one + ["--epochs", "6", "--checkpoint-every", "1"])
        #expect(ending.status == 1)
        let (run, file) = try checkpoint(place)
        #expect(
            ending.errors == """
                error in loss=./late.lua rate=0.4 seed=1:
                tiny.lua:18: the loss 'late' became nan in epoch 4 at step 37 (learning rate 0.1)
                  lower the learning rate, clip the gradients, or check the loss for the logarithm of 0 and division by \
                0: --check-numerics shows the line where it began
                  the epochs before this one are kept, and the last good state in \(run)/checkpoint.safetensors, after epoch 3

                """)
        #expect(file.metadata["epochs"] == "3")
        #expect(file.metadata["steps"] == "36")
        #expect(
            file.arrays.map(\.name).sorted() == [
                "loss/seen", "model/layers.2.bias", "model/layers.2.weight", "model/layers.4.bias",
                "model/layers.4.weight", "optimizer/layers.2.bias/velocity", "optimizer/layers.2.weight/velocity",
                "optimizer/layers.4.bias/velocity", "optimizer/layers.4.weight/velocity",
            ])
        #expect(try numbers(file, "loss/seen") == [36])
        for array in file.arrays { #expect(try numbers(file, array.name).allSatisfy(\.isFinite)) }
        #expect(try place.read(run + "/metrics.csv").split(separator: "\n").count == 4)
        #expect(try place.read(run + "/summary.json").contains("checkpoint.safetensors, after epoch 3"))
    }

    /// Weights may be NaN at the end of an epoch whose last loss was still a number.
    @Test func stateThatIsNotFiniteDoesNotReplaceTheLastGoodOne() throws {
        let place = try Workplace()
        try place.write(
            tinyExperiment.replacing(
                "learning_rate = 0.1", with: "schedule = cfg.loss and late {}, evaluation_interval = 9"
            )
            .replacing(
                "return nj.experiment",
                with: """
                    local late = nj.schedule {
                      name = "late",
                      value = function(_, _, step)
                        return step == 24 and 1e38 or 0.1
                      end,
                    }
                    return nj.experiment
                    """), to: "tiny.lua")
        let ending = try place.run(
            ["run", "tiny.lua", "--set", "rate=0.4", "--seed", "1", "--set", "loss=cce", "--epochs", "4"]
                + ["--checkpoint-every", "1"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("in epoch 3 at step 25"))
        let file = try checkpoint(place).file
        let last = try #require(file.metadata["epochs"])
        for array in file.arrays { #expect(try numbers(file, array.name).allSatisfy(\.isFinite)) }
        #expect(ending.errors.hasSuffix("checkpoint.safetensors, after epoch \(last)\n"))
    }

    @Test func whoAsksForNoneGetsNone() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        try place.write(diverging(after: 3), to: "late.lua")
        let ending = try place.run(one + ["--epochs", "6", "--checkpoint-every", "0"])
        #expect(ending.errors.hasSuffix("\n  the epochs before this one are kept\n"))
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(try !place.names(run).contains("checkpoint.safetensors"))
    }

    @Test func withoutAWordOneIsThereFromTheFirstEpochOnAndGoesWhenAllIsWell() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        try place.write(diverging(after: 3), to: "late.lua")
        #expect(try place.run(one + ["--epochs", "6"]).status == 1)
        let (run, file) = try checkpoint(place)
        #expect(try (1...3).contains(#require(Int(file.metadata["epochs"] ?? ""))))
        #expect(try place.run(one + ["--epochs", "2"]).status == 0)
        let done = try #require(try place.runs("runs/tiny").first { $0 != run })
        #expect(try !place.names(done).contains("checkpoint.safetensors"))
        #expect(try place.run(one + ["--epochs", "2", "--checkpoint-every", "5", "--again"]).status == 0)
        #expect(try place.names(done).contains("checkpoint.safetensors"), "the last epoch counts as well")
    }
}
