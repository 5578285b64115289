import Foundation
import Testing

/// What others do to the folder of a run while it is written, or before it is read.
@Suite(.serialized) struct ChangedWhileRunningTests {
    /// The script itself takes the file away, at a place where the run has begun.
    private func script(_ file: String) -> String {
        """
        local nj = require "nightjar"
        local data = nj.data.load "digits"
        local after = nj.callback { name = "after", on_epoch = function(_, record)
          if record.epoch == 1 then
            local place = assert(io.popen("ls -d runs/gone/*")):read("l")
            assert(os.remove(place .. "/\(file)"))
          end
        end }
        nj.trainer {
          model = nj.models.mlp { inputs = 64, hidden = { 4 }, classes = 10 }, loss = nj.losses.cce {},
          optimizer = nj.optim.sgd {}, learning_rate = 0.1, callbacks = { after {} }, ledger = true,
        }:fit(data.train:first(50), { test = data.test:first(20), epochs = 2 })
        """
    }

    @Test(arguments: ["metrics.csv", "ledger.npy"]) func aFileThatWasTakenAwayIsNoFinishedRun(_ file: String) throws {
        let place = try Workplace()
        try place.write(script(file), to: "gone.lua")
        let ending = try place.run(["run", "gone.lua", "--trust", "--quiet", "--checkpoint-every", "0"])
        #expect(ending.status == 1)
        let run = try #require(try place.runs("runs/gone").first)
        let path = place.url.resolvingSymlinksInPath().appendingPathComponent("\(run)/\(file)").path
        #expect(
            ending.errors.contains(
                "\(path): it was removed or replaced while the run wrote it: what it held is lost\n  run it anew with --again"
            ), "\(ending.errors)")
        let list = try place.run(["runs", "list", "--csv"]).output
        #expect(!list.contains("finished"), "\(list)")
    }

    /// The run of somebody else, among one's own.
    @Test(.enabled(if: Another.isThere)) func aRunThatMayNotBeReadIsNamed() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let cells = ["--set", "loss=cce", "--set", "rate=0.4", "--set", "seed=1,2"]
        try #require(try place.run(["run", "tiny.lua", "--quiet"] + cells).status == 0)
        let runs = try place.runs("runs/tiny")
        try #require(runs.count == 2)
        let closed = place.url.appendingPathComponent(runs[1])
        try #require(chmod(closed.path, 0) == 0)
        defer { chmod(closed.path, 0o755) }
        let ending = try Another.run([Workplace.program.path, "runs", "list", "--csv"], in: place)
        #expect(ending.output.split(separator: "\n").count == 2, "\(ending.output)")
        #expect(
            ending.errors
                == "note: a run folder could not be read: \(closed.resolvingSymlinksInPath().path)/config.json: could not "
                + "read the file (permission denied)\n")
    }
}
