import Foundation
import Testing

/// Names of files and folders that somebody else has given: none of them begins a line of what is said, whatever is wrong
/// with what it names.
@Suite struct NamesInMessagesTests {
    /// As a name in a folder, and how it is shown.
    private static let name = "x\nerror: forged\u{1B}[31m"
    private static let shown = "x\\nerror: forged\\x1B[31m"

    /// Runs a command, whose words must hold the name and not be broken by it.
    private func look(_ place: Workplace, _ arguments: [String]) throws {
        let ending = try place.run(arguments)
        let said = ending.output + ending.errors
        #expect(!said.contains("x\n") && !said.contains("\u{1B}"), "\(arguments)\n\(said)")
        #expect(said.contains(NamesInMessagesTests.shown), "\(arguments)\n\(said)")
    }

    private static let script = """
        local nj = require "nightjar"
        return nj.experiment { name = "grid", doc = "d", settings = { epochs = 1 }, grid = { { "seed", { 1, 2 } } },
          run = function(cfg)
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 4 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed
            }:fit(nj.data.load("digits").train:first(50), { epochs = cfg.epochs })
          end }
        """

    @Test func runFoldersBeginNoLine() throws {
        let place = try Workplace()
        try place.write(NamesInMessagesTests.script, to: "grid.lua")
        try #require(try place.run(["run", "grid.lua", "--quiet"]).status == 0)
        let run = try #require(try place.runs("runs/grid").first)
        let named = place.url.appendingPathComponent("runs/grid/" + NamesInMessagesTests.name)
        try FileManager.default.moveItem(at: place.url.appendingPathComponent(run), to: named)
        // A run that is right.
        try look(place, ["verify", "runs/grid"])
        // Its files, each in its turn.
        for (file, commands) in [
            ("metrics.csv", [["verify", "runs/grid"]]),
            ("summary.json", [["verify", "runs/grid"], ["runs", "index"], ["runs", "prune"], ["runs", "list"]]),
            (
                "config.json",
                [
                    ["verify", "runs/grid"], ["runs", "index"], ["runs", "prune"], ["runs", "list"],
                    ["run", "grid.lua"],
                ]
            ),
        ] {
            try Data("{".utf8).write(to: named.appendingPathComponent(file))
            for command in commands { try look(place, command) }
        }
    }

    @Test func foldersOfExperimentsBeginNoLine() throws {
        let place = try Workplace()
        try place.write("{", to: "runs/\(NamesInMessagesTests.name)/seed1-00000000/config.json")
        for command in [["runs", "index"], ["runs", "list"]] { try look(place, command) }
    }
}
