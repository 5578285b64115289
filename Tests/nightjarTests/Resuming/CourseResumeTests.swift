import Foundation
import NightjarRuns
import Testing

/// `--resume` with schedules that see metrics, callbacks that end a training, and optimizers that wrap others.
@Suite(.serialized) struct CourseResumeTests {
    private func script(schedule: String, callbacks: String = "{}", extra: String = "") -> String {
        """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 6 }
        local data = nj.data.load "digits"
        -- Goes up and down, so that a plateau falls and training ends early.
        local wavy = nj.metric {
          name = "wavy",
          compute = function(_, seen) return ({ 1, 3, 2, 2, 2, 2, 2, 2, 2, 2 })[seen.epoch] end,
        }
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10, dropout = 0.2 },
          loss = nj.losses.cce {},
          optimizer = nj.optim.sam {
            optimizer = nj.optim.lookahead {
              optimizer = nj.optim.sgd { momentum = nj.schedules.plateau { base = 0.9, monitor = "wavy", mode = "max",
                patience = 0, factor = 0.5 } },
              k = 3,
            },
          },
          schedule = \(schedule),
          callbacks = \(callbacks),
          metrics = { wavy {} }, gradient_norm = true, bad_gradients = "skip",
          seed = 3,
          \(extra)
        }
        local records, reason = trainer:fit(data.train:first(500), { test = data.test, epochs = cfg.epochs })
        print(#records, reason)
        """
    }

    private let plateau = """
        nj.schedules.warmup { epochs = 1, schedule = nj.schedules.plateau { base = 0.2, monitor = "wavy", mode = "max",
          patience = 1, factor = 0.5, cooldown = 1 } }
        """

    private func run(_ place: Workplace, _ folder: String, epochs: Int) throws -> String {
        try #require(
            try place.runs("\(folder)/train").first {
                try place.read($0 + "/config.json").contains("\"epochs\": \(epochs),")
            })
    }

    private func expectEqual(_ place: Workplace, _ one: String, _ other: String, _ more: [String] = []) throws {
        let runs = try [one, other].map { try RunFolder.open(place.url.appendingPathComponent($0)) }
        #expect(runs[0].configuration.identityText == runs[1].configuration.identityText)
        for name in ["metrics.csv", "weights.safetensors"] + more {
            let bytes = try [one, other].map { try Data(contentsOf: place.url.appendingPathComponent("\($0)/\(name)")) }
            #expect(bytes[0] == bytes[1], "\(name)")
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5]) func whatPlateausHaveSeenIsInTheCheckpoint(epochs: Int) throws {
        let place = try Workplace()
        try place.write(script(schedule: plateau), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        let whole = try place.run(command + ["--epochs", "6", "--runs-dir", "whole"])
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(try place.run(command + ["--epochs", "\(epochs)", "--runs-dir", "parts"]).status == 0)
        let ending = try place.run(command + ["--epochs", "6", "--runs-dir", "parts", "--resume"])
        #expect(ending.errors.contains("goes on after epoch \(epochs)"))
        try expectEqual(place, run(place, "parts", epochs: 6), run(place, "whole", epochs: 6))
        // The plateau did fall on the way.
        let rates = try place.read(run(place, "whole", epochs: 6) + "/metrics.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)[2]
        }
        #expect(Set(rates).count > 2)
    }

    @Test(arguments: [1, 4]) func mixedSamplesAreTheSameAfterACheckpoint(epochs: Int) throws {
        let place = try Workplace()
        let extra = """
            augment = { crop = 1, nj.augmentations.mixup { alpha = 0.4, rate = 0.5 }, nj.augmentations.cutmix {} },
            """
        try place.write(script(schedule: "0.1", extra: extra), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        let whole = try place.run(command + ["--epochs", "5", "--runs-dir", "whole"])
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(try place.run(command + ["--epochs", "\(epochs)", "--runs-dir", "parts"]).status == 0)
        let ending = try place.run(command + ["--epochs", "5", "--runs-dir", "parts", "--resume"])
        #expect(ending.errors.contains("goes on after epoch \(epochs)"), "\(ending.errors)")
        try expectEqual(place, run(place, "parts", epochs: 5), run(place, "whole", epochs: 5))
        // What was done to the samples is in the run's description, in its order.
        let text = try place.read(run(place, "whole", epochs: 5) + "/config.json")
        let places = ["\"crop\": 1", "\"name\": \"mixup\"", "\"name\": \"cutmix\""].map {
            text.range(of: $0)?.lowerBound
        }
        #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(text)")
    }

    @Test(arguments: [1, 2, 3, 4]) func trainingEndsEarlyAtTheSameEpochWithTheSameBestWeights(epochs: Int) throws {
        let place = try Workplace()
        let callbacks = """
            { nj.callbacks.early_stopping { monitor = "wavy", mode = "max", patience = 3, restore_best = true },
              nj.callbacks.best_weights { monitor = "loss" } }
            """
        try place.write(script(schedule: plateau, callbacks: callbacks), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        let whole = try place.run(command + ["--epochs", "9", "--runs-dir", "whole"])
        #expect(whole.output.hasSuffix("5\tstopped\n"), "\(whole.output) \(whole.errors)")
        #expect(try place.run(command + ["--epochs", "\(epochs)", "--runs-dir", "parts"]).status == 0)
        let ending = try place.run(command + ["--epochs", "9", "--runs-dir", "parts", "--resume"])
        #expect(ending.output.hasSuffix("5\tstopped\n"), "\(ending.output) \(ending.errors)")
        let (one, other) = (try run(place, "parts", epochs: 9), try run(place, "whole", epochs: 9))
        try expectEqual(
            place, one, other, ["best_early_stopping_wavy.safetensors", "best_loss.safetensors"])
        let best = try SafetensorsFile(
            contentsOf: place.url.appendingPathComponent(one + "/best_early_stopping_wavy.safetensors"))
        #expect(best.metadata["metric"] == "wavy" && best.metadata["epoch"] == "2")
        // The run's weights are those of the best epoch.
        let weights = try SafetensorsFile(contentsOf: place.url.appendingPathComponent(one + "/weights.safetensors"))
        for array in weights.arrays {
            try #expect(
                weights.withBytes(of: array.name) { Data($0) } == best.withBytes(of: array.name) { Data($0) })
        }
    }

    @Test func aRunThatHadEndedEarlyIsNotTrainedFurther() throws {
        let place = try Workplace()
        let callbacks =
            "{ nj.callbacks.early_stopping { monitor = \"wavy\", mode = \"max\", patience = 2, restore_best = true } }"
        try place.write(script(schedule: plateau, callbacks: callbacks), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1", "--epochs", "9", "--runs-dir", "runs"]
        #expect(try place.run(command).output.hasSuffix("4\tstopped\n"))
        let folder = try run(place, "runs", epochs: 9)
        let before = try ["metrics.csv", "weights.safetensors"].map {
            try Data(contentsOf: place.url.appendingPathComponent("\(folder)/\($0)"))
        }
        // Killed after its last checkpoint, before it was finished.
        for name in ["summary.json", "weights.safetensors", "best_early_stopping_wavy.safetensors"] {
            try FileManager.default.removeItem(at: place.url.appendingPathComponent("\(folder)/\(name)"))
        }
        let ending = try place.run(command + ["--resume"])
        #expect(ending.output.hasSuffix("4\tstopped\n"), "\(ending.output) \(ending.errors)")
        let after = try ["metrics.csv", "weights.safetensors"].map {
            try Data(contentsOf: place.url.appendingPathComponent("\(folder)/\($0)"))
        }
        #expect(before == after)
    }

    @Test func whatAFinishedRunRememberedIsThereWhenItIsAskedForAgain() throws {
        let place = try Workplace()
        let callbacks = "{ nj.callbacks.best_weights { monitor = \"wavy\", mode = \"max\" } }"
        let text =
            script(schedule: plateau, callbacks: callbacks) + """

                local best, facts = trainer:best()
                local total = 0
                for _, value in pairs(best) do total = total + value:double():sum():item() end
                print(facts.epoch, facts.value, total)
                """
        try place.write(text, to: "train.lua")
        let command = ["run", "train.lua", "--epochs", "4", "--runs-dir", "runs"]
        let (first, second) = (try place.run(command), try place.run(command + ["--resume"]))
        #expect(first.output.contains("\n2\t3"), "\(first.output) \(first.errors)")
        func last(_ output: String) -> Substring? { output.split(separator: "\n").last }
        #expect(last(first.output) == last(second.output), "\(second.output) \(second.errors)")
    }

    @Test func aShorterRunIsNoBeginningWhereTheScheduleAsksForTheLength() throws {
        let place = try Workplace()
        try place.write(script(schedule: "nj.schedules.one_cycle { base = 0.2 }"), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        #expect(try place.run(command + ["--epochs", "4", "--runs-dir", "whole"]).status == 0)
        #expect(try place.run(command + ["--epochs", "2", "--runs-dir", "parts"]).status == 0)
        let ending = try place.run(command + ["--epochs", "4", "--runs-dir", "parts", "--resume"])
        #expect(ending.errors.isEmpty && ending.status == 0)
        try expectEqual(place, run(place, "parts", epochs: 4), run(place, "whole", epochs: 4))
    }
}
