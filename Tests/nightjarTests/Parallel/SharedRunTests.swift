import Foundation
import NightjarRuns
import Testing

/// `nightjar run --data-parallel`, alone and under `mpirun`: the same files for any number of processes.
@Suite(.serialized, .enabled(if: MPI.isInstalled, "Open MPI (mpirun) is not installed"))
struct SharedRunTests {
    /// Batches of 48 over 220 samples: the last one has 28, and an evaluation goes on in pieces of 100.
    private static let script = """
        local nj = require "nightjar"
        local cfg = nj.config { kind = "mlp", epochs = 2 }
        local data = nj.data.load "digits"
        local train = data.train:first(220):with_labels(nj.noise.uniform { rate = 0.3 }, { seed = 5 })

        local adagrad = nj.optimizer {
          name = "adagrad",
          state = { seen = "zeros" },
          update = function(self, w, g, state, lr)
            state.seen = state.seen + g * g
            return w - lr * g / (state.seen:sqrt() + 1e-8)
          end,
        }
        local counting = nj.loss {
          name = "counting",
          state = { steps = 0 },
          forward = function(self, logits, labels)
            self.steps = self.steps + 1
            local spread = (logits - logits:mean(1, { keep = true })):square():mean()
            return -logits:log_softmax():pick(labels) * (1 + 0.1 * nj.rand(logits:size(1))) + 0.01 * spread
              + 0.001 * self.steps
          end,
        }
        local networks = {
          mlp = function() return nj.models.mlp { inputs = 64, hidden = { 24 }, classes = 10 } end,
          dropout = function() return nj.models.mlp { inputs = 64, hidden = { 24 }, classes = 10, dropout = 0.3 } end,
          lenet = function() return nj.models.lenet { height = 8, width = 8, channels = 1, classes = 10 } end,
          resnet20 = function() return nj.models.resnet20 { channels = 1, classes = 10 } end,
        }
        local kinds = {
          mlp = { network = "mlp" },
          dropout = { network = "dropout", loss = counting {}, optimizer = nj.optim.adam {} },
          lua = { network = "mlp", loss = nj.losses.elr {}, optimizer = adagrad {} },
          lenet = { network = "lenet", optimizer = nj.optim.adam {} },
          resnet20 = { network = "resnet20", loss = nj.losses.elr {}, augment = { crop = 1, flip = true } },
        }
        local kind = kinds[cfg.kind]
        nj.trainer {
          model = networks[kind.network](),
          loss = kind.loss or nj.losses.cce {},
          optimizer = kind.optimizer or nj.optim.sgd { momentum = 0.9 },
          learning_rate = kind.optimizer and 0.003 or 0.05,
          augment = kind.augment,
          batch_size = 48,
          evaluation_batch_size = 100,
          seed = 3,
        }:fit(train, { test = data.test:first(90), epochs = cfg.epochs })
        """

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(Self.script, to: "train.lua")
        return place
    }

    private func expectEqual(_ place: Workplace, _ one: String, _ other: String) throws {
        let runs = try [one, other].map { folder in try #require(try place.runs(folder + "/train").first) }
        for name in ["metrics.csv", "labels.csv", "weights.safetensors"] {
            let bytes = try runs.map { try Data(contentsOf: place.url.appendingPathComponent("\($0)/\(name)")) }
            #expect(bytes[0] == bytes[1], "\(other): \(name)")
        }
        // It is the same run: how many processes computed it is no part of what it is.
        #expect(runs[0].split(separator: "/").last == runs[1].split(separator: "/").last)
    }

    @Test(arguments: ["mlp", "dropout", "lua", "lenet", "resnet20"])
    func anyNumberOfProcessesGivesTheSameFiles(kind: String) throws {
        let place = try place()
        func arguments(_ folder: String) -> [String] {
            ["run", "train.lua", "--data-parallel", "--set", "kind=\(kind)", "--quiet", "--runs-dir", folder]
        }
        let alone = try place.run(arguments("1"))
        #expect(alone.status == 0, "\(alone.errors)")
        for processes in [2, 4, 8] {
            let ending = try MPI.run(place, processes, arguments("\(processes)"))
            #expect(ending.status == 0, "\(ending.errors)")
            #expect(ending.output == alone.output)
            try expectEqual(place, "1", "\(processes)")
        }
    }

    @Test func oneProcessSaysWhatThereIsToSay() throws {
        let place = try place()
        try place.write("print('hello')\n" + Self.script, to: "train.lua")
        let ending = try MPI.run(place, 4, ["run", "train.lua", "--data-parallel", "--epochs", "1"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.components(separatedBy: "hello\n").count == 2)
        #expect(ending.output.components(separatedBy: "runs/train/").count == 2)
        #expect(try place.runs("runs/train").count == 1)
        #expect(try place.run(["runs", "list", "--csv"]).output.split(separator: "\n").count == 2)
    }

    @Test func anErrorOfTheScriptIsSaidOnceAndEndsAll() throws {
        let place = try Workplace()
        try place.write("error('no such thing')", to: "train.lua")
        let ending = try MPI.run(place, 2, ["run", "train.lua", "--data-parallel"])
        #expect(ending.status != 0)
        #expect(ending.errors.components(separatedBy: "no such thing").count == 2, "\(ending.errors)")
    }

    @Test func processesThatWouldNotKnowOfEachOtherAreRefused() throws {
        let place = try place()
        let ending = try MPI.run(place, 2, ["run", "train.lua"])
        #expect(ending.status != 0)
        #expect(
            ending.errors.contains(
                "error: 2 processes were started together, and each would run all of it: --data-parallel lets them share the "
                    + "batches of a training\n"))
        #expect(!FileManager.default.fileExists(atPath: place.url.appendingPathComponent("runs").path))
        let three = try MPI.run(place, 3, ["run", "train.lua", "--data-parallel"])
        #expect(three.status != 0)
        #expect(
            three.errors.contains(
                "error: 3 processes cannot share the 8 shards of a batch: start one of 1, 2, 4, 8, or ask for more shards\n"
            ))
    }

    @Test func onlyOneCellCanBeShared() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let ending = try MPI.run(place, 2, ["run", "tiny.lua", "--data-parallel", "--quiet"])
        #expect(ending.status != 0)
        #expect(
            ending.errors.contains(
                "error: experiment 'tiny' has 8 cells, and 2 processes share one training: choose a cell with --set, or run the "
                    + "cells side by side without mpirun\n"))
        let cell = ["--set", "loss=cce", "--set", "rate=0.4", "--set", "seed=2"]
        let one = try MPI.run(place, 2, ["run", "tiny.lua", "--data-parallel", "--quiet"] + cell)
        #expect(one.status == 0, "\(one.errors)")
        #expect(try place.runs("runs/tiny").count == 1)
    }

    @Test func processesOfTwoInstructionSetsAreRefused() throws {
        let place = try place()
        let mixed = try place.run(
            MPI.arguments(1, ["run", "train.lua", "--data-parallel", "--epochs", "1"])
                + [":", "-n", "1", "-x", "NIGHTJAR_ISA=baseline", Workplace.program.path]
                + ["run", "train.lua", "--data-parallel", "--epochs", "1"], program: MPI.program)
        #expect(mixed.status != 0)
        #expect(
            mixed.errors.contains(
                "process 2 of 2 runs another training than process 1: all need the same scripts, data, settings, version "
                    + "and instruction set (NIGHTJAR_ISA)"))
    }

    /// A process that is killed ends the run. What it had written stays whole, and the run goes on from there.
    @Test(arguments: [0, 1]) func aRunWhoseProcessDiesGoesOnFromItsCheckpoint(killed: Int) throws {
        let place = try place()
        let arguments = [
            "run", "train.lua", "--data-parallel", "--checkpoint-every", "1", "--epochs", "40", "--set", "kind=dropout",
            "--quiet",
        ]
        #expect(try place.run(arguments + ["--runs-dir", "whole"]).status == 0)
        let process = try place.start(
            MPI.arguments(2, arguments + ["--runs-dir", "killed"]), program: MPI.program)
        let checkpoint = MPI.wait(60) {
            guard let run = try? place.runs("killed/train").first else { return false }
            return FileManager.default.fileExists(
                atPath: place.url.appendingPathComponent("\(run)/checkpoint.previous.safetensors").path)
        }
        #expect(checkpoint)
        let children = MPI.children(of: process.processIdentifier)
        #expect(children.count == 2)
        if children.indices.contains(killed) { kill(children[killed], SIGKILL) }
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
        let run = try #require(try place.runs("killed/train").first)
        #expect(try place.read("\(run)/log.txt").contains("begins"))
        let again = try MPI.run(place, 2, arguments + ["--runs-dir", "killed", "--resume"])
        #expect(again.status == 0, "\(again.errors)")
        try expectEqual(place, "whole", "killed")
    }
}

/// `mpirun` of this machine.
enum MPI {
    static let program = URL(fileURLWithPath: "/usr/bin/mpirun")
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program.path) }

    /// So many processes, also on fewer cores.
    static func arguments(_ processes: Int, _ arguments: [String]) -> [String] {
        ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "\(processes)", Workplace.program.path]
            + arguments + ["--threads", "1"]
    }

    static func run(_ place: Workplace, _ processes: Int, _ arguments: [String]) throws -> Workplace.Ending {
        try place.run(self.arguments(processes, arguments), program: program)
    }

    /// The processes that `mpirun` has started, by rank.
    static func children(of parent: Int32) -> [Int32] {
        let path = "/proc/\(parent)/task/\(parent)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }.sorted()
    }

    /// Waits until something is so; false where it is not after so many seconds.
    static func wait(_ seconds: Double, until isSo: () -> Bool) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if isSo() { return true }
            usleep(20_000)
        }
        return false
    }
}
