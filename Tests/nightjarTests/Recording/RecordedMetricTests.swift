import Foundation
import NightjarRuns
import Testing

/// Numbers that scripts record by hand, and what they say of them, on their way to tables, figures and reports.
@Suite(.serialized) struct RecordedMetricTests {
    private static let loop = """
        local nj = require "nightjar"
        return nj.experiment { name = "loop", grid = { { "rate", { 0.1, 0.2 } }, { "seed", { 1, 2 } } },
          recorded = { gap = { title = "Gap", unit = "%", direction = "lower", range = { 0, 50 } },
            last = { unit = "s", decimals = 2 } },
          run = function(cfg)
            for epoch = 1, 3 do
              nj.record({ epoch = epoch, gap = 100 * cfg.rate / epoch + cfg.seed, mass = 0.5 * epoch },
                { mass = { title = "Mass", unit = "kg", direction = "higher", doc = "What it weighs." } })
            end
            return { last = cfg.seed }
          end }
        """

    @Test func whatIsSaidOfARecordedNumberIsInTheHeadsOfTables() throws {
        let place = try Workplace()
        try place.write(Self.loop, to: "loop.lua")
        #expect(
            try place.run(["run", "loop.lua", "--jobs", "2"]).output.hasPrefix(
                """
                ┌──────┬───────────┬─────────────┬───────────────┐
                │ rate │   Gap (%) │    last (s) │     Mass (kg) │
                ├──────┼───────────┼─────────────┼───────────────┤
                │ 0.1  │ 4.8 ± 0.7 │ 1.50 ± 0.71 │ 1.500 ± 0.000 │
                │ 0.2  │ 8.2 ± 0.7 │ 1.50 ± 0.71 │ 1.500 ± 0.000 │
                └──────┴───────────┴─────────────┴───────────────┘

                """))
        let latex = try place.run(["table", "loop", "--format", "latex"]).output
        #expect(latex.contains("\nrate & Gap (\\%) & last (s) & Mass (kg) \\\\\n"), "\(latex)")
        let marked = try place.run(["table", "loop", "--metrics", "best(gap),best(mass)"]).output
        #expect(marked.contains("│ Gap (best) (%) │ Mass (best) (kg) │"), "\(marked)")
        let report = try place.read("runs/loop/report.html")
        for text in ["Gap (%)", "last (s)", "Mass (kg)", "What it weighs."] {
            #expect(report.contains(text), "the report lacks \(text)")
        }
        #expect(try place.run(["figure", "loop", "--y", "gap", "--x", "rate", "-o", "gap.svg"]).status == 0)
        #expect(try place.read("gap.svg").contains(">Gap (%)<"))
    }

    @Test func whatIsSaidDuringATrainingReachesItsSummary() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "late", show = { "j2", "gap", "gap@2", "best(late)", "late@best(j2)" },
              recorded = { gap = { title = "Gap", unit = "%" } },
              run = function()
                local data = nj.data.load("digits")
                local trainer
                trainer = nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
                  optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
                  on_epoch = function(record)
                    trainer:log({ gap = 10 * record.epoch, late = 7 },
                      record.epoch == 2 and { late = { title = "Late", unit = "s", direction = "lower" } } or nil)
                  end }
                trainer:fit(data.train:first(100), { epochs = 3, test = data.test:first(20) })
              end }
            """, to: "late.lua")
        let ending = try place.run(["run", "late.lua"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(
            ending.output.contains("│ J2 (%) │ Gap (%) │ Gap at epoch 2 (%) │ Late (best) (s) │ Late at best J2 (s) │"),
            "\(ending.output)")
        let run = try #require(try place.runs("runs/late").first)
        let summary = try #require(try RunFolder.open(place.url.appendingPathComponent(run)).readSummary())
        #expect(summary.values["gap@2"] == 20)
        #expect(summary.values["best(late)"] == 7)
        #expect(summary.values["late@best(j2)"] == 7)
        // The command again finds the run done, in which nothing is recorded any more.
        let again = try place.run(["run", "late.lua"])
        #expect(again.errors.contains("\(run) was finished already and stays as it is"), "\(again.errors)")
        #expect(again.output == ending.output)
    }

    @Test(
        arguments: [
            (
                "{ a = 1 }, 3",
                "nj.record takes a table that says by name how numbers are shown, as in { gap = { unit = \"%\", direction = "
                    + "\"lower\" } }, got a number"
            ),
            (
                "{ a = 1 }, { a = { untit = \"%\" } }",
                "'a' of nj.record has an unknown field 'untit': did you mean 'unit'?\n"
                    + "  fields are decimals, direction, doc, range, title, unit"
            ),
            (
                "{ a = 1 }, { a = { direction = \"up\" } }",
                "'a' of nj.record: 'direction' is \"higher\", \"lower\" or \"none\", got \"up\""
            ),
            (
                "{ a = 1 }, { a = { range = { 1, 0 } } }",
                "'a' of nj.record: 'range' is the lowest and the highest value that it can have, as in { 0, 1 }"
            ),
            (
                "{ a = 1 }, { a = { decimals = 13 } }",
                "'a' of nj.record: 'decimals' is a whole number from 0 to 12, got 13"
            ),
            (
                "{ a = 1 }, { epoch = { unit = \"s\" } }",
                "nj.record: 'epoch' is where numbers belong, and is no number of its own"
            ),
            (
                "{ a = 1 }, { [\"a b\"] = {} }",
                "nj.record: names are letters, digits, '_' and '.', got a b"
            ),
        ]) func aWrongDeclarationIsTold(arguments: String, message: String) throws
    {
        let place = try Workplace()
        try place.write("local nj = require \"nightjar\"\nnj.record(\(arguments))\n", to: "wrong.lua")
        let ending = try place.run(["run", "wrong.lua", "--quiet"])
        #expect(ending.status == 1)
        #expect(ending.errors == "error: wrong.lua:2: \(message)\n")
    }

    /// What an experiment shows is all that tables show, of numbers that were recorded and returned as of those measured.
    @Test func whatTheExperimentShowsGoesForRecordedNumbers() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            return nj.experiment { name = "shown", show = { "j2", "late", "late@1" }, grid = { { "trains", { true, false } } },
              run = function(cfg)
                if not cfg.trains then
                  for epoch = 1, 2 do nj.record { epoch = epoch, late = 10 * epoch, extra = 2 } end
                  return { returned = 2 }
                end
                local data = nj.data.load "digits"
                local trainer
                trainer = nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
                  optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
                  on_epoch = function(record) trainer:log { late = record.epoch, extra = 2 } end }
                trainer:fit(data.train:first(100), { test = data.test:first(50), epochs = 2 })
                return { returned = 2 }
              end }
            """, to: "shown.lua")
        for grid in ["true", "false"] {
            let ending = try place.run(["run", "shown.lua", "--set", "trains=\(grid)", "--runs-dir", grid])
            #expect(ending.status == 0, "\(ending.errors)")
            let heads = ending.output.split(separator: "\n").first { $0.contains("late") } ?? ""
            let names = heads.split(separator: "│").map { $0.trimmingCharacters(in: .whitespaces) }
            let shown = (grid == "true" ? ["J2 (%)"] : []) + ["late", "late at epoch 1"]
            #expect(names == shown, "\(ending.output)")
            let run = try #require(try place.runs("\(grid)/shown").first)
            let summary = try #require(try RunFolder.open(place.url.appendingPathComponent(run)).readSummary())
            #expect(summary.values["late@1"] == (grid == "true" ? 1 : 10))
            #expect(summary.values["extra"] == 2 && summary.values["returned"] == 2)
        }
    }

    /// Numbers called like what every run has hide nothing of the run, however few of them are declared.
    @Test func aListNamesRunsWhateverTheirNumbersAreCalled() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            nj.record({ run = 2, status = 1, plain = 4 }, { status = { decimals = 1 } })
            """, to: "odd.lua")
        #expect(try place.run(["run", "odd.lua", "--quiet"]).status == 0)
        let lines = try place.run(["runs", "list"]).output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.first?.joined(separator: " ") == "run_run run_status epochs status plain run seconds")
        let run = try #require(try place.runs("runs/odd").first).dropFirst("runs/".count)
        #expect(lines.last?.prefix(6).joined(separator: " ") == "\(run) finished 0 1.0 4.000 2.000")
    }

    @Test func whatATrainingMeasuresIsNotDeclaredByHand() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local data = nj.data.load "digits"
            local trainer
            trainer = nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 8 } }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1,
              on_epoch = function() trainer:log({ mine = 1 }, { j1 = { unit = "s" } }) end }
            trainer:fit(data.train:first(100), { epochs = 1 })
            """, to: "own.lua")
        let ending = try place.run(["run", "own.lua", "--quiet"])
        #expect(ending.status == 1)
        #expect(
            ending.errors.contains(
                "own.lua:6: 'j1' is a column that the training fills itself: record your value under another name"),
            "\(ending.errors)")
    }
}
