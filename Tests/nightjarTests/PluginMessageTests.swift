import Foundation
import Testing

/// What is said of plugins, of the user's configuration, of kinds and of what `new` writes, in full.
@Suite struct PluginMessageTests {
    typealias Files = [(path: String, text: String)]

    private static func manifest(_ fields: String) -> (path: String, text: String) {
        ("plugins/mine/plugin.lua", "return { name = 'mine', version = '1', \(fields) }")
    }

    /// The user's own plugin, which provides the loss `soft`.
    private static let own: Files = [
        (
            "nightjar/plugins/mine/plugin.lua",
            "return { name = 'mine', version = '1', provides = { losses = { 'soft.lua' } } }"
        ),
        ("nightjar/plugins/mine/soft.lua", ""),
    ]

    private static func script(_ line: String) -> (path: String, text: String) {
        ("e.lua", "local nj = require 'nightjar'\n\(line)\n")
    }

    /// A plugin whose file of a kind has this second line, and a script that asks for the kind.
    private static func kind(_ line: String, _ asked: String = "print(nj.probes)") -> Files {
        [
            ("plugins/p/plugin.lua", "return { name = 'p', version = '1', provides = { kinds = { 'probes.lua' } } }"),
            ("plugins/p/probes.lua", "local nj = require 'nightjar'\n\(line)\n"), script(asked),
        ]
    }

    private static let probes = "return nj.kind { word = 'probe', plural = 'probes', fields = {} }"

    private func made(_ files: Files) throws -> Workplace {
        let place = try Workplace()
        for file in files { try place.write(file.text, to: file.path) }
        return place
    }

    /// `HERE` stands for the folder of the test.
    private func said(_ place: Workplace, _ arguments: [String]) throws -> String {
        try place.run(arguments).errors.replacing(place.url.path, with: "HERE")
    }

    @Test(arguments: [
        (
            "provides = { losses = {} }, gradients = 'g.lua'",
            "'gradients' names g.lua, which is not there"
        ),
        (
            "provides = { losses = 3 }",
            "'provides.losses' is a list of .lua files or the name of a folder, got a number"
        ),
        ("provides = { losses = { 'soft.txt' } }", "'provides.losses' must list .lua files of the plugin's folder"),
        (
            "provides = { losses = { '/etc/soft.lua' } }",
            "'/etc/soft.lua' is an absolute path: what a plugin names lies in its folder HERE/plugins/mine. Put the file "
                + "there, and name it from there"
        ),
    ])
    func manifestsThatAreWrong(_ fields: String, _ message: String) throws {
        let place = try made([PluginMessageTests.manifest(fields)])
        #expect(
            try said(place, ["plugins", "check", "plugins/mine"]) == "error: plugin 'mine' does not load: \(message)\n")
    }

    @Test func gradientsWithoutALibrary() throws {
        let place = try made([
            PluginMessageTests.manifest("provides = { losses = {} }, gradients = 'g.lua'"), ("plugins/mine/g.lua", ""),
        ])
        #expect(
            try said(place, ["plugins", "check", "plugins/mine"])
                == "error: plugin 'mine' does not load: plugin.lua: 'gradients' has rules for what a library has, and "
                + "'native' names none\n")
    }

    @Test(arguments: [
        (
            "{ prefer = { rll = 1 } }", "'prefer' says which plugin is meant, such as { [\"losses/rll\"] = \"mine\" }"
        ),
        ("{ prefer = 1 }", "'prefer' says which plugin is meant, such as { [\"losses/rll\"] = \"mine\" }"),
        (
            "{ trust = { 'here' } }",
            "'trust' lists folders by their whole paths, such as { \"/home/me/experiments\" }"
        ),
        ("3", "it must return a table such as { prefer = { ... } }"),
        ("{ trusts = {} }", "an unknown field 'trusts': did you mean 'trust'?"),
    ])
    func configurationsThatAreWrong(_ text: String, _ message: String) throws {
        let place = try made([PluginMessageTests.script(""), ("config/nightjar/config.lua", "return \(text)")])
        #expect(
            try said(place, ["run", "e.lua"]) == "note: HERE/config/nightjar/config.lua is not used: \(message)\n")
    }

    @Test func severalPluginsWithOneName() throws {
        let place = try made(
            ["a", "b"].flatMap { name -> Files in
                [
                    (
                        "plugins/\(name)/plugin.lua",
                        "return { name = '\(name)', version = '1', provides = { losses = { 'soft.lua' } } }"
                    ), ("plugins/\(name)/soft.lua", ""),
                ]
            })
        #expect(
            try said(place, ["check", "soft", "--plugin", "plugins"]) == """
                error: several plugins provide 'soft' among their losses:
                  plugin 'a' in HERE/plugins/a/soft.lua
                  plugin 'b' in HERE/plugins/b/soft.lua
                  say which, b/soft

                """)
    }

    @Test func pluginsThatAreSwitchedOff() throws {
        let place = try made(PluginMessageTests.own + [PluginMessageTests.script("print(nj.losses.soft {})")])
        #expect(try place.run(["plugins", "disable", "mine"]).output == "plugin 'mine' is off\n")
        #expect(
            try said(place, ["run", "e.lua"]).hasPrefix(
                """
                error: e.lua:2: there is no loss 'soft'
                  plugin 'mine' in HERE/nightjar/plugins/mine would provide it, but is skipped: it is switched off: \
                'nightjar plugins enable mine' switches it on
                  known are ael, agce,
                """))
        let shown = try place.run(["plugins", "info", "mine"]).output.replacing(place.url.path, with: "HERE")
        #expect(
            shown == """
                skipped  mine  HERE/nightjar/plugins/mine
                    it is switched off: 'nightjar plugins enable mine' switches it on
                    losses: soft

                """)
    }

    /// A plugin that failed before anybody knows what it would provide is named by what is missed.
    @Test(arguments: [
        (
            "return { name = 'mine', version = '1', provide = { losses = { 'soft.lua' } } }",
            "plugin.lua has an unknown field 'provide': did you mean 'provides'?"
        ),
        (
            "return { name = 'mine', version = '1', provides = { loses = { 'soft.lua' } } }",
            "a plugin cannot provide 'loses': did you mean 'losses'?"
        ),
        (
            "return { name = 'mine', version = '1', provides = { losses = { 'sift.lua' } } }",
            "'provides.losses' lists sift.lua, which is not there"
        ),
    ])
    func pluginsThatFailedAreNamed(_ manifest: String, _ reason: String) throws {
        let place = try made([
            ("plugins/mine/plugin.lua", manifest), ("plugins/mine/soft.lua", ""),
            PluginMessageTests.script("print(nj.losses.soft {})"),
        ])
        let message = try said(place, ["run", "e.lua"])
        #expect(
            message.hasPrefix(
                "error: e.lua:2: there is no loss 'soft'\n  plugin 'mine' in HERE/plugins/mine did not load: \(reason)\n"
            ),
            "\(message)")
        #expect(message.contains("\n  known are ael, agce,"))
    }

    /// A mark of a process that is no more says what it was reading.
    @Test func aPluginInWhoseLoadingAStartEndedIsSetAside() throws {
        let place = try made(PluginMessageTests.own + [PluginMessageTests.script("print(nj.losses.soft {})")])
        let folder = "HERE/nightjar/plugins/mine"
        // No process has a number like this.
        try place.write("\(place.url.path)/nightjar/plugins/mine", to: "state/nightjar/loading-2147483646")
        let note = """
            note: plugin 'mine' in \(folder) is set aside, since a start of Nightjar ended while it was read: 'nightjar plugins \
            enable mine' takes it again

            """
        for _ in 0..<2 {
            let message = try said(place, ["run", "e.lua"])
            #expect(
                message.hasPrefix(
                    """
                    \(note)error: e.lua:2: there is no loss 'soft'
                      plugin 'mine' in \(folder) is skipped: a start of Nightjar ended while it was read: set aside
                      'nightjar plugins enable mine' takes it again
                      known are ael,
                    """), "\(message)")
        }
        let shown = try place.run(["plugins", "info", "mine"])
        #expect(shown.errors.replacing(place.url.path, with: "HERE") == note)
        #expect(
            shown.output.replacing(place.url.path, with: "HERE") == """
                skipped  mine  \(folder)
                    a start of Nightjar ended while it was read: set aside
                    'nightjar plugins enable mine' takes it again

                """)
        #expect(try place.run(["plugins", "enable", "mine"]).output == "plugin 'mine' is on again\n")
        #expect(try place.run(["plugins", "info", "mine"]).output.hasPrefix("loaded  mine 1  "))
    }

    @Test func aFileOfSwitchesThatIsBroken() throws {
        let place = try made(
            PluginMessageTests.own + [("config/nightjar/plugins.json", "{"), PluginMessageTests.script("")])
        let message = """
            HERE/config/nightjar/plugins.json: not valid JSON (line 1, column 2: a key in double quotes was expected, got the \
            end of the text)
              HERE/config/nightjar/plugins.json says which plugins are off: mend it, or remove it

            """
        #expect(try said(place, ["run", "e.lua"]) == "note: " + message)
        #expect(try said(place, ["plugins", "disable", "mine"]) == "note: \(message)error: \(message)")
    }

    @Test func whatIsNotAddedAndNotRemoved() throws {
        let place = try made([
            ("x.tar", ""), ("s/a/plugin.lua", "return { name = 'a' }"), ("s/b/plugin.lua", "return { name = 'b' }"),
        ])
        #expect(
            try said(place, ["plugins", "add", "x.tar", "--link"])
                == "error: --link needs a folder, and x.tar is a file\n")
        #expect(
            try said(place, ["plugins", "add", "x.tar"]).hasSuffix(
                "error: HERE/x.tar could not be unpacked: /bin/tar says\n  This does not look like a tar archive\n"
                    + "  Exiting with failure status due to previous errors\n"))
        let tar = try place.run(
            ["-cf", "two.tar", "-C", "s", "a", "b"], program: URL(fileURLWithPath: "/bin/tar"))
        #expect(tar.status == 0)
        #expect(
            try said(place, ["plugins", "add", "two.tar"])
                == "error: two.tar holds several plugins: unpack it, and add them one by one\n")
        #expect(
            try said(place, ["plugins", "remove", "losses"])
                == "error: plugin 'losses' comes with Nightjar: it is not removed\n")
        #expect(
            try place.run(["plugins", "test"]).output
                == "there are no plugins but those that come with Nightjar: name one of them\n")
        #expect(
            try said(place, ["plugins", "list", "--plugin", "nowhere"]).hasPrefix(
                "Error: --plugin nowhere: there is no such folder\n"))
    }

    @Test func filesThatNewDoesNotWrite() throws {
        let place = try made([("f", "")])
        #expect(
            try said(place, ["new", "loss", "soft", "--into", "f"]) == "error: f is a file, and --into takes a folder\n"
        )
        #expect(try place.run(["new", "loss", "soft"]).status == 0)
        #expect(
            try said(place, ["new", "loss", "soft"])
                == "error: soft.lua is there already: choose another name, or another folder with --into\n")
    }

    @Test func healthThatIsNone() throws {
        let place = try made(
            PluginMessageTests.own + [("nightjar/plugins/mine/health.lua", "return { { ok = 1, text = 'well' } }")])
        let ending = try place.run(["doctor"])
        #expect(ending.status == 1)
        #expect(
            ending.output.contains(
                "\nMISSING plugin mine: health.lua: each finding is { ok = true or false, text = \"...\" }\n"))
    }

    private static let twice: Files = [
        ("plugins/q/plugin.lua", "return { name = 'q', version = '1', provides = { kinds = { 'probes.lua' } } }"),
        ("plugins/q/probes.lua", "local nj = require 'nightjar'\n\(probes)\n"),
    ]

    static let told: [(files: Files, message: String)] = [
        (kind("return 3"), "HERE/plugins/p/probes.lua must return nj.kind { ... }, it returned a number"),
        (
            kind("return nj.kind { word = 'probe', plural = 'probs', fields = {} }"),
            "HERE/plugins/p/probes.lua declares 'probs': the file's name says 'probes'"
        ),
        (
            kind("return nj.kind { word = 'loss', plural = 'probes', fields = {} }"),
            "HERE/plugins/p/probes.lua: nj has a 'loss' already: choose another word"
        ),
        (
            kind(probes, "print(nj.probes.depth)"),
            "there is no probe 'depth'\n  no plugin provides any; a path to a .lua file works as well"
        ),
        (
            kind(probes) + twice,
            """
            several plugins declare the kind 'probes': plugin 'p' in HERE/plugins/p/probes.lua and plugin 'q' in \
            HERE/plugins/q/probes.lua
            """
        ),
        ([script("nj.losses.cce.definition = 3")], "loss 'cce' is defined already: its definition does not change"),
        (
            [script("nj.losses.mine = 3")], "nj.losses is filled by plugins: put a file into a plugin, or give its path"
        ),
    ]

    @Test(arguments: told.indices) func whatScriptsAreTold(_ number: Int) throws {
        let (files, message) = PluginMessageTests.told[number]
        #expect(try said(try made(files), ["run", "e.lua"]) == "error: e.lua:2: \(message)\n")
    }

    @Test func aFolderThatIsCalledAsAScript() throws {
        let place = try made([("d.lua/x", ""), PluginMessageTests.script("require 'd'")])
        #expect(try said(place, ["run", "e.lua"]) == "error: e.lua:2: HERE/d.lua is a folder, not a script\n")
        #expect(try said(place, ["run", "d.lua"]) == "error: HERE/d.lua is a folder, not a script\n")
    }

    @Test func aFieldOfAKindThatIsNone() throws {
        let place = try made(
            PluginMessageTests.kind("return nj.kind { word = 'probe', plural = 'probes', fields = { { 'measure' } } }"))
        #expect(
            try said(place, ["run", "e.lua"]) == """
                error: plugins/p/probes.lua:2: nj.kind: field 1 is written as { "measure", "function", "what it does" }
                called from
                  plugins/p/probes.lua:2 in the main chunk
                  e.lua:2 in the main chunk

                """)
    }
}
