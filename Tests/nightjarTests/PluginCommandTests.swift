import Foundation
import Testing

/// Words for the command line that plugins bring, and what is said of plugins where they are used.
@Suite struct PluginCommandTests {
    private static let dataLine =
        "  --data-dir DIR: where data sets lie (by default NIGHTJAR_DATA, then /usr/share/datasets)"

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(
            "return { name = 'tally', version = '1', provides = { commands = { 'tally.lua', 'run.lua' } } }",
            to: "plugins/tally/plugin.lua")
        for name in ["tally", "run"] {
            try place.write(
                """
                local nj = require 'nightjar'
                return nj.command {
                  name = '\(name)', doc = 'Counts.', usage = 'FILE...',
                  params = { times = { default = 1, type = 'integer', min = 1 } },
                  run = function(self, words) if words[1] == 'fail' then return false end return #words * self.times end,
                }
                """, to: "plugins/tally/\(name).lua")
        }
        return place
    }

    @Test func aPluginsCommandTakesParametersAndWords() throws {
        let place = try place()
        #expect(try place.run(["tally", "a", "b", "--times", "3"]).output == "6\n")
        #expect(try place.run(["tally", "fail"]).status == 1)
        let help =
            "Counts.\nusage: nightjar tally [--parameter value] FILE...\n  --times 1\n\(PluginCommandTests.dataLine)\n"
        #expect(try place.run(["tally", "--help"]).output == help)
    }

    @Test(arguments: [
        (["tally", "--times", "x"], "error: --times x: 'times' is a number (default 1)\n"),
        (["tally", "--times"], "error: command 'tally': --times needs a value\n"),
        (
            ["taly", "a"],
            "error: there is no command 'taly': did you mean 'tally', a plugin's?\n  nightjar --help lists Nightjar's own\n"
        ),
        (
            ["tally", "--tmes", "2"],
            "error: command 'tally' has no parameter 'tmes': did you mean 'times'?\n  Counts.\n"
                + "  usage: nightjar tally [--parameter value] FILE...\n    --times 1\n  \(dataLine)\n"
        ),
        (["tally", "--data-dir"], "error: --data-dir needs a folder\n"),
    ])
    func mistakesAreSaid(_ arguments: [String], _ message: String) throws {
        let ending = try place().run(arguments)
        #expect(ending.errors == message)
        #expect(ending.status == 1 && ending.output.isEmpty)
    }

    @Test func whatIsNamedOnTheCommandLineMayBeRead() throws {
        let place = try Workplace()
        let away = try Workplace()
        try away.write("abc", to: "a.u8")
        try away.write("abc", to: "b.u8")
        try place.write(
            "return { name = 'sum', version = '1', provides = { commands = { 'sum.lua' } } }",
            to: "plugins/sum/plugin.lua")
        try place.write(
            """
            local nj = require 'nightjar'
            return nj.command {
              name = 'sum', params = { other = { default = '' } },
              run = function(self, words)
                return nj.load(self.other ~= '' and self.other or words[1]):int():sum():item()
              end,
            }
            """, to: "plugins/sum/sum.lua")
        let (a, b) = (away.url.path + "/a.u8", away.url.path + "/b.u8")
        #expect(try place.run(["sum", a]).output == "294\n")
        #expect(try place.run(["sum", "--other=\(b)"]).output == "294\n")
        #expect(try place.run(["sum", "--other", b]).output == "294\n")
        // Of what is not named, scripts learn nothing.
        try place.write(
            "return require('nightjar').command { name = 'sum', run = function() require('nightjar').load '\(b)' end }",
            to: "plugins/sum/sum.lua")
        #expect(
            try place.run(["sum", a]).errors.contains(
                "scripts may not read \(b): it lies outside the folders of this run (--trust allows it)"))
    }

    @Test func dataSetsAreLookedForWhereTheCommandLineSays() throws {
        let place = try Workplace()
        try place.write(
            "return { name = 'count', version = '1', provides = { commands = { 'count.lua' } } }",
            to: "plugins/count/plugin.lua")
        try place.write(
            """
            local nj = require 'nightjar'
            return nj.command { name = 'count', run = function(_, words) return #nj.data.load(words[1]).train end }
            """, to: "plugins/count/count.lua")
        for arguments in [["--data-dir", "nowhere", "mnist"], ["mnist", "--data-dir=nowhere"]] {
            let ending = try place.run(["count"] + arguments)
            #expect(ending.status == 1)
            #expect(ending.errors.contains("nowhere"), "\(ending.errors)")
        }
    }

    /// Who types a command that comes with Nightjar has not written it; who wrote one is told where it failed.
    @Test func onlyTheAuthorOfACommandIsToldWhereInItSomethingFailed() throws {
        let place = try Workplace()
        #expect(
            try place.run(["noise", "show", "unifrm"]).errors.hasPrefix(
                "error: there is no noise model 'unifrm': did you mean 'uniform'?\n  known are additive_gaussian, "))
        #expect(
            try place.run(["noise", "show", "uniform{rte=0.4}"]).errors
                == "error: noise model uniform{rte=0.4}: noise model 'uniform' has no parameter 'rte': did you mean "
                + "'rate'?\n  parameters are convention, count, rate\n")
        #expect(
            try place.run(["audit"]).errors
                == "error: usage: nightjar audit DATA|FILE.csv|FOLDER/|FILE.npz|EXPERIMENT/RUN [--as text|csv|html] "
                + "[--out FILE.npz]\n")
        try place.write(
            "return { name = 'own', version = '1', provides = { commands = { 'own.lua' } } }",
            to: "plugins/own/plugin.lua")
        try place.write(
            "return require('nightjar').command { name = 'own', run = function() error('no such thing') end }",
            to: "plugins/own/own.lua")
        #expect(try place.run(["own"]).errors.contains("plugins/own/own.lua:1: no such thing"))
    }

    @Test func aCommandThatNightjarHasIsSaidToBeHidden() throws {
        let ending = try place().run(["plugins", "info", "tally"])
        #expect(
            ending.output.contains(
                "\n    note: 'run' is a command of Nightjar's own, so that of the plugin is never run: choose another word\n"
            ),
            "\(ending.output)")
    }

    @Test func aPluginIsCheckedByTheNameOfItsFolder() throws {
        let place = try Workplace()
        #expect(try place.run(["new", "plugin", "trial"]).output.contains("  nightjar plugins check trial\n"))
        let ending = try place.run(["plugins", "check", "trial", "--skip", "time"])
        #expect(ending.output.hasSuffix("plugin 'trial': all is well\n"), "\(ending.output)\(ending.errors)")
        let folder = place.url.appendingPathComponent("trial").path
        #expect(
            try place.run(["check", folder]).errors
                == "error: \(folder) is no .lua file: this takes the path of one, or the name of what a plugin provides\n"
                + "  nightjar plugins check \(folder) checks a plugin\n")
    }

    @Test func testsOfNativeCodeAreSkippedWhereItIsNotAllowed() throws {
        let place = try Workplace()
        try place.write(
            "return { name = 'fast', version = '1', native = 'fast.so' }", to: "fast/plugin.lua")
        try place.write("error 'it ran'", to: "fast/tests/fast.lua")
        try place.write("", to: "fast/fast.so")
        let folder = place.url.appendingPathComponent("fast").path
        let ending = try place.run(["test", "fast"])
        #expect(
            ending.output
                == "skipped fast/tests/fast.lua: plugin 'fast' has a native library, \(folder)/fast.so, which no sandbox "
                + "holds: --trust allows it, or trust = { \"\(folder)\" } in \(place.url.path)/config/nightjar/config.lua\n"
                + "0 passed, 0 failed, 1 skipped\n")
        #expect(ending.status == 0, "\(ending.errors)")
    }

    @Test func aScriptMayBeginWithALineForTheSystem() throws {
        let place = try Workplace()
        try place.write("#!/usr/bin/env -S nightjar run\nprint 'ok'\nerror 'line 3'", to: "tool.lua")
        let ending = try place.run(["run", "tool.lua", "--quiet"])
        #expect(ending.output == "ok\n")
        #expect(ending.errors == "error: tool.lua:3: line 3\n")
    }

    @Test func theReferenceHasWhatPluginsDeclareEvenWhereACommandTouchesIt() throws {
        let place = try Workplace()
        try place.write(
            "return { name = 'probes', version = '1', provides = { kinds = { 'probes.lua' }, probes = { 'one.lua' }, "
                + "commands = { 'look.lua' } } }", to: "plugins/probes/plugin.lua")
        try place.write(
            "return require 'nightjar'.kind { word = 'probe', plural = 'probes', doc = 'What looks into a model', "
                + "fields = { { 'read', 'function', 'read(self) gives a number' } } }", to: "plugins/probes/probes.lua")
        try place.write(
            "return require 'nightjar'.probe { name = 'one', doc = 'Gives 1.', read = function() return 1 end }",
            to: "plugins/probes/one.lua")
        try place.write(
            "local nj = require 'nightjar' local one = nj.probes.one {} return nj.command { name = 'look', "
                + "doc = 'Looks.', run = function() return one:read() end }", to: "plugins/probes/look.lua")
        let ending = try place.run(["docs", "--root", "."])
        #expect(ending.status == 0, "\(ending.errors)")
        let page = try place.read("docs/reference.md")
        #expect(page.contains("\n### nj.probes\n") && page.contains("| `one` |  | Gives 1. |"))
        #expect(page.contains("\n### nj.probe\n") && page.contains("| `read` | function |"))
        #expect(try place.read("lua/meta/nightjar.lua").contains("---@field one fun(): table # Gives 1."))
        #expect(try place.run(["look"]).output == "1\n")
    }
}
