import NightjarEngine
import NightjarExperiments
import NightjarScripting
import Testing

/// What the table and the file say about a small training.
@Suite struct ProfileReportTests {
    private func report() throws -> ProfileReport {
        let host = try makeHost()
        let profiler = host.session.beginProfile()
        try run(
            """
            local data = nj.data.load "digits"
            local mine = nj.loss {
              name = "mine",
              forward = function(self, logits, labels)
                local log_p = logits:log_softmax()
                return -log_p:pick(labels)
              end,
            }
            local trainer = nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }, loss = mine {},
              optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1, on_epoch = function() end,
            }
            trainer:fit(data.train:first(256), { epochs = 3 })
            """, host)
        return ProfileReport(profiler.profile(), luaBytes: host.luaByteCount, title: "runs/mine")
    }

    @Test func categoriesAddUpToTheWhole() throws {
        let report = try report()
        let sum = report.categories.reduce(0) { $0 + $1.seconds }
        #expect(abs(sum - report.profile.seconds) < 1e-9)
        #expect(
            Set(report.categories.map(\.name)) == [
                "forward", "loss", "backward", "update", "evaluation", "other", "lua", "data", "planning", "engine",
                "recording", "trainer",
            ])
        for name in ["forward", "loss", "backward", "update", "evaluation", "lua", "data", "planning"] {
            #expect((report.categories.first { $0.name == name }?.seconds ?? 0) > 0, "\(name)")
        }
    }

    @Test func callbacksAreCounted() throws {
        let report = try report()
        let calls = Dictionary(uniqueKeysWithValues: report.callbacks.map { ($0.name, $0.calls) })
        #expect(report.profile.steps == 6)
        #expect(calls["loss 'mine'"] == 6 + 3)
        // Once a step, once before the first, and with every epoch that it may look at.
        #expect((6...12).contains(calls["schedule 'constant'"] ?? 0))
        #expect(calls["on_epoch"] == 3)
        #expect((calls["optimizer 'sgd'"] ?? 0) >= 6)
    }

    @Test func linesAndLayersCarryTheirNames() throws {
        let report = try report()
        let lines = Set(report.profile.entries.map { "\($0.place?.description ?? "-") \($0.phase.rawValue)" })
        #expect(
            lines.isSuperset(of: [
                "script.lua:6 loss", "script.lua:6 backward", "script.lua:6 evaluation",
                "plugins/optimizers/sgd.lua:33 update", "model.layers.2 (linear) forward",
                "model.layers.2 (linear) backward", "model.layers.4 (linear) evaluation",
            ]))
        #expect(report.layers.map(\.name).sorted().first == "model.layers.2 (linear)")
        let text = report.text
        #expect(text.hasPrefix("profile of runs/mine: "))
        #expect(text.contains("\nwhere the time went"))
        #expect(text.contains("\nmodel.layers.2 (linear)"))
        #expect(text.contains("\nloss 'mine'"))
        #expect(text.hasSuffix(" at the most\n"))
    }

    @Test func theFileHoldsEveryLine() throws {
        let report = try report()
        guard case .array(let lines)? = report.json["lines"] else {
            Issue.record("no lines")
            return
        }
        #expect(lines.count == report.profile.entries.count)
        let first = lines.first { $0["file"]?.stringValue == "script.lua" }
        #expect(first?["line"]?.intValue != nil)
        #expect(report.json["memory"]?["arena"]?.intValue == report.profile.arenaBytes)
        #expect(report.json["steps"]?.intValue == 6)
    }
}
