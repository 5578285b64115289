import Foundation
import NightjarRuns
import Testing

/// What a person does who does a researcher's work for the first time: axes, metrics and settings of any name arrive.
@Suite(.serialized) struct ResearcherTests {
    private func experiment(_ name: String, grid: String, settings: String = "{}", _ body: String) -> String {
        """
        local nj = require "nightjar"
        return nj.experiment { name = "\(name)", settings = \(settings), grid = \(grid), run = function(cfg)
          local data = nj.data.load("digits")
          local function fit(train, loss, more)
            local fields = { model = nj.models.mlp { inputs = 64, hidden = { 4 } }, loss = loss or nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1 }
            for key, value in pairs(more or {}) do fields[key] = value end
            nj.trainer(fields):fit(train, { epochs = 1, test = data.test })
          end
          \(body)
        end }
        """
    }

    private func header(_ place: Workplace, _ name: String) throws -> [String] {
        try place.read("runs/\(name)/summary.csv").split(separator: "\n")[0].split(separator: ",").map(String.init)
    }

    private func configurations(_ place: Workplace, _ name: String) throws -> [RunConfiguration] {
        try place.runs("runs/\(name)").map {
            try RunFolder.open(place.url.appendingPathComponent($0)).configuration
        }
    }

    /// A parameter of a loss in a file, and a metric in another.
    @Test func anAxisOfOnesOwnIsNoSeedAndAMetricOfOnesOwnIsInTheTable() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.loss { name = "mixed", params = { alpha = { default = 0.5, min = 0, max = 1 } },
              forward = function(self, logits, labels)
                local p = logits:log_softmax():pick(labels)
                return (1 - self.alpha) * -p + self.alpha * (1 - p:exp())
              end }
            """, to: "mixed.lua")
        try place.write(
            """
            local nj = require "nightjar"
            return nj.metric { name = "auroc", compute = function(_, e)
              local wrong = e.labels:ne(e.true_labels):double()
              local n1 = wrong:sum():item()
              local n0 = wrong:numel() - n1
              if n1 == 0 or n0 == 0 then return 0 / 0 end
              local rank = e.losses:argsort():argsort():double()
              return ((rank * wrong):sum():item() - n1 * (n1 + 1) / 2) / (n1 * n0)
            end }
            """, to: "auroc.lua")
        try place.write(
            experiment(
                "mine", grid: "{ { 'alpha', { 0.3, 0.9 } }, { 'seed', { 1, 2 } } }",
                """
                local noisy = data.train:first(300):with_labels(nj.noise.uniform { rate = 0.4 }, { seed = cfg.seed })
                fit(noisy, nj.losses["./mixed.lua"] { alpha = cfg.alpha }, { metrics = { nj.metrics["./auroc.lua"] {} } })
                """), to: "mine.lua")
        let ending = try place.run(["run", "mine.lua"])
        #expect(ending.status == 0)
        let table = ending.output.split(separator: "\n")
        #expect(table.contains { $0.hasPrefix("│ alpha │") && $0.contains("auroc") }, "\(ending.output)")
        #expect(table.count { $0.hasPrefix("│ 0.3") || $0.hasPrefix("│ 0.9") } == 2)
        #expect(ending.output.contains("over 2 runs (seed)"))
        #expect(try header(place, "mine").prefix(2) == ["alpha", "seed"])
        #expect(try header(place, "mine").contains("auroc"))
        let report = try place.read("runs/mine/report.html")
        #expect(report.contains("alpha") && report.contains("auroc"))
        let parameters = try configurations(place, "mine").map {
            $0.parts["loss"]?["parameters"]?["alpha"]?.doubleValue
        }
        #expect(Set(parameters) == [0.3, 0.9])
    }

    @Test func aNoiseModelGetsFeaturesNamesAndIds() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.noise { name = "probe", apply = function(_, labels, ctx)
              print(ctx.count, labels:size(1), table.concat(ctx.features:shape(), "x"), ctx.classes, ctx.names[1],
                ctx.ids:max():item())
              return labels
            end }
            """, to: "probe.lua")
        try place.write(
            experiment(
                "probed", grid: "{ { 'seed', { 1 } } }",
                "fit(data.train:first(50):with_labels(nj.noise['./probe.lua'] {}, { seed = cfg.seed }))"),
            to: "probed.lua")
        let ending = try place.run(["run", "probed.lua"])
        #expect(ending.status == 0)
        #expect(ending.output.hasPrefix("50\t50\t50x8x8x1\t10\t0\t50\n"), "\(ending.output)")
        #expect(try place.run(["check", "probe.lua"]).status == 0)
    }

    /// Settings called rate, noise or alpha mean what the script means by them; the noise is what the data were given.
    @Test func noNameOfASettingIsSpecial() throws {
        let place = try Workplace()
        try place.write(
            experiment(
                "magic", grid: "{ { 'rate', { 0.5 } }, { 'noise', { 0.3 } }, { 'seed', { 1, 2 } } }",
                "fit(data.train:first(128):with_labels(nj.noise.uniform { rate = cfg.noise }, { seed = cfg.seed }))"),
            to: "magic.lua")
        #expect(try place.run(["run", "magic.lua", "--quiet"]).status == 0)
        #expect(try header(place, "magic").prefix(3) == ["rate", "noise", "seed"])
        for configuration in try configurations(place, "magic") {
            #expect(configuration.parts["noise"]?["parameters"]?["rate"] == 0.3)
            #expect(configuration.identifier.contains("rate0.5") && configuration.identifier.contains("noise0.3"))
        }
        try place.write(
            experiment(
                "fixed", grid: "{ { 'seed', { 1, 2, 3 } } }", settings: "{ noise = 0.4 }",
                "fit(data.train:first(128):with_labels(nj.noise.uniform { rate = cfg.noise }, { seed = cfg.seed }))"),
            to: "fixed.lua")
        let ending = try place.run(["run", "fixed.lua"])
        #expect(ending.output.contains("over 3 runs (seed)"), "\(ending.output)")
        #expect(try header(place, "fixed").first == "seed")
    }

    @Test func whatRunReturnsIsRecorded() throws {
        let place = try Workplace()
        try place.write(
            experiment(
                "manual", grid: "{ { 'rho', { 0.1, 0.2 } }, { 'seed', { 1, 2 } } }",
                "return { accuracy = 50 + cfg.rho * cfg.seed }"), to: "manual.lua")
        #expect(try place.run(["run", "manual.lua", "--quiet"]).status == 0)
        #expect(
            try place.read("runs/manual/summary.csv")
                == "rho,seed,status,epochs,accuracy\n0.1,1,finished,0,50.1\n0.1,2,finished,0,50.2\n"
                + "0.2,1,finished,0,50.2\n0.2,2,finished,0,50.4\n")
    }

    /// What is drawn while the script loads depends on `--seed`, in workers as well.
    @Test func aSeedFromOutsideReachesWorkers() throws {
        let place = try Workplace()
        try place.write(
            "local top = require('nightjar').rand({ 1 }):item()\n"
                + experiment("flag", grid: "{ { 'k', { 1, 2 } }, { 'seed', { 1 } } }", "return { top = top }"),
            to: "flag.lua")
        var tops: [String] = []
        for seed in ["1", "5"] {
            #expect(try place.run(["run", "flag.lua", "--quiet", "--seed", seed, "--runs-dir", seed]).status == 0)
            let rows = try place.read("\(seed)/flag/summary.csv").split(separator: "\n").dropFirst()
            let values = Set(rows.compactMap { $0.split(separator: ",").last.map(String.init) })
            #expect(values.count == 1)
            tops += values
        }
        #expect(Set(tops).count == 2)
    }
}
