import Foundation
import NightjarRuns
import Testing

/// A run keeps what it was made of, and can be made again when that has changed or is gone.
@Suite(.serialized) struct RerunTests {
    /// An experiment in a checkout of its own: a loss and a helper in files, a plugin beside, settings from outside.
    private func checkout(_ place: Workplace) throws {
        try place.write(
            tinyExperiment.replacing(
                "loss = nj.losses[cfg.loss] {}", with: "loss = nj.losses[cfg.loss] {}, augment = change"
            )
            .replacing("return nj.experiment", with: "local change = require \"change\"\nreturn nj.experiment"),
            to: "project/tiny.lua")
        try place.write("return function(inputs) return inputs * 0.5 end\n", to: "project/change.lua")
        try place.write(
            loss("mine", "return -logits:log_softmax():pick(labels) * 2"), to: "project/losses/mine.lua")
        try place.write(
            "return { name = \"own\", version = \"0.3\", provides = { losses = { \"halved.lua\", \"other.lua\" } } }\n",
            to: "nightjar/plugins/own/plugin.lua")
        for name in ["halved", "other"] {
            try place.write(
                loss(name, "return -logits:log_softmax():pick(labels) / 2"), to: "nightjar/plugins/own/\(name).lua")
        }
    }

    @Test func aRunIsMadeAgainWhenItsCheckoutIsGone() throws {
        let place = try Workplace()
        try checkout(place)
        let arguments = [
            "run", "project/tiny.lua", "--quiet", "--set", "loss=halved,./losses/mine.lua", "--set", "rate=0.4",
            "--seeds",
            "1", "--epochs", "1",
        ]
        let first = try place.run(arguments)
        #expect(first.errors == "")
        let runs = try place.runs("runs/tiny")
        #expect(runs.count == 2)
        // The folder of the runs moves, the scripts go.
        try FileManager.default.moveItem(
            at: place.url.appendingPathComponent("runs"), to: place.url.appendingPathComponent("archive"))
        for folder in ["project", "nightjar"] {
            try FileManager.default.removeItem(at: place.url.appendingPathComponent(folder))
        }
        for run in runs.map({ $0.replacing("runs/", with: "archive/") }) {
            let again = try place.run(["rerun", run])
            #expect(again.errors == "")
            #expect(again.status == 0)
            #expect(
                again.output == "rerun: reruns/\(run.dropFirst("archive/".count))\n"
                    + "the same bytes: labels.csv, ledger.npy, metrics.csv, weights.safetensors\n")
            // It can itself be made again.
            #expect(
                try place.run([
                    "rerun", "re" + run.replacing("archive", with: "runs"), "--runs-dir", "third", "--quiet",
                ])
                .status == 0)
        }
    }

    @Test func aFileThatHasChangedIsNotWhatIsRun() throws {
        let place = try Workplace()
        try place.write(plain, to: "plain.lua")
        #expect(try place.run(["run", "plain.lua", "--seed", "7", "--quiet"]).status == 0)
        try place.write("error \"another script\"", to: "plain.lua")
        let run = try #require(try place.runs("runs/plain").first)
        let again = try place.run(["rerun", run])
        #expect(again.errors == "")
        #expect(again.output.hasSuffix("the same bytes: labels.csv, ledger.npy, metrics.csv, weights.safetensors\n"))
    }

    @Test func whatCannotBeMadeAgainSaysWhy() throws {
        let place = try Workplace()
        try place.write(plain, to: "plain.lua")
        #expect(try place.run(["run", "plain.lua", "--quiet"]).status == 0)
        let run = try #require(try place.runs("runs/plain").first)
        #expect(
            try place.run(["rerun", run, "--runs-dir", "runs"]).errors.contains(
                "--runs-dir is where the run itself lies: it would be replaced"))
        // Bytes that are not the same are said, with the status of a failure.
        let metrics = try place.read(run + "/metrics.csv")
        try place.write(metrics + "2,1,1\n", to: run + "/metrics.csv")
        let other = try place.run(["rerun", run, "--quiet"])
        #expect(other.status == 1)
        #expect(other.errors == "other bytes: metrics.csv\n")
        try FileManager.default.removeItem(at: place.url.appendingPathComponent("runs/.objects"))
        let gone = try place.run(["rerun", run])
        #expect(gone.status == 1)
        #expect(gone.errors.hasPrefix("error: \(place.url.path)/runs/.objects does not hold the text "))
        let configuration = try place.read(run + "/config.json")
        try place.write(
            configuration.replacing("\"request\"", with: "\"asked\"")
                .replacing(#/ {2}"checksum": "[0-9a-f]{16}",\n/#, with: ""), to: run + "/config.json")
        #expect(
            try place.run(["rerun", run]).errors
                == "error: \(run) does not say what it was made of: it was written by an earlier version of Nightjar\n")
        #expect(try place.run(["rerun", "nowhere"]).status == 1)
    }

    private let plain = """
        local nj = require "nightjar"
        local data = nj.data.load "digits"
        nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
          optimizer = nj.optim.sgd {}, learning_rate = nj.rand({ 1 }):item() / 10, seed = 1 }:fit(data.train, { epochs = 1 })
        """

    /// Whoever wrote the folder would lift his own sandbox.
    @Test func whatAFolderSaysLiftsNoSandbox() throws {
        let place = try Workplace()
        try place.write(
            tinyExperiment.replacing("local data =", with: "assert(io ~= nil)\n    local data ="), to: "tiny.lua")
        let made = try place.run([
            "run", "tiny.lua", "--trust", "--quiet", "--set", "loss=cce", "--set", "rate=0", "--seeds", "1", "--epochs",
            "1",
        ])
        #expect(made.status == 0, "\(made.errors)")
        let run = try #require(try place.runs("runs/tiny").first)
        let refused = try place.run(["rerun", run])
        #expect(refused.status == 1)
        #expect(
            refused.errors
                == "error: the run was made with --trust, and its scripts may need it: give --trust if you trust them\n"
        )
        let again = try place.run(["rerun", run, "--trust"])
        #expect(again.status == 0 && again.errors == "", "\(again.errors)")
    }

    /// The texts say where they lay, and the request what was asked for: neither opens a folder, starts a program or makes a
    /// worker of what is asked for.
    @Test func whatAFolderSaysOpensNoOtherFolder() throws {
        let (place, elsewhere) = (try Workplace(), try Workplace())
        _ = try elsewhere.run(
            ["run", "-", "--quiet"], input: "require('nightjar').save('secret.npy', require('nightjar').ones(1))")
        #expect(try elsewhere.names(".").contains("secret.npy"))
        let secret = elsewhere.url.appendingPathComponent("secret.npy").path
        let text =
            plain + "\nlocal ran, said = pcall(nj.load, \"\(secret)\")\nassert(not ran, \"it was read\")\nprint(said)\n"
        try place.write(text, to: "plain.lua")
        #expect(try place.run(["run", "plain.lua", "--quiet"]).status == 0)
        let run = try #require(try place.runs("runs/plain").first)
        let told = try place.read(run + "/config.json").replacing(#/ {2}"checksum": "[0-9a-f]{16}",\n/#, with: "")
        let there = told.replacing("\(place.url.path)/plain.lua", with: "\(elsewhere.url.path)/plain.lua")
            .replacing("\"script\": \"plain.lua\"", with: "\"script\": \"\(elsewhere.url.path)/plain.lua\"")
            .replacing(
                "\"settings\": []",
                with: "\"settings\": [], \"cell\": \"{}\", \"metrics\": [\"/etc/hostname\"]"
            ).replacing("\"isDryRun\": false", with: "\"isDryRun\": true")
        #expect(there != told)
        try place.write(there, to: run + "/config.json")
        let again = try place.run(["rerun", run])
        #expect(again.status == 0, "\(again.errors)")
        #expect(
            again.output.contains(
                "scripts may not read \(secret): it lies outside the folders of this run (--trust allows it)"))
    }
}
