import Foundation
import Testing

/// What is said of clusters in the user's configuration, of names that no plugin has, of what `plugins` and `new` refuse, and
/// of the tables of `nj` that plugins and programs fill, in full.
@Suite struct RegistryMessageTests {
    private func place(_ script: String = "") throws -> Workplace {
        let place = try Workplace()
        try place.write("local nj = require 'nightjar'\n\(script)\n", to: "e.lua")
        return place
    }

    /// `HERE` stands for the folder of the test.
    private func said(_ place: Workplace, _ arguments: [String]) throws -> String {
        try place.run(arguments).errors.replacing(place.url.path, with: "HERE")
    }

    @Test(arguments: [
        ("{ 1 }", "'clusters' holds profiles by name, such as { slurm = { partition = \"cpu\" } }"),
        ("{ big = 1 }", "'clusters.big' is a table such as { partition = \"cpu\", time = \"4:00:00\" }"),
        ("{ big = { 'cpu' } }", "'clusters.big' is a table such as { partition = \"cpu\", time = \"4:00:00\" }"),
        (
            "{ big = { partitions = 'cpu' } }",
            "'clusters.big' has an unknown field 'partitions': did you mean 'partition'? (what has no field here goes into "
                + "options)"
        ),
        ("{ big = { partition = '' } }", "'clusters.big.partition' must be a text, got an empty one"),
        ("{ big = { time = 4 } }", "'clusters.big.time' must be a text, got a number"),
        ("{ big = { cpus = 0 } }", "'clusters.big.cpus' must be a whole number of at least 1, got 0"),
        ("{ big = { notice = 1.5 } }", "'clusters.big.notice' must be a whole number of at least 1, got 1.5"),
        ("{ big = { cpus = 'two' } }", "'clusters.big.cpus' must be a whole number of at least 1, got a string"),
        (
            "{ big = { options = 3 } }",
            "'clusters.big.options' holds the scheduler's options by name, such as { qos = \"low\" }"
        ),
        (
            "{ big = { options = { 'x' } } }",
            "'clusters.big.options' holds the scheduler's options by name, such as { qos = \"low\" }"
        ),
        ("{ big = { options = { array = '1' } } }", "'clusters.big.options.array' is set by Nightjar itself"),
        (
            "{ big = { options = { qos = false } } }",
            "'clusters.big.options.qos' must be a text, a whole number or true, got a boolean"
        ),
    ])
    func clustersThatAreWrong(_ clusters: String, _ message: String) throws {
        let place = try place()
        try place.write("return { clusters = \(clusters) }", to: "config/nightjar/config.lua")
        #expect(
            try said(place, ["run", "e.lua"]) == "note: HERE/config/nightjar/config.lua is not used: \(message)\n")
    }

    /// A configuration has the limits of a manifest: it is read by every command.
    @Test(arguments: [
        (
            "local s = ('x'):rep(6000000) for i = 1, 1e6 do local t = s .. i end return {}",
            "it ran for 2000000 instructions: is there a loop without an end?"
        ),
        (
            "local function f(...) return f(..., ...) end return f(1, 2)",
            "it took 1000 ms: does it work on something large again and again?"
        ),
    ])
    func configurationsThatHoldEverybodyUp(_ text: String, _ advice: String) throws {
        let place = try place("print 'well'")
        try place.write(text, to: "config/nightjar/config.lua")
        let ending = try place.run(["run", "e.lua"])
        #expect(ending.output == "well\n" && ending.status == 0)
        #expect(
            ending.errors.hasPrefix("note: \(place.url.path)/config/nightjar/config.lua is not used: ")
                && ending.errors.hasSuffix(advice + "\n"), "\(ending.errors)")
    }

    @Test func aClusterThatIsNone() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let start = "error: there is no cluster 'huge': --on takes slurm, or a profile of 'clusters' in "
        #expect(
            try said(place, ["run", "tiny.lua", "--on", "huge"])
                == start + "HERE/config/nightjar/config.lua, which has none\n")
        try place.write("return { clusters = { a = {}, big = {} } }", to: "config/nightjar/config.lua")
        #expect(
            try said(place, ["run", "tiny.lua", "--on", "huge"])
                == start + "HERE/config/nightjar/config.lua, which has a, big\n")
    }

    private static let known = """
        audit, augmentations, callbacks, digits, influence, layers, losses, metrics, mine, models, noise, optimizers, \
        reporters, schedules
        """

    @Test(arguments: [
        (
            ["plugins", "remove", "mine"],
            "plugin 'mine' lies in HERE/plugins/mine, which 'nightjar plugins add' did not make: remove that folder, or switch "
                + "the plugin off with 'nightjar plugins disable mine'"
        ),
        (["plugins", "remove", "mien"], "there is no plugin 'mien': did you mean 'mine'?\n  known are \(known)"),
        (["plugins", "disable", "losses"], "plugin 'losses' comes with Nightjar: it is always on"),
        (["plugins", "info", "lossse"], "there is no plugin 'lossse': did you mean 'losses'?\n  known are \(known)"),
        (
            ["plugins", "add", "e.lua"],
            "HERE/e.lua is no folder and no archive that is known (.tar, .tar.gz, .tgz, .tar.xz, .zip)"
        ),
        (["plugins", "add", "nowhere"], "there is no file or folder nowhere"),
        (
            ["plugins", "add", "plugins"],
            "plugins holds no plugin.lua: a plugin is a folder with one ('nightjar new plugin NAME' makes one)"
        ),
        (
            ["check", "soft", "--plugin", "plugins"],
            "'soft' names several things: say which, losses/soft or noise/soft"
        ),
        (
            ["check", "losse/rll"],
            "there is no kind 'losse': did you mean 'losses'?\n  kinds are losses, noise, schedules, optimizers, scores, suspicions"
        ),
        (
            ["check", "losses/rl"],
            "no plugin provides 'rl' among its losses: did you mean 'rll'?\n  a path to a .lua file works as well"
        ),
        (
            ["new", "losss", "a"],
            "nightjar new does not know 'losss': did you mean 'loss'?\n  it makes one of data, experiment, loss, noise, "
                + "schedule, callback, reporter, optimizer, clip, average, model, layer, metric, augmentation, command, plugin"
        ),
        (["new", "loss", "a", "--into", "/proc"], "/proc/a.lua could not be written: no such file or directory"),
    ])
    func whatIsRefused(_ arguments: [String], _ message: String) throws {
        let place = try place()
        try place.write(
            "return { name = 'mine', version = '1', provides = { losses = { 'soft.lua' }, noise = { 'soft.lua' } } }",
            to: "plugins/mine/plugin.lua")
        try place.write("", to: "plugins/mine/soft.lua")
        #expect(try said(place, arguments) == "error: \(message)\n")
    }

    @Test(arguments: [
        ("print(nj.native[1])", "nj.native is indexed by the name of a plugin, for example nj.native.fused"),
        ("print(nj.native.nobody)", "there is no plugin 'nobody'\n  no plugin has a native library"),
        ("nj.native.x = 1", "nj.native is filled by plugins: 'native' in a plugin.lua names a library"),
        ("nj.host.x = 1", "nj.host is filled by the program that runs the script"),
        ("print(nj.host.nothing)", "nj.host has no 'nothing'\n  this program gives its scripts no functions"),
        ("print(nj.losses[1])", "nj.losses is indexed by name, for example nj.losses[\"name\"]"),
        (
            "nj.loss { name = 'a', params = 3, forward = print }",
            "'params' of loss 'a' must be a table, got a number"
        ),
        (
            "nj.loss { name = 'a', params = { 1 }, forward = print }",
            "loss 'a': 'params' is a table of names, for example { alpha = { default = 0.1 } }"
        ),
        ("nj.losses.cce { 1 }", "loss 'cce' takes named parameters only, for example { name = ... }"),
        ("nj.losses.cce(3)", "loss 'cce' is made from a table of parameters, for example {}, got a number"),
        (
            "nj.losses.rll(3)",
            "loss 'rll' is made from a table of parameters, for example { alpha = ... }, got a number"
        ),
        ("nj.losses.rll { ['0.weight'] = nj.ones(2) }", "loss 'rll' got a table of tensors as its parameters"),
        (
            "nj.noise.uniform { rate = 0.2 }:apply(nj.tensor({ 1, 2 }, { dtype = 'int32' }), { classes = 2, names = { 'a' } })",
            "'names' of apply of noise model 'uniform' are 1 names for 2 classes"
        ),
        (
            "nj.noise.uniform { rate = 0.2 }:apply(nj.tensor({ 1, 2 }, { dtype = 'int32' }), { classes = 2, names = 3 })",
            "'names' of apply of noise model 'uniform' must be a list of the names of the classes, got a number"
        ),
        (
            "nj.data.load('digits').train:with_noise(nj.noise.uniform { rate = 0.1 }, 3)",
            "with_noise expects a table of options, for example { seed = 1 }, got a number"
        ),
        (
            "nj.data.load('digits').train:only({ 1 }, 3)",
            "only expects a table of options, for example { by = \"given\" }, got a number"
        ),
        (
            "return nj.experiment { name = 'x', state = { [true] = 1 }, run = print }",
            "'state' of nj.experiment: a key of state is a boolean, and only texts and whole numbers are kept"
        ),
        (
            "return nj.experiment { name = 'x', grid = { { 'loss', { { 'rll', alpha = 0.5, 3 } } } }, run = print }",
            "the axis 'loss': a component has one name and parameters by name, as in { \"rll\", alpha = 0.45 }"
        ),
        (
            "local t = {} for i = 1, 300 do t[i] = {} for j = 1, 300 do t[i][j] = {} end end "
                + "nj.loss { name = 'l', params = { a = { default = 1, doc = t } }, forward = print }",
            "a table holds more than 65536 tables"
        ),
        (
            "local t = {} for i = 1, 40 do t = { t } end "
                + "nj.loss { name = 'l', params = { a = { default = 1, doc = t } }, forward = print }",
            "a table is nested deeper than 32 levels, or holds itself"
        ),
        ("nj.cat(table.unpack({}, 1, 33))", "too many arguments: 33"),
        ("table.remove(string, 1)", "there is no field [1] in string"),
        ("nj.random_stream(1):bernoulli({ 2 }, 2)", "bernoulli expects a probability from 0 to 1, got 2"),
        (
            "nj.random_stream(1):choice(3, 2, { replace = 1 })",
            "choice has the option { replace = true or false }, got replace = 1"
        ),
        (
            "nj.random_stream(1):choice(3, 2, { replaced = true })",
            "choice has the option { replace = true or false }, got 'replaced'"
        ),
    ])
    func whatScriptsAreTold(_ line: String, _ message: String) throws {
        #expect(try said(place(line), ["run", "e.lua"]) == "error: e.lua:2: \(message)\n")
    }

    @Test(arguments: [
        ("loss=rll{alpha={1}", "--set loss=rll{alpha={1}: '{' without '}'"),
        ("loss=rll{alpha=1}}", "--set loss=rll{alpha=1}}: '}' without '{'"),
    ]) func bracesThatDoNotMatch(_ setting: String, _ message: String) throws {
        let place = try place("return nj.experiment { name = 'x', grid = { { 'loss', { 'rll' } } }, run = print }")
        #expect(try said(place, ["run", "e.lua", "--set", setting]) == "error: e.lua:2: \(message)\n")
    }

    @Test func aParameterOfWhatHasNone() throws {
        let place = try place("return nj.experiment { name = 'x', grid = { { 'loss', { 'rll' } } }, run = print }")
        #expect(
            try said(place, ["run", "e.lua", "--set", "loss=cce{alpha=1}"])
                == "error: 'loss': loss 'cce' has no parameter 'alpha'\n  it has no parameters\n")
    }

    @Test(arguments: [
        ("print(cfg.loss.beta)", "component 'rll{alpha=0.5}' has no 'beta'"),
        ("cfg.loss.alpha = 1", "component 'rll{alpha=0.5}' does not change: 'alpha' cannot be set"),
    ]) func componentsOfACell(_ line: String, _ message: String) throws {
        let place = try place(
            "return nj.experiment { name = 'x', grid = { { 'loss', { { 'rll', alpha = 0.5 } } } }, run = function(cfg) \(line) end }"
        )
        #expect(try said(place, ["run", "e.lua"]).contains("e.lua:2: \(message)\n"))
    }

    @Test func aReporterThatSaysTooMuch() throws {
        let place = try place(
            """
            local much = nj.reporter { name = "much", ending = function() return ("x"):rep(2 << 20) end }
            local data = nj.data.load("digits")
            nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = { 4 }, classes = 10 }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, reporters = { much { file = "much.md" } },
            }:fit(data.train:first(64), { epochs = 1 })
            """)
        #expect(
            try said(place, ["run", "e.lua"]).hasPrefix(
                "error: e.lua:2: reporter 'much' says more than 1 MiB: a reporter sums up\n"))
    }

    @Test func aFileOfALossThatIsThereTwice() throws {
        let place = try place("print(nj.losses.x)")
        try place.write(
            "return { name = 'p', version = '1', provides = { losses = { 'a/x.lua', 'b/x.lua' } } }",
            to: "plugins/p/plugin.lua")
        for folder in ["a", "b"] { try place.write("", to: "plugins/p/\(folder)/x.lua") }
        #expect(
            try said(place, ["plugins", "check", "p"])
                == "error: plugin 'p' does not load: 'provides.losses' has 'x' twice: in HERE/plugins/p/a/x.lua and in "
                + "HERE/plugins/p/b/x.lua\n")
    }

    /// By its name, from the folder above `plugins`, as `info` and `test` take it.
    @Test func aPluginBesideTheScriptIsChecked() throws {
        let place = try place()
        try place.write(
            "return { name = 'p', version = '1.0', license = 'MIT', provides = {} }", to: "plugins/p/plugin.lua")
        let ending = try place.run(["plugins", "check", "p"])
        #expect(ending.status == 0)
        #expect(ending.output == "plugin 'p' 1.0: the manifest is right\nplugin 'p': all is well\n")
        #expect(try place.run(["plugins", "disable", "p"]).status == 0)
        #expect(
            try said(place, ["plugins", "check", "p"])
                == "error: plugin 'p' is skipped: it is switched off: 'nightjar plugins enable p' switches it on\n")
    }

    /// `info`, `test` and `check` take a folder, and what `--plugin` names is found beside it.
    @Test func aPluginsFolderStandsForItsName() throws {
        let place = try place()
        try place.write("return { name = 'base', version = '1', provides = {} }", to: "else/base/plugin.lua")
        try place.write(
            "return { name = 'mine', version = '1.0', license = 'MIT', provides = {}, depends = { base = '>= 1' } }",
            to: "mine/plugin.lua")
        try place.write(
            "local test = require 'nightjar.test' test('one', function(t) t.equal(1, 1) end)", to: "mine/tests/one.lua")
        let base = ["--plugin", "else/base"]
        #expect(try place.run(["plugins", "test", "mine"] + base).output == "mine: 1 passed, 0 failed\n")
        #expect(
            try place.run(["plugins", "check", "./mine"] + base).output
                == "plugin 'mine' 1.0: the manifest is right\nplugin 'mine': all is well\n")
        #expect(
            try place.run(["plugins", "info", "mine"] + base).output.hasPrefix(
                "loaded  mine 1.0  \(place.url.path)/mine\n"))
        #expect(
            try said(place, ["plugins", "test", "./else"])
                == "error: ./else holds no plugin.lua: a plugin is a folder with one\n")
    }

    /// A program that was moved away from what it was installed with.
    @Test func aProgramWithoutItsLibrarySaysWhereItIsLookedFor() throws {
        let place = try place()
        try FileManager.default.createDirectory(
            at: place.url.appendingPathComponent("bin"), withIntermediateDirectories: true)
        let moved = place.url.appendingPathComponent("bin/nightjar")
        try FileManager.default.copyItem(at: Workplace.program.resolvingSymlinksInPath(), to: moved)
        for arguments in [["run", "e.lua"], ["new", "loss", "soft"]] {
            let ending = try place.run(arguments, program: moved)
            #expect(ending.status == 1)
            #expect(
                ending.errors
                    == "error: the Lua side of the library (lua/nightjar) was not found: set NIGHTJAR_HOME to the folder that "
                    + "holds it\n")
        }
    }
}
