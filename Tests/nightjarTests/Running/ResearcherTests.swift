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

    /// A number without a name, a list: recorded nowhere, and said to be. What `fit` gives back may be returned.
    @Test func whatRunReturnsWithoutANameIsSaidToBeDropped() throws {
        let place = try Workplace()
        for (value, word) in [("5", "a number"), ("{ 1, 2 }", "a list of numbers"), ("nj.zeros { 2 }", "a tensor")] {
            try place.write(experiment("dropped", grid: "{ { 'k', { 1 } } }", "return \(value)"), to: "dropped.lua")
            let ending = try place.run(["run", "dropped.lua", "--again"])
            #expect(ending.status == 0)
            #expect(
                ending.errors.contains(
                    "note: run of experiment 'dropped' returned \(word), which is recorded nowhere: it returns numbers "
                        + "by name, as in { accuracy = 0.9 }"), "\(ending.errors)")
        }
        for value in ["nil", "true", "{}", "{ { epoch = 1 } }"] {
            try place.write(experiment("kept", grid: "{ { 'k', { 1 } } }", "return \(value)"), to: "kept.lua")
            let ending = try place.run(["run", "kept.lua", "--again"])
            #expect(ending.errors == "", "\(value): \(ending.errors)")
        }
    }

    /// A component with parameters names its colour in overlays, and what differences are taken to; so do lists.
    @Test func componentsAreNamedInOverlaysAndDifferencesAsInTheGrid() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "named", grid = { { "loss", { "cce", { "rll", alpha = 0.1 }, { "rll", alpha = 0.45 } } },
                { "hidden", { { 4 }, { 4, 4 } } }, { "seed", { 1, 2 } } },
              run = function(cfg) return { v = cfg.seed * (cfg.loss == "cce" and 1 or 10 * cfg.loss.alpha) + #cfg.hidden } end }
            """, to: "named.lua")
        #expect(try place.run(["run", "named.lua", "--quiet"]).status == 0)
        try place.write(
            """
            local nj = require "nightjar"
            local function labels(cell)
              local svg = nj.figure { runs = "named", x = "seed", y = "v", by = { "loss", "hidden" }, over = {},
                overlay = { { label = "published", points = { { 1, 3 }, { 2, 4 } }, cell = cell } } }:svg()
              return select(2, svg:gsub("published", ""))
            end
            print(labels { loss = { "rll", alpha = 0.1 } } > 0, labels { loss = { "rll", alpha = 0.2 } } == 0,
              labels { loss = "cce", hidden = { 4, 4 } } > 0, labels { hidden = { 5 } } == 0)
            print(select(2, pcall(labels, { los = "cce" })))
            local table = nj.table { runs = "named", metrics = "v", against = { loss = { "rll", alpha = 0.1 } } }
            print((table:csv():gsub(",.*", "")))
            print(select(2, table:csv():gsub("rll{alpha=0.1}", "")))
            """, to: "ask.lua")
        let ending = try place.run(["run", "ask.lua", "--quiet"])
        #expect(ending.output.hasPrefix("true\ttrue\ttrue\ttrue\n"), "\(ending.output)\(ending.errors)")
        #expect(ending.output.contains("there is no axis 'los': did you mean 'loss'?"), "\(ending.output)")
        #expect(ending.output.hasSuffix("\n4\n"), "\(ending.output)\(ending.errors)")
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

    /// `check` gives views that differ, and so do crop and flip of a training.
    @Test func viewsDifferInCheckAndInTraining() throws {
        let place = try Workplace()
        let body = """
            return -logits:log_softmax():pick(labels) + (batch.model(batch.views[1]):softmax() - logits:softmax()):square():sum(-1)
            """
        try place.write(
            """
            local nj = require "nightjar"
            return nj.loss { name = "twoview", needs = { views = 1, model = true }, forward = function(_, logits, labels, batch)
              \(body)
            end }
            """, to: "tv.lua")
        let checked = try place.run(["check", "tv.lua"])
        #expect(checked.status == 0 && checked.output.contains("loss 'twoview' passes"), "\(checked.output)")
        try place.write(
            """
            local nj = require "nightjar"
            local loss = nj.loss { name = "seen", needs = { views = 1, model = true }, forward = function(_, logits, labels, batch)
              if batch.training then print(batch.step, batch.views[1]:sub(batch.inputs):abs():max():item() > 0) end
              \(body)
            end }
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = loss {}, optimizer = nj.optim.sgd {},
              learning_rate = 0.1, batch_size = 50, augment = { crop = 1, flip = true } }
              :fit(nj.data.load("digits").train:first(100), { epochs = 1 })
            """, to: "views.lua")
        let ending = try place.run(["run", "views.lua", "--quiet"])
        #expect(ending.output == "1\ttrue\n2\ttrue\n", "\(ending.output)\(ending.errors)")
    }

    /// State that begins as the weights is the same in `check` and in a training: with alpha = 1 the slow weights are the
    /// fast ones, and the optimizer is SGD.
    @Test func anOptimizersStateBeginsAlikeInCheckAndInTraining() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.optimizer { name = "ahead", params = { k = { default = 3, min = 1, type = "integer" },
                alpha = { default = 0.5, min = 0, max = 1 } },
              state = { slow = function(_, w) return w end },
              update = function(self, w, g, s, lr, step)
                local fast = w - lr * g
                if step % self.k == 0 then
                  s.slow = s.slow + self.alpha * (fast - s.slow)
                  fast = s.slow
                end
                return fast
              end }
            """, to: "ahead.lua")
        let checked = try place.run(["check", "ahead.lua"])
        #expect(checked.status == 0 && checked.output.contains("optimizer 'ahead' passes"), "\(checked.output)")
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load "digits"
            local function loss(optimizer)
              local records = nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
                optimizer = optimizer, learning_rate = 0.05, seed = 3, batch_size = 50 }:fit(data.train:first(200), { epochs = 3 })
              return records[3].loss
            end
            local plain = loss(nj.optim.sgd {})
            print(math.abs(loss(nj.optim["./ahead.lua"] { alpha = 1 }) - plain) < 1e-5)
            -- With alpha = 0 the weights go back to where they began every third step.
            print(loss(nj.optim["./ahead.lua"] { alpha = 0 }) > plain)
            """, to: "train.lua")
        let ending = try place.run(["run", "train.lua", "--quiet"])
        #expect(ending.output == "true\ntrue\n", "\(ending.output)\(ending.errors)")
    }

    /// The example of `nj.loss` in the reference passes; the same without the dtype is told what to write.
    @Test func theReferencesExamplePassesItsCheck() throws {
        let place = try Workplace()
        func loss(_ label: String) -> String {
            """
            local nj = require "nightjar"
            return nj.loss { name = "squared", params = { scale = { default = 1, min = 0 } },
              forward = function(self, logits, labels)
                return self.scale * (logits:softmax() - \(label)):square():sum(-1)
              end }
            """
        }
        try place.write(loss("nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() })"), to: "right.lua")
        let right = try place.run(["check", "right.lua"])
        #expect(right.status == 0 && right.output.contains("loss 'squared' passes"), "\(right.output)")
        let reference = try String(
            contentsOf: Workplace.package.appendingPathComponent("docs/reference.md"), encoding: .utf8)
        #expect(reference.contains("local label = nj.one_hot(labels, logits:size(-1), { dtype = logits:dtype() })"))
        try place.write(loss("nj.one_hot(labels, logits:size(-1))"), to: "wrong.lua")
        let wrong = try place.run(["check", "wrong.lua"])
        #expect(wrong.status == 1)
        #expect(
            wrong.output.replacing(/\s+/, with: " ").contains(
                "it takes logits of float32 alone, and models may be float64 make tensors of the dtype of the logits, as in "
                    + "nj.one_hot(labels, classes, { dtype = logits:dtype() })"), "\(wrong.output)")
    }

    /// A manifest that never ends is a plugin that failed, and why is said; the others are there.
    @Test func aManifestWithoutAnEndFailsAloneAndSaysWhy() throws {
        let place = try Workplace()
        try place.write("while true do end\nreturn { name = 'mine' }\n", to: "nightjar/plugins/broken/plugin.lua")
        try place.write(
            """
            return { name = "fine", version = "1.0.0", api = ">= 1.0", license = "MIT", description = "A loss.",
              provides = { losses = { "half.lua" } } }
            """, to: "nightjar/plugins/fine/plugin.lua")
        try place.write(
            """
            local nj = require "nightjar"
            return nj.loss { name = "half", forward = function(_, z, y) return -z:log_softmax():pick(y) / 2 end }
            """, to: "nightjar/plugins/fine/half.lua")
        let ending = try place.run(["plugins"])
        #expect(
            ending.output.contains(
                "plugin.lua:1: the script used up its instructions\n"
                    + "    it ran for 2000000 instructions: is there a loop without an end?\n"), "\(ending.output)")
        #expect(ending.output.contains("failed  broken ") && ending.output.contains("loaded  fine 1.0.0 "))
        #expect(ending.output.contains("loaded  losses "))
    }
}
