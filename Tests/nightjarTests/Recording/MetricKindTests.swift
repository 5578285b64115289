import Foundation
import NightjarRuns
import Testing

/// Metrics of every kind on their way to files: checked against the run's ledger and labels.
@Suite(.serialized) struct MetricKindTests {
    private let script = """
        local nj = require "nightjar"
        local certain = nj.metric { name = "certain", unit = "%", direction = "higher", range = { 0, 100 }, decimals = 2,
          compute = function(_, e) return 100 * e.test.probabilities:max(-1):mean() end }
        local recall = nj.metric { name = "recall", returns = "class", direction = "higher",
          compute = function(_, e)
            local hits = e.predictions:eq(e.labels):double()
            local of = e.labels:one_hot(e.classes, { dtype = "float64" })
            return (hits:unsqueeze(2) * of):sum(1) / of:sum(1)
          end }
        local confusion = nj.metric { name = "confusion", returns = "matrix",
          compute = function(_, e)
            local function one_hot(x) return x:one_hot(e.classes, { dtype = "float64" }) end
            return one_hot(e.validation.labels):transpose(1, 2):matmul(one_hot(e.validation.predictions))
          end }
        local entropy = nj.metric { name = "entropy", returns = "sample",
          compute = function(_, e)
            assert(e.logits:size(1) == e.indices:numel() and e.train.inputs:size(1) == e.indices:numel())
            assert(e.model:forward(e.inputs):sub(e.logits):abs():max():item() < 1e-4)
            assert(e.validation.losses:numel() == 200 and e.losses:numel() == 600)
            return -(e.probabilities * e.probabilities:log()):sum(-1)
          end }
        return nj.experiment { name = "kinds", settings = { epochs = 3, ledger = true }, grid = { { "seed", { 1, 2 } } },
          run = function(cfg)
            local data = nj.data.load("digits")
            local train = data.train:first(600):with_labels(nj.noise.uniform { rate = 0.3 }, { seed = cfg.seed })
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 16 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd { momentum = 0.9 }, learning_rate = 0.1, seed = cfg.seed, ledger = cfg.ledger,
              metrics = { certain {}, recall {}, confusion {}, entropy {} } }:fit(train,
                { epochs = cfg.epochs, test = data.test, validation = data.test:first(200) })
          end }
        """

    @Test func everyKindArrivesWhereItBelongs() throws {
        let place = try Workplace()
        try place.write(script, to: "kinds.lua")
        let ending = try place.run(["run", "kinds.lua"])
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        #expect(ending.output.contains("certain") && ending.output.contains("validation accuracy"))
        let summary = try place.read("runs/kinds/summary.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        for column in [
            "certain", "recall", "recall[0]", "recall[9]", "entropy", "entropy[q10]", "entropy[median]", "entropy[q90]",
            "validation_accuracy", "recall@best(validation_accuracy)", "best(validation_accuracy)",
            "epoch@best(validation_accuracy)",
        ] {
            #expect(summary[0].contains(column), "\(column)")
        }
        #expect(!summary[0].contains("confusion"))
        let folder = try RunFolder.open(
            place.url.appendingPathComponent(try #require(try place.runs("runs/kinds").first)))
        #expect(folder.configuration.metrics.first { $0.name == "certain" }?.unit == "%")
        #expect(folder.ledgerColumns == ["prediction", "loss", "p_given", "margin", "entropy"])
        let (ledger, table, labels) = (
            try ArrayLogFile(folder.ledgerURL), try folder.readMetrics(), try folder.readLabels()
        )
        #expect(ledger.shape == [600, 5] && ledger.rows == 3)
        for epoch in 0..<3 {
            let row = try ledger.row(epoch)
            func column(_ index: Int) -> [Double] { (0..<600).map { row[$0 * 5 + index] } }
            func close(_ a: Double, _ b: Double?) -> Bool { abs(a - (b ?? .nan)) < 1e-4 * max(1, abs(a)) }
            // Cross-entropy is the logarithm of the given label's probability.
            for (loss, p) in zip(column(1), column(2)) { #expect(close(exp(-loss), p)) }
            #expect(close(column(1).reduce(0, +) / 600, table.series("loss")[epoch].value))
            let hits = zip(column(0), labels.given).map { Int($0) - 1 == $1 }
            #expect(close(100 * Double(hits.count { $0 }) / 600, table.series("j1")[epoch].value))
            for (margin, hit) in zip(column(3), hits) { #expect(hit == (margin >= 0) || abs(margin) < 1e-5) }
            for digit in [0, 7] {
                let own = zip(hits, labels.given).filter { $0.1 == digit }
                #expect(
                    close(Double(own.count { $0.0 }) / Double(own.count), table.series("recall[\(digit)]")[epoch].value)
                )
            }
            #expect(column(4).allSatisfy { $0 >= 0 && $0 <= log(10) + 1e-5 })
            let sorted = column(4).sorted()
            #expect(close(sorted.reduce(0, +) / 600, table.series("entropy")[epoch].value))
            #expect(close((sorted[299] + sorted[300]) / 2, table.series("entropy[median]")[epoch].value))
            #expect(close(0.1 * sorted[59] + 0.9 * sorted[60], table.series("entropy[q10]")[epoch].value))
            let recalls = (0..<10).compactMap { table.series("recall[\($0)]")[epoch].value }
            #expect(close(recalls.reduce(0, +) / 10, table.series("recall")[epoch].value))
            let confusion = try ArrayLogFile(folder.arrayURL("confusion")).row(epoch)
            #expect(confusion.reduce(0, +) == 200)
            let diagonal = (0..<10).reduce(0) { $0 + confusion[$1 * 11] }
            #expect(close(diagonal / 2, table.series("validation_accuracy")[epoch].value))
        }
        let best = try #require(try folder.readSummary()?.best)
        #expect(best.by == "validation_accuracy")
        let series = table.series("validation_accuracy")
        #expect(best.metrics["validation_accuracy"] == series.map(\.value).max())
        #expect(best.metrics["certain"] == table.series("certain").first { $0.epoch == best.epoch }?.value)
    }

    /// What a run that goes on adds is what a run without a stop has; Lua and NumPy read the same file.
    @Test func theLedgerGoesOnAndIsReadElsewhere() throws {
        let place = try Workplace()
        try place.write(script, to: "kinds.lua")
        let one = ["run", "kinds.lua", "--quiet", "--seeds", "1"]
        #expect(try place.run(one + ["--epochs", "2", "--checkpoint-every", "1", "--runs-dir", "a"]).status == 0)
        #expect(try place.run(one + ["--epochs", "3", "--runs-dir", "a", "--resume"]).status == 0)
        #expect(try place.run(one + ["--runs-dir", "b"]).status == 0)
        let long = try #require(
            try place.runs("a/kinds").first {
                try RunFolder.open(place.url.appendingPathComponent($0)).configuration.epochs == 3
            })
        let whole = try #require(try place.runs("b/kinds").first)
        for name in ["ledger.npy", "arrays/confusion.npy", "metrics.csv", "weights.safetensors"] {
            #expect(
                try Data(contentsOf: place.url.appendingPathComponent("\(long)/\(name)"))
                    == Data(contentsOf: place.url.appendingPathComponent("\(whole)/\(name)")), "\(name)")
        }
        try place.write(
            """
            local nj = require "nightjar"
            local l = nj.load('\(whole)/ledger.npy')
            print(table.concat(l:shape(), ' '), l:dtype())
            local run = nj.load_run('\(whole)')
            local confusion = run:arrays().confusion
            print(table.concat(confusion:shape(), ' '), confusion:narrow(1, 3, 1):sum():item(), run:arrays().entropy)
            print((run:ledger().entropy:narrow(1, 3, 1):mean():item() - run.metrics.entropy) < 1e-5)
            """, to: "read.lua")
        let read = try place.run(["run", "read.lua", "--quiet"])
        #expect(read.output == "3 600 5\tfloat32\n3 10 10\t200.0\tnil\ntrue\n", "\(read.output)\(read.errors)")
        let python = URL(fileURLWithPath: "/usr/bin/env")
        let numpy = try place.run(
            [
                "python3", "-c",
                "import numpy as n; a = n.load('\(whole)/ledger.npy', mmap_mode='r'); print(*a.shape, a.dtype)",
            ],
            program: python)
        if numpy.status == 0 { #expect(numpy.output == "3 600 5 float32\n") }
    }

    @Test func aLedgerIsKeptWhereItIsAskedForOrSmall() throws {
        let place = try Workplace()
        try place.write(script, to: "kinds.lua")
        #expect(try place.run(["run", "kinds.lua", "--quiet", "--seeds", "1", "--set", "ledger=false"]).status == 0)
        let names = try place.names(try #require(try place.runs("runs/kinds").first))
        #expect(!names.contains("ledger.npy"))
        #expect(
            try place.names(try #require(try place.runs("runs/kinds").first) + "/arrays") == [
                "confusion.npy", "entropy.npy",
            ])
    }

    /// An explicit nil is an empty field, of any kind of metric; other metrics by sample keep their columns.
    @Test func aMetricMayHaveNoValueInSomeEpochs() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load "digits"
            local function some(name, returns, value)
              return nj.metric { name = name, returns = returns, compute = function(_, e)
                if e.epoch == 2 then return nil end
                return value(e)
              end } {}
            end
            local steady = nj.metric { name = "steady", returns = "sample", compute = function(_, e) return e.losses * 0 + 5 end }
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {}, ledger = true,
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, metrics = {
                some("one", "number", function(e) return e.epoch end),
                some("classes", "class", function(e) return nj.ones(e.classes) end),
                some("square", "matrix", function() return { { 1, 2 }, { 3, 4 } } end),
                some("samples", "sample", function(e) return e.losses * 0 + 7 end), steady {} } }
              :fit(data.train:first(100), { epochs = 3 })
            """, to: "some.lua")
        let ending = try place.run(["run", "some.lua"])
        #expect(ending.status == 0 && ending.errors == "", "\(ending.errors)")
        let folder = try RunFolder.open(
            place.url.appendingPathComponent(try #require(try place.runs("runs/some").first)))
        let table = try folder.readMetrics()
        for (name, value) in [("classes", 1.0), ("classes[3]", 1), ("samples", 7), ("samples[median]", 7)] {
            #expect(table.series(name).map(\.epoch) == [1, 3] && table.series(name).allSatisfy { $0.value == value })
        }
        #expect(table.series("one").map(\.value) == [1, 3])
        #expect(table.series("steady").map(\.value) == [5, 5, 5])
        let square = try ArrayLogFile(folder.arrayURL("square"))
        #expect(try square.row(0) == [1, 2, 3, 4] && square.row(2) == [1, 2, 3, 4])
        #expect(try square.row(1).allSatisfy(\.isNaN))
        let ledger = try ArrayLogFile(folder.ledgerURL)
        #expect(folder.ledgerColumns.suffix(2) == ["samples", "steady"])
        for epoch in 0..<3 {
            let row = try ledger.row(epoch)
            #expect(row[5] == 5 && (epoch == 1 ? row[4].isNaN : row[4] == 7))
        }
    }

    @Test(
        arguments: [
            (
                "returns = 'classes', compute = function() end",
                "metric 'm': 'returns' is \"number\", \"class\", \"matrix\" or \"sample\", got \"classes\""
            ),
            (
                "compute = function(_, e) return e.losses end",
                "compute of metric 'm' must return a number (or say returns = \"class\", \"matrix\" or \"sample\"), "
                    + "it returned a tensor of shape (100)"
            ),
            (
                "returns = 'class', compute = function(_, e) return e.losses end",
                "compute of metric 'm' must return 10 values, a number for each class, it returned a tensor of shape (100)"
            ),
            (
                "returns = 'sample', compute = function() end",
                "compute of metric 'm' must return 100 values, a number for each sample, "
                    + "it returned nothing: did it forget 'return'?"
            ),
            (
                "returns = 'matrix', compute = function() return { 1, 2 } end",
                "compute of metric 'm' must return a matrix, it returned a tensor of shape (2)"
            ),
            ("compute = function(_, e) return e.tests end", "an evaluation has no field 'tests': did you mean 'test'?"),
            (
                "compute = function(_, e) return e.train.logit end",
                "a set of an evaluation has no field 'logit': did you mean 'logits'?"
            ),
        ]) func whatIsNoResultIsToldInFull(metric: String, message: String) throws
    {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load "digits"
            local m = nj.metric { name = "m", \(metric) }
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, metrics = { m {} } }:fit(data.train:first(100), { epochs = 1 })
            """, to: "m.lua")
        let ending = try place.run(["run", "m.lua"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains(message), "\(ending.errors)")
    }

    @Test(
        arguments: [
            (
                "{ m('same') {}, m('same') {} }",
                "'metrics' of nj.trainer has two metrics called 'same', and each is a column: give them names of their own, "
                    + "as in same { as = \"same_2\" }"
            ),
            (
                "{ m('epoch') {} }",
                "'metrics' of nj.trainer: 'epoch' is a column of every training already: give the metric another name"
            ),
            (
                "{ m('../up') {} }",
                "metric '../up': the name of a metric is a column of metrics.csv: letters, digits, '_', '-' and '.', with "
                    + "a letter, a digit or '_' in front"
            ),
        ]) func aNameThatIsNoColumnOfItsOwnIsRefused(metrics: String, message: String) throws
    {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local function m(name) return nj.metric { name = name, compute = function() return 1 end } end
            nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, metrics = \(metrics) }
            """, to: "m.lua")
        let ending = try place.run(["run", "m.lua"])
        #expect(ending.status == 1)
        #expect(ending.errors.contains(message), "\(ending.errors)")
    }

    @Test func aColumnOfTheTrainingIsNotOverwritten() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load "digits"
            local trainer
            trainer = nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, on_epoch = function() trainer:log { j1 = 3 } end }
            trainer:fit(data.train:first(100), { epochs = 1 })
            """, to: "log.lua")
        let ending = try place.run(["run", "log.lua"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(
                "'j1' is a column that the training fills itself: record your value under another name"),
            "\(ending.errors)")
    }
}
