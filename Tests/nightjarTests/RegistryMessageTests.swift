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
}
