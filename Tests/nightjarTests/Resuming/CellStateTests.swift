import Foundation
import NightjarRuns
import Testing

/// What a cell remembers from epoch to epoch is in its checkpoints, and what is kept elsewhere is said.
@Suite(.serialized) struct CellStateTests {
    /// Co-divide in small: which samples count as clean is decided after each epoch, and the loss looks at that. The file
    /// `tried` lets the process kill itself once, in the middle.
    private func script(state: String, first: String, clean: String, remember: String, kills: Bool) -> String {
        """
        local nj = require "nightjar"
        return nj.experiment { name = "divide", settings = { epochs = 6 }, grid = { { "seed", { 1 } } },\(state)
          run = function(cfg, state)
            local data = nj.data.load("digits")
            local train = data.train:first(400):with_labels(nj.noise.uniform { rate = 0.4 }, { seed = cfg.seed })
            \(first)
            local best, since = 0, 0
            local divide = nj.loss { name = "divide", forward = function(self, logits, labels, batch)
              local w = \(clean):index(1, batch.indices)
              return -w * logits:log_softmax():pick(labels)
            end }
            local model = nj.models.mlp { inputs = 64, hidden = { 16 } }
            nj.trainer { model = model, loss = divide {}, optimizer = nj.optim.sgd { momentum = 0.9 },
              learning_rate = 0.1, seed = cfg.seed, on_epoch = function(record)
                \(kills ? killing : "")
                local l = nj.losses.cce {} (model:forward(train:inputs()), train:labels())
                \(remember)
              end }:fit(train, { epochs = cfg.epochs, test = data.test })
          end }
        """
    }

    private let killing = """
        if record.epoch == 4 and not io.open("tried") then
          io.open("tried", "w"):close()
          os.execute("kill -KILL $PPID")
        end
        """

    private func run(_ place: Workplace, _ folder: String) throws -> Workplace.Ending {
        try place.run(
            ["run", "divide.lua", "--trust", "--checkpoint-every", "1", "--runs-dir", folder])
    }

    private func results(_ place: Workplace, _ folder: String) throws -> [Data] {
        let run = try #require(try place.runs("\(folder)/divide").first)
        return try ["metrics.csv", "weights.safetensors", "state.safetensors"].compactMap { name in
            let url = place.url.appendingPathComponent("\(run)/\(name)")
            return FileManager.default.fileExists(atPath: url.path) ? try Data(contentsOf: url) : nil
        }
    }

    @Test func aRunThatWasKilledGoesOnWithWhatItRemembered() throws {
        let place = try Workplace()
        let own = (
            state: " state = { best = 0, since = 0, log = {} },", first: "state.clean = nj.ones(train:count())",
            clean: "state.clean",
            remember: """
            state.clean = l:lt(l:mean()):float():copy()
            if record.test_accuracy > state.best then state.best, state.since = record.test_accuracy, 0
            else state.since = state.since + 1 end
            state.log[#state.log + 1] = state.best
            return state.since < 3
            """
        )
        var folders: [[Data]] = []
        for (folder, kills) in [("killed", true), ("whole", false)] {
            // The scripts differ in the kill alone, so that is always there and one run has had it.
            try place.write(
                script(state: own.state, first: own.first, clean: own.clean, remember: own.remember, kills: true),
                to: "divide.lua")
            if kills {
                let first = try run(place, folder)
                #expect(first.status == 9 || first.status == 137)
                let again = try run(place, folder)
                #expect(again.status == 0)
                #expect(again.errors.contains("goes on after epoch 3"))
                #expect(!again.errors.contains("no checkpoint keeps"))
            } else {
                let ending = try run(place, folder)
                #expect(ending.status == 0)
                #expect(!ending.errors.contains("no checkpoint keeps"))
            }
            folders.append(try results(place, folder))
        }
        #expect(folders[0].count == 3)
        #expect(folders[0] == folders[1])
    }

    @Test func whatIsRememberedElsewhereIsSaidWhenItIsSeenAndWhenARunGoesOn() throws {
        let place = try Workplace()
        try place.write(
            script(
                state: "", first: "local clean = nj.ones(train:count())", clean: "clean",
                remember: "clean = l:lt(l:mean()):float():copy()\nsince = since + 1", kills: true), to: "divide.lua")
        let first = try run(place, "killed")
        let warning = """
            changes 'clean', 'since', which no checkpoint keeps: a run that goes on after a stop begins with first values \
            again
              keep it in the state of the experiment, state = { ... } and run = function(cfg, state), or of a callback
            """
        #expect(first.errors.contains(warning), "\(first.errors)")
        #expect(first.errors.contains("(divide.lua:"))
        let again = try run(place, "killed")
        #expect(again.status == 0)
        #expect(
            again.errors.contains(
                "no checkpoint keeps that, so its numbers may not be those of a run without a stop (--again runs it anew)"
            ),
            "\(again.errors)")
        let log = try place.read(try #require(try place.runs("killed/divide").first) + "/log.txt")
        #expect(log.contains("which no checkpoint keeps"))
    }

    /// A worker's warning is seen, once for all cells.
    @Test func workersWarnThroughTheirParent() throws {
        let place = try Workplace()
        try place.write(
            script(
                state: "", first: "local clean = nj.ones(train:count())", clean: "clean", remember: "since = since + 1",
                kills: false
            ).replacing("{ 1 } }", with: "{ 1, 2, 3 } }"), to: "divide.lua")
        let ending = try place.run(["run", "divide.lua", "--jobs", "2"])
        #expect(ending.status == 0)
        #expect(ending.errors.components(separatedBy: "which no checkpoint keeps").count == 2, "\(ending.errors)")
    }

    @Test func whatCannotBeKeptIsRefusedAtOnce() throws {
        let place = try Workplace()
        try place.write(
            "return require('nightjar').experiment { name = 'x', state = { f = print }, run = function() end }",
            to: "x.lua")
        #expect(
            try place.run(["run", "x.lua"]).errors.contains(
                "'state' of nj.experiment: state.f is a function, and only numbers, texts, booleans, tensors and tables of "
                    + "them are kept"))
    }

    /// Functions of optimizers are recorded, and what they change outside is as lost as what callbacks change.
    @Test func whatAnOptimizerRemembersElsewhereIsSaid() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local k = 0
            local own = nj.optimizer { name = "own", update = function(self, w, g, state, rate, step)
              k = k + 1
              return w - g * rate
            end }
            local data = nj.data.load("digits")
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = nj.losses.cce {},
              optimizer = own {}, learning_rate = 0.05, seed = 1 }:fit(data.train:first(200), { epochs = 2 })
            """, to: "own.lua")
        let ending = try place.run(["run", "own.lua", "--checkpoint-every", "1"])
        #expect(ending.status == 0)
        #expect(
            ending.errors.hasPrefix("note: optimizer 'own' (own.lua:3) changes 'k', which no checkpoint keeps: "),
            "\(ending.errors)")
    }
}
