import Foundation
import NightjarRuns
import Testing

/// `nightjar fork` and `nightjar ask`: a run that is gone through again, and what comes of it.
@Suite(.serialized) struct ForkCommandTests {
    /// A loss that draws and dropout: the draws of steps must go on where they were.
    private let script = """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 4, loss = "cce", scale = 1 }
        local drawing = nj.loss {
          name = "drawing",
          params = { scale = { default = 1, doc = "a factor" } },
          forward = function(self, logits, labels)
            return -logits:log_softmax():pick(labels) * (1 + 0.1 * nj.rand(logits:size(1))) * self.scale
          end,
        }
        local data = nj.data.load "digits"
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 16 }, classes = 10, dropout = 0.2 },
          loss = cfg.loss == "drawing" and drawing { scale = cfg.scale } or nj.losses[cfg.loss] {},
          optimizer = nj.optim.adam {}, learning_rate = 0.01, batch_size = 100, seed = 5,
        }
        local set = data.train:first(500):with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 2 })
        trainer:fit(set, { test = data.test:first(100), epochs = cfg.epochs })
        """

    private func rows(_ place: Workplace, _ run: String) throws -> [Substring] {
        try place.read(run + "/metrics.csv").split(separator: "\n")
    }

    private func trained(_ script: String, _ more: [String] = []) throws -> (Workplace, String) {
        let place = try Workplace()
        try place.write(script, to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--quiet"] + more)
        #expect(ending.status == 0, "\(ending.errors)")
        return (place, try #require(try place.runs("runs/train").first))
    }

    /// What changes nothing gives the same bits: optimizer, draws and batches went on.
    @Test(arguments: ["drawing", "cce"]) func aForkWithTheSameSettingsIsTheSameRun(_ loss: String) throws {
        let (place, run) = try trained(script, ["--set", "loss=\(loss)"])
        let ending = try place.run(["fork", run, "--at", "2", "--set", "loss=\(loss)"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.errors.contains(" goes on after epoch 2 of \(run)\n"), "\(ending.errors)")
        let fork = try #require(try place.runs("forks/train").first)
        for name in ["metrics.csv", "ledger.npy"] {
            #expect(
                try Data(contentsOf: place.url.appendingPathComponent("\(run)/\(name)"))
                    == Data(contentsOf: place.url.appendingPathComponent("\(fork)/\(name)")), "\(name)")
        }
        let files = try [run, fork].map {
            try SafetensorsFile(contentsOf: place.url.appendingPathComponent("\($0)/weights.safetensors"))
        }
        for array in files[0].arrays {
            try #expect(
                files[0].withBytes(of: array.name) { Data($0) } == files[1].withBytes(of: array.name) { Data($0) })
        }
        let configuration = try RunFolder.open(place.url.appendingPathComponent(fork)).configuration
        #expect(configuration.parts["fork"]?["epoch"] == 2)
        #expect(
            try configuration.parts["fork"]?["run"]?.stringValue
                == RunFolder.open(place.url.appendingPathComponent(run)).configuration.hash)
    }

    @Test func anotherLossGoesOnFromTheSameEpochs() throws {
        let (place, run) = try trained(script)
        let before = try Data(contentsOf: place.url.appendingPathComponent("\(run)/metrics.csv"))
        let command = ["fork", run, "--at", "2", "--set", "loss=rll", "--set", "epochs=5"]
        #expect(try place.run(command).status == 0)
        let fork = try #require(try place.runs("forks/train").first)
        #expect(fork.contains("rll"))
        let (was, now) = (try rows(place, run), try rows(place, fork))
        #expect(now.count == 6)
        #expect(now[...2] == was[...2])
        #expect(now[3] != was[3])
        #expect(try Data(contentsOf: place.url.appendingPathComponent("\(run)/metrics.csv")) == before)
        // A run of that loss from the start is another.
        #expect(try place.run(["run", "train.lua", "--set", "loss=rll", "--epochs", "5", "--quiet"]).status == 0)
        let whole = try #require(try place.runs("runs/train").first { $0.contains("rll") })
        #expect(try rows(place, whole)[3] != now[3])
        let again = try place.run(command)
        #expect(again.status == 0)
        #expect(again.errors.contains("\(fork) was finished already and stays as it is"), "\(again.errors)")
    }

    @Test func aCellOfAnExperimentIsForked() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let one = ["--set", "rate=0.4", "--set", "loss=cce", "--seed", "1", "--epochs", "3"]
        #expect(try place.run(["run", "tiny.lua", "--quiet"] + one).status == 0)
        let run = try #require(try place.runs("runs/tiny").first)
        let ending = try place.run(["fork", run, "--at", "1", "--set", "loss=rll"])
        #expect(ending.status == 0, "\(ending.errors)")
        let fork = try #require(try place.runs("forks/tiny").first)
        let cell = try RunFolder.open(place.url.appendingPathComponent(fork)).configuration.cell
        #expect(cell.title == "loss=rll rate=0.4 seed=1")
        #expect(try rows(place, fork)[...1] == rows(place, run)[...1])
    }

    @Test func whatCannotBeForkedIsNamed() throws {
        let (place, run) = try trained(script)
        for (arguments, message) in [
            (["--at", "5", "--set", "loss=rll"], "error: \(run): there is no epoch 5: the run has 4 epochs\n"),
            (
                ["--at", "3", "--set", "epochs=3"],
                "the fork begins after epoch 3, and is asked for 3: ask for more, as by --set epochs=4"
            ),
        ] {
            let ending = try place.run(["fork", run] + arguments)
            #expect(ending.status == 1)
            #expect(ending.errors.contains(message), "\(ending.errors)")
        }
        // Rows that no run of these texts gives.
        var lines = try place.read(run + "/metrics.csv").split(separator: "\n").map(String.init)
        let column = try #require(lines[0].split(separator: ",").firstIndex(of: "loss"))
        var fields = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let was = fields[column]
        fields[column] = "0.125"
        lines[1] = fields.joined(separator: ",")
        try place.write(lines.map { $0 + "\n" }.joined(), to: run + "/metrics.csv")
        let ending = try place.run(["fork", run, "--at", "2", "--set", "loss=rll"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains("loss of epoch 1 is \(was) and was 0.125: "), "\(ending.errors)")
        #expect(((try? place.runs("forks/train")) ?? []).isEmpty)
    }

    // MARK: Questions

    private let metric = """
        local nj = require "nightjar"
        return nj.metric {
          name = "spread",
          compute = function(_, seen) return seen.epoch * 2 end,
        }
        """

    @Test func aNewMetricIsWorkedOutForAFinishedRun() throws {
        let (place, run) = try trained(script, ["--set", "loss=drawing"])
        try place.write(metric, to: "spread.lua")
        let names = try place.names(run)
        let ending = try place.run(["ask", run, "--metric", "spread.lua"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "epoch,spread\n1,2\n2,4\n3,6\n4,8\n")
        #expect(try place.names(run) == names, "the run stays as it is")
        #expect(try place.run(["ask", run, "--metric", "spread.lua", "-o", "spread.csv"]).output == "")
        #expect(try place.read("spread.csv") == ending.output)
        // What the run measured itself, as a second opinion.
        try place.write(
            metric.replacing(
                "seen.epoch * 2", with: "100 * seen.test.predictions:eq(seen.test.labels):float():mean():item()"
            ).replacing("spread", with: "own_accuracy"), to: "own.lua")
        let own = try place.run(["ask", run, "--metric", "own.lua"])
        #expect(own.status == 0, "\(own.errors)")
        let table = try RunFolder.open(place.url.appendingPathComponent(run)).readMetrics()
        let column = try #require(table.columns.firstIndex(of: "test_accuracy"))
        let values = own.output.split(separator: "\n").dropFirst().compactMap {
            $0.split(separator: ",").last.flatMap { Double($0) }
        }
        #expect(values.count == 4)
        for (row, value) in zip(table.rows, values) { #expect(abs((row.values[column] ?? 0) - value) < 1e-4) }
    }

    @Test func whatChangesTheRunIsFound() throws {
        let (place, run) = try trained(script, ["--set", "loss=drawing"])
        try place.write(
            metric.replacing("seen.epoch * 2", with: "nj.rand(1):item()"), to: "drawing.lua")
        let ending = try place.run(["ask", run, "--metric", "drawing.lua"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(" of epoch ")
                && ending.errors.contains("or what is measured besides draws random numbers"),
            "\(ending.errors)")
        let gone = try place.run(["ask", run, "--metric", "nowhere.lua"])
        #expect(gone.errors == "error: there is no file nowhere.lua\n")
    }
}
