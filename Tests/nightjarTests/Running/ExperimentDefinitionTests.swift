import Foundation
import Testing

/// What `nj.experiment` refuses, and what the command line does to a grid.
@Suite(.serialized) struct ExperimentDefinitionTests {
    private func ending(_ fields: String, _ arguments: [String] = []) throws -> Workplace.Ending {
        let place = try Workplace()
        try place.write("local nj = require \"nightjar\"\nreturn nj.experiment { \(fields) }\n", to: "e.lua")
        return try place.run(["run", "e.lua", "--quiet"] + arguments)
    }

    private func message(_ fields: String, _ arguments: [String] = []) throws -> String {
        let ending = try ending(fields, arguments)
        #expect(ending.status == 1)
        return ending.errors
    }

    private let run = "run = function(cfg) print(cfg.a, cfg.loss, cfg.rate) end"

    @Test func fieldsAreChecked() throws {
        #expect(
            try message("name = 'e', gird = {}, \(run)") == """
                error: e.lua:2: an experiment has an unknown field 'gird': did you mean 'grid'?
                  fields are baseline, doc, figures, grid, kinds, name, quick, recorded, replicates, report, run, settings, show, state, where

                """)
        #expect(try message("name = 'e'") == "error: e.lua:2: an experiment needs 'run'\n")
        #expect(
            try message("name = 1, \(run)")
                == "error: e.lua:2: 'name' of an experiment must be a string, got a number\n")
    }

    @Test func theGridIsAListOfAxes() throws {
        let form = "\n  write grid = { { \"loss\", { \"cce\", \"rll\" } }, { \"seed\", { 1, 2, 3 } } }\n"
        #expect(
            try message("name = 'e', grid = { loss = { 'cce' } }, \(run)")
                == "error: e.lua:2: the grid is a list of axes, the first changing slowest, got the field 'loss'" + form
        )
        #expect(
            try message("name = 'e', grid = { { 'loss', 'cce' } }, \(run)")
                == "error: e.lua:2: axis 1 of the grid must be { name, { values } }" + form)
        #expect(
            try message("name = 'e', settings = { loss = 'cce' }, grid = { { 'loss', { 'cce' } } }, \(run)")
                == "error: e.lua:2: 'loss' is a setting and an axis of the grid: leave it in one of them\n")
        #expect(
            try message("name = 'e', grid = { { 'loss', { 'cce', 1 } } }, \(run)")
                == "error: e.lua:2: the values of the axis 'loss' must be all of one kind: value 1 is a string, value 2 "
                + "a number\n")
        #expect(
            try message("name = 'e', grid = { { 'loss', { 'cce', 'cce' } } }, \(run)")
                == "error: e.lua:2: the axis 'loss' has the value \"cce\" twice\n")
    }

    /// Values that are tied together are looked at like those of an axis by itself.
    @Test func tiedValuesAreOfOneKindAndNamedWhereAnotherIsAskedFor() throws {
        func grid(_ rows: String) -> String { "name = 'e', grid = { { { 'a', 'loss' }, { \(rows) } } }, \(run)" }
        #expect(
            try message(grid("{ 1, 'x' }, { '1', 'y' }"))
                == "error: e.lua:2: the values of the axis 'a' must be all of one kind: value 1 is a number, value 2 "
                + "a string\n")
        #expect(try message(grid("{ 1, 'x' }, { 2, print }")).contains("lists, or components with parameters such as"))
        #expect(try message(grid("{ {}, 'x' }, { { {} }, 'y' }")).contains("value 2 holds a table"))
        #expect(
            try message(grid("{ 16, 'x' }, { 32, { 'y', p = 1 } }, { 16, 'z' }"), ["--set", "a=99"])
                == "error: e.lua:2: --set a=99: 'a' is tied to a and loss and has no such value\n"
                + "  its values are 16, 32\n")
    }

    @Test func anAxisCanBeRestrictedAndASettingChanged() throws {
        let fields =
            "name = 'e', settings = { a = 1 }, grid = { { 'loss', { 'cce' } }, { 'rate', { 0, 0.2, 0.4 } } }, \(run)"
        #expect(
            try ending(fields, ["--set", "rate=0.25", "--set", "a=2", "--set", "loss=./mine.lua"]).output
                == "2\t./mine.lua\t0.25\n")
        #expect(
            try message(fields, ["--set", "rate=x"])
                == "error: e.lua:2: --set rate=x: 'rate' is a number (the grid has 0, 0.2, 0.4)\n")
        #expect(
            try message(fields, ["--set", "a=x"]) == "error: e.lua:2: --set a=x: 'a' is a number (default 1)\n")
        #expect(
            try message(fields, ["--set", "rate="])
                == "error: e.lua:2: --set rate=: give 'rate' at least one value\n")
        #expect(
            try message(fields, ["--seeds", "2"]) == """
                error: e.lua:2: --set seed=1,2: this experiment has no setting 'seed'
                  settings are a, loss, rate

                """)
    }

    @Test func aTextThatIsNoValueIsToldWhatTheSettingOrTheAxisHolds() throws {
        let fields = """
            name = 'e', settings = { hidden = { 512, 256 }, masks = { true }, rate = 0.5 },
            grid = { { 'width', { { 8, 8 }, { 16 } } }, { { 'a', 'b' }, { { 1, true }, { 2, true } } } }, \(run)
            """
        let messages = [
            "hidden=64,x": "'hidden' is a list of numbers, got 'x' (default { 512, 256 })",
            "masks=true,1": "'masks' is a list of true and false, got '1' (default { true })",
            "rate=1e999": "'rate' is a finite number (default 0.5)",
            "width={8,x}": "'width' is a list of numbers, got 'x' (the grid has { 8, 8 }, { 16 })",
            "a=1,x": "'a' is a number (the grid has 1, 2)",
            "b=1": "'b' is true or false (the grid has true)",
        ]
        for (wish, told) in messages {
            #expect(try message(fields, ["--set", wish]).contains(": --set \(wish): \(told)\n"), "\(wish)")
        }
    }

    /// A comma parts values, unless a value stands in quotes as a whole.
    @Test func aValueInQuotesMayHaveCommas() throws {
        let fields = "name = 'e', grid = { { 'tag', { 'x' } } }, run = function(cfg) print(cfg.tag) end"
        for (wish, values) in [
            ("\"a,b\"", ["a,b"]), ("'a,b'", ["a,b"]), ("\"a,b\",c, \"d\"", ["a,b", "c", "d"]),
            ("a\",\"b", ["a\"", "\"b"]), ("\"a,b", ["\"a", "b"]), ("it's,'q'", ["it's", "q"]),
        ] {
            let output = try ending(fields, ["--dry-run", "--set", "tag=\(wish)"]).output
            #expect(values.allSatisfy { output.contains("tag=\($0)") }, "\(output)")
            #expect(output.components(separatedBy: "tag=").count == values.count + 1, "\(output)")
        }
        let loss = "name = 'e', settings = { loss = 'rll' }, run = function(cfg) print(cfg.loss) end"
        #expect(
            try message(loss, ["--set", "loss=rll{alpha=0.1"])
                == "error: e.lua:2: --set loss=rll{alpha=0.1: '{' without '}'\n")
        #expect(
            try message(loss, ["--set", "loss=rll alpha=0.1}"])
                == "error: e.lua:2: --set loss=rll alpha=0.1}: '}' without '{'\n")
    }

    /// Tensors have a method flip, the library models, losses and functions of other names.
    @Test func anUnknownNameOfAComponentIsToldTheKnownOnes() throws {
        let made = """
            name = 'e', grid = { { 'noise', { 'uniform' } } },
            run = function(cfg) return { made = nj.noise[cfg.noise] {} and 1 } end
            """
        for (name, hint) in [
            ("flip", ": did you mean 'pair_flip'?"), ("exp2", ""), ("unifrom", ": did you mean 'uniform'?"),
            ("cce", ": it is in nj.losses: write nj.losses.cce"),
        ] {
            let told = try message(made, ["--set", "noise=\(name)"])
            let known = "\n  known are additive_gaussian, asym_cifar10, "
            #expect(told.contains(": there is no noise model '\(name)'\(hint)\(known)"), "\(told)")
            #expect(told.contains(" rand_y, random_labels, "), "\(told)")
            #expect(told.contains("; a path to a .lua file works as well\n"), "\(told)")
        }
    }

    @Test func aCellReadsOnlyWhatIsThereAndChangesNothing() throws {
        #expect(
            try message("name = 'e', settings = { rate = 1 }, run = function(cfg) print(cfg.rat) end") == """
                error: e.lua:2: there is no setting 'rat': did you mean 'rate'?
                  settings are rate

                """)
    }
}
