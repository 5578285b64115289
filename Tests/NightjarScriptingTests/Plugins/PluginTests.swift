import Foundation
import Testing

import NightjarScripting
import NightjarTools

@Suite struct PluginTests {
    /// The tests that the plugins of this repository bring along, in Lua.
    @Test func pluginsPassTheirOwnTests() throws {
        let root = try #require(NightjarHome.folder("plugins"))
        let files = try ScriptTests.files(in: [root])
        #expect(files.contains { $0.hasSuffix("plugins/losses/tests/losses.lua") })
        let results = try ScriptTests.run(files: files)
        for result in results { #expect(result.failure == nil, "\(result.file): \(result.name)") }
        #expect(ScriptTests.summary(results) == "\(results.count) passed, 0 failed")
    }

    @Test func everyFolderIsAccountedFor() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("good", losses: ["one"], more: "api = '>= 1.0'", folder: "a")
        try plugins.plugin("good", version: "2", folder: "b")
        try plugins.write("c/plugin.lua", "return { name = 'new', version = '1', api = '>= 2.0', provides = {} }")
        try plugins.write("d/plugin.lua", "return { name = 'kind', version = '1', provides = { loses = { 'x.lua' } } }")
        try plugins.write(
            "e/plugin.lua", "return { name = 'gone', version = '1', provides = { losses = { 'x.lua' } } }")
        try plugins.write("f/plugin.lua", "return {")
        try plugins.write("not-a-plugin/readme.txt", "")

        let host = try plugins.host()
        let folder = plugins.path
        #expect(
            host.plugins.entries.map(\.status) == [
                .loaded,
                .skipped("a plugin of this name was found before, in \(folder)/a"),
                .failed("it needs API >= 2.0, this is 1.0: it needs a newer Nightjar"),
                .failed("a plugin cannot provide 'loses': did you mean 'losses'?"),
                .failed("'provides.losses' lists x.lua, which is not there"),
                .failed("\(folder)/f/plugin.lua:1: unexpected symbol near <eof>"),
            ])
        #expect(host.plugins.names("losses") == ["one"])
        let values = try numbers(
            "return nj.losses.one {}(nj.ones(2, 3), nj.ones({2}, {dtype = 'int32'})):totable()", host)
        #expect(values == [3, 3])
        #expect(
            try failure("return nj.losses.oen", host)
                == "script.lua:2: there is no loss 'oen': did you mean 'one'?\n"
                + "  plugin 'new' in \(folder)/c did not load: it needs API >= 2.0, this is 1.0: it needs a newer Nightjar\n"
                + "  plugin 'kind' in \(folder)/d did not load: a plugin cannot provide 'loses': did you mean 'losses'?\n"
                + "  plugin 'gone' in \(folder)/e did not load: 'provides.losses' lists x.lua, which is not there\n"
                + "  and 1 more: see 'nightjar plugins'\n  known are one; a path to a .lua file works as well")
    }

    @Test(arguments: [
        ("{ version = '1', provides = {} }", "plugin.lua gives no name"),
        (
            "{ name = 'a b', version = '1', provides = {} }",
            "plugin.lua: 'name' is letters, digits, _ and -, beginning with a letter, at most 64 of them; got \"a b\""
        ),
        ("{ name = 'p', provides = {} }", "plugin.lua gives no version"),
        (
            "{ name = 'p', version = 'new', provides = {} }",
            "plugin.lua: 'version' is one to three numbers, such as \"1.2.0\"; got \"new\""
        ),
        ("{ name = 'p', version = '1' }", "plugin.lua gives no 'provides'"),
        (
            "{ name = 'p', version = '1', provides = 'losses' }",
            "plugin.lua: 'provides' is a table such as { losses = { \"mine.lua\" } }, got a string"
        ),
        (
            "{ name = 'p', version = '1', provides = { losses = { mine = 'mine.lua' } } }",
            "'provides.losses' is a list of .lua files: write { \"mine.lua\" } and not { mine = ... }"
        ),
        (
            "{ name = 'p', version = '1', provides = { losses = 'losses' } }",
            "'provides.losses' is a list of .lua files or the name of a folder: there is no folder 'losses'"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, licence = 'MIT' }",
            "plugin.lua has an unknown field 'licence': did you mean 'license'?\n  fields are name, version, api, provides, "
                + "native, gradients, depends, packages, deprecations, license, description, homepage"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, api = 'new' }",
            "'api' is not understood: \"new\" (write for example \">= 1.0\" or \">= 1.0, < 2\")"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, api = '< 1.0' }",
            "it needs API < 1.0, this is 1.0: it was written for an older Nightjar"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, api = 1 }",
            "plugin.lua: 'api' is a string such as \">= 1.0\", got a number"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, depends = { 'losses' } }",
            "plugin.lua: 'depends' names plugins with versions, such as { losses = \">= 1.0, < 2\" }"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, depends = { losses = 'any' } }",
            "plugin.lua: 'depends' names plugins with versions, such as { losses = \">= 1.0, < 2\" }; 'losses' has \"any\", "
                + "which is not understood"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, depends = { losses = '>= 1.0' } }",
            "it depends on plugin 'losses' >= 1.0, which is not there: 'nightjar plugins add FOLDER' adds it"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, deprecations = { 'old' } }",
            "plugin.lua: 'deprecations' says by kind what replaces what, such as { losses = { old_name = \"new_name\" } }"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, deprecations = { losses = { old = 'new' } } }",
            "plugin.lua: 'deprecations' replaces losses 'old' by 'new', which it does not provide\n  what another plugin "
                + "provides is written with its name, as in 'losses/rll'"
        ),
        (
            "{ name = 'p', version = '1', provides = {}, deprecations = { losses = { old = 'old' } } }",
            "plugin.lua: 'deprecations' replaces losses 'old' by 'old', which is deprecated as well: name what is to be used"
        ),
        (
            "{ name = 'p', version = '1', provides = { losses = { '../x.lua' } } }",
            "'../x.lua' leads upwards: what a plugin names"
        ),
        (
            "{ name = 'p', version = '1', provides = { losses = { 'a/.lua' } } }",
            "'provides.losses' must list .lua files of the plugin's folder"
        ),
        (
            "{ name = 'p', version = '1', provides = { losses = { ('a'):rep(5000) .. '.lua' } } }",
            "a path has at most 4095 bytes, and this one has 5004"
        ),
        (
            "{ name = 'p', version = '1', provides = { losses = '.' } }",
            "'.' is the folder itself, and no file of it: what a plugin names lies in its folder "
        ),
        (
            "{ name = 'p', version = '1', provides = { 'a.lua' } }",
            "plugin.lua: 'provides' is a table such as { losses = { \"mine.lua\" } }, got a list: say of what kind each is"
        ),
        ("setmetatable({}, { __index = function() while true do end end })", "plugin.lua gives no name"),
        ("42", "plugin.lua must return a table { name, version, api, provides }"),
    ])
    func whatIsWrongWithAManifestIsSaid(_ manifest: String, _ reason: String) throws {
        let plugins = try PluginFolder()
        try plugins.write("p/plugin.lua", "return " + manifest)
        guard case .failed(let said)? = try plugins.host().plugins.entries.first?.status else {
            Issue.record("it did not fail")
            return
        }
        #expect(said.hasPrefix(reason), "\(said)")
    }

    @Test(arguments: [
        ("while true do end", "it ran for 2000000 instructions: is there a loop without an end?"),
        (
            "local t = {} while true do t[#t + 1] = ('x'):rep(1000000) end",
            "scripts get 16 MiB for Lua: does a table grow without an end?"
        ),
        // Instructions that do more each.
        (
            "local s = ('x'):rep(6000000) for i = 1, 1e6 do local t = s .. i end return {}",
            "it ran for 2000000 instructions: is there a loop without an end?"
        ),
        (
            "local t = {} for i = 1, 1e5 do t[i] = i end for i = 1, 1e6 do local u = { table.unpack(t) } end return {}",
            "it ran for 2000000 instructions: is there a loop without an end?"
        ),
        (
            "local function f(...) return f(..., ...) end return f(1, 2)",
            "it took 1000 ms: does it work on something large again and again?"
        ),
        (
            "local s = ('x'):rep(3000000) local a, b = s .. 'y', s .. 'y' for i = 1, 1e6 do if a < b then end end return {}",
            "it took 1000 ms: does it work on something large again and again?"
        ),
    ])
    func manifestsHaveLimits(_ text: String, _ advice: String) throws {
        let plugins = try PluginFolder()
        try plugins.write("p/plugin.lua", text)
        let host = try plugins.host()
        guard case .failed(let said)? = host.plugins.entries.first?.status else {
            Issue.record("it did not fail")
            return
        }
        #expect(said.hasSuffix(advice), "\(said)")
        // They end with it.
        #expect(try numbers("local n = 0 for i = 1, 3e6 do n = n + 1 end return { n }", host) == [3_000_000])
    }

    // MARK: Names

    @Test func aNameThatTwoPluginsProvideIsAnErrorThatNamesBoth() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("first", losses: ["rll", "own"])
        try plugins.plugin("second", losses: ["rll"])
        let host = try plugins.host()
        let folder = plugins.path
        #expect(
            try failure("return nj.losses.rll", host)
                == "script.lua:2: several plugins provide the loss 'rll': plugin 'first' in \(folder)/first/rll.lua and "
                + "plugin 'second' in \(folder)/second/rll.lua\n  say which, as in nj.losses[\"second/rll\"]; for all "
                + "scripts: prefer = { [\"losses/rll\"] = \"second\" } in \(UserConfiguration.path)")
        #expect(try text("return nj.losses['first/rll'].doc .. nj.losses['second/rll'].doc", host) == "firstsecond")
        #expect(try text("return tostring(nj.losses.own)", host) == "loss 'own'")
        #expect(
            host.plugins.entries.map(\.clashes) == [
                ["losses 'rll' is provided by plugin 'second' as well"],
                ["losses 'rll' is provided by plugin 'first' as well"],
            ])
        #expect(
            try failure("return nj.losses['frist/rll']", host)
                == "script.lua:2: there is no loss 'frist/rll'\n  there is no plugin 'frist': did you mean 'first'?\n  known are "
                + "own, rll; a path to a .lua file works as well")
        #expect(
            try failure("return nj.losses['first/rl']", host)
                == "script.lua:2: there is no loss 'first/rl': did you mean 'first/rll'?\n  known are first/own, first/rll; a "
                + "path to a .lua file works as well")
    }

    @Test func whatIsPreferredIsTaken() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("first", losses: ["rll"])
        try plugins.plugin("second", losses: ["rll"])
        let host = try plugins.host()
        host.plugins.prefer(["losses/rll": "second"])
        #expect(try text("return nj.losses.rll.doc", host) == "second")
    }

    @Test func aPluginThatFailedIsNamedByWhoMissesItsThings() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("good", losses: ["one"])
        try plugins.plugin("late", losses: ["mine"], more: "api = '>= 3'")
        try plugins.plugin("needy", losses: ["other"], more: "depends = { late = '>= 1' }")
        let host = try plugins.host()
        #expect(
            try failure("return nj.losses.mine", host)
                == "script.lua:2: there is no loss 'mine'\n  plugin 'late' in \(plugins.path)/late would provide it, but did "
                + "not load: it needs API >= 3, this is 1.0: it needs a newer Nightjar\n  known are one; a path to a .lua "
                + "file works as well")
        #expect(
            host.plugins.entries.last?.status
                == .failed(
                    "it depends on plugin 'late' >= 1, which did not load: it needs API >= 3, this is 1.0: it needs a newer "
                        + "Nightjar"))
    }

    @Test func versionsOfDependenciesCount() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("base", version: "1.4")
        try plugins.plugin("fits", more: "depends = { base = '>= 1.2, < 2' }")
        try plugins.plugin("old", more: "depends = { base = '< 1.4' }")
        try plugins.plugin("young", more: "depends = { base = '>= 1.5' }")
        let host = try plugins.host()
        #expect(
            host.plugins.entries.map(\.status) == [
                .loaded, .loaded,
                .failed("it depends on plugin 'base' < 1.4, and 1.4 in \(plugins.path)/base is too new for it"),
                .failed("it depends on plugin 'base' >= 1.5, and 1.4 in \(plugins.path)/base is too old for it"),
            ])
    }

    @Test func deprecatedNamesSayWhatReplacesThem() throws {
        let plugins = try PluginFolder()
        try plugins.plugin(
            "p", losses: ["old", "new"], version: "2.1",
            more: "deprecations = { losses = { old = 'new', gone = 'new' } }")
        let host = try plugins.host()
        var notes: [String] = []
        host.notes = { notes.append($0) }
        #expect(try text("return tostring(nj.losses.old)", host) == "loss 'old'")
        #expect(notes == ["note: loss 'old' of plugin 'p' is deprecated: use 'new'"])
        #expect(
            try failure("return nj.losses.gone", host)
                == "script.lua:2: there is no loss 'gone'\n  plugin 'p' 2.1 has 'new' in its place\n  known are new, old; a "
                + "path to a .lua file works as well")
    }

    @Test func aDeprecationNamesWhatIsThere() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("a", losses: ["soft"], more: "deprecations = { losses = { old = 'sotf' } }")
        try plugins.plugin("b", losses: ["hard"], more: "deprecations = { losses = { old = 'a/soft' } }")
        #expect(
            try plugins.host().plugins.entries.map(\.status) == [
                .failed(
                    "plugin.lua: 'deprecations' replaces losses 'old' by 'sotf', which it does not provide: did you mean "
                        + "'soft'?\n  what another plugin provides is written with its name, as in 'losses/rll'"),
                .loaded,
            ])
    }

    @Test func aFileAndWhatItDefinesHaveOneName() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("p", losses: ["soft"])
        try plugins.write(
            "p/soft.lua",
            "local nj = require 'nightjar' return nj.loss { name = 'hard', forward = function(_, z) return z:sum(-1) end }"
        )
        let host = try plugins.host()
        let message =
            "script.lua:2: \(plugins.path)/p/soft.lua defines loss 'hard', and plugins provide things by the names of their "
            + "files: name the file hard.lua in plugin.lua as well, or write name = \"soft\" in it"
        for name in ["soft", "p/soft"] { #expect(try failure("return nj.losses['\(name)']", host) == message) }
        // A path is its own name.
        #expect(try text("return tostring(nj.losses['\(plugins.path)/p/soft.lua'])", host) == "loss 'hard'")
    }

    @Test func aFolderProvidesAllItsFiles() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("p", losses: ["losses/a", "losses/b"])
        try plugins.write("p/plugin.lua", "return { name = 'p', version = '1', provides = { losses = 'losses' } }")
        #expect(try plugins.host().plugins.names("losses") == ["a", "b"])
    }

    @Test func aRootMayBeAPluginItself() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("p", losses: ["a"])
        let host = try makeHost(ScriptOptions(pluginRoots: [plugins.path + "/p"]))
        #expect(host.plugins.entries.map(\.name) == ["p"])
    }

    @Test func whatPluginPathsNameAndIsNotThereIsSaid() throws {
        let plugins = try PluginFolder()
        try plugins.write("empty/readme.txt", "")
        try plugins.plugin("p", losses: ["a"], folder: "full/p")
        let (empty, full) = (plugins.path + "/empty", plugins.path + "/full")
        let places = PluginPlaces.standard([
            "HOME": "/nowhere", "NIGHTJAR_PLUGIN_PATH": "/not/there:\(empty):\(full):\(full)/p",
        ])
        #expect(
            places.notes == [
                "NIGHTJAR_PLUGIN_PATH names /not/there, which is not there",
                "NIGHTJAR_PLUGIN_PATH names \(empty), which is no plugin (a folder with a plugin.lua), and no folder of plugins",
            ])
        #expect(
            places.roots.suffix(4) == [empty, full, full + "/p", "/nowhere/.local/share/nightjar/plugins"])
        let safe = PluginPlaces.standard(["HOME": "/nowhere", "NIGHTJAR_PLUGIN_PATH": "/tmp", "NIGHTJAR_SAFE": "1"])
        #expect(safe.roots == safe.shipped && !safe.besideScripts)
    }

    @Test func aLinkThatLeadsToNothingIsSaid() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("there", losses: ["a"])
        try FileManager.default.createSymbolicLink(
            atPath: plugins.path + "/gone", withDestinationPath: "/not/there")
        try plugins.write("circle/readme.txt", "")
        try FileManager.default.createSymbolicLink(
            atPath: plugins.path + "/circle/plugin.lua", withDestinationPath: "plugin.lua")
        let entries = try plugins.host().plugins.entries
        #expect(entries.map(\.name) == ["circle", "gone", "there"])
        #expect(
            entries.map(\.status) == [
                .failed("its plugin.lua is a link to plugin.lua, which is not there"),
                .failed(
                    "it is a link to /not/there, which is not there: 'nightjar plugins remove gone' takes the link away"
                ),
                .loaded,
            ])
    }

    @Test(arguments: [
        ("print 'hi' return {}", "print"), ("require 'nightjar' return {}", "require"), ("return { name = io }", "io"),
        ("return load", "load"),
    ])
    func aManifestSeesNothingButLua(_ text: String, _ name: String) throws {
        let plugins = try PluginFolder()
        try plugins.write("p/plugin.lua", text)
        var printed = ""
        let host = try makeHost(ScriptOptions(pluginRoots: []))
        host.output = { printed += $0 }
        #expect(
            try host.plugins.entries.isEmpty
                && plugins.host().plugins.entries.map(\.status) == [
                    .failed(
                        "\(plugins.path)/p/plugin.lua:1: there is no '\(name)' in a file that only declares something: it "
                            + "returns a table, and reads, prints and runs nothing")
                ])
        #expect(printed.isEmpty)
    }

    @Test func aPluginThatNobodyHasIsSaidToBePreferred() throws {
        let plugins = try PluginFolder()
        try plugins.plugin("p", losses: ["a"])
        let host = try plugins.host()
        host.plugins.prefer(["losses/a": "nobody"])
        #expect(
            try failure("return nj.losses.a", host).hasPrefix(
                "script.lua:2: there is no loss 'a'\n  there is no plugin 'nobody', which "))
        #expect(try failure("return nj.losses.a", host).contains("/config.lua prefers for it\n"))
    }

    @Test func kindsAndWhatTheyAreOfCanLieInFolders() throws {
        let plugins = try PluginFolder()
        try plugins.write(
            "tools/plugin.lua",
            "return { name = 'tools', version = '1', provides = { kinds = 'kinds', gauges = 'gauges' } }")
        try plugins.write(
            "tools/kinds/gauges.lua",
            "return require 'nightjar'.kind { word = 'gauge', plural = 'gauges', fields = { { 'read', 'function', 'reads' } } }"
        )
        try plugins.write(
            "tools/gauges/one.lua",
            "return require 'nightjar'.gauge { name = 'one', read = function() return 7 end }")
        let host = try plugins.host()
        #expect(host.plugins.entries.map(\.status) == [.loaded])
        #expect(try numbers("return nj.gauges.one {}:read()", host) == [7])
    }

    // MARK: Kinds of plugins

    private func probes() throws -> PluginFolder {
        let plugins = try PluginFolder()
        try plugins.write(
            "tools/plugin.lua",
            "return { name = 'tools', version = '1', provides = { kinds = { 'kinds/probes.lua' }, "
                + "probes = { 'probes/depth.lua' } } }")
        try plugins.write(
            "tools/kinds/probes.lua",
            """
            local nj = require 'nightjar'
            return nj.kind {
              word = 'probe', plural = 'probes', doc = 'What looks into a model',
              fields = { { 'measure', 'function', 'measure(self, x)' }, { 'unit', 'string', 'its unit', optional = true } },
              check = function(probe)
                return { { name = 'measures', run = function()
                  return { verdict = probe:measure(2) == 2 * probe.times and 'ok' or 'FAIL', text = 'it measured' }
                end } }
              end,
              scaffold = "local nj = require 'nightjar'\\nreturn nj.probe { name = 'NAME', measure = function() end }\\n",
            }
            """)
        try plugins.write(
            "tools/probes/depth.lua",
            """
            local nj = require 'nightjar'
            return nj.probe {
              name = 'depth', params = { times = { default = 3, min = 1 } },
              measure = function(self, x) return self.times * x end,
            }
            """)
        return plugins
    }

    @Test func aPluginDeclaresAKindAndProvidesThingsOfIt() throws {
        let plugins = try probes()
        let host = try plugins.host()
        #expect(try numbers("return { nj.probes.depth { times = 5 }:measure(2) }", host) == [10])
        #expect(try text("return tostring(nj.probes.depth {})", host) == "probe 'depth'")
        #expect(
            try failure("return nj.probes.dept", host)
                == "script.lua:2: there is no probe 'dept': did you mean 'depth'?\n  known are depth; a path to a .lua file "
                + "works as well")
        #expect(
            try failure("return nj.probe { name = 'x' }", host)
                == "script.lua:2: probe 'x' needs 'measure'")
        #expect(
            try failure("return nj.probes.depth { times = 0 }", host).hasPrefix(
                "script.lua:2: parameter 'times' of probe 'depth' must be at least 1, got 0"))
        #expect(try failure("return nj.proble", host) == "script.lua:2: nj has no 'proble': did you mean 'probe'?")
        let report = try ScriptCheck(host, CheckRequest(target: "depth")).run()
        #expect(report.results.map(\.name) == ["measures"] && report.verdict == .ok)
    }

    @Test func aKindThatIsThereIsNotDeclaredAgain() throws {
        let plugins = try PluginFolder()
        try plugins.write(
            "p/plugin.lua",
            "return { name = 'p', version = '1', provides = { kinds = { 'tensors.lua', 'losses.lua' } } }")
        try plugins.write(
            "p/tensors.lua",
            "return require 'nightjar'.kind { word = 'tensor', plural = 'tensors', fields = {} }")
        try plugins.write(
            "p/losses.lua", "return require 'nightjar'.kind { word = 'loss', plural = 'losses', fields = {} }")
        let host = try plugins.host()
        #expect(try failure("return nj.unknown", host).hasSuffix("nj has a 'loss' already: choose another word"))
    }

    // MARK: Commands and health

    @Test func aPluginBringsACommand() throws {
        let plugins = try PluginFolder()
        try plugins.write(
            "p/plugin.lua", "return { name = 'p', version = '1', provides = { commands = { 'tally.lua' } } }")
        try plugins.write(
            "p/tally.lua",
            """
            local nj = require 'nightjar'
            return nj.command {
              name = 'tally', doc = 'Counts.', usage = 'WORD...',
              params = { times = { default = 1, type = 'integer', min = 1, doc = 'how often' } },
              run = function(self, words)
                if #words == 0 then return false end
                return self.times * #words .. ' ' .. table.concat(words, '+')
              end,
            }
            """)
        let host = try plugins.host()
        #expect(try host.runCommand("tally", ["a", "--times", "3", "b"]) == ("6 a+b", false))
        #expect(try host.runCommand("tally", ["--times=2", "--", "--times"]) == ("2 --times", false))
        #expect(try host.runCommand("tally", []) == (nil, true))
        #expect(
            try host.runCommand("tally", ["--help"])
                == (
                    "Counts.\nusage: nightjar tally [--parameter value] WORD...\n  --times 1: how often\n"
                        + "  --data-dir DIR: where data sets lie (by default NIGHTJAR_DATA, then /usr/share/datasets)",
                    false
                ))
        #expect(
            (try? host.runCommand("tally", ["--time", "3"])) == nil)
    }

    @Test func healthIsAsked() throws {
        let plugins = try PluginFolder()
        for (name, body) in [
            ("a", "return { { ok = true, text = 'fine' } }"),
            ("b", "return function() return { { ok = false, text = 'no data: fetch it' } } end"), ("c", "return 1"),
            ("d", "error 'boom'"),
        ] {
            try plugins.plugin(name)
            try plugins.write("\(name)/health.lua", body)
        }
        try plugins.plugin("e")
        let host = try plugins.host()
        #expect(
            host.plugins.entries.map { host.health(of: $0) } == [
                [PluginFinding(isWell: true, text: "fine")],
                [PluginFinding(isWell: false, text: "no data: fetch it")],
                [
                    PluginFinding(
                        isWell: false,
                        text:
                            "health.lua returns a list of { ok = true or false, text = \"...\" }, or a function that does"
                    )
                ],
                [PluginFinding(isWell: false, text: "\(plugins.path)/d/health.lua:1: boom")], [],
            ])
    }

    /// Work in C and of tensors counts; nothing that a plugin brings keeps `doctor` for long.
    @Test(arguments: [
        "while true do end", "local s, t = ('x'):rep(1 << 24), ('x'):rep(1 << 24) while true do local _ = s == t end",
        "local a = nj.ones(500, 500) while true do a:matmul(a):sum():item() end",
        "while true do pcall(string.rep, '', 1e18) end",
    ]) func healthThatDoesNotEndIsAFinding(_ body: String) throws {
        let plugins = try PluginFolder()
        try plugins.plugin("a")
        try plugins.write("a/health.lua", "local nj = require 'nightjar'\n\(body)")
        let host = try plugins.host()
        let findings = host.plugins.entries.flatMap { host.health(of: $0, milliseconds: 300) }
        let place = "\(plugins.path)/a/health.lua:2: "
        let endings = [
            place + "the script used up its time\nit took 300 ms: does it work on something large again and again?",
            place + "the script used up its instructions\n"
                + "it ran for 100000000 instructions: is there a loop without an end?",
        ]
        #expect(findings.count == 1 && findings.allSatisfy { !$0.isWell && endings.contains($0.text) }, "\(findings)")
        // The host works on.
        #expect(try numbers("return { 1 }", host) == [1])
    }
}
