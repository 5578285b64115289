import Foundation
import NightjarRuns
import Testing

/// `--resume`: what is recomputed has the same bits.
@Suite(.serialized) struct ResumeTests {
    /// Everything that has a state: weights, momentum, dropout, a loss that remembers and one that draws.
    private let script = """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 4, every = 1, loss = "plain" }

        local noisy = nj.loss {
          name = "noisy",
          state = { seen = 0 },
          forward = function(self, logits, labels)
            self.seen = self.seen + 1
            local draw = nj.rand(logits:size(1))
            return -logits:log_softmax():pick(labels) * (1 + 0.1 * draw) + 0.001 * self.seen
          end,
        }
        local data = nj.data.load "digits"
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10, dropout = 0.2 },
          loss = noisy {},
          optimizer = nj.optim.sgd { momentum = 0.9 },
          learning_rate = 0.05,
          evaluation_interval = cfg.every,
          seed = 3,
        }
        local records, reason = trainer:fit(data.train:first(500), { test = data.test, epochs = cfg.epochs })
        print(#records, records[#records].epoch, records[1].epoch, reason)
        """

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(script, to: "train.lua")
        return place
    }

    private func bytes(_ place: Workplace, _ run: String, _ name: String) throws -> Data {
        try Data(contentsOf: place.url.appendingPathComponent("\(run)/\(name)"))
    }

    private func expectEqual(_ place: Workplace, _ one: String, _ other: String) throws {
        for name in ["metrics.csv", "labels.csv", "weights.safetensors"] {
            #expect(try bytes(place, one, name) == bytes(place, other, name), "\(name)")
        }
        // What was asked for differs, and is no part of what a run is.
        let runs = try [one, other].map { try RunFolder.open(place.url.appendingPathComponent($0)) }
        #expect(runs[0].configuration.identityText == runs[1].configuration.identityText)
    }

    /// The run of so many epochs below a folder.
    private func run(_ place: Workplace, _ folder: String, epochs: Int) throws -> String {
        try #require(
            try place.runs("\(folder)/train").first {
                try place.read($0 + "/config.json").contains("\"epochs\": \(epochs),")
            })
    }

    @Test func twoEpochsAndTwoMoreAreFour() throws {
        let place = try place()
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        #expect(try place.run(command + ["--epochs", "4", "--runs-dir", "whole"]).status == 0)
        #expect(try place.run(command + ["--epochs", "2", "--runs-dir", "parts"]).status == 0)
        let ending = try place.run(command + ["--epochs", "4", "--runs-dir", "parts", "--resume"])
        #expect(ending.status == 0)
        let longer = try run(place, "parts", epochs: 4)
        let shorter = try run(place, "parts", epochs: 2)
        #expect(ending.errors == "note: \(longer) goes on after epoch 2 of \(shorter)\n")
        #expect(ending.output.hasSuffix("\n4\t4\t1\tcompleted\n"), "the script gets all records: \(ending.output)")
        try expectEqual(place, longer, run(place, "whole", epochs: 4))
        #expect(try place.read(longer + "/summary.json").contains("\"epochs\": 4"))
    }

    @Test func aRunThatWasKilledGoesOnFromItsCheckpoint() throws {
        let place = try place()
        let command = ["run", "train.lua", "--epochs", "300", "--checkpoint-every", "7"]
        #expect(try place.run(command + ["--runs-dir", "whole"]).status == 0)
        let process = try place.start(command + ["--runs-dir", "parts"])
        let limit = Date().addingTimeInterval(60)
        func checkpoint() -> URL? {
            (try? place.runs("parts/train").first).map {
                place.url.appendingPathComponent($0 + "/checkpoint.safetensors")
            }
        }
        while !(checkpoint().map { FileManager.default.fileExists(atPath: $0.path) } ?? false), Date() < limit {
            usleep(2_000)
        }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let ending = try place.run(command + ["--runs-dir", "parts", "--resume"])
        #expect(ending.status == 0)
        let name = try run(place, "parts", epochs: 300)
        #expect(ending.errors.hasPrefix("note: \(name) goes on after epoch "), "\(ending.errors)")
        try expectEqual(place, name, run(place, "whole", epochs: 300))
    }

    @Test func aRunThatIsDoneIsNotDoneAgain() throws {
        let place = try place()
        let command = ["run", "train.lua", "--epochs", "2", "--checkpoint-every", "1"]
        #expect(try place.run(command).status == 0)
        let name = try run(place, "runs", epochs: 2)
        let before = try bytes(place, name, "metrics.csv")
        let ending = try place.run(command + ["--resume"])
        #expect(ending.status == 0)
        #expect(ending.output.hasSuffix("\n2\t2\t1\tcompleted\n"))
        #expect(try bytes(place, name, "metrics.csv") == before)
        #expect(try place.read(name + "/summary.json").contains("\"j1\""), "final metrics are those of the last row")
    }

    @Test func whereThereIsNothingToGoOnFromTrainingBegins() throws {
        let place = try place()
        let ending = try place.run(["run", "train.lua", "--epochs", "2", "--resume"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        #expect(ending.output.hasSuffix("\n2\t2\t1\tcompleted\n"))
    }

    /// The last epoch of the short run was measured, the same epoch of the long one is not.
    @Test func aShorterRunWithAnotherLastRowIsNoBeginning() throws {
        let place = try place()
        let command = ["run", "train.lua", "--checkpoint-every", "1", "--set", "every=3"]
        #expect(try place.run(command + ["--epochs", "2"]).status == 0)
        let ending = try place.run(command + ["--epochs", "4", "--resume"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        #expect(try place.run(command + ["--epochs", "4", "--runs-dir", "whole"]).status == 0)
        try expectEqual(place, run(place, "runs", epochs: 4), run(place, "whole", epochs: 4))
    }

    @Test func aRunThatItsScriptStoppedStaysStopped() throws {
        let place = try Workplace()
        try place.write(
            script.replacing(
                "evaluation_interval = cfg.every,", with: "on_epoch = function(r) return r.epoch < 3 end,"),
            to: "train.lua")
        let command = ["run", "train.lua", "--epochs", "9", "--checkpoint-every", "1"]
        #expect(try place.run(command).output.hasSuffix("\n3\t3\t1\tstopped\n"))
        let name = try run(place, "runs", epochs: 9)
        let before = try bytes(place, name, "metrics.csv") + bytes(place, name, "summary.json")
        let ending = try place.run(command + ["--resume"])
        #expect(ending.errors == "")
        #expect(ending.output.hasSuffix("\n3\t3\t1\tstopped\n"))
        #expect(try bytes(place, name, "metrics.csv") + bytes(place, name, "summary.json") == before)
    }

    /// The second training of a trainer goes on from what the first has left.
    @Test func aTrainerThatTrainsTwiceResumesInItsSecondTraining() throws {
        let place = try Workplace()
        try place.write(script + "\ntrainer:fit(data.train:first(500), { epochs = 3 })\n", to: "train.lua")
        let command = ["run", "train.lua", "--epochs", "2", "--checkpoint-every", "1"]
        #expect(try place.run(command + ["--runs-dir", "whole"]).status == 0)
        #expect(try place.run(command + ["--runs-dir", "parts"]).status == 0)
        // The second training loses its end and its checkpoint: it begins again where the first ended.
        let second = try #require(
            try place.runs("parts/train").first { try place.read($0 + "/metrics.csv").contains("\n5,") })
        try FileManager.default.removeItem(at: place.url.appendingPathComponent(second + "/summary.json"))
        try FileManager.default.removeItem(at: place.url.appendingPathComponent(second + "/checkpoint.safetensors"))
        let ending = try place.run(command + ["--runs-dir", "parts", "--resume"])
        #expect(ending.status == 0)
        let whole = try #require(
            try place.runs("whole/train").first { try place.read($0 + "/metrics.csv").contains("\n5,") })
        try expectEqual(place, second, whole)
    }

    /// Finished cells keep no checkpoint: their weights and files stand for them, clock values included.
    @Test func theFinishedCellsOfAGridAreNotDoneAgain() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let command = ["run", "tiny.lua", "--set", "rate=0.4", "--set", "loss=rll"]
        #expect(try place.run(command).status == 0)
        let summary = try place.read("runs/tiny/summary.csv")
        let ending = try place.run(command + ["--resume"])
        #expect(ending.status == 0)
        #expect(
            ending.errors
                == "note: 2 of 2 runs were finished already and stay as they are (--again runs them anew)\n")
        #expect(try place.read("runs/tiny/summary.csv") == summary)
        #expect(try place.runs("runs/tiny").count == 2)
    }

    /// A run of three epochs whose summary is gone: it goes on from its last checkpoint.
    private func unfinished(_ place: Workplace) throws -> (command: [String], run: String) {
        let command = ["run", "train.lua", "--epochs", "3", "--checkpoint-every", "1"]
        #expect(try place.run(command + ["--runs-dir", "whole"]).status == 0)
        #expect(try place.run(command).status == 0)
        let name = try run(place, "runs", epochs: 3)
        try FileManager.default.removeItem(at: place.url.appendingPathComponent(name + "/summary.json"))
        try FileManager.default.removeItem(at: place.url.appendingPathComponent(name + "/weights.safetensors"))
        return (command + ["--resume"], name)
    }

    @Test func aDamagedCheckpointIsNamedAndTheOneBeforeItIsTaken() throws {
        let place = try place()
        let (command, name) = try unfinished(place)
        let path = place.url.appendingPathComponent(name + "/checkpoint.safetensors")
        var bytes = try Data(contentsOf: path)
        bytes[bytes.count - 3] ^= 4
        try bytes.write(to: path)
        let ending = try place.run(command)
        #expect(ending.status == 0)
        #expect(ending.errors.contains("checkpoint.safetensors: its bytes do not have the checksum "))
        #expect(
            ending.errors.hasSuffix(
                ": the file was changed or is damaged\n  the run goes on from the checkpoint before that one\n"
                    + "note: \(name) goes on after epoch 2\n"))
        try expectEqual(place, name, run(place, "whole", epochs: 3))
    }

    @Test func whereBothCheckpointsAreDamagedNothingIsBegunAnew() throws {
        let place = try place()
        let (command, name) = try unfinished(place)
        for file in ["checkpoint", "checkpoint.previous"] {
            try place.write("nothing", to: "\(name)/\(file).safetensors")
        }
        let ending = try place.run(command)
        #expect(ending.status == 1)
        #expect(ending.errors.contains("checkpoint.safetensors: 7 bytes is too short for a safetensors file"))
        #expect(ending.errors.hasSuffix("or run it anew: --again keeps what is there until the new run stands\n"))
        #expect(try place.read(name + "/metrics.csv").split(separator: "\n").count == 4, "nothing was touched")
    }

    @Test func aRowThatWasEditedIsFound() throws {
        let place = try place()
        let (command, name) = try unfinished(place)
        var lines = try place.read(name + "/metrics.csv").split(separator: "\n")
        lines.remove(at: 1)
        try place.write(lines.map { $0 + "\n" }.joined(), to: name + "/metrics.csv")
        let ending = try place.run(command)
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(
                "metrics.csv: the rows up to epoch 3 are not those that the run wrote: the file was changed or is "
                    + "damaged"))
    }

    @Test func aConfigurationThatIsGoneBrokenOrEditedIsNamed() throws {
        let place = try place()
        let (command, name) = try unfinished(place)
        let text = try place.read(name + "/config.json")
        let advice = "\n  put it back, or run it anew with --again\n"
        for (other, message) in [
            ("{", "config.json: not valid JSON"),
            (
                text.replacing("\"batch_size\": 128", with: "\"batch_size\": 129"),
                "this is not what the run was: the file was changed or is damaged (batch_size (129 there, 128 here))"
            ),
        ] {
            #expect(other != text)
            try place.write(other, to: name + "/config.json")
            let ending = try place.run(command)
            #expect(ending.status == 1)
            #expect(ending.errors.contains(message), "\(ending.errors)")
            #expect(ending.errors.hasSuffix(advice), "\(ending.errors)")
        }
        try FileManager.default.removeItem(at: place.url.appendingPathComponent(name + "/config.json"))
        let ending = try place.run(command)
        #expect(ending.status == 1)
        #expect(ending.errors.hasSuffix(", beside metrics.csv of the same run" + advice), "\(ending.errors)")
    }

    @Test func aRunWithoutACheckpointSaysThatItBeginsAnew() throws {
        let place = try place()
        let (command, name) = try unfinished(place)
        for file in ["checkpoint", "checkpoint.previous"] {
            try FileManager.default.removeItem(at: place.url.appendingPathComponent("\(name)/\(file).safetensors"))
        }
        let ending = try place.run(command)
        #expect(ending.status == 0)
        #expect(
            ending.errors
                == "note: --resume: \(name) has 3 epochs and no checkpoint to go on from: it begins anew\n")
        try expectEqual(place, name, run(place, "whole", epochs: 3))
    }

    @Test func aScriptThatWasEditedIsToldOf() throws {
        let place = try place()
        let (command, name) = try unfinished(place)
        try place.write(script.replacing("learning_rate = 0.05", with: "learning_rate = 0.04"), to: "train.lua")
        let ending = try place.run(command)
        #expect(ending.status == 0)
        #expect(ending.errors.hasPrefix("note: --resume: \(name) is not gone on from, for it differs in "))
        #expect(ending.errors.contains("the text of train.lua ("), "\(ending.errors)")
        #expect(try place.runs("runs/train").count == 2, "the other run stays as it is")
    }

    /// What functions see around them is no part of a configuration; what comes of it is compared.
    @Test func aScheduleThatSeesTheNumberOfEpochsIsFoundOut() throws {
        let place = try Workplace()
        try place.write(
            script.replacing("learning_rate = 0.05,", with: "schedule = linear {},").replacing(
                "local data =",
                with: """
                    local linear = nj.schedule {
                      name = "linear",
                      value = function(_, epoch)
                        return 0.1 * (1 - (epoch - 1) / cfg.epochs)
                      end,
                    }
                    local data =
                    """), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        #expect(try place.run(command + ["--epochs", "2"]).status == 0)
        let ending = try place.run(command + ["--epochs", "4", "--resume"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(
                "cannot be gone on from: the learning rate of epoch 2 was 0.05 there and would be "
                    + "0.07500000000000001 here: the "
                    + "schedule sees a value that is not the same, such as the number of epochs\n"
                    + "  run without --resume to begin anew"),
            "\(ending.errors)")
    }

    @Test func aLossThatSeesTheNumberOfEpochsIsFoundOut() throws {
        let place = try Workplace()
        try place.write(
            script.replacing("* (1 + 0.1 * draw) + 0.001 * self.seen", with: "* (1 + 1 / cfg.epochs)")
                .replacing("local draw = nj.rand(logits:size(1))", with: ""), to: "train.lua")
        let command = ["run", "train.lua", "--checkpoint-every", "1"]
        #expect(try place.run(command + ["--epochs", "2"]).status == 0)
        let ending = try place.run(command + ["--epochs", "4", "--resume"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("cannot be gone on from: the loss of epoch 2 was "), "\(ending.errors)")
        #expect(ending.errors.contains(" here: the loss sees a value that is not the same"), "\(ending.errors)")
    }

    // MARK: What has finished

    @Test func theSameCommandAgainLeavesAFinishedRunAsItIs() throws {
        let place = try place()
        let command = ["run", "train.lua", "--epochs", "2"]
        #expect(try place.run(command).status == 0)
        let name = try run(place, "runs", epochs: 2)
        let files = ["metrics.csv", "weights.safetensors", "summary.json"]
        let before = try files.map { try bytes(place, name, $0) }
        let ending = try place.run(command)
        #expect(ending.status == 0)
        #expect(ending.errors == "note: \(name) was finished already and stays as it is (--again runs it anew)\n")
        #expect(ending.output.hasSuffix("\n2\t2\t1\tcompleted\n"), "the script gets all records")
        #expect(try files.map { try bytes(place, name, $0) } == before)
    }

    @Test func aRepetitionThatIsKilledLeavesTheFinishedRun() throws {
        let place = try place()
        let command = ["run", "train.lua", "--epochs", "200"]
        #expect(try place.run(command).status == 0)
        let name = try run(place, "runs", epochs: 200)
        let whole = try bytes(place, name, "metrics.csv")
        let process = try place.start(command + ["--again", "--checkpoint-every", "0"])
        let limit = Date().addingTimeInterval(60)
        func rows() -> Int { ((try? place.read(name + "/metrics.csv")) ?? "").split(separator: "\n").count }
        while !(2..<190).contains(rows()), Date() < limit { usleep(1_000) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let ending = try place.run(command)
        #expect(ending.errors == "note: \(name) was finished already and stays as it is (--again runs it anew)\n")
        #expect(try bytes(place, name, "metrics.csv") == whole)
        #expect(try place.run(command + ["--again"]).errors == "")
        #expect(try bytes(place, name, "metrics.csv") == whole)
        #expect(try !place.names("runs").contains(".aside"), "nothing is left over")
    }

    @Test func aFinishedRunWhoseFilesWereChangedIsNotTakenForFinished() throws {
        let place = try place()
        let command = ["run", "train.lua", "--epochs", "2"]
        #expect(try place.run(command).status == 0)
        let name = try run(place, "runs", epochs: 2)
        try place.write(place.read(name + "/metrics.csv") + "3,1\n", to: name + "/metrics.csv")
        let ending = try place.run(command)
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains("metrics.csv: this is not what the run wrote: the file was changed or is damaged"))
        #expect(try place.run(command + ["--again"]).status == 0)
        #expect(try place.run(command).status == 0)
    }

    @Test func otherDataUnderTheSameNameAreAnotherRun() throws {
        let place = try Workplace()
        func data(_ last: Float) throws {
            let inputs: [Float] = (0..<40).map { $0 == 39 ? last : Float($0 % 7) }
            let labels: [Int32] = (0..<20).map { 1 + $0 % 2 }
            try inputs.withUnsafeBytes { inputs in
                try labels.withUnsafeBytes { labels in
                    try SafetensorsFile.write(
                        [
                            .init(name: "inputs", dtype: .float32, shape: [20, 2], bytes: inputs),
                            .init(name: "labels", dtype: .int32, shape: [20], bytes: labels),
                        ], to: place.url.appendingPathComponent("points.safetensors"))
                }
            }
        }
        try place.write(
            """
            local nj = require "nightjar"
            local points = nj.load("points.safetensors")
            local data = nj.data.from_tensors { inputs = points.inputs, labels = points.labels, classes = 2 }
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = 2, hidden = { 4 }, classes = 2 },
              loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
            }
            trainer:fit(data, { epochs = 2 })
            """, to: "points.lua")
        try data(1)
        #expect(try place.run(["run", "points.lua"]).status == 0)
        try data(2)
        #expect(try place.run(["run", "points.lua"]).errors == "")
        #expect(try place.runs("runs/points").count == 2)
    }
}
