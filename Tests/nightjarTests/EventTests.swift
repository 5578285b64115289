import Foundation
import NightjarRuns
import Testing

/// Callbacks of a run: what they remember is in checkpoints, and what they do wrong costs nothing that was done.
@Suite(.serialized) struct EventTests {
    /// A training whose batches, gradients and rate depend on what a callback remembers.
    private func script(_ fields: String) -> String {
        """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 4 }
        local data = nj.data.load "digits"
        local own = nj.callback {
          name = "own",
          \(fields)
        }
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10, dropout = 0.2 },
          loss = nj.losses.cce {}, optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1, seed = 3,
          callbacks = { own {} },
          reporters = { nj.reporters.lines { columns = { "j1" } },
            nj.reporters.markdown { columns = { "loss", "j2" }, file = "table.md" } },
        }
        local records, reason = trainer:fit(data.train:first(500), { test = data.test, epochs = cfg.epochs })
        print(#records, reason)
        """
    }

    private let remembering = """
        state = function() return { steps = 0, starts = 0, written = 0, mean = nj.zeros { 10 } } end,
          on_start = function(_, _, state) state.starts = state.starts + 1 end,
          on_batch = function(_, batch, state) batch.inputs = batch.inputs * (1 + 0.1 * nj.rand(1)) + state.steps / 1000 end,
          on_gradient = function(_, gradients, state)
            state.mean = 0.9 * state.mean + gradients["layers.5.bias"]
            for path, gradient in pairs(gradients) do gradients[path] = gradient * (1 + 0.01 * state.starts) end
          end,
          on_step = function(_, step, state, training)
            state.steps = state.steps + 1
            if training.record and training.record.j1 > 30 and step.step % 3 == 0 then
              training.learning_rate = training.learning_rate * 0.9
            end
          end,
          on_checkpoint = function(_, checkpoint, state) state.written = checkpoint.epoch end,
          on_end = function(_, ending, state)
            print(ending.status, state.starts, state.steps, state.written, state.mean:square():sum():item())
          end,
        """

    private func bytes(_ place: Workplace, _ folder: String, epochs: Int) throws -> [Data] {
        let run = try #require(
            try place.runs("\(folder)/train").first {
                try place.read($0 + "/config.json").contains("\"epochs\": \(epochs),")
            })
        return try ["metrics.csv", "weights.safetensors", "reports/table.md"].map {
            try Data(contentsOf: place.url.appendingPathComponent("\(run)/\($0)"))
        }
    }

    @Test(arguments: [1, 2, 3]) func whatCallbacksRememberGoesOnToTheSameBits(epochs: Int) throws {
        let place = try Workplace()
        try place.write(script(remembering), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        let whole = try place.run(command + ["--epochs", "4", "--runs-dir", "whole"])
        #expect(whole.status == 0, "\(whole.errors)")
        let first = try place.run(command + ["--epochs", "\(epochs)", "--runs-dir", "parts"])
        #expect(first.status == 0, "\(first.errors)")
        let second = try place.run(command + ["--epochs", "4", "--runs-dir", "parts", "--resume"])
        #expect(second.errors.contains("goes on after epoch \(epochs)"), "\(second.errors)")
        // What callbacks print, and a reporter each epoch.
        let lines = whole.output.split(separator: "\n")
        #expect((1...4).allSatisfy { epoch in lines.contains { $0.hasPrefix("epoch \(epoch)  j1 ") } })
        #expect(lines.contains { $0.hasPrefix("completed\t1\t16\t4\t") }, "\(whole.output)")
        let rest = second.output.replacing("parts/", with: "whole/")
        #expect(whole.output.hasSuffix(rest) && rest.contains("completed\t1\t16\t4\t"), "\(rest)")
        #expect(try bytes(place, "parts", epochs: 4) == bytes(place, "whole", epochs: 4))
    }

    @Test func aCallbackThatFailsEndsTheRunWithAllThatWasDone() throws {
        let place = try Workplace()
        try place.write(
            script("on_epoch = function(_, record) if record.epoch == 3 then error(\"no more\") end end,"),
            to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--checkpoint-every", "1", "--epochs", "5"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains("train.lua:6: no more\n  in on_epoch of callback 'own', epoch 3, step 12"),
            "\(ending.errors)")
        let run = try #require(try place.runs("runs/train").first)
        let folder = try RunFolder.open(place.url.appendingPathComponent(run))
        let summary = try #require(try folder.readSummary())
        #expect(summary.status == .failed && summary.epochs == 3)
        #expect(summary.message?.contains("in on_epoch of callback 'own'") == true)
        #expect(try folder.readMetrics().rows.map(\.epoch) == [1, 2, 3])
        #expect(FileManager.default.fileExists(atPath: folder.weightsURL.path))
        // The epoch in which it failed is done again once the callback is mended.
        #expect(FileManager.default.fileExists(atPath: folder.checkpointURL.path))
    }

    @Test func aCallbackThatNeverEndsMeetsTheLimitOfTheRun() throws {
        let place = try Workplace()
        try place.write(
            script("on_step = function() while true do end end, on_error = function() print(\"heard\") end,"),
            to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--limit-instructions", "50000000"])
        #expect(ending.status == 1 && ending.output.isEmpty, "\(ending.output)")
        #expect(ending.errors.contains("the run used up its 50000000 instructions"), "\(ending.errors)")
        #expect(!ending.errors.contains("callback"), "\(ending.errors)")
    }

    /// In every training of a script, of a grid too, behind its own reporters.
    @Test func reportersAreAskedForFromOutside() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "grid", settings = { epochs = 2 }, grid = { { "seed", { 1, 2 } } },
              run = function(cfg)
                local data = nj.data.load "digits"
                nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
                  optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed,
                  reporters = { nj.reporters.markdown { file = "own.md" } } }:fit(data.train:first(100), { epochs = cfg.epochs })
              end }
            """, to: "grid.lua")
        try place.write(
            """
            local nj = require "nightjar"
            return nj.reporter { name = "mine", params = { word = { default = "end", doc = "what it says" } },
              ending = function(self, report) return self.word .. " " .. #report.records end }
            """, to: "own/mine.lua")
        let ending = try place.run([
            "run", "grid.lua", "--reporter", "markdown{columns={loss,j1},file=table.md}", "--reporter",
            "own/mine.lua{word=done,file=mine.txt}",
        ])
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        let runs = try place.runs("runs/grid")
        #expect(runs.count == 2)
        for run in runs {
            #expect(try place.read(run + "/reports/table.md").hasPrefix("| epoch | loss | j1 |\n"))
            #expect(try place.read(run + "/reports/own.md").contains("| epoch |"))
            #expect(try place.read(run + "/reports/mine.txt") == "done 2\n")
        }
    }

    @Test(
        arguments: [
            ("linse", "there is no reporter 'linse': did you mean 'lines'?"),
            (
                "lines{evry=2}",
                "--reporter lines{evry=2}: reporter 'lines' has no parameter 'evry': did you mean 'every'?"
            ),
            (
                "lines{every=0}",
                "--reporter lines{every=0}: parameter 'every' of reporter 'lines' must be at least 1, got 0"
            ),
            ("lines{every}", "--reporter lines{every}: 'every' is no parameter: write name=value"),
            ("lines{", "--reporter lines{: a component is written as rll{alpha=0.45}"),
        ]) func aReporterThatIsNoneIsTold(text: String, message: String) throws
    {
        let place = try Workplace()
        try place.write(script("on_epoch = function() end,"), to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--reporter", text])
        #expect(ending.status == 1)
        #expect(ending.errors.hasPrefix("error: train.lua:8: " + message + "\n"), "\(ending.errors)")
    }
}
