import Foundation
import NightjarRuns
import Testing

/// Checkpoints of single epochs: which are kept, and what they are good for.
@Suite(.serialized) struct KeptCheckpointTests {
    /// A loss that remembers and draws, dropout, averages and a ledger; `own` is best at epoch 3.
    private let script = """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 6, loss = "cce" }
        local drawing = nj.loss {
          name = "drawing",
          state = { seen = 0 },
          forward = function(self, logits, labels)
            self.seen = self.seen + 1
            return -logits:log_softmax():pick(labels) * (1 + 0.1 * nj.rand(logits:size(1))) + 0.001 * self.seen
          end,
        }
        local data = nj.data.load "digits"
        local trainer
        trainer = nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 12 }, classes = 10, dropout = 0.2 },
          loss = cfg.loss == "cce" and drawing {} or nj.losses[cfg.loss] {},
          optimizer = nj.optim.adam {}, learning_rate = 0.01, batch_size = 100, seed = 5,
          average = nj.ema { decay = 0.9 },
          on_epoch = function(row) trainer:log { own = (row.epoch - 3) ^ 2 } end,
        }
        local set = data.train:first(300):with_labels(nj.noise.uniform { rate = 0.4 }, { seed = 2 })
        trainer:fit(set, { test = data.test:first(100), epochs = cfg.epochs })
        """

    private func trained(_ more: [String]) throws -> (Workplace, String) {
        let place = try Workplace()
        try place.write(script, to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--quiet"] + more)
        #expect(ending.status == 0, "\(ending.errors)")
        return (place, try #require(try place.runs("runs/train").first))
    }

    private func kept(_ place: Workplace, _ run: String) throws -> [Int] {
        try RunFolder.open(place.url.appendingPathComponent(run)).keptEpochs
    }

    @Test(arguments: [
        (["--checkpoint-keep", "2"], [5, 6]), (["--checkpoint-keep", "2", "--checkpoint-every", "2"], [4, 6]),
        (["--checkpoint-every", "4", "--checkpoint-keep", "9"], [4, 6]), (["--checkpoint-best", "own:min"], [3]),
        (["--checkpoint-keep", "2", "--checkpoint-best", "own:min"], [3, 5, 6]),
        (["--checkpoint-every", "4", "--checkpoint-keep", "1", "--checkpoint-best", "own:max"], [6]),
        (["--checkpoint-every", "1"], []),
    ]) func whatIsAskedForIsKept(_ options: [String], _ epochs: [Int]) throws {
        let (place, run) = try trained(options)
        #expect(try kept(place, run) == epochs)
        #expect(try place.names(run).contains("checkpoints") == !epochs.isEmpty)
        // A run anew keeps nothing of the one before.
        #expect(try place.run(["run", "train.lua", "--quiet", "--again"]).status == 0)
        #expect(try kept(place, run) == [])
    }

    @Test func whatIsNoWishIsRefused() throws {
        let place = try Workplace()
        try place.write(script, to: "train.lua")
        for (options, message) in [
            (["--checkpoint-keep", "0"], "Error: --checkpoint-keep must be at least 1, got 0\n"),
            (
                ["--checkpoint-keep", "1", "--checkpoint-every", "0"],
                "Error: --checkpoint-every 0 writes no checkpoints: there is none for --checkpoint-keep to keep\n"
            ),
            (
                ["--checkpoint-best", ":max"],
                "Error: --checkpoint-best: ':max' names no metric: write NAME, NAME:max or NAME:min\n"
            ),
            (
                ["--checkpoint-best", "test_acuracy"],
                "--checkpoint-best: no metric of this training is called 'test_acuracy', did you mean 'test_accuracy'?\n"
                    + "  for a value that the script records write test_acuracy:max or test_acuracy:min\n"
            ),
            (
                ["--checkpoint-best", "ovn:max"],
                "--checkpoint-best: epoch 1 has no 'ovn': it is to be measured, or recorded at each epoch\n"
            ),
        ] {
            let ending = try place.run(["run", "train.lua", "--quiet"] + options)
            #expect(ending.status != 0)
            #expect(ending.errors.contains(message), "\(ending.errors)")
        }
    }

    /// Killed or not, by one command or by two: the same epochs are kept, with the same states.
    @Test func aRunThatGoesOnKeepsTheSame() throws {
        let options = ["--checkpoint-keep", "2", "--checkpoint-best", "own:min"]
        let (place, run) = try trained(options)
        let (other, first) = try trained(options + ["--epochs", "4"])
        #expect(try kept(other, first) == [3, 4])
        #expect(try other.run(["run", "train.lua", "--quiet", "--resume"] + options).status == 0)
        let second = try #require(try other.runs("runs/train").first { $0 != first })
        #expect(try kept(other, second) == [3, 5, 6])
        for epoch in [3, 5, 6] {
            let files = try [(place, run), (other, second)].map { place, run in
                try SafetensorsFile(
                    contentsOf: place.url.appendingPathComponent("\(run)/checkpoints/epoch-\(epoch).safetensors"))
            }
            #expect(files[0].arrays.count > 8)
            for array in files[0].arrays {
                try #expect(
                    files[0].withBytes(of: array.name) { Data($0) } == files[1].withBytes(of: array.name) { Data($0) })
            }
        }
    }

    /// What the trainer measured after an epoch is measured again with the weights of its checkpoint.
    @Test func evaluateTakesTheWeightsOfAnEpoch() throws {
        let (place, run) = try trained(["--checkpoint-keep", "6", "--checkpoint-best", "own:min"])
        let table = try RunFolder.open(place.url.appendingPathComponent(run)).readMetrics()
        let column = try #require(table.columns.firstIndex(of: "j1"))
        try place.write(
            """
            local nj = require "nightjar"
            local cfg = nj.config { run = "", epoch = "best" }
            local run = nj.load_run(cfg.run, { epoch = cfg.epoch })
            assert(next(run:weights("averages")) ~= nil and run:model() ~= nil)
            print(("epoch %d of %d"):format(run.epoch, #run:kept()))
            """, to: "load.lua")
        for (asked, epoch) in [("2", 2), ("best", 3), ("best:own", 3), ("6", 6)] {
            let ending = try place.run([
                "evaluate", run, "--part", "train", "--epoch", asked, "--weights", "averages", "--json",
            ])
            #expect(ending.errors.hasPrefix("note: there is no loss: "), "\(ending.errors)")
            let facts = try JSONValue(parsing: Data(ending.output.utf8), source: "output")
            #expect(facts["epoch"]?.intValue == epoch)
            let measured = try #require(table.rows[epoch - 1].values[column])
            #expect(abs(try #require(facts["accuracy"]?.doubleValue) - measured) < 1e-9)
            let loaded = try place.run(["run", "load.lua", "--set", "run=\(run)", "--set", "epoch=\(asked)", "--quiet"])
            #expect(loaded.output == "epoch \(epoch) of 6\n", "\(loaded.errors)")
        }
        // The weights at the end are those of its checkpoint.
        let weights = try SafetensorsFile(contentsOf: place.url.appendingPathComponent(run + "/weights.safetensors"))
        let kept = try SafetensorsFile(
            contentsOf: place.url.appendingPathComponent(run + "/checkpoints/epoch-6.safetensors"))
        for array in weights.arrays {
            try #expect(
                weights.withBytes(of: array.name) { Data($0) } == kept.withBytes(of: "model/" + array.name) { Data($0) }
            )
        }
        let gone = try place.run(["evaluate", run, "--epoch", "7"])
        #expect(gone.status == 1)
        #expect(
            gone.errors.contains(
                "\(run): no checkpoint of epoch 7 is kept (kept: 1 to 6); nightjar run keeps them with --checkpoint-keep and "
                    + "--checkpoint-best"), "\(gone.errors)")
        let odd = try place.run(["evaluate", run, "--epoch", "soon"])
        #expect(
            odd.errors.contains(
                "'soon' is no moment of a run: write final, best, best:METRIC or the number of an epoch"),
            "\(odd.errors)")
    }

    /// A fork of an epoch whose checkpoint is kept trains nothing of the old run again.
    @Test func aForkBeginsWithTheCheckpoint() throws {
        let (place, run) = try trained(["--checkpoint-keep", "2", "--checkpoint-best", "own:min"])
        let rows = try place.read(run + "/metrics.csv").split(separator: "\n")
        // From the checkpoint itself, and from the one before it through an epoch that must have the old bits.
        for (epoch, into) in [(3, "a"), (4, "b")] {
            let ending = try place.run([
                "fork", run, "--at", "\(epoch)", "--set", "epochs=7", "--runs-dir", into,
            ])
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.errors.contains(" goes on after epoch \(epoch) of \(run)\n"), "\(ending.errors)")
            let fork = try #require(try place.runs(into + "/train").first)
            let own = try place.read(fork + "/metrics.csv").split(separator: "\n")
            #expect(Array(own.prefix(7)) == Array(rows.prefix(7)) && own.count == 8)
        }
        // Gone through again it would not come out, and it is not.
        try FileManager.default.removeItem(at: place.url.appendingPathComponent(run + "/checkpoint.safetensors"))
        let file = place.url.appendingPathComponent(run + "/checkpoints/epoch-3.safetensors")
        var bytes = try Data(contentsOf: file)
        bytes[bytes.count - 9] ^= 1
        try bytes.write(to: file)
        let damaged = try place.run(["fork", run, "--at", "3", "--set", "epochs=8", "--runs-dir", "c"])
        #expect(damaged.status == 1)
        #expect(
            damaged.errors.contains("epoch-3.safetensors: its bytes do not have the checksum "), "\(damaged.errors)")
        let verified = try place.run(["verify", run, "--cells", "0"])
        #expect(verified.status == 1 && verified.errors.contains("epoch-3.safetensors: "), "\(verified.errors)")
    }

    /// Every epoch behind a kept one is made again by itself, with the bits that it had.
    @Test func verifyBeginsAtAKeptCheckpoint() throws {
        let (place, run) = try trained(["--checkpoint-keep", "3"])
        var seen: Set<String> = []
        for _ in 0..<12 where seen.count < 2 {
            let ending = try place.run(["verify", run])
            #expect(ending.status == 0, "\(ending.errors)")
            seen.insert(String(try #require(ending.output.split(separator: "\n").first)))
        }
        #expect(
            seen == [
                "the same bits: \(run) (epoch 5, from the checkpoint of epoch 4)",
                "the same bits: \(run) (epoch 6, from the checkpoint of epoch 5)",
            ])
        let whole = try place.run(["verify", run, "--whole"])
        #expect(whole.output.hasPrefix("the same bits: \(run) ("), "\(whole.errors)")
        #expect(whole.output.contains("metrics.csv") && !whole.output.contains("from the checkpoint"))
    }

    /// A state that fits its own checksum and is not the one that training leads to is found by going through the epoch.
    @Test func aStateOfAnotherTrainingIsFound() throws {
        let (place, run) = try trained(["--checkpoint-keep", "3"])
        let folder = try RunFolder.open(place.url.appendingPathComponent(run))
        let file = try SafetensorsFile(contentsOf: folder.keptCheckpointURL(5))
        // The same file written anew with one weight changed, as somebody would who knows how.
        var arrays = try file.arrays.map { array in
            (array, try file.withBytes(of: array.name) { Data($0) })
        }
        let place0 = try #require(arrays.firstIndex { $0.0.name.hasPrefix("model/") })
        arrays[place0].1[0] ^= 1
        try FileManager.default.removeItem(at: folder.checkpointURL)
        try FileManager.default.removeItem(at: folder.previousCheckpointURL)
        let boxes = arrays.map { array, data in
            let box = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count, alignment: 64)
            box.copyBytes(from: data)
            return (array, box)
        }
        defer { for (_, box) in boxes { box.deallocate() } }
        var metadata = file.metadata
        metadata["checksum"] = nil
        try SafetensorsFile.write(
            boxes.map { .init(name: $0.name, dtype: $0.dtype, shape: $0.shape, bytes: .init($1)) },
            metadata: metadata, summed: true, to: folder.keptCheckpointURL(5))
        let ending = try place.run(["verify", run])
        #expect(ending.status == 1)
        #expect(ending.errors.hasPrefix("fault: \(run): epoch"), "\(ending.errors)")
    }
}
