import Foundation
import NightjarRuns
import Testing

/// The commands on runs as a person calls them, and what scripts see of the same.
@Suite(.serialized) struct RunsCommandTests {
    /// Three numbers of its own, and no training: quick.
    private static let experiment = """
        local nj = require "nightjar"
        return nj.experiment {
          name = "quick",
          grid = { { "loss", { "cce", { "rll", alpha = 0.45 } } }, { "rate", { 0, 0.4 } }, { "seed", { 1, 2 } } },
          report = { "What came of it.", nj.table { rows = "loss", columns = "rate" }, nj.figure { y = "score", x = "rate" } },
          run = function(cfg)
            for epoch = 1, 3 do nj.record { epoch = epoch, score = 10 * epoch + cfg.seed } end
            return { score = 30 + cfg.seed - 10 * cfg.rate }
          end,
        }
        """

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(RunsCommandTests.experiment, to: "quick.lua")
        _ = try place.run(["run", "quick.lua", "--quiet"])
        return place
    }

    @Test func runsAreListedShownComparedAndExplained() throws {
        let place = try place()
        let list = try place.run([
            "runs", "list", "--where", "loss = 'rll' and rate > 0.2", "--columns", "loss,rate,seed,score",
        ])
        #expect(
            list.output == """
                loss             rate  seed   score
                rll{alpha=0.45}  0.4   1     27.000
                rll{alpha=0.45}  0.4   2     28.000

                """)
        #expect(
            try place.run(["runs", "show", "cce-rate0-seed1"]).output.contains(
                "\nmetrics at the end\n  score  31.000\n"))
        let compared = try place.run(["runs", "compare", "cce-rate0-seed1", "cce-rate0-seed2"]).output
        #expect(
            compared.contains(
                "\nmetrics at the end       A       B   B - A\n  score             31.000  32.000  +1.000\n"))
        let why = try place.run(["runs", "why", "cce-rate0.4-seed2"])
        #expect(why.status == 0 && why.output.contains("\nfinished"))
        #expect(why.output.contains("the nearest sibling that finished is A:"))
        let wrong = try place.run(["runs", "list", "--where", "los = 1"])
        #expect(
            wrong.status == 1
                && wrong.errors.hasPrefix("error: no run here has a value named 'los': did you mean 'loss'?\n"))
        let nowhere = try place.run(["runs", "list", "--runs-dir", "nowhere"])
        #expect(nowhere.status == 1 && nowhere.errors.contains("there is no folder of runs at"))
    }

    @Test func tablesFiguresReportsAndExportsAreWritten() throws {
        let place = try place()
        #expect(
            try place.run(["table", "quick", "--plain", "--metrics", "score"]).output == """
                loss                              rate 0         rate 0.4
                ---------------------------------------------------------
                cce               score   31.500 ± 0.707   27.500 ± 0.707
                rll{alpha=0.45}   score   31.500 ± 0.707   27.500 ± 0.707
                mean ± sample standard deviation over 2 runs (seed)

                """)
        let figure = try place.run([
            "figure", "quick", "--y", "score", "--x", "rate", "--by", "loss", "-o", "a.svg", "-o", "a.pdf",
        ])
        #expect(figure.output == "written: a.svg\nwritten: a.pdf\n")
        #expect(try place.read("a.svg").hasPrefix("<?xml"))
        #expect(try place.run(["report", "quick", "-o", "all.html"]).output == "written: all.html (8 runs)\n")
        let own = try place.read("runs/quick/report.html")
        #expect(own.contains("<p>What came of it.</p>") && own.contains("score by rate"))
        #expect(
            try place.run(["runs", "export", "--where", "loss = cce", "--to", "out.csv"]).output
                == "exported: 4 runs to out.csv\n")
        #expect(try place.read("out.csv").split(separator: "\n").count == 5)
        #expect(try place.run(["runs", "export", "quick", "--to", "out.zip"]).status == 0)
        #expect(
            try place.run(["runs", "export", "quick", "--to", "tensorboard", "logs"]).output
                == "exported: 8 runs to logs\n")
        #expect(try place.names("logs/quick").count == 8)
        // Runs may stand before or behind.
        #expect(try place.run(["runs", "export", "--to", "jsonl", "lines", "quick"]).status == 0)
        #expect(try place.names("lines") == ["metrics.jsonl", "runs.jsonl"])
        #expect(try place.run(["runs", "index"]).output == "indexed: 8 runs in runs\n")
        let refused = try place.run(["runs", "rm", "quick"])
        #expect(
            refused.status == 1
                && refused.errors
                    == "error: nothing was removed: there is nobody to ask, --yes removes the 8 runs without asking\n"
        )
        #expect(
            try place.run(["runs", "rm", "--where", "rate = 0.4 and seed = 2", "--yes"]).output == "removed: 2 runs\n")
        #expect(
            try place.run(["runs", "prune"]).output == "removed: nothing, every text is named by a run\n")
        #expect(try place.run(["runs", "list", "--csv", "--columns", "run"]).output.split(separator: "\n").count == 7)
    }

    @Test func otherEpochsOfMetricsAreShownWhereTheyAreNamed() throws {
        let place = try place()
        #expect(
            try place.run(["table", "quick", "--plain", "--metrics", "score@2", "--columns", "rate"]).output == """
                loss                                         rate 0         rate 0.4
                --------------------------------------------------------------------
                cce               score at epoch 2   21.500 ± 0.707   21.500 ± 0.707
                rll{alpha=0.45}   score at epoch 2   21.500 ± 0.707   21.500 ± 0.707
                mean ± sample standard deviation over 2 runs (seed)

                """)
        #expect(
            try place.run([
                "runs", "list", "--where", "score@1 > 11 and rate = 0", "--columns", "loss,score@1", "--csv",
            ])
            .output == "loss,score@1\ncce,12\nrll{alpha=0.45},12\n")
        let wrong = try place.run(["table", "quick", "--metrics", "best(score)"])
        #expect(
            wrong.errors
                == "error: the metric 'score' does not say whether more or less of it is better (direction), so "
                + "it has no best epoch\n")
    }

    /// What another process is writing is neither removed nor exported in silence; texts go with the last run that names
    /// them.
    @Test func runsThatAreBeingWrittenAreLeftAlone() throws {
        let place = try place()
        let run = try #require(try place.runs("runs/quick").first { $0.contains("cce-rate0-seed1") })
        let lock = try RunLock(place.url.appendingPathComponent(run))
        let refused = try place.run(["runs", "rm", "quick", "--yes"])
        #expect(refused.status == 1)
        #expect(
            refused.errors
                == "error: nothing was removed: another process (pid \(getpid())) is writing "
                + "\(run.dropFirst("runs/".count))\n"
                + "  wait until it has ended, stop it, or leave such runs out with --where \"status != running\"\n")
        #expect(try place.runs("runs/quick").count == 8)
        let exported = try place.run(["runs", "export", "quick", "--to", "out"])
        #expect(exported.status == 0)
        #expect(
            exported.errors
                == "note: 1 run is being written: the export has what is there now (--where \"status != running\" leaves "
                + "such runs out)\n")
        lock.release()
        let removed = try place.run(["runs", "rm", "quick", "--yes"])
        #expect(removed.output == "removed: 8 runs, and 3 texts that no run names any more\n", "\(removed.output)")
        #expect(try place.run(["runs", "prune"]).output == "removed: nothing, every text is named by a run\n")
    }

    @Test func everyCommandHasAPageWithAnExample() throws {
        let place = try Workplace()
        for command in [
            ["runs"], ["runs", "list"], ["runs", "show"], ["runs", "compare"], ["runs", "why"], ["runs", "export"],
            ["runs", "rm"], ["runs", "prune"], ["runs", "index"], ["table"], ["figure"], ["report"],
        ] {
            let help = try place.run(command + ["--help"]).output
            #expect(help.contains("\n  nightjar \(command[0])"), "\(command)")
        }
    }

    @Test func scriptsReadRunsTablesAndFigures() throws {
        let place = try place()
        try place.write(
            """
            local nj = require "nightjar"
            local runs = nj.runs { where = "loss = rll", sort = { "-score" }, limit = 2 }
            print(#runs, runs[1].status, runs[1].cell.rate, runs[1].metrics.score, runs[1].message)
            local run = nj.load_run(runs[1].folder)
            print(run.name == runs[1].name, run:config().experiment, #run:curves().score, run:curves().score[3])
            local table = nj.table { runs = "quick", columns = "rate", metrics = "score", stats = { "mean", "n" } }
            print(table:rows()[1].metrics.score.mean, #table:csv() > 0, table:latex():match("toprule"))
            nj.figure { y = "score", by = "loss", band = "none" }:save("curves.pdf")
            print(select(2, pcall(nj.table, { row = "loss" })))
            print(select(2, pcall(nj.table, { stats = "variance" })))
            print(select(2, pcall(nj.figure, { x = "rate" })))
            print(select(2, pcall(nj.load_run, "runs/nothing")))
            print(select(2, pcall(nj.runs, { dir = "/etc" })))
            """, to: "look.lua")
        let ending = try place.run(["run", "look.lua", "--quiet"])
        #expect(ending.errors == "")
        let lines = ending.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "2\tfinished\t0\t32.0\tnil" || lines.first == "2\tfinished\t0\t32\tnil")
        #expect(lines.dropFirst().first?.hasPrefix("true\tquick\t3\t3") == true)
        #expect(lines.dropFirst(2).first == "31.5\ttrue\ttoprule")
        #expect(ending.output.contains("nj.table has an unknown field 'row': did you mean 'rows'?"))
        #expect(
            ending.output.contains("there is no statistic 'variance': statistics are mean, sd, ci, n, median, min, max")
        )
        #expect(ending.output.contains("nj.figure needs 'y'"))
        #expect(ending.output.contains("there is no run or experiment 'runs/nothing'"))
        #expect(ending.output.contains("scripts may not read /etc: it lies outside the folders of this run"))
        #expect(
            try Data(contentsOf: place.url.appendingPathComponent("curves.pdf")).starts(with: Data("%PDF-1.4".utf8)))
    }

    @Test func aRunIsLoadedWithItsModelItsDataAndItsNoise() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        #expect(
            try place.run(["run", "tiny.lua", "--quiet", "--set", "loss=rll", "--set", "rate=0.4", "--set", "seed=1"])
                .status == 0)
        try place.write(
            """
            local nj = require "nightjar"
            local run = nj.runs()[1]
            local data = run:data()
            local truth, given = run:labels()
            print(math.abs(data.train:noise_rate() - truth:ne(given):float():mean():item()) < 1e-6, data.train:noise_rate() > 0.2)
            local model = run:model()
            print(model:parameter_count() == run:config().model.size, run:loss().alpha)
            local hits = model(data.test:inputs()):argmax(-1):eq(data.test:labels()):float():mean():item()
            print(math.abs(100 * hits - run.metrics.test_accuracy) < 1e-4)
            local ledger = run:ledger()
            local last = ledger.prediction:narrow(1, run.epochs, 1):squeeze(1):int()
            print(#ledger.loss:shape(), math.abs(100 * last:eq(given):float():mean():item() - run.metrics.j1) < 1e-4)
            """, to: "look.lua")
        let ending = try place.run(["run", "look.lua", "--quiet"])
        #expect(ending.errors == "")
        #expect(ending.output == "true\ttrue\ntrue\t0.1\ntrue\n2\ttrue\n")
    }
}
